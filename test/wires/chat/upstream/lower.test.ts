/** A turn becomes a Chat request: each rule by itself. */
import { describe, expect, test } from "bun:test";
import type { Item, Part, ReasoningItem, Settings, Turn } from "../../../../src/core/turn.ts";
import {
  type Body,
  lowerText,
  lower,
  messages,
  system,
  user,
  assistant,
  think,
  call,
  result,
  IMAGE,
  sent,
} from "./items.ts";

describe("the messages", () => {
  test.each<[string, Item[], object[]]>([
    [
      "leading system messages are one",
      [system("a"), system("b", "c"), user("hi")],
      [
        { role: "system", content: "a\n\nb\nc" },
        { role: "user", content: "hi" },
      ],
    ],
    ["an empty system message is none", [system(""), user("hi")], [{ role: "user", content: "hi" }]],
    [
      "a later one is told by the user",
      [user("hi"), system("a"), user("ho")],
      [{ role: "user", content: "hi\n\n<developer_message>\na\n</developer_message>\n\nho" }],
    ],
    ["neighbouring user messages are one", [user("a"), user("b")], [{ role: "user", content: "a\n\nb" }]],
    [
      "an answer stands between",
      [user("a"), assistant("b"), user("c")],
      [
        { role: "user", content: "a" },
        { role: "assistant", content: "b" },
        { role: "user", content: "c" },
      ],
    ],
    ["a refusal is content", [assistant({ type: "refusal", text: "no" })], [{ role: "assistant", content: "no" }]],
    ["an empty answer is none", [user("a"), assistant(""), assistant()], [{ role: "user", content: "a" }]],
    [
      "thought, text and calls are one message",
      [think("t", { field: "reasoning_content" }), assistant("a"), call("1"), call("2"), result("1", "x"), result("2")],
      [
        { role: "assistant", content: "a", reasoning_content: "t", tool_calls: [sent("1"), sent("2")] },
        { role: "tool", tool_call_id: "1", content: "x" },
        { role: "tool", tool_call_id: "2", content: "" },
      ],
    ],
    [
      "calls alone have null content",
      [call("1"), result("1", "x", "y")],
      [
        { role: "assistant", content: null, tool_calls: [sent("1")] },
        { role: "tool", tool_call_id: "1", content: "x\ny" },
      ],
    ],
    [
      "a thought that nothing follows stays away",
      [user("a"), think("t", { field: "reasoning" })],
      [{ role: "user", content: "a" }],
    ],
    ["a thought of unknown origin stays away", [think("t"), assistant("a")], [{ role: "assistant", content: "a" }]],
  ])("%s", (_, items, expected) => {
    expect(messages(items)).toEqual(expected as Body["messages"]);
  });

  test("dialects: separate user messages, late system messages, empty content", () => {
    const items = [user("a"), user("b"), system("c"), call("1"), result("1", "x")];
    expect(messages(items, { merge_user_messages: false, late_system_role: "system", empty_content: "empty" })).toEqual(
      [
        { role: "user", content: "a" },
        { role: "user", content: "b" },
        { role: "system", content: "c" },
        { role: "assistant", content: "", tool_calls: [sent("1")] },
        { role: "tool", tool_call_id: "1", content: "x" },
      ],
    );
  });

  test.each<[string, ReasoningItem["origin"], object]>([
    ["reasoning_content", { field: "reasoning_content" }, { content: "a", reasoning_content: "t\n" }],
    ["reasoning", { field: "reasoning" }, { content: "a", reasoning: "t\n" }],
    ["think", { field: "think" }, { content: "<think>t\n</think>\n\na" }],
    [
      "thinking",
      { field: "thinking" },
      {
        content: [
          { type: "thinking", thinking: [{ type: "text", text: "t\n" }], closed: true },
          { type: "text", text: "a" },
        ],
      },
    ],
    [
      "reasoning_details",
      { field: "reasoning_details" },
      { content: "a", reasoning_details: [{ type: "reasoning.text", text: "t\n" }] },
    ],
    [
      "kept reasoning_details",
      { field: "reasoning_details", details: [{ type: "reasoning.encrypted", data: "x" }] },
      { content: "a", reasoning_details: [{ type: "reasoning.encrypted", data: "x" }] },
    ],
  ])("a thought goes back as it came: %s", (_, origin, expected) => {
    expect(messages([think("t\n", origin), assistant("a")])).toEqual([{ role: "assistant", ...expected }]);
  });

  test("a thought signature goes back on its call", () => {
    const signature = think("", { field: "extra_content", details: [{ call_id: "2", extra_content: { s: 1 } }] });
    expect(messages([call("1"), signature, call("2"), result("1"), result("2")])[0]).toEqual({
      role: "assistant",
      content: null,
      tool_calls: [sent("1"), { ...sent("2"), extra_content: { s: 1 } }],
    });
  });

  test("an id that was used again answers the call after the interruption", () => {
    const items = [user("a"), call("0", '{"n":1}'), user("b"), call("0", '{"n":2}'), result("0", "out")];
    expect(messages(items).filter(({ role }) => role === "tool")).toEqual([
      { role: "tool", tool_call_id: "0", content: "(no output was recorded for this call)" },
      { role: "tool", tool_call_id: "0_2", content: "out" },
    ]);
  });

  test("a result that comes after the user has spoken still answers its call", () => {
    const lowered = messages([user("a"), call("1"), user("b"), result("1", "out")]);
    expect(lowered.map(({ role }) => role)).toEqual(["user", "assistant", "tool", "user"]);
    expect(lowered[2]?.["content"]).toBe("out");
  });

  test("an image is a part; its detail is one that Chat knows", () => {
    expect(messages([user("see", { type: "image", url: "data:x", detail: "original" })])[0]?.["content"]).toEqual([
      { type: "text", text: "see" },
      { type: "image_url", image_url: { url: "data:x", detail: "high" } },
    ]);
  });

  test("images of results follow all results, with what the user says next", () => {
    const lowered = messages([call("1"), call("2"), result("1", "shot", IMAGE), result("2", "x"), user("well?")]);
    expect(lowered.slice(1)).toEqual([
      { role: "tool", tool_call_id: "1", content: "shot\n(its attachment follows in the next user message)" },
      { role: "tool", tool_call_id: "2", content: "x" },
      {
        role: "user",
        content: [
          { type: "text", text: "Attached to the output of call 1:" },
          { type: "image_url", image_url: { url: "data:image/png;base64,AA==" } },
          { type: "text", text: "well?" },
        ],
      },
    ]);
  });

  test("images of the assistant follow its whole turn", () => {
    const said: Item = { type: "message", role: "assistant", parts: [{ type: "text", text: "look" }, IMAGE] };
    const image = [
      { type: "text", text: "Made by the assistant:" },
      { type: "image_url", image_url: { url: "data:image/png;base64,AA==" } },
    ];
    expect(messages([user("draw"), said, call("1"), result("1", "x")]).slice(1)).toEqual([
      { role: "assistant", content: "look", tool_calls: [sent("1")] },
      { role: "tool", tool_call_id: "1", content: "x" },
      { role: "user", content: image },
    ]);
    expect(messages([user("draw"), { ...said, parts: [IMAGE] }, user("well?")])[0]?.["content"]).toEqual([
      { type: "text", text: "draw" },
      ...image,
      { type: "text", text: "well?" },
    ]);
  });

  test("images of the last results follow too", () => {
    const lowered = messages([call("1"), result("1", IMAGE)]);
    expect(lowered.map(({ role }) => role)).toEqual(["assistant", "tool", "user"]);
    expect(lowered[1]?.["content"]).toBe("(its attachment follows in the next user message)");
  });

  test("a file goes with its content, and not by its address", () => {
    const file: Part = { type: "file", filename: "a.pdf", data: "data:application/pdf;base64,AA==" };
    expect(messages([user(file)])[0]?.["content"]).toEqual([
      { type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,AA==" } },
    ]);
    expect(() => messages([user({ type: "file", url: "https://host/a.pdf" })])).toThrow("https://host/a.pdf");
  });

  test("an image in a system message is refused, and told by the user where that is its way", () => {
    expect(() => messages([system(IMAGE), user("hi")])).toThrow("system or developer message");
    expect(messages([user("hi"), system("see", IMAGE)])[0]?.["content"]).toHaveLength(3);
  });

  test.each([
    ['{"a": 1}', '{"a": 1}'],
    ['{"big":12345678901234567890}', '{"big":12345678901234567890}'],
    ["", "{}"],
    [" ", "{}"],
    ["[1]", '{"unparsed_arguments":"[1]"}'],
    ["null", '{"unparsed_arguments":"null"}'],
    ['{"a":', '{"unparsed_arguments":"{\\"a\\":"}'],
  ])("arguments %j go as %j", (given, expected) => {
    expect(messages([call("1", given), result("1")])[0]?.["tool_calls"]).toEqual([sent("1", expected)]);
  });

  test("half a character is made whole", () => {
    expect(
      lowerText({ items: [user("a\ud800"), call("1", '{"a":"\ud800"}'), result("1", "\udc00")] }).toLowerCase(),
    ).not.toContain("\\ud");
  });
});

describe("tools and settings", () => {
  test("only what was given, and always a stream with usage", () => {
    expect(lower({ items: [user("hi")] })).toEqual({
      model: "m",
      messages: [{ role: "user", content: "hi" }],
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  test("everything", () => {
    const schema = { type: "object" };
    const body = lower(
      {
        tools: [
          { name: "f" },
          { name: "g", description: "d", parameters: { type: "object", required: [] }, strict: true },
        ],
        settings: {
          max_output_tokens: 9,
          temperature: 0,
          top_p: 0.5,
          presence_penalty: 1,
          frequency_penalty: -1,
          effort: "high",
          format: { type: "json_schema", name: "n", schema, strict: true },
          tool_choice: { name: "f" },
          parallel_tool_calls: false,
        },
      },
      { strict_tools: true },
    );
    expect(body).toEqual({
      model: "m",
      messages: [],
      tools: [
        { type: "function", function: { name: "f", parameters: { type: "object", properties: {} } } },
        {
          type: "function",
          function: { name: "g", description: "d", parameters: { type: "object", required: [] }, strict: true },
        },
      ],
      max_tokens: 9,
      temperature: 0,
      top_p: 0.5,
      presence_penalty: 1,
      frequency_penalty: -1,
      reasoning_effort: "high",
      response_format: { type: "json_schema", json_schema: { name: "n", schema, strict: true } },
      tool_choice: { type: "function", function: { name: "f" } },
      parallel_tool_calls: false,
      stream: true,
      stream_options: { include_usage: true },
    });
  });

  test("without tools nothing is said of them", () => {
    const body = lower({ items: [user("hi")], settings: { tool_choice: "auto", parallel_tool_calls: true } });
    expect(Object.keys(body)).toEqual(["model", "messages", "stream", "stream_options"]);
  });

  test.each<[Settings["tool_choice"], unknown]>([
    ["auto", "auto"],
    ["none", "none"],
    ["required", "required"],
    [{ name: "f" }, { type: "function", function: { name: "f" } }],
  ])("the choice %j", (tool_choice, sentChoice) => {
    if (tool_choice === undefined) throw new Error("no choice");
    expect(lower({ tools: [{ name: "f" }], settings: { tool_choice } })["tool_choice"]).toEqual(sentChoice);
  });

  test.each<[Settings["format"], unknown]>([
    [{ type: "text" }, undefined],
    [{ type: "json_object" }, { type: "json_object" }],
    [
      { type: "json_schema", name: "n", schema: { type: "object" } },
      { type: "json_schema", json_schema: { name: "n", schema: { type: "object" } } },
    ],
    [
      { type: "json_schema", name: "n", description: "d", schema: {}, strict: false },
      { type: "json_schema", json_schema: { name: "n", description: "d", schema: {}, strict: false } },
    ],
  ])("the format %j", (format, sentFormat) => {
    if (format === undefined) throw new Error("no format");
    expect(lower({ settings: { format } })["response_format"]).toEqual(sentFormat);
  });

  test("news of the prompt are asked for where the host has them", () => {
    expect(lower({}, { return_progress: true })["return_progress"]).toBe(true);
    expect(lower({})).not.toHaveProperty("return_progress");
  });

  describe("a schema for the answer, where it would forbid calls,", () => {
    const format: Settings["format"] = { type: "json_schema", name: "n", schema: { type: "object", title: "T" } };
    const tools = [{ name: "f" }];
    const instruct = { schema_with_tools: "instruct" } as const;

    test("is told in words, after the instructions and before the rest", () => {
      const body = lower(
        { items: [system("rules"), user("hi"), system("late")], tools, settings: { format } },
        instruct,
      );
      expect(body).not.toHaveProperty("response_format");
      expect(body.messages.map(({ role }) => role)).toEqual(["system", "user"]);
      expect(body.messages[0]?.["content"]).toStartWith("rules\n\n");
      expect(body.messages[0]?.["content"]).toEndWith('{"type":"object","title":"T"}');
    });

    test("is told alone when there are no instructions", () => {
      const { messages: told } = lower({ items: [user("hi")], tools, settings: { format } }, instruct);
      expect(told.map(({ role }) => role)).toEqual(["system", "user"]);
    });

    test.each<[string, Partial<Turn>]>([
      ["there are no tools", { settings: { format } }],
      ["none may be called", { tools, settings: { format, tool_choice: "none" } }],
    ])("is sent when %s", (_, turn) => {
      const body = lower({ items: [user("hi")], ...turn }, instruct);
      expect(body["response_format"]).toBeDefined();
      expect(body.messages).toEqual([{ role: "user", content: "hi" }]);
    });
  });

  test("the limit's name is the dialect's", () => {
    expect(lower({ settings: { max_output_tokens: 9 } }, { max_tokens_field: "max_completion_tokens" })).toMatchObject({
      max_completion_tokens: 9,
    });
  });
});
