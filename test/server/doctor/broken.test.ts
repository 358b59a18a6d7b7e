/** Doctor examines hosts and models that are broken, each in one known way: what it tells, and that it fails by it. */
import { expect, test } from "bun:test";
import { Capabilities, keepProfiles, readProfiles } from "../../../src/server/doctor/capabilities.ts";
import * as asks from "../../../src/server/doctor/requests.ts";
import type { Json } from "../../support/response-rules.ts";
import type { Wish } from "../../support/simulator/replies.ts";
import { RIGHT_KEY } from "../../support/simulator/server.ts";
import type { FailureName, Vendor } from "../../support/simulator/types.ts";
import { VENDORS } from "../../support/simulator/vendors/index.ts";
import { llamaServer, ollamaPlain } from "../../support/simulator/vendors/ollama-llama.ts";
import { golden } from "../../support/golden.ts";
import { freePort } from "../../support/shim.ts";
import { keyOf, obliging, visit, type Mind, type VisitOptions } from "./patient.ts";

const vendorOf = (id: string): Vendor => {
  const found = VENDORS.find((each) => each.id === id);
  if (!found) throw new Error(`there is no simulated ${id}`);
  return found;
};
const [deepseek, openai] = [vendorOf("deepseek"), vendorOf("openai")];

interface Broken {
  /** How it is broken: the name of its golden text. */
  how: string;
  vendor: Vendor;
  mind?: Mind;
  options?: Partial<VisitOptions>;
  /** Verdicts that must be told, by what they are about. */
  told: Record<string, string>;
}

const when =
  (wishes: Record<string, Wish | ((body: Json) => Wish)>): Mind =>
  (question, body) => {
    const wish = wishes[question];
    return typeof wish === "function" ? wish(body) : wish;
  };

const fails = (fails: FailureName | "cut"): Mind => when({ [asks.COUNT]: { say: "1 2 3", fails } as Wish });
const read = (path: string): NonNullable<Wish["calls"]>[number] => ({ name: "read_file", args: { path } });
const plain: Vendor = { ...llamaServer, thinks: () => false };

const BROKEN: Broken[] = [
  { how: "wrong-key", vendor: deepseek, options: { key: "wrong-key" }, told: { answer: "problem" } },
  { how: "rate-limited", vendor: openai, mind: fails("rate_limit"), told: { answer: "problem" } },
  { how: "error-in-stream", vendor: llamaServer, mind: fails("in_stream"), told: { answer: "problem" } },
  { how: "cut-stream", vendor: llamaServer, mind: fails("cut"), told: { answer: "problem" } },
  { how: "overflow", vendor: llamaServer, mind: fails("overflow"), told: { answer: "problem" } },
  { how: "model-not-there", vendor: openai, options: { models: ["host/gpt-6"] }, told: { answer: "problem" } },
  { how: "says-nothing", vendor: plain, mind: when({ [asks.COUNT]: { say: "" } }), told: { answer: "problem" } },
  {
    how: "never-calls",
    vendor: { ...plain, understands: { ...plain.understands, choice: [] } },
    mind: when({ [asks.CALL]: { say: "I would read notes/hello.txt now." }, [asks.CALL_TWICE]: { say: "Sure." } }),
    told: { "tool call": "problem" },
  },
  {
    how: "calls-only-when-forced",
    vendor: plain,
    mind: when({
      [asks.CALL]: (body) =>
        body["tool_choice"] === "required" ? { calls: [read("notes/hello.txt")] } : { say: "I would read it." },
    }),
    told: { "tool call": "warning" },
  },
  {
    how: "calls-in-text",
    vendor: plain,
    mind: when({
      [asks.CALL]: {
        say: '<tool_call>\n{"name": "read_file", "arguments": {"path": "notes/hello.txt"}}\n</tool_call>',
      },
    }),
    told: { "tool call": "note" },
  },
  {
    how: "another-call",
    vendor: plain,
    mind: when({ [asks.CALL]: { calls: [read("notes/hallo.txt")] } }),
    told: { "tool call": "problem" },
  },
  {
    how: "calls-mixed-up",
    vendor: plain,
    mind: when({ [asks.CALL_TWICE]: { calls: [read("a.txtb.txt")] } }),
    told: { "two calls at once": "problem" },
  },
  {
    how: "forgets-results",
    vendor: plain,
    mind: when({ [asks.ANSWER]: { say: "I have read no file." } }),
    told: { "its result": "warning", "both results": "warning" },
  },
  {
    how: "no-patch-grammar",
    vendor: plain,
    mind: when({ [asks.PATCH]: { calls: [{ name: "apply_patch", freeform: "add hello.txt: hello" }] } }),
    told: { "patch (freeform)": "warning" },
  },
  {
    how: "fenced-patch",
    vendor: plain,
    mind: when({
      [asks.PATCH]: {
        calls: [
          {
            name: "apply_patch",
            freeform: "```\n*** Begin Patch\n*** Add File: hello.txt\n+hello\n*** End Patch\n```",
          },
        ],
      },
    }),
    told: { "patch (freeform)": "note" },
  },
  {
    how: "thinks-for-none",
    vendor: { ...llamaServer, thinks: () => true },
    told: { efforts: "warning" },
  },
  { how: "refuses-efforts-and-images", vendor: ollamaPlain, told: { images: "note", efforts: "note" } },
  { how: "blind", vendor: plain, mind: when({ [asks.LOOK]: { say: "A blue circle." } }), told: { images: "warning" } },
  {
    how: "breaks-the-schema",
    vendor: plain,
    mind: when({ [asks.DESCRIBE]: { say: "It is red and has no legs." } }),
    told: { "JSON schema": "warning" },
  },
  {
    how: "cuts-in-silence",
    vendor: plain,
    mind: when({ [asks.RECALL]: { say: "There is no password." } }),
    told: { "long prompt": "problem" },
  },
  {
    how: "window-too-small",
    vendor: plain,
    mind: when({ [asks.RECALL]: { say: "", fails: "overflow" } }),
    told: { "long prompt": "problem" },
  },
];

test.each(BROKEN.map((each) => [each.how, each] as const))("%s", async (how, { vendor, mind, options, told }) => {
  await using simulator = obliging(vendor, mind);
  const { text, report } = await visit(simulator.url, { preset: vendor.preset, ...keyOf(vendor), ...options });
  golden(`doctor/broken/${how}.txt`, text);
  const verdicts = Object.fromEntries(report.findings.map(({ what, verdict }) => [what, verdict]));
  expect(verdicts).toMatchObject(told);
  expect(report.ok).toBe(!Object.values(told).includes("problem"));
  // Everything that is wrong says why that matters, and what is a problem says how to set it right.
  for (const { verdict, what, why, fix } of report.findings) {
    if (verdict === "problem") expect([what, fix]).not.toEqual([what, undefined]);
    if (verdict === "warning") expect([what, why]).not.toEqual([what, undefined]);
  }
});

/** Hosts that are no simulated ones, by what they answer to everything. */
const ODD_HOSTS: [string, (request: Request) => Response, Partial<VisitOptions>][] = [
  ["wants-a-key", () => Response.json({ error: "no key" }, { status: 401 }), {}],
  [
    "refuses-the-key",
    (request) =>
      request.headers.get("authorization") === `Bearer ${RIGHT_KEY}`
        ? Response.json({ data: [] })
        : Response.json({}, { status: 401 }),
    { key: "another" },
  ],
  [
    "takes-the-key",
    (request) =>
      request.headers.get("authorization") === `Bearer ${RIGHT_KEY}`
        ? Response.json({ data: [{ id: "a-model", max_model_len: 8192 }] })
        : Response.json({}, { status: 401 }),
    { key: RIGHT_KEY },
  ],
  ["a-web-page", () => new Response("<html>", { headers: { "content-type": "text/html" } }), {}],
  ["elsewhere", () => Response.redirect("https://moved.example/v1", 308), {}],
  ["no-list", () => new Response("not found", { status: 404 }), {}],
  [
    "another-model",
    () => Response.json({ data: [{ id: "a-model", max_model_len: 131_072 }] }),
    { more: '[models."quick"]\nprovider = "host"\nmodel = "b-model"\n' },
  ],
];

test.each(ODD_HOSTS)("without --live: %s", async (how, fetch, options) => {
  await using server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch, development: false });
  const asked: string[] = [];
  server.reload({ fetch: (request) => (asked.push(request.method), fetch(request)) });
  const { text } = await visit(`http://127.0.0.1:${server.port}/v1`, { preset: "vllm", live: false, ...options });
  golden(`doctor/hosts/${how}.txt`, text);
  // Nothing that may cost money.
  expect(new Set(asked)).toEqual(new Set(["GET"]));
});

test("without --live: nobody there", async () => {
  const { text, report } = await visit(`http://127.0.0.1:${await freePort()}/v1`, { preset: "vllm", live: false });
  golden("doctor/hosts/nobody.txt", text);
  expect(report.ok).toBe(false);
});

test("what was found becomes facts that a route can use", async () => {
  await using simulator = obliging(ollamaPlain);
  const { report } = await visit(simulator.url, { preset: "ollama" });
  const file = `${await scratch()}/deep/capabilities.json`;
  keepProfiles(file, report.profiles);
  const now = Date.now();
  const provider = { id: "host", base_url: simulator.url };
  const kept = new Capabilities(file, () => now);
  expect(kept.profileFacts(provider, ollamaPlain.model)).toEqual({
    tools: true,
    images: false,
    // It refuses every effort but `none`: it does not reason.
    efforts: {},
  });
  expect(kept.profileFacts({ ...provider, base_url: "http://elsewhere/v1" }, ollamaPlain.model)).toEqual({});
  const later = new Capabilities(file, () => now + 40 * 24 * 3600 * 1000);
  expect(later.profileFacts(provider, ollamaPlain.model)).toEqual({});
});

test("profiles: of each model the newest, no more than are worth keeping, and nothing of a broken file", async () => {
  const file = `${await scratch()}/capabilities.json`;
  const one = { provider: "p", model: "m", base_url: "u", at: 1, version: "1", answers: true };
  keepProfiles(
    file,
    Array.from({ length: 300 }, (_, i) => ({ ...one, model: `m${i}` })),
  );
  keepProfiles(file, [{ ...one, model: "m299", at: 2 }]);
  const read = readProfiles(file);
  expect(read.length).toBe(256);
  expect(read.at(-1)).toEqual({ ...one, model: "m299", at: 2 });
  await Bun.write(file, '{"version":1,"profiles":[{"provider":"p"},7]}');
  expect(readProfiles(file)).toEqual([]);
  await Bun.write(file, "{");
  expect(readProfiles(file)).toEqual([]);
});

test("profiles: efforts that were refused are left out of the table, and a running shim sees what doctor wrote", async () => {
  const file = `${await scratch()}/capabilities.json`;
  let now = 10_000;
  const kept = new Capabilities(file, () => now);
  const provider = { id: "p", base_url: "u" };
  expect(kept.profileFacts(provider, "m")).toEqual({});
  const efforts = { none: { taken: false }, low: { taken: true }, high: { taken: true } };
  keepProfiles(file, [
    {
      provider: "p",
      model: "m",
      base_url: "u",
      at: 1,
      version: "1",
      answers: true,
      calls: "none",
      cut_at: 4096,
      efforts,
    },
  ]);
  expect(kept.profileFacts(provider, "m")).toEqual({});
  now += 6000;
  expect(kept.profileFacts(provider, "m")).toEqual({
    tools: false,
    context_window: 4096,
    efforts: { low: "low", high: "high" },
  });
  expect(kept.profileFacts(provider, "m", { none: null, high: "max" }).efforts).toEqual({ high: "max" });
});

async function scratch(): Promise<string> {
  const { mkdtemp } = await import("node:fs/promises");
  const { tmpdir } = await import("node:os");
  return mkdtemp(`${tmpdir()}/juscode-profiles-`);
}
