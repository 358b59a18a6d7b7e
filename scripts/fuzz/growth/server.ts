/** Places of src/routing and src/server: lists of models, plans, logs, searches, connections. */
import { drainMicrotasks } from "bun:jsc";
import { resolveProvider } from "../../../src/config/resolve.ts";
import { candidatesOf } from "../../../src/routing/candidate.ts";
import { plan } from "../../../src/routing/plan.ts";
import { turnFacts } from "../../../src/routing/facts.ts";
import { redactor } from "../../../src/server/access/redact.ts";
import { saidIn } from "../../../src/server/hosted/failure.ts";
import { domainFilter } from "../../../src/server/hosted/domains.ts";
import { oneLine } from "../../../src/server/log.ts";
import { etagOf } from "../../../src/server/models.ts";
import { remedyFor } from "../../../src/core/refusals/remedies.ts";
import { PrefixWatch } from "../../../src/server/relay/prefix.ts";
import { withoutEchoes } from "../../../src/server/telemetry/echoes.ts";
import { fieldLabel } from "../../../src/server/telemetry/bounded-names.ts";
import { placeholderJson, placeholderText } from "../../../src/server/telemetry/placeholders.ts";
import { meaningsOf } from "../../../src/server/upstreams/addressing.ts";
import { readModelList } from "../../../src/server/upstreams/model-list.ts";
import { readLmStudio } from "../../../src/server/windows/lm-studio.ts";
import { readOllama } from "../../../src/server/windows/ollama.ts";
import { WindowMemory, type WindowReader } from "../../../src/server/windows/questions.ts";
import { EventMessages } from "../../../src/server/websocket/event-messages.ts";
import { ShimError } from "../../../src/core/errors.ts";
import { WIRE_NAMES } from "../../../src/core/provider.ts";
import { list, user } from "./inputs.ts";
import type { Place } from "./measure.ts";
import type { FoundProvider } from "../../../src/server/upstreams/probe.ts";

const found = (count: number, alike = false): FoundProvider => ({
  provider: {
    id: "a",
    record: resolveProvider({ id: "a", base_url: "http://a" }),
    speaker: "a",
  } as FoundProvider["provider"],
  models: list(count, (n) => ({ id: alike ? "m" : `m${n}` })),
});

const models = (name: string, size: number, work: (found: FoundProvider) => unknown): Place => ({
  name: `models of a host: ${name}`,
  size,
  prepare(n) {
    const host = found(n);
    return () => work({ ...host });
  },
});

/** Answers as such a host would, at once. What the reader gives is not waited for: all of its work is done by then. */
const windows = (
  name: string,
  read: WindowReader,
  size: number,
  answer: (size: number, path: string) => Record<string, unknown>,
): Place => ({
  name: `windows of models: ${name}`,
  size,
  prepare(n) {
    const ids = list(n, (i) => ({ id: `m${i}` }));
    const answers = new Map<string, Record<string, unknown>>();
    for (const path of ["/api/tags", "/api/ps", "/api/show", "/api/v1/models", "/api/v0/models"])
      answers.set(path, answer(n, path));
    return () => {
      void read((path) => Promise.resolve(answers.get(path) ?? {}), ids, new WindowMemory());
      drainMicrotasks();
    };
  },
});

const LISTS: readonly Place[] = [
  models("their list for clients", 2000, (host) =>
    etagOf({ found: [host], models: [], routes: [{ name: "r", candidates: "all" } as never] }),
  ),
  models("names of the config", 5000, (host) =>
    meaningsOf(
      "x",
      [host],
      list(50, (i) => ({ name: `n${i}`, aliases: [], model: `m${i}` }) as never),
    ),
  ),
  models("plans", 2000, ({ models: all }) => {
    const known = all.map(({ id }) => ({ provider: "a", model: id, name: id, local: false, info: {} }));
    const turn = { model: "r", items: [user("x")], tools: [], settings: {}, ignored: [] };
    const facts = { ...turnFacts(turn, { prompt_characters: 9, helper: false }), trouble: { count: 9, signs: {} } };
    for (const prefer of ["cheapest", "fastest", "local_first", "ordered"] as const)
      plan(
        facts,
        { name: "r", prefer, local_only: false },
        candidatesOf("all", known),
        { local_only: false, standings: {} },
        0,
      );
  }),
  {
    name: "models of a host: providers of one",
    size: 50_000,
    prepare(n) {
      const body = {
        data: [
          {
            id: "a",
            providers: list(n, () => ({ context_length: 9 })),
            status: { value: "x", args: list(n, () => "--x") },
          },
          { id: "b", providers: list(n, () => ({ context_length: 9 })) },
        ],
      };
      return () => readModelList(body);
    },
  },
  windows("of tags", readOllama, 3000, (n, path) =>
    path === "/api/show" ? {} : { models: list(n, (i) => ({ name: `x${i}` })) },
  ),
  windows("of parameters that are lines", readOllama, 8000, (n, path) =>
    path === "/api/show" ? { parameters: "\n".repeat(n) } : { models: [{ name: "m0" }] },
  ),
  windows("of entries", readLmStudio, 3000, (n, path) =>
    path === "/api/v1/models" ? { models: list(n, (i) => ({ key: `x${i}` })) } : {},
  ),
  windows("of copies", readLmStudio, 50_000, (n, path) =>
    path === "/api/v1/models"
      ? { models: [{ key: "m0", loaded_instances: list(n, () => ({ id: "a", config: { context_length: 9 } })) }] }
      : {},
  ),
];

const text = (name: string, size: number, make: (size: number) => string, work: (text: string) => unknown): Place => ({
  name,
  size,
  prepare(n) {
    const given = make(n);
    return () => work(given);
  },
});

const TEXTS: readonly Place[] = [
  text("log: a long line", 500_000, (n) => "\u0000".repeat(n), oneLine),
  text(
    "log: words of a request in an error",
    500_000,
    (n) => "ab ".repeat(n / 3),
    (given) => withoutEchoes(given, `x${given}`),
  ),
  text(
    "log: other words than those of a request",
    500_000,
    (n) => "ab ".repeat(n / 3),
    (given) => withoutEchoes("cd ".repeat(1000), given),
  ),
  text("log: secrets", 500_000, (n) => "secret-".repeat(n / 7), redactor(["secret-a", "secret-secret-x"])),
  text("metrics: names of fields", 300_000, (n) => "[1".repeat(n / 2), fieldLabel),
  text("records: texts", 100_000, (n) => "<a".repeat(n / 2), placeholderText),
  text("records: markup that does not end", 100_000, (n) => `<${"a".repeat(n)}`, placeholderText),
  text("records: JSON", 20_000, (n) => '"a\\'.repeat(n / 3), placeholderJson),
  text("records: JSON of escapes", 20_000, (n) => `"${"a\\n".repeat(n)}"`, placeholderJson),
  text("records: JSON of blanks", 100_000, (n) => `"a"${" ".repeat(n)}`, placeholderJson),
  text("services: what they say", 200_000, (n) => JSON.stringify({ error: " \n".repeat(n / 2) }), saidIn),
  text(
    "refused fields: long words",
    200_000,
    (n) => "input ".repeat(n / 6),
    (given) =>
      WIRE_NAMES.map((wire) =>
        remedyFor(new ShimError("invalid_request", given), wire, JSON.stringify({ a: given }), []),
      ),
  ),
  text(
    "threads: how much of a prompt is the same",
    500_000,
    (n) => "a".repeat(n),
    (given) => {
      const watch = new PrefixWatch();
      watch.kept("a", given);
      watch.kept("a", `${given.slice(1)}b`);
    },
  ),
  {
    name: "searches: domains that are asked for",
    size: 5000,
    prepare(n) {
      const domains = list(n, (i) => `a${i}.example/x`);
      const addresses = list(n, (i) => `https://b.a${i}.example/y/${i}`);
      return () => {
        const allowed = domainFilter(domains, domains);
        return addresses.filter(allowed);
      };
    },
  },
  {
    name: "searches: many paths of one domain",
    size: 5000,
    prepare(n) {
      const domains = list(n, (i) => `a.example/x${i}`);
      const addresses = list(n, (i) => `https://a.example/y/${i}`);
      return () => addresses.filter(domainFilter(domains, []));
    },
  },
  {
    name: "connections: interrupts of a long response",
    size: 2000,
    prepare(n) {
      const response = JSON.stringify({ tools: list(n * 10, () => "x"), id: "resp_a" });
      return () => {
        const telling = new EventMessages({
          lane: undefined,
          previous_response_id: undefined,
          headers: {},
          codex: false,
        });
        telling.take(`{"type":"response.created","response":${response}}`);
        let same = 0;
        for (let i = 0; i < n; i++) if (telling.response_id === "resp_b") same++;
        return same;
      };
    },
  },
];

export const SERVER: readonly Place[] = [...LISTS, ...TEXTS];
