/** Calls as models write them: leaked into the text, as arguments that are nearly JSON, as patches. */
import { assurePatch, isValidPatch } from "../../../src/core/apply-patch.ts";
import { ArgumentStream } from "../../../src/core/argument-repair/argument-stream.ts";
import { assureArguments, parseObject, replyBudget } from "../../../src/core/arguments.ts";
import type { Piece } from "../../../src/core/text-calls/text-call.ts";
import { TextCallScanner } from "../../../src/core/text-calls/marked-calls.ts";
import { ThinkSplitter } from "../../../src/core/text-calls/thoughts.ts";
import { SAMPLES } from "../../../test/core/text-calls/family-samples.ts";
import type { Json } from "../../../test/support/response-rules.ts";
import type { Dice } from "../../simulate/dice.ts";
import { bytesOf, found } from "../corpus.ts";
import { mutateBytes, type MutateBytes } from "../mutate-bytes.ts";
import { judged, must, type Target } from "../target.ts";
import { grownText } from "./config.ts";

const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const wellFormed: MutateBytes = (bytes, dice, other) => bytesOf(textOf(mutateBytes(bytes, dice, other)));

const LEAKS = [
  'Now.\n<tool_call>\n{"name": "f", "arguments": {"cmd": "ls"}}\n</tool_call>\n',
  "<tool_call>\n<function=f>\n<parameter=cmd>\nls\n</parameter>\n</function>\n</tool_call>",
  "<tool_call>f\n<arg_key>cmd</arg_key>\n<arg_value>ls</arg_value>\n</tool_call>",
  "<function=f>\n<parameter=cmd>ls</parameter>\n</function>",
  '[TOOL_REQUEST]{"name":"f","arguments":{}}[END_TOOL_REQUEST]',
  '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>f\n```json\n{"cmd":"ls"}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
  '<|tool_calls_section_begin|><|tool_call_begin|>functions.f:0<|tool_call_argument_begin|>{"cmd":"ls"}<|tool_call_end|><|tool_calls_section_end|>',
  '<|channel|>commentary to=functions.f <|constrain|>json<|message|>{"cmd":"ls"}<|call|>',
  "So it looks:\n```xml\n<tool_call>{}</tool_call>\n```\n    <tool_call>\n~~~\n<tool_call>\n~~~\n",
  "<think>Hm <tool_call> hm</think>\n\nText <think>not</think>\r\n",
  "a\n</think>\n\nb <|im_end|>\n</tool_call><|im_end|>",
  "analysisI look.assistantfinalHello",
  "a<|close|>think<|sep|><|open|>response<|sep|>b<|close|>response<|sep|>",
  "[THINK]a[/THINK]b\n<think>c</think>\nd",
  ...Object.values(SAMPLES).flatMap((write) => [
    write([["f", { cmd: "ls", n: 3 }]]),
    `I look.${write([
      ["f", { cmd: "ls" }],
      ["f", { cmd: 'it\'s "a"' }],
    ])}<|im_end|>`,
  ]),
].map(bytesOf);

const piecesAt = (text: string, dice: Dice): string[] => {
  const pieces: string[] = [];
  for (let at = 0; at < text.length;) {
    const size = 1 + dice.below(dice.of([1, 5, 40]));
    pieces.push(text.slice(at, at + size));
    at += size;
  }
  return pieces;
};

const DECLARED = new Set(["f"]);

function scanned(pieces: readonly string[], thinks = false): Piece[] {
  const scanner = new TextCallScanner(DECLARED);
  scanner.thinks = thinks;
  const found: Piece[] = [];
  for (const piece of pieces) {
    if (scanner.passes(piece)) found.push({ kind: "text", text: piece });
    else found.push(...scanner.feed(piece));
  }
  found.push(...scanner.end());
  // How text is cut is no part of what is said.
  const merged: Piece[] = [];
  for (const piece of found) {
    const last = merged.at(-1);
    if (piece.kind === "text" && last?.kind === "text") last.text += piece.text;
    else merged.push({ ...piece });
  }
  return merged;
}

function thought(pieces: readonly string[], hold: number): string[] {
  const splitter = new ThinkSplitter({ hold });
  const told = { thought: "", text: "" };
  const onThought = (text: string): void => void (told.thought += text);
  const onText = (text: string): void => void (told.text += text);
  for (const piece of pieces) splitter.feed(piece, onThought, onText);
  splitter.end(onThought, onText);
  return [told.thought, told.text];
}

export const leakTarget: Target = {
  name: "leaks",
  seeds: () => LEAK_SEEDS,
  mutate: wellFormed,
  grow: grownText,
  work: (input) => void scanned(textOf(input).match(/[^]{1,20}/g) ?? []),
  check: (input, dice) =>
    judged(() => {
      const text = textOf(input);
      const pieces = piecesAt(text, dice);
      const found = scanned(pieces);
      const whole = scanned([text]);
      must(Bun.deepEquals(found, whole), "cut", () => [found, whole]);
      const all = found.map((piece) => ("text" in piece ? piece.text : "raw" in piece ? piece.raw : "")).join("");
      must(all === text, "lost text", () => [all, text]);
      for (const { name } of found.flatMap((piece) => (piece.kind === "calls" ? piece.calls : [])))
        must(text.includes(name) || /[\\&]/.test(text), "invented name", () => name);
      const later = scanned(pieces, true);
      must(Bun.deepEquals(later, scanned([text], true)), "cut later thoughts", () => [later, scanned([text], true)]);
      for (const hold of [0, 40]) {
        const split = thought(pieces, hold);
        must(Bun.deepEquals(split, thought([text], hold)), "cut thought", () => [split, thought([text], hold)]);
      }
    }),
};

const LEAK_SEEDS = [...LEAKS, ...found("leaks")];

const ARGUMENTS = [
  '{"cmd":"ls -la","n":1,"list":["a"],"deep":{"x":null}}',
  '{"cmd":"\\ud83d\\ude00 \\uD83D\\uDE00 \\\\ud83d"}',
  "{'cmd': 'ls', \"n\": True, }",
  '```json\n{"cmd":"ls"}\n```',
  '{"cmd":"a\\nb","n":"12"}',
  '{cmd: "ls", n: None}',
  '{"cmd":"\\d+","n":12345678901234567890}',
  '{"cmd":"ls"} {"cmd":"pwd"}',
  '"{\\"cmd\\":\\"ls\\"}"',
  '// note\n{"cmd":"ls" /* x */, "n":1.}',
  '{"cmd":"ls","n":1.0,"list":"[\\"a\\"]","deep":null}',
  '{"cmd":"ls","n":null}{"cmd":"ls","n":null}',
].map(bytesOf);

const SCHEMAS: readonly (Json | undefined)[] = [
  undefined,
  {
    type: "object",
    properties: { cmd: { type: "string" }, n: { type: "integer" }, list: { type: "array" }, deep: { type: "object" } },
    required: ["cmd"],
  },
  {
    type: "object",
    properties: { cmd: { type: "string" }, n: { type: ["number", "null"] } },
    additionalProperties: false,
  },
];

/** All that is said, and nothing of how: what no repair may change. */
const words = (text: string): string =>
  text
    .replaceAll(/```(?:json)?|\\u[0-9a-fA-F]{4}|\\[a-z]/g, "")
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, "")
    .replaceAll("none", "null");

/** The text that a JSON string says, and another one in it. */
function unquoted(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "string" ? unquoted(value) : text;
  } catch {
    return text;
  }
}

/** What is left out is a null, or said twice. */
function isWithin(some: string, all: string): boolean {
  let at = 0;
  for (const char of some) {
    at = all.indexOf(char, at) + 1;
    if (at === 0) return false;
  }
  return true;
}

/** What goes out while the arguments come is, together, what becomes of the whole text. */
function judgeStream(pieces: readonly string[], schema: Json | undefined): void {
  const stream = new ArgumentStream(schema, replyBudget());
  const sent = pieces.map((piece) => stream.feed(piece)).join("");
  const whole = assureArguments(stream.text, schema).text;
  const { rest, agrees } = stream.end(whole);
  must(!agrees || sent + rest === whole, "streamed otherwise", () => [whole, sent, rest]);
  must(agrees || stream.repaired === undefined || /\\ud/i.test(stream.text), "streamed wrong", () => [whole, sent]);
}

function judgeArguments(text: string, schema: Json | undefined): void {
  const { text: assured, outcome } = assureArguments(text, schema);
  if (outcome === "invalid" || outcome === "unproved") {
    if (assured === text) return;
    // What could be repaired was; a second look finds nothing more.
    must(parseObject(assured) !== undefined, "invalid, changed, and no object", () => assured);
    return must(assureArguments(assured, schema).text === assured, "repaired twice", () => [text, assured]);
  }
  must(parseObject(assured) !== undefined, "assured, and no object", () => assured);
  if (outcome === "valid") return must(assured === text || text.trim() === "", "changed and valid", () => assured);
  // A number may be written in another way.
  if (outcome === "repaired" && !/\de[+-]?\d/i.test(text))
    must(isWithin(words(assured), words(unquoted(text))), "other words", () => [text, assured]);
  const [before, after] = [parseObject(text), parseObject(assured)];
  if (outcome !== "coerced" && before && JSON.stringify(before).isWellFormed() && !/\\ud/.test(JSON.stringify(before)))
    must(Bun.deepEquals(before, after) || outcome === "repaired", "other values", () => [text, assured]);
  const again = assureArguments(assured, schema);
  must(again.outcome === "valid", "mended twice", () => [assured, again.text]);
}

export const argumentsTarget: Target = {
  name: "arguments",
  seeds: () => ARGUMENT_SEEDS,
  mutate: wellFormed,
  grow: grownText,
  work: (input) => void assureArguments(textOf(input), SCHEMAS[1]),
  check: (input, dice) =>
    judged(() => {
      const text = textOf(input);
      const schema = dice.of(SCHEMAS);
      judgeArguments(text, schema);
      judgeStream(piecesAt(text, dice), schema);
    }),
};

const ARGUMENT_SEEDS = [...ARGUMENTS, ...found("arguments")];

const PATCHES = [
  "*** Begin Patch\n*** Update File: a.txt\n@@ def\n-a\n+b\n c\n*** End of File\n*** End Patch\n",
  "*** Begin Patch\n*** Add File: b\n+x\n*** Delete File: c\n*** Update File: d\n*** Move to: e\n@@\n+y\n*** End Patch",
  "--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n-a\n+b\n c\n",
  "diff --git a/x b/x\nnew file mode 100644\n--- /dev/null\n+++ b/x\n@@ -0,0 +1 @@\n+hi\n",
  "```\n*** Begin Patch\n*** Update File: a\n@@\n-a\n+b\n*** End Patch\n```",
  "apply_patch <<'EOF'\n*** Begin Patch\n*** Add File: a\n+b\n*** End Patch\nEOF\n",
].map(bytesOf);

function judgePatch(text: string): void {
  const { text: assured, outcome } = assurePatch(text);
  must((outcome === "invalid") === !isValidPatch(assured), "outcome", () => [outcome, assured]);
  if (outcome !== "repaired") return must(assured === text, "changed", () => assured);
  must(assurePatch(assured).outcome === "valid", "mended twice", () => assured);
  // No line is made up: what is added or taken away stands in what the model wrote.
  const given = new Set(text.split(/\r?\n/).map((line) => line.trim().replace(/^[-+]/, "").trim()));
  for (const line of assured.split("\n").filter((each) => /^[-+]/.test(each)))
    must(given.has(line.slice(1).trim()), "invented line", () => [line, text]);
}

export const patchTarget: Target = {
  name: "patches",
  seeds: () => PATCH_SEEDS,
  mutate: wellFormed,
  grow: grownText,
  work: (input) => void assurePatch(textOf(input)),
  check: (input) => judged(() => judgePatch(textOf(input))),
};

const PATCH_SEEDS = [...PATCHES, ...found("patches")];
