/** Places of src/core: schemas, arguments, patches, histories, streams. */
import { assurePatch } from "../../../src/core/apply-patch.ts";
import { assureArguments } from "../../../src/core/arguments.ts";
import { CallIds } from "../../../src/core/call-ids.ts";
import { citationsIn, type Source } from "../../../src/core/citations.ts";
import { plainText, quote } from "../../../src/core/error-words.ts";
import { promptCharacters } from "../../../src/core/estimate.ts";
import { inSpokenOrder, pairHistory } from "../../../src/core/history.ts";
import { ItemWriter } from "../../../src/core/item-writer.ts";
import { elementsOf, JsonEdit, membersOf } from "../../../src/core/json-edit.ts";
import { JsonProgress } from "../../../src/core/json-progress.ts";
import { wellFormedJson } from "../../../src/core/json-string.ts";
import { parseAt } from "../../../src/core/parse.ts";
import { jsonCallsIn, levelsOf } from "../../../src/core/quoted-calls.ts";
import { RepeatedFrame } from "../../../src/core/repeated-frame.ts";
import { subsetSchema } from "../../../src/core/schema-subset.ts";
import { shortened } from "../../../src/core/shorten.ts";
import { SseSkimmer } from "../../../src/core/sse-skim.ts";
import { SseDecoder } from "../../../src/core/sse.ts";
import { flatToolName } from "../../../src/core/tool-names.ts";
import type { Item } from "../../../src/core/turn.ts";
import { WorkBudget } from "../../../src/core/work-budget.ts";
import { RequestBody } from "../../../src/wires/chat/client/schema.ts";
import { list, table, user } from "./inputs.ts";
import type { Place } from "./measure.ts";

type Schema = Record<string, unknown>;

const argument = (
  name: string,
  size: number,
  value: (size: number) => unknown,
  schema: (size: number) => Schema,
): Place => ({
  name: `arguments: ${name}`,
  size,
  prepare(n) {
    const [text, whole] = [JSON.stringify({ a: value(n) }), { properties: { a: schema(n) } }];
    return () => assureArguments(text, whole);
  },
});

const ref = (n: number): Schema => ({ $ref: `#/properties/a/$defs/${n}` });

/** A schema of this many definitions that go from each to the next one, by `step`. */
const leading = (count: number, step: (next: Schema) => Schema): Schema => ({
  ...ref(0),
  $defs: Object.fromEntries([...list(count, (n) => [n, step(ref(n + 1))]), [count, true]]),
});

const ARGUMENTS: readonly Place[] = [
  argument(
    "references that double",
    16,
    () => 1,
    (n) => leading(n, (next) => ({ allOf: [next, next] })),
  ),
  argument(
    "references in a row",
    5000,
    () => 1,
    (n) => leading(n, (next) => next),
  ),
  argument(
    "schemas with ids and anchors",
    5000,
    () => 1,
    (n) => ({
      $ref: "#x0",
      $defs: Object.fromEntries(list(n, (i) => [i, { $anchor: `x${i}`, not: { $id: `y${i}`, not: true } }])),
    }),
  ),
  argument(
    "blanks before the end, by a pattern",
    50_000,
    (n) => `${" ".repeat(n)}x`,
    () => ({ pattern: "\\s+$" }),
  ),
  argument(
    "repeats within repeats, by a pattern",
    50_000,
    (n) => `${"a".repeat(n)}x`,
    () => ({ pattern: "(a+)+$" }),
  ),
  argument(
    "looks ahead from everywhere, by a pattern",
    50_000,
    (n) => "a".repeat(n),
    () => ({ pattern: "(?=.*b)" }),
  ),
  argument(
    "a long pattern",
    5000,
    (n) => "ab".repeat(n),
    (n) => ({ pattern: "(a|b)?".repeat(n) }),
  ),
  argument(
    "items that are unlike",
    20_000,
    (n) => list(n, (i) => ({ i })),
    () => ({ uniqueItems: true }),
  ),
  argument(
    "a list of values for each item",
    5000,
    (n) => list(n, () => "x"),
    (n) => ({ items: { enum: [...list(n, String), "x"] } }),
  ),
  argument(
    "patterns for each key",
    3000,
    (n) => table(n, () => 1),
    (n) => ({ patternProperties: table(n, () => true) }),
  ),
  argument(
    "branches for each item",
    3000,
    (n) => list(n, () => 1),
    (n) => ({ items: { anyOf: [...list(n, () => ({ type: "string" })), true] } }),
  ),
  argument(
    "parts that nobody has looked at",
    3000,
    (n) => table(n, () => 1),
    (n) => ({ allOf: list(n, () => ({ properties: { a: true } })), unevaluatedProperties: true }),
  ),
  argument(
    "a long text for many limits",
    5000,
    (n) => "😀".repeat(n),
    (n) => ({ allOf: list(n, () => ({ maxLength: n + 1, minLength: n - 1 })) }),
  ),
  argument(
    "quotes that are escaped, in a text for a number",
    30_000,
    (n) => `"${'\\"'.repeat(n)}`,
    () => ({ type: "integer" }),
  ),
  argument(
    "digits and dots in a text for a number",
    100_000,
    (n) => "1.23456789012.".repeat(n / 14),
    () => ({ type: "integer" }),
  ),
  argument(
    "texts for numbers, of many types",
    5000,
    (n) => n,
    (n) => ({ type: list(n, () => "null") }),
  ),
  {
    name: "arguments: texts for numbers, each of many types",
    size: 3000,
    prepare(n) {
      const type = list(n, (i) => (i === n - 1 ? "integer" : "null"));
      const schema = { properties: table(n, () => ({ type })) };
      const text = JSON.stringify(table(n, () => "1"));
      return () => assureArguments(text, schema);
    },
  },
];

/** What is nearly JSON. Longer texts are not repaired. */
const REPAIRED: readonly [string, string][] = [
  ["lists that do not end", "["],
  ["objects that do not end", '{"a":'],
  ["keys without quotes", "a:1,"],
  ["commas that are missing", '"a" '],
  ["single quotes", "'a',"],
  ["quotes that are escaped", '\\"'],
  ["backslashes", "\\"],
  ["comments that do not end", "/*"],
  ["lines of comments", "// x\n"],
  ["texts that are joined", '"a" + '],
  ["line breaks in texts", '"a\n'],
  ["fences", "```\n"],
  ["blanks", " "],
  ["ends that were not begun", "}"],
  ["numbers", "1-"],
  ["function calls", "f("],
  ["dots", "...,"],
  ["addresses", '"https://a'],
  ["words", "a "],
  ["a mix of all", "{'a\": [tru, //\n \\"],
];

const repairs = REPAIRED.flatMap(([name, piece]): Place[] =>
  [`{"a":`, `{"a":"`, ""].map((head) => ({
    name: `repairs of arguments: ${name} behind ${head || "nothing"}`,
    size: 15_000,
    prepare(n) {
      const text = `${head}${piece.repeat(Math.ceil((n - head.length) / piece.length))}`.slice(0, n);
      const whole = `${text}"}`;
      return () => [assureArguments(text, {}), assureArguments(whole, {}), assureArguments(`{}${text}`, {})];
    },
  })),
);

const patch = (name: string, text: (size: number) => string): Place => ({
  name: `patches: ${name}`,
  size: 100_000,
  prepare(n) {
    const given = text(n);
    return () => assurePatch(given);
  },
});

const PATCHES: readonly Place[] = [
  patch("fences that do not end", (n) => "```\n".repeat(n / 4)),
  patch("a long fence", (n) => `${"`".repeat(n)}\n*** Begin Patch\n`),
  patch("commands whose text does not end", (n) => `apply_patch <<E\n${"E \n".repeat(n / 3)}x`),
  patch("blanks behind the end of one", (n) => `apply_patch <<E\n\nE${"\n".repeat(n)}x`),
  patch("blanks before a command", (n) => `apply_patch${" ".repeat(n)}<x`),
  patch("words before it", (n) => `${"x\n".repeat(n / 2)}*** Begin Patch\n*** End Patch`),
  patch("markers", (n) => "*** Begin Patch\n*** End Patch\n".repeat(n / 30)),
  patch("stars", (n) => `***${" *".repeat(n / 2)}`),
  patch("hunks of a diff", (n) => `--- a\n+++ b\n${"@@ -1 +1 @@\n-a\n+b\n".repeat(n / 18)}`),
  patch("heads of a diff", (n) => "--- a\n+++ b\n".repeat(n / 12)),
  patch("line ends", (n) => "\r\n\r".repeat(n / 3)),
  patch("empty lines of a new file", (n) => `*** Begin Patch\n*** Add File: a\n+x\n${"\n".repeat(n)}+y\n*** End Patch`),
];

const subset = (name: string, size: number, schema: (size: number) => Schema): Place => ({
  name: `schemas in an upstream's words: ${name}`,
  size,
  prepare(n) {
    const given = schema(n);
    return () => (["full", "plain", "mfjs"] as const).map((kind) => subsetSchema(given, kind));
  },
});

const SUBSETS: readonly Place[] = [
  subset("references to a large one", 3000, (n) => ({
    properties: table(n, () => ({ $ref: "#/$defs/a" })),
    $defs: { a: table(n, () => 1) },
  })),
  subset("references to one of many properties", 3000, (n) => ({
    properties: table(n, () => ({ $ref: "#/$defs/a" })),
    $defs: { a: { properties: table(n, () => ({})) } },
  })),
  subset("parts that are joined", 3000, (n) => ({
    allOf: list(n, () => ({ $ref: "#/$defs/a" })),
    $defs: { a: table(n, () => 1) },
  })),
  subset("parts that are joined again and again", 100, (n) => ({
    anyOf: list(n, () => ({ allOf: list(100, () => ({ $ref: "#/$defs/a" })) })),
    $defs: { a: { properties: table(n, () => ({})) } },
  })),
  subset("references that double", 10, (n) => ({
    $ref: "#/d/0",
    d: [...list(n, (i) => ({ properties: { a: { $ref: `#/d/${i + 1}` }, b: { $ref: `#/d/${i + 1}` } } })), {}],
  })),
  subset("long ways to one place", 1000, (n) => ({
    properties: table(200, () => ({ $ref: `#/${list(n, () => "a").join("/")}` })),
  })),
];

const call = (id: string): Item => ({ type: "tool_call", call_id: id, name: "f", arguments: "{}" });
const result = (id: string): Item => ({ type: "tool_result", call_id: id, parts: [{ type: "text", text: "x" }] });
const thought: Item = { type: "reasoning", text: "x", origin: { field: "reasoning" } };

const HISTORIES: readonly [string, (size: number) => Item[]][] = [
  ["calls of one id", (n) => list(n, () => call("a"))],
  ["calls of one id, and its results", (n) => [...list(n, () => call("a")), ...list(n, () => result("a"))]],
  ["results before their calls", (n) => [...list(n, (i) => result(`a${i}`)), ...list(n, (i) => call(`a${i}`))]],
  ["ids that are like new ones", (n) => [...list(n, (i) => call(`a_${i + 2}`)), ...list(n, () => call("a"))]],
  ["what was said between calls", (n) => list(n, (i) => (i % 2 ? thought : call(`a${i}`)))],
  [
    "a word of the user for each call",
    (n) => list(n, (i) => (i % 3 ? (i % 3 === 1 ? call("a") : result("a")) : user("x"))),
  ],
];

const histories = HISTORIES.flatMap(([name, items]): Place[] => [
  {
    name: `histories in their order: ${name}`,
    size: 5000,
    prepare(n) {
      const given = items(n);
      return () => inSpokenOrder(pairHistory(given), given);
    },
  },
  {
    name: `histories made shorter: ${name}`,
    size: 10_000,
    prepare(n) {
      const given = [...items(n), user("x"), ...list(n, () => user("y"))];
      return () => [shortened(given, n / 2), shortened(given, n * 10), shortened(given, 1)];
    },
  },
]);

const sources = (count: number): Map<string, Source> =>
  new Map(list(count, (n) => [`https://a.example/${n}`, { url: `https://a.example/${n}`, title: "x" }]));
const text = (name: string, size: number, make: (size: number) => string, work: (text: string) => unknown): Place => ({
  name,
  size,
  prepare(n) {
    const given = make(n);
    return () => work(given);
  },
});
const cite = (given: string): unknown => citationsIn(given, sources(10));
const skim = (given: Uint8Array): void => {
  const skimmer = new SseSkimmer(
    ["finish_reason", "usage", "[DONE]"].map((name) => Buffer.from(name)),
    Buffer.from('"choices"'),
    () => {},
  );
  skimmer.push(given);
  skimmer.end();
};

const TEXTS: readonly Place[] = [
  text("citations: addresses", 100_000, (n) => "[a](https://a.example/1) ".repeat(n / 25), cite),
  text("citations: one long address", 100_000, (n) => `https://a.example/${")".repeat(n)}`, cite),
  text("citations: brackets", 100_000, (n) => "[".repeat(n), cite),
  text("citations: no addresses", 100_000, (n) => "https:/".repeat(n / 7), cite),
  text(
    "prompts: pictures",
    200_000,
    (n) => `"data:image/png;base64,x"`.repeat(n / 24),
    (given) => promptCharacters(given, given.length),
  ),
  text(
    "prompts: data without an end",
    200_000,
    (n) => '"data":"aaaa'.repeat(n / 12),
    (given) => promptCharacters(given, given.length),
  ),
  text(
    "errors: tags of a page",
    200_000,
    (n) => "<".repeat(n),
    (given) => [plainText(given), quote(given)],
  ),
  text("errors: keys", 200_000, (n) => "Bearer ".repeat(n / 7), quote),
  text("errors: blanks behind a key's word", 200_000, (n) => `Bearer${" ".repeat(n)}`, quote),
  text(
    "names of tools: long ones",
    200_000,
    (n) => "a.".repeat(n / 2),
    (given) => flatToolName("b", given),
  ),
  text("half characters in JSON", 200_000, (n) => "\\ud83d\\\\".repeat(n / 8), wellFormedJson),
  text(
    "quoted calls: strings in strings",
    100_000,
    (n) => '\\"{'.repeat(n / 3),
    (given) => levelsOf(given).map((level) => jsonCallsIn(level, new WorkBudget(1e9))),
  ),
  text(
    "quoted calls: calls in calls",
    100_000,
    (n) => '{"name":"a","arguments":'.repeat(n / 24),
    (given) => jsonCallsIn(given, new WorkBudget(1e9)),
  ),
  text(
    "quoted calls: calls in calls that end",
    40_000,
    (n) => '{"name":"a","arguments":'.repeat(n / 25) + "}".repeat(n / 25),
    (given) => jsonCallsIn(given, new WorkBudget(given.length * 8)),
  ),
  text(
    "quoted calls: quotes that nothing closes",
    100_000,
    (n) => `{"a"${'\\"'.repeat(n / 2)}`,
    (given) => jsonCallsIn(given, new WorkBudget(1e9)),
  ),
  text(
    "quoted calls: a quote in each line",
    100_000,
    (n) => `{"a"${'"\n'.repeat(n / 2)}`,
    (given) => jsonCallsIn(given, new WorkBudget(1e9)),
  ),
  text("quoted calls: lines with numbers", 100_000, (n) => `${" ".repeat(50)}1:\n`.repeat(n / 53), levelsOf),
  text("quoted calls: one line of blanks", 100_000, (n) => " ".repeat(n), levelsOf),
  text(
    "JSON: members",
    100_000,
    (n) => `{${'"a":1,'.repeat(n / 6)}"b":2}`,
    (given) => {
      const members = membersOf(given, 0);
      const edit = new JsonEdit(given);
      edit.remove(
        members.map(({ start, value }) => ({ start, end: value.end })),
        new Set(members.keys()),
      );
      return edit.result();
    },
  ),
  text(
    "JSON: lists in lists",
    100_000,
    (n) => `[${"[".repeat(n / 2)}${"]".repeat(n / 2)}]`,
    (given) => elementsOf(given, 0),
  ),
  text(
    "JSON: backslashes",
    200_000,
    (n) => `["${'\\\\\\"'.repeat(n / 4)}"]`,
    (given) => elementsOf(given, 0),
  ),
  text(
    "JSON: strings that do not end",
    200_000,
    (n) => `{"a":"${'\\"'.repeat(n / 2)}`,
    (given) => membersOf(given, 0),
  ),
  {
    name: "JSON in pieces: whether it is whole yet",
    size: 20_000,
    prepare: (n) => () => {
      const progress = new JsonProgress();
      let text = "[{}";
      progress.add(text);
      for (let i = 0; i < n; i++) {
        progress.add(",{}");
        text += ",{}";
        if (progress.isWhole(text)) throw new Error("it is not");
      }
    },
  },
  {
    name: "streams: bytes one by one",
    size: 30_000,
    prepare: (n) => () => {
      const sse = new SseDecoder();
      for (let i = 0; i < n; i++) sse.push(Uint8Array.of(i % 7 === 0 ? 13 : 97), () => {});
      sse.end(() => {});
    },
  },
  {
    name: "streams: lines of one event",
    size: 30_000,
    prepare(n) {
      const bytes = new TextEncoder().encode(`${"data: a\n".repeat(n)}\n`);
      return () => new SseDecoder().push(bytes, () => {});
    },
  },
  ...(["data: {}\n\n", 'data: {"usage":1}\n\ndata: {}\n\n', 'data: {"usage":"choices"}\n', "\n\n"] as const).map(
    (frame, i): Place => ({
      name: `streams that go by: frames of kind ${i}`,
      size: 100_000,
      prepare(n) {
        const bytes = new TextEncoder().encode(frame.repeat(n / frame.length));
        return () => skim(bytes);
      },
    }),
  ),
  {
    name: "streams: frames that differ in two places",
    size: 5000,
    prepare(n) {
      const frames = list(n, (i) => JSON.stringify({ a: "x".repeat(i % 50), t: i }));
      const find = (frame: unknown): string => (frame as { a: string }).a;
      return () => {
        const repeated = new RepeatedFrame();
        for (const frame of frames)
          if (repeated.read(frame) === undefined) repeated.learn(frame, find(JSON.parse(frame)), find);
      };
    },
  },
  {
    name: "replies: halves of characters",
    size: 50_000,
    prepare: (n) => () => {
      const writer = new ItemWriter(() => {});
      for (let i = 0; i < n; i++) writer.grow({ kind: "text" }, i % 2 ? "\ude00" : "\ud83d");
      writer.end({ reason: "stop", usage: null });
    },
  },
  {
    name: "replies: ids of calls in a long history",
    size: 5000,
    prepare(n) {
      const turn = { model: "m", items: list(n, (i) => call(`a${i}`)), tools: [], settings: {}, ignored: [] };
      return () => {
        const ids = new CallIds(turn, { next: () => "0".repeat(32) });
        for (let i = 0; i < n; i++) ids.next(`b${i}`);
      };
    },
  },
  {
    name: "requests: many wrong elements",
    size: 5000,
    prepare(n) {
      const body = { model: "m", messages: list(n, () => 1), stop: list(n, () => 1), tools: list(n, () => "x") };
      return () => {
        try {
          parseAt(RequestBody, body, "");
        } catch {}
      };
    },
  },
];

export const CORE: readonly Place[] = [...ARGUMENTS, ...repairs, ...PATCHES, ...SUBSETS, ...histories, ...TEXTS];
