/** What the log lets through of a host's words: enough to see what is wrong, and nothing of what was asked. */
import { describe, expect, test } from "bun:test";
import { quotingError, reworded, ShimError } from "../../../src/core/errors.ts";
import { knownWords, loggedMessage } from "../../../src/server/telemetry/known-words.ts";
import { FIELDS } from "../../../src/server/telemetry/fields.ts";
import { WORDINGS } from "../../../src/server/telemetry/wordings.ts";
import { expectLinear } from "../../support/growth.ts";
import * as chat from "../../../src/wires/chat/client/schema.ts";
import * as messages from "../../../src/wires/messages/client/schema.ts";
import * as responses from "../../../src/wires/responses/client/schema.ts";

const known = (said: string, request = "{}", names: string[] = ["qwen3:8b"]): string =>
  knownWords(said, { names, request });

describe("a developer sees", () => {
  test.each(WORDINGS)("%s", (wording) => {
    const said = wording.replaceAll("{}", "qwen3:8b");
    expect(known(said)).toBe(said);
  });

  test.each<[string, string]>([
    ["model 'qwen3:8b' not found", "model 'qwen3:8b' not found"],
    ["The model `gpt-9` does not exist.", "The model […] does not exist."],
    ['{"type":"x","message":"Overloaded"}', '{"type[…]message":"Overloaded"}'],
    ["max_tokens: 128000 > 8192, which is the maximum", "max_tokens: 128000 > 8192, which is the maximum"],
    ["messages.3.content.0.text: Field required", "messages.3.content.0.text: Field required"],
    ["Invalid value for input[12].content[0].type: 'zebra'", "Invalid value for input[12].content[0].type[…]"],
    [
      "body.tools.0.function.parameters: Input should be a valid dictionary",
      "body.tools.0.function.parameters: Input should be a valid dictionary",
    ],
    ["Unknown parameter: 'reasoning.effort'.", "Unknown parameter: 'reasoning.effort'."],
    ["Unsupported value: 'xhigh' is not supported", "Unsupported value: 'xhigh' is not supported"],
    [
      "error: context_length_exceeded (limit 8,192, got 9,001)",
      "error: context_length_exceeded (limit 8,192, got 9,001)",
    ],
    ["Rate limit reached. Please try again in 7.66s.", "Rate limit reached. Please try again in 7.66s."],
    [
      "tokens per minute: Limit 30000, Used 29999, Requested 1200",
      "tokens per minute: Limit 30000, Used 29999, Requested 1200",
    ],
  ])("%s", (said, logged) => expect(known(said)).toBe(logged));
});

describe("nobody sees", () => {
  test.each<[string, string]>([
    ["the drawer below the window of the third silo holds the code", "[…]"],
    ["What is the capital of France?", "[…]"],
    ["48151623", "[…]"],
    ["delete_everything() in drawer.ts", "[…]"],
    ["https://zebra.example/?q=quinoa", "[…]"],
    ["天安门广场在哪里", "[…]"],
    ["\u{1f980}\u{1f980}", "[…]"],
    ["", ""],
    ["\n\t ", ""],
  ])("%s", (said, logged) => expect(known(said)).toBe(logged));

  test("a long number that stands in a text of the request, though one of its own may be seen", () => {
    const request = JSON.stringify({ input: 'my "PIN" is 48151623, \\', max_tokens: 128000, n: 5 });
    expect(known("max_tokens must be less than or equal to 128000", request)).toContain("128000");
    expect(known("max_tokens must be less than or equal to 48151623", request)).not.toContain("48151623");
    expect(known("must be at least 4711", JSON.stringify({ input: "the code is 4711" }))).not.toContain("4711");
    expect(knownWords("must be at least 128000", { names: [] })).not.toContain("128000");
  });
});

test("all names of fields that are read here are known", () => {
  const names = new Set<string>();
  const seen = new Set<unknown>();
  const walk = (value: unknown): void => {
    if (typeof value !== "object" || value === null || seen.has(value)) return;
    seen.add(value);
    const { shape } = value as { shape?: unknown };
    if (typeof shape === "object" && shape !== null)
      for (const [name, each] of Object.entries(shape)) {
        names.add(name);
        walk(each);
      }
    const { def } = value as { def?: Record<string, unknown> };
    for (const each of Object.values(def ?? {})) if (typeof each === "object") [each].flat().forEach(walk);
  };
  for (const schemas of [chat, messages, responses]) for (const schema of Object.values(schemas)) walk(schema);
  expect(names.size).toBeGreaterThan(80);
  expect([...names].filter((name) => !FIELDS.has(name))).toEqual([]);
});

test("of an error only what others say goes through it", () => {
  const error = quotingError(
    "quota",
    "host (http://h/v1) answered 402: ",
    "zebra: Insufficient credits",
    " (pay first)",
    {
      param: "input",
      code: "x",
    },
  );
  expect(error.message).toBe("host (http://h/v1) answered 402: zebra: Insufficient credits (pay first)");
  expect(loggedMessage(error, { names: [] })).toBe(
    "host (http://h/v1) answered 402: […] Insufficient credits (pay first)",
  );
  const other = reworded(error, (text) => text.replaceAll("zebra", "a rather long word"));
  expect(other.message).toBe("host (http://h/v1) answered 402: a rather long word: Insufficient credits (pay first)");
  expect(loggedMessage(other, { names: [] })).toBe(
    "host (http://h/v1) answered 402: […] Insufficient credits (pay first)",
  );
  expect([other.param, other.code]).toEqual(["input", "x"]);
  expect(loggedMessage(new ShimError("quota", "our own words"), { names: [] })).toBe("our own words");
});

test("takes time that grows with the request alone", () => {
  const said = "12345 tokens ".repeat(400);
  expectLinear(
    80_000,
    (size) => JSON.stringify({ input: '"\\\\\\" 12345 '.repeat(size) }),
    (request) => known(said, request),
  );
}, 60_000);
