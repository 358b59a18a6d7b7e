/** Nothing is lost between a Chat client and a Chat upstream: made-up bodies, recorded thoughts, and the next turn. */
import { describe, expect, test } from "bun:test";
import type { Json } from "../../../support/response-rules.ts";
import { readChatStream } from "../../../support/chat-events.ts";
import { answered, EXEC, relowered } from "./exchange.ts";

/** Made-up numbers, the same every time. */
class Chance {
  private seed: number;

  constructor(seed: number) {
    this.seed = seed;
  }

  below(n: number): number {
    this.seed = (this.seed * 48_271) % 2_147_483_647;
    return this.seed % n;
  }

  of<T>(all: readonly T[]): T {
    return all[this.below(all.length)] as T;
  }
}

const WORDS = ["Hi.", " x ", "<think>a</think>\n\nb", "é😀", '"}{', "\n", "a".repeat(50), "<tool_call>{}</tool_call>"];
const ARGUMENTS = ["{}", '{"cmd": "ls"}', '{ "n": 12345678901234567890 }', '{"a":"\\u0041\\n"}'];
const IMAGE = { type: "image_url", image_url: { url: "data:image/png;base64,AA==", detail: "low" } };
const FILE = { type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,AA==" } };

/** Messages as a Chat host wants them: what lowering would write itself. */
function canonical(chance: Chance): Json[] {
  const messages: Json[] = chance.below(2) === 0 ? [] : [{ role: "system", content: chance.of(WORDS) }];
  let calls = 0;
  for (let turn = 0; turn <= chance.below(4); turn++) {
    const parts = [{ type: "text", text: chance.of(WORDS) }, chance.of([IMAGE, FILE])];
    messages.push({ role: "user", content: chance.below(3) === 0 ? parts : chance.of(WORDS) });
    for (let step = chance.below(3); step > 0; step--) {
      const made = Array.from({ length: 1 + chance.below(3) }, () => `call_${++calls}`);
      messages.push({
        role: "assistant",
        content: chance.of([null, ...WORDS]),
        ...chance.of([{}, { reasoning_content: "hm" }, { reasoning: "hm" }, DETAILS]),
        tool_calls: made.map((id) => ({
          id,
          type: "function",
          function: { name: chance.of(["exec_command", "gone"]), arguments: chance.of(ARGUMENTS) },
          ...chance.of([{}, { extra_content: { google: { thought_signature: "s" } } }]),
        })),
      });
      for (const id of made) messages.push({ role: "tool", tool_call_id: id, content: chance.of(["", ...WORDS]) });
    }
    messages.push({ role: "assistant", content: chance.of(WORDS), ...chance.of([{}, { reasoning_content: "hm" }]) });
  }
  return messages;
}

const DETAILS = {
  reasoning_details: [
    { type: "reasoning.text", text: "hm", signature: "s" },
    { type: "reasoning.encrypted", data: "x" },
  ],
};

test("canonical messages come out as they went in", () => {
  for (let seed = 1; seed <= 300; seed++) {
    const messages = canonical(new Chance(seed));
    expect(relowered({ messages, tools: [EXEC] })["messages"]).toEqual(messages);
  }
});

test("canonical tools and settings come out as they went in", () => {
  const body = {
    tools: [
      EXEC,
      {
        type: "function",
        function: { name: "f", description: "d", parameters: { type: "object", properties: {} }, strict: true },
      },
    ],
    tool_choice: { type: "function", function: { name: "f" } },
    parallel_tool_calls: false,
    temperature: 0,
    top_p: 0.5,
    presence_penalty: 1,
    frequency_penalty: 1,
    max_tokens: 5,
    stop: ["a"],
    reasoning_effort: "low",
    response_format: { type: "json_schema", json_schema: { name: "n", schema: { type: "object" }, strict: true } },
  };
  expect(relowered(body, { strict_tools: true })).toMatchObject(body);
});

test("a longer history begins with the shorter one", () => {
  for (let seed = 1; seed <= 100; seed++) {
    const messages = canonical(new Chance(seed));
    const whole = JSON.stringify(relowered({ messages })["messages"]);
    for (let n = 1; n < messages.length; n++) {
      // Within a round of calls those that have no result yet are given one.
      if (messages[n]?.["role"] !== "user") continue;
      const head = JSON.stringify(relowered({ messages: messages.slice(0, n) })["messages"]);
      expect(whole.slice(0, head.length - 1)).toBe(head.slice(0, -1));
    }
  }
});

describe("a thought that a client keeps goes back as it came", () => {
  const TOOLS = { tools: [EXEC] };
  const CALL = { id: "a", type: "function", function: { name: "exec_command", arguments: '{"cmd":"ls"}' } };
  const thinking = [{ type: "thinking", thinking: [{ type: "text", text: "hm" }] }];
  test.each<[string, Json, Json]>([
    ["reasoning_content", { reasoning_content: "hm", content: "Yes." }, { reasoning_content: "hm", content: "Yes." }],
    ["reasoning", { reasoning: "hm", tool_calls: [CALL] }, { reasoning: "hm", content: null }],
    ["<think>", { content: "<think>hm</think>\n\nYes." }, { content: "<think>hm</think>\n\nYes." }],
    [
      "parts",
      { content: [...thinking, { type: "text", text: "Yes." }] },
      {
        content: [
          { ...thinking[0], closed: true },
          { type: "text", text: "Yes." },
        ],
      },
    ],
    ["reasoning_details", { reasoning: "hm", content: "Yes.", ...DETAILS }, { content: "Yes.", ...DETAILS }],
    [
      "what hangs on a call",
      { tool_calls: [{ ...CALL, extra_content: { x: 1 } }] },
      { tool_calls: [{ ...CALL, extra_content: { x: 1 } }] },
    ],
  ])("%s", (_, said, expected) => {
    const reply = { choices: [{ message: { role: "assistant", ...said }, finish_reason: "stop" }] };
    const { sse, body } = answered(TOOLS, reply, "m");
    const whole = (body as { choices: { message: Json }[] }).choices[0]?.message;
    for (const message of [whole, readChatStream(sse).message]) {
      const history = [{ role: "user", content: "Go on." }, message as Json, { role: "user", content: "And?" }];
      expect((relowered({ ...TOOLS, messages: history })["messages"] as Json[])[1]).toMatchObject(expected);
    }
  });

  test("but not to another model", () => {
    const { body } = answered(
      TOOLS,
      { choices: [{ message: { reasoning: "hm", content: "Yes." }, finish_reason: "stop" }] },
      "another",
    );
    const message = (body as { choices: { message: Json }[] }).choices[0]?.message as Json;
    const history = [{ role: "user", content: "Go on." }, message, { role: "user", content: "And?" }];
    expect((relowered({ messages: history })["messages"] as Json[])[1]).toEqual({ role: "assistant", content: "Yes." });
  });
});
