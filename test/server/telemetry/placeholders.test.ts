/** A transcript keeps what the translation depends on, and no word that anybody wrote. */
import { describe, expect, test } from "bun:test";
import {
  placeholderJson,
  placeholderText,
  redactBody,
  redactFrames,
  type Json,
} from "../../../src/server/telemetry/placeholders.ts";

describe("texts", () => {
  test.each([
    ["Hello, Wörld 42!", "xxxxx, xxxxx 11!"],
    ["a\n\tb  c", "x\n\tx  x"],
    ["<think>why</think> so", "<think>xxx</think> xx"],
    ['<tool_call>{"a":1}</tool_call>', '<tool_call>{"x":1}</tool_call>'],
    ["[TOOL_REQUEST] me [END_TOOL_REQUEST]", "[TOOL_REQUEST] xx [END_TOOL_REQUEST]"],
    ["<|channel|>analysis", "<|channel|>xxxxxxxx"],
    [
      "*** Begin Patch\n*** Add File: secret.txt\n+Me\n*** End Patch",
      "*** Begin Patch\n*** Add File: xxxxxx.xxx\n+xx\n*** End Patch",
    ],
    ["日本語 😀", "xxx xx"],
    ["data:image/png;base64,iVBORw0K", "data:image/png;base64,AAAAAAAA"],
    ["", ""],
  ])("%p becomes %p", (text, told) => {
    expect(placeholderText(text)).toBe(told);
    expect(told.length).toBe(text.length);
  });

  test("JSON stays JSON of the same shape, and is as long", () => {
    const value = {
      cmd: ["bash", "-lc", 'echo "hi\\n"\n'],
      n: -12.5,
      deep: { ok: true, no: null },
      "ü\u0001": "ü\u0001é",
    };
    for (const text of [JSON.stringify(value), JSON.stringify(value, null, 2)]) {
      const told = placeholderJson(text);
      expect(told.length).toBe(text.length);
      const read = JSON.parse(told) as typeof value;
      expect(Object.keys(read)).toEqual(Object.keys(value));
      expect(read.cmd.map((each) => each.length)).toEqual(value.cmd.map((each) => each.length));
      expect(read.deep).toEqual(value.deep);
      expect(told).not.toMatch(/bash|echo/);
    }
  });

  test("JSON that was cut is cut at the same place", () => {
    const text = JSON.stringify({ path: "/home/me", text: 'a "quote" and a \\ and é' });
    for (let length = 0; length < text.length; length++) {
      const told = placeholderJson(text.slice(0, length));
      expect(told.length).toBe(length);
      expect(told).not.toContain("home");
    }
  });
});

describe("bodies", () => {
  const BODY: Json = {
    model: "m/x",
    instructions: "be good, planted",
    input: [
      { type: "message", role: "user", content: [{ type: "input_text", text: "planted words" }] },
      { type: "function_call", call_id: "call_1", name: "shell", arguments: '{"cmd":["planted"]}' },
      { type: "function_call_output", call_id: "call_1", output: "planted output" },
      { type: "custom_tool_call", call_id: "call_2", name: "apply_patch", input: "*** Begin Patch\n+planted" },
    ],
    tools: [
      {
        type: "function",
        name: "shell",
        description: "planted description",
        parameters: {
          type: "object",
          properties: { cmd: { type: "array", description: "planted" } },
          required: ["cmd"],
        },
      },
    ],
    metadata: { user: "planted person" },
    role: "planted words with spaces",
  };

  test("keep structure, ids, names and schemas; no word", () => {
    const told = redactBody(BODY);
    expect(JSON.stringify(told)).not.toContain("planted");
    expect(told).toMatchObject({
      model: "m/x",
      input: [
        { type: "message", role: "user", content: [{ type: "input_text" }] },
        { call_id: "call_1", name: "shell", arguments: '{"cmd":["xxxxxxx"]}' },
        { type: "function_call_output", call_id: "call_1" },
        { input: "*** Begin Patch\n+xxxxxxx" },
      ],
      tools: [{ parameters: { type: "object", properties: { cmd: { type: "array" } }, required: ["cmd"] } }],
    });
    expect(JSON.stringify(told).length).toBe(JSON.stringify(BODY).length);
  });
});

describe("frames", () => {
  const delta = (more: object): Json => ({ choices: [{ index: 0, delta: more }] }) as unknown as Json;
  const call = (index: number, args: string): Json => delta({ tool_calls: [{ index, function: { arguments: args } }] });

  test("pieces of one text are one text: cut escapes and markup stay whole", () => {
    const first = JSON.stringify({ cmd: 'planted "one"\n', n: 12 });
    const second = JSON.stringify({ path: "/planted/two" });
    const frames: Json[] = [];
    for (let i = 0; i < Math.max(first.length, second.length); i++)
      for (const [index, text] of [first, second].entries())
        if (text[i] !== undefined) frames.push(call(index, text[i] ?? ""));
    for (const piece of ["<to", "ol_call", ">{pla", "nted}</tool_", "call>"]) frames.push(delta({ content: piece }));
    const told = redactFrames(frames) as {
      choices: { delta: { content?: string; tool_calls?: { index: number; function: { arguments: string } }[] } }[];
    }[];
    const joined = (index: number): string =>
      told
        .map(
          (frame) => frame.choices[0]?.delta.tool_calls?.find((each) => each.index === index)?.function.arguments ?? "",
        )
        .join("");
    expect(joined(0)).toBe(JSON.stringify({ cmd: 'xxxxxxx "xxx"\n', n: 11 }));
    expect(joined(1)).toBe(JSON.stringify({ path: "/xxxxxxx/xxx" }));
    expect(told.map((frame) => frame.choices[0]?.delta.content ?? "").join("")).toBe(
      "<tool_call>{xxxxxxx}</tool_call>",
    );
  });

  test("blocks of the Messages wire and items of the Responses wire are kept apart", () => {
    const frames = [
      { type: "content_block_delta", index: 1, delta: { type: "input_json_delta", partial_json: '{"a":"pl' } },
      { type: "content_block_delta", index: 2, delta: { type: "text_delta", text: "planted" } },
      { type: "content_block_delta", index: 1, delta: { type: "input_json_delta", partial_json: 'anted"}' } },
      { type: "response.function_call_arguments.delta", item_id: "a", delta: '{"b":"pla' },
      { type: "response.function_call_arguments.delta", item_id: "c", delta: '{"d":"planted"}' },
      { type: "response.function_call_arguments.delta", item_id: "a", delta: 'nted"}' },
    ] as unknown as Json[];
    const told = redactFrames(frames) as { delta: string | { partial_json?: string; text?: string } }[];
    const at = (i: number): unknown => told[i]?.delta;
    expect([at(0), at(2)]).toMatchObject([{ partial_json: '{"a":"xx' }, { partial_json: 'xxxxx"}' }]);
    expect(at(1)).toMatchObject({ type: "text_delta", text: "xxxxxxx" });
    expect([at(3), at(4), at(5)]).toEqual(['{"b":"xxx', '{"d":"xxxxxxx"}', 'xxxx"}']);
  });
});
