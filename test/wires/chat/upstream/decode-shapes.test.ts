/** Where hosts put a call besides the usual place, seen as the reply that comes of it: nothing lost, nothing made up. */
import { expect, test } from "bun:test";
import { DEFAULT_DIALECT } from "../../../../src/core/dialect.ts";
import type { ReplyEvent } from "../../../../src/core/reply.ts";
import { chatUpstream } from "../../../../src/wires/chat/upstream/upstream.ts";
import { testSurroundings } from "../../../support/around.ts";
import { FIXTURE_TURN } from "./fixtures.ts";

const TOOLS = ["read", "read_file", "shell"].map((name) => ({ name, parameters: { type: "object" } }));
const LS = '{"cmd":"ls"}';
const SHELL = { id: "a", type: "function", function: { name: "shell", arguments: LS } };

/** What the reply says, in order: texts as they are, calls as `name(arguments)`, then how it ended. */
function decode(...chunks: object[]): string[] {
  const said: string[] = [];
  const emit = (event: ReplyEvent): void => {
    if (event.type === "item_start") said.push(event.item.kind === "tool_call" ? `${event.item.name} ` : "");
    else if (event.type === "item_delta") said.push((said.pop() ?? "") + event.delta);
    else if (event.type === "end") said.push(event.reason);
    else if (event.type === "error") said.push(event.error.message);
  };
  const decoder = chatUpstream.decoder({ ...FIXTURE_TURN, tools: TOOLS }, emit, testSurroundings([]), DEFAULT_DIALECT);
  for (const chunk of chunks) decoder.feed(JSON.stringify(chunk));
  decoder.feed("[DONE]");
  return said;
}

const stream = (...deltas: object[]): object[] => [
  ...deltas.map((delta) => ({ choices: [{ index: 0, delta, finish_reason: null }] })),
  { choices: [{ index: 0, delta: {}, finish_reason: "tool_calls" }] },
];
const call = (fn: object, more: object = {}): object => ({ tool_calls: [{ index: 0, ...more, function: fn }] });

test("a name in pieces is one name", () => {
  expect(
    decode(...stream(call({ name: "sh", arguments: "" }), call({ name: "ell" }), call({ arguments: LS }))),
  ).toEqual([`shell ${LS}`, "tool_calls"]);
  expect(decode(...stream(call({ name: "read" }), call({ name: "_file", arguments: LS })))).toEqual([
    `read_file ${LS}`,
    "tool_calls",
  ]);
});

test("a name that could grow and does not is a call, also without arguments and beside others", () => {
  expect(decode(...stream(call({ name: "read" })))).toEqual(["read {}", "tool_calls"]);
  expect(decode(...stream(call({ name: "read" }), call({ name: "shell", arguments: LS }, { index: 1 })))).toEqual([
    "read {}",
    `shell ${LS}`,
    "tool_calls",
  ]);
  expect(decode(...stream(call({ name: "read" }), { content: "so" }))).toEqual(["read {}", "so", "tool_calls"]);
});

test("calls in a choice of their own belong to the reply", () => {
  const text = { role: "assistant", content: "so" };
  const calls = { role: "assistant", content: null, tool_calls: [SHELL] };
  const both = (key: string): object => ({
    choices: [
      { index: 0, [key]: text, finish_reason: "tool_calls" },
      { index: 1, [key]: calls, finish_reason: "tool_calls" },
    ],
  });
  expect(decode(both("message"))).toEqual(["so", `shell ${LS}`, "tool_calls"]);
  expect(decode(both("delta"))).toEqual(["so", `shell ${LS}`, "tool_calls"]);
  const other = { index: 1, message: { tool_calls: [{ ...SHELL, function: { name: "read", arguments: "{}" } }] } };
  expect(decode({ choices: [{ index: 0, message: calls, finish_reason: "tool_calls" }, other] })).toEqual([
    `shell ${LS}`,
    "tool_calls",
  ]);
});

test("an error that stands in the choice is told in its words", () => {
  const error = { code: 502, message: "gpu gone" };
  const choice = { index: 0, message: { role: "assistant", content: "" }, finish_reason: "error", error };
  expect(decode({ choices: [choice] }).at(-1)).toContain("gpu gone");
});

test("a thought in a field of its own, by whatever name, comes before the text", () => {
  for (const field of ["reasoning_content", "reasoning", "reasoning_text", "thinking"])
    expect([field, ...decode(...stream({ [field]: "Hm" }, { [field]: "m." }, { content: "Hi" })).slice(0, 2)]).toEqual([
      field,
      "Hmm.",
      "Hi",
    ]);
});
