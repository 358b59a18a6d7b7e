/** Hosts for doctor to examine: simulated ones whose model does what it is asked, or fails in one known way. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { examine, type DoctorReport } from "../../../src/cli/doctor/doctor.ts";
import { findingsText } from "../../../src/cli/doctor/text.ts";
import { readServe } from "../../../src/cli/serve-flags.ts";
import * as asks from "../../../src/server/doctor/requests.ts";
import { isObject, type Json } from "../../support/response-rules.ts";
import type { Wish } from "../../support/simulator/replies.ts";
import { RIGHT_KEY, Simulator } from "../../support/simulator/server.ts";
import type { Vendor } from "../../support/simulator/types.ts";

export type Mind = (question: string, body: Json) => Wish | undefined;

const NUMBERS = Array.from({ length: 30 }, (_, i) => i + 1).join(" ");
const HELLO = "*** Begin Patch\n*** Add File: hello.txt\n+hello\n*** End Patch\n";
const read = (path: string): { name: string; args: Json } => ({ name: "read_file", args: { path } });

const ANSWERS: [string, (body: Json) => Wish][] = [
  [asks.ANSWER, (body) => ({ say: `They tell ${wordsIn(body)}.` })],
  [asks.COUNT, () => ({ say: NUMBERS })],
  [asks.CALL, () => ({ calls: [read("notes/hello.txt")] })],
  [asks.CALL_TWICE, () => ({ calls: [read("a.txt"), read("b.txt")] })],
  [asks.PATCH, () => ({ calls: [{ name: "apply_patch", freeform: HELLO }] })],
  [asks.DESCRIBE, () => ({ json: { colour: "red", legs: 0 } })],
  [asks.LOOK, () => ({ say: "Red." })],
  [asks.THINK, () => ({ think: "Letters, one by one: five.", say: "6" })],
  [asks.RECALL, () => ({ say: asks.PASSWORD })],
];

/** The words of the files that really reached the model. */
function wordsIn(body: Json): string {
  const results = (body["messages"] as Json[]).filter(({ role }) => role === "tool");
  const words = Object.values(asks.WORDS).filter((word) => JSON.stringify(results).includes(word));
  return words.join(" and ") || "nothing";
}

function lastWords(body: Json): string {
  const messages = Array.isArray(body["messages"]) ? body["messages"].filter(isObject) : [];
  return JSON.stringify(messages.findLast(({ role }) => role === "user")?.["content"] ?? "");
}

const asked = (body: Json): string =>
  ANSWERS.find(([question]) => lastWords(body).includes(JSON.stringify(question).slice(1, -1)))?.[0] ?? "";

/** A simulator whose model answers every question of doctor's; `mind` says otherwise for some. */
export function obliging(vendor: Vendor, mind: Mind = () => undefined): Simulator {
  const simulator = new Simulator(vendor, "strict");
  simulator.wishes.shift = () => {
    const body = simulator.requests.at(-1)?.body ?? {};
    const question = asked(body);
    const [, answer] = ANSWERS.find(([each]) => each === question) ?? [];
    return mind(question, body) ?? answer?.(body);
  };
  return simulator;
}

export interface Visit {
  report: DoctorReport;
  /** What it says of the host and its models, without what differs from run to run. */
  text: string;
  state: string;
}

export interface VisitOptions {
  preset: string;
  id?: string;
  key?: string;
  live?: boolean;
  long?: boolean;
  models?: string[];
  /** Lines of the config besides. */
  more?: string;
}

/** Examines a host by way of a config file, as the command does. */
export async function visit(url: string, options: VisitOptions): Promise<Visit> {
  const { preset, id = "host", key, live = true, long = true, models = [], more = "" } = options;
  const dir = mkdtempSync(join(tmpdir(), "juscode-doctor-"));
  const config = join(dir, "config.toml");
  if (key !== undefined) writeFileSync(join(dir, "key"), key, { mode: 0o600 });
  writeFileSync(
    config,
    `[model_providers.${id}]\npreset = "${preset}"\nbase_url = "${url}"\nwire_api = "chat"\n${
      key === undefined ? "" : `api_key_file = "${join(dir, "key")}"\n`
    }${more}\n[server]\nlisten = "127.0.0.1:0"\ndiscover = false\n`,
  );
  let ms = 0;
  try {
    const report = await examine({ json: false, live, long, models }, readServe({ config }, {}), {
      report: () => {},
      now: () => (ms += 100),
      machine: { env: { STATE_DIRECTORY: dir }, platform: "linux", home: dir },
    });
    const broken = report.findings.find(({ what, verdict }) => what === "config" && verdict === "problem");
    if (broken) throw new Error(`the visit's own config is wrong: ${broken.found}`);
    const own = report.findings.filter(({ subject }) => subject !== "juscode-shim");
    const text = findingsText(own)
      .replaceAll(url, "URL")
      .replaceAll(dir, "DIR")
      .replaceAll(/127\.0\.0\.1:\d+/g, "HOST");
    return { report, text, state: dir };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

export const keyOf = (vendor: Vendor): { key?: string } => (vendor.auth === "none" ? {} : { key: RIGHT_KEY });
