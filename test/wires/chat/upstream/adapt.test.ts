/** Each flag of a dialect by itself: what it makes of a turn. */
import { describe, expect, test } from "bun:test";
import { mergeDialect, type Dialect } from "../../../../src/core/dialect.ts";
import type { Settings, Tool, Turn } from "../../../../src/core/turn.ts";
import type { Lowered } from "../../../../src/wires/wire.ts";
import { chatUpstream } from "../../../../src/wires/chat/upstream/upstream.ts";
import { testSurroundings } from "../../../support/around.ts";
import { assistant, call, IMAGE, lower, messages, result, sent, system, think, user } from "./items.ts";

const TOOLS: Tool[] = [{ name: "f" }, { name: "g", strict: true }];
const IMAGE_URL = { type: "image", url: "https://host.example/a.png" } as const;

function lowered(
  turn: Partial<Turn>,
  dialect: Partial<Dialect>,
  thread?: string,
): Lowered & { json: Record<string, unknown> } {
  const whole: Turn = { model: "m", items: [user("hi")], tools: [], settings: {}, ignored: [], ...turn };
  const out = chatUpstream.lower(whole, mergeDialect(dialect), testSurroundings(), thread);
  return { ...out, json: JSON.parse(out.body) as Record<string, unknown> };
}

const names = (json: Record<string, unknown>): string[] =>
  ((json["tools"] ?? []) as { function: { name: string } }[]).map((tool) => tool.function.name);

const firstId = (message: Record<string, unknown> | undefined): string | undefined =>
  (message?.["tool_calls"] as { id: string }[] | undefined)?.[0]?.id;

describe("messages", () => {
  test("content beside calls: null, empty, or absent", () => {
    const items = [call("1"), result("1", "x")];
    expect(messages(items, { empty_content: "null" })[0]).toHaveProperty("content", null);
    expect(messages(items, { empty_content: "empty" })[0]).toHaveProperty("content", "");
    expect(messages(items, { empty_content: "absent" })[0]).not.toHaveProperty("content");
  });

  test("text said with a call stands before it", () => {
    const items = [assistant("so"), call("1"), result("1", "x")];
    expect(messages(items, { text_with_calls: "before", empty_content: "absent" })).toEqual([
      { role: "assistant", content: "so" },
      { role: "assistant", tool_calls: [sent("1")] },
      { role: "tool", tool_call_id: "1", content: "x" },
    ]);
  });

  test("parallel calls one by one, each with its result, and the thought with the first", () => {
    const items = [
      think("t", { field: "reasoning" }),
      assistant("so"),
      call("1"),
      call("2"),
      result("1", "x"),
      result("2", "y"),
      user("ok"),
    ];
    expect(messages(items, { one_call_per_message: true })).toEqual([
      { role: "assistant", reasoning: "t", content: "so", tool_calls: [sent("1")] },
      { role: "tool", tool_call_id: "1", content: "x" },
      { role: "assistant", content: null, tool_calls: [sent("2")] },
      { role: "tool", tool_call_id: "2", content: "y" },
      { role: "user", content: "ok" },
    ]);
  });

  test("ids of nine letters and digits, the same for call and result, and always the same", () => {
    const dialect = { tool_call_id: "alnum9" } as const;
    const sentIds = (id: string): unknown[] => {
      const [said, tool] = messages([call(id), result(id, "x")], dialect);
      return [firstId(said), tool?.["tool_call_id"]];
    };
    for (const id of ["call_1", "call_2", "x".repeat(99), "abc"]) {
      const [first, second] = sentIds(id);
      expect(first).toMatch(/^[a-zA-Z0-9]{9}$/);
      expect(second).toBe(first);
      expect(sentIds(id)[0]).toBe(first);
    }
    expect(sentIds("abcDEF123")[0]).toBe("abcDEF123");
    expect(new Set(["call_1", "call_2", "call_3"].map((id) => sentIds(id)[0])).size).toBe(3);
  });

  test("ids of at most 40 characters", () => {
    const long = `call_${"x".repeat(60)}`;
    const [said, tool] = messages([call(long), result(long, "x")], { tool_call_id: "max40" });
    const id = firstId(said) ?? "";
    expect(id.length).toBe(40);
    expect(tool?.["tool_call_id"]).toBe(id);
    expect(messages([call("short"), result("short")], { tool_call_id: "max40" })[1]?.["tool_call_id"]).toBe("short");
  });

  test("the tool's name with its result", () => {
    expect(messages([call("1"), result("1", "x")], { tool_result_name: true })[1]).toMatchObject({
      role: "tool",
      name: "f",
    });
  });

  test("a word of the assistant between a result and the user", () => {
    const items = [call("1"), result("1", "x"), user("on"), system("late"), assistant("a"), user("b")];
    const roles = messages(items, { bridge_after_tool: "Done." }).map(({ role }) => role);
    expect(roles).toEqual(["assistant", "tool", "assistant", "user", "assistant", "user"]);
    expect(messages(items, { bridge_after_tool: "Done." })[2]).toEqual({ role: "assistant", content: "Done." });
  });

  test("images by address are refused where the host fetches none; data is not", () => {
    expect(() => lowered({ items: [user("see", IMAGE_URL)] }, { image_urls: false })).toThrow("send the image itself");
    expect(lowered({ items: [user("see", IMAGE)] }, { image_urls: false }).body).toContain("data:image/png");
    expect(lowered({ items: [user("see", IMAGE_URL)] }, {}).body).toContain("host.example");
  });

  test("thoughts stay away where none are wanted, but not what hangs on calls", () => {
    const items = [
      think("t", { field: "think" }),
      think("", { field: "extra_content", details: [{ call_id: "1", extra_content: { a: 1 } }] }),
      assistant("so"),
      call("1"),
      result("1", "x"),
    ];
    const [said] = messages(items, { replay: "never" });
    expect(said?.["content"]).toBe("so");
    expect(said?.["tool_calls"]).toEqual([{ ...sent("1"), extra_content: { a: 1 } }]);
  });

  test("every assistant message has the field that the host asks for", () => {
    const items = [assistant("a"), user("b"), think("t", { field: "reasoning_content" }), call("1"), result("1", "x")];
    const said = messages(items, { required_reasoning_field: "reasoning_content" }).filter(
      ({ role }) => role === "assistant",
    );
    expect(said.map((message) => message["reasoning_content"])).toEqual(["", "t"]);
  });
});

describe("tools", () => {
  const chosen = (tool_choice: Settings["tool_choice"], dialect: Dialect["tool_choice"]): unknown[] => {
    const settings: Settings = tool_choice === undefined ? {} : { tool_choice };
    const { json, ignored } = lowered({ tools: TOOLS, settings }, { tool_choice: dialect, strict_tools: true });
    return [names(json).join(""), json["tool_choice"], ignored.map(({ what }) => what).join()];
  };
  const NAMED = { type: "function", function: { name: "g" } };
  const named = { name: "g" };

  test.each<[Dialect["tool_choice"], Settings["tool_choice"], unknown[]]>([
    ["full", "auto", ["fg", "auto", ""]],
    ["full", "required", ["fg", "required", ""]],
    ["full", named, ["fg", NAMED, ""]],
    ["full", undefined, ["fg", undefined, ""]],
    ["strings", "none", ["fg", "none", ""]],
    ["strings", named, ["g", "required", ""]],
    ["any", "required", ["fg", "any", ""]],
    ["any", "auto", ["fg", "auto", ""]],
    ["any", named, ["fg", NAMED, ""]],
    ["no_required", "required", ["fg", "auto", "required"]],
    ["no_required", named, ["fg", NAMED, ""]],
    ["none", "auto", ["fg", undefined, ""]],
    ["none", "none", ["", undefined, ""]],
    ["none", "required", ["fg", undefined, "required"]],
    ["none", named, ["g", undefined, "g"]],
  ])("choice, %s: %p", (dialect, choice, expected) => {
    expect(chosen(choice, dialect)).toEqual(expected);
  });

  test("strict is sent, or listed", () => {
    const sentStrict = lowered({ tools: TOOLS }, { strict_tools: true });
    expect(sentStrict.body).toContain('"strict":true');
    expect(sentStrict.ignored).toEqual([]);
    const left = lowered({ tools: TOOLS }, {});
    expect(left.body).not.toContain("strict");
    expect(left.ignored).toMatchObject([{ field: "tools", what: "strict" }]);
  });

  test.each<[Dialect["parallel_tool_calls"], boolean | undefined, unknown, number]>([
    ["as_asked", undefined, undefined, 0],
    ["as_asked", false, false, 0],
    ["always", undefined, true, 0],
    ["always", false, false, 0],
    ["never", true, undefined, 0],
    ["never", false, undefined, 1],
  ])("parallel calls, %s: %p", (dialect, asked, expected, listed) => {
    const settings: Settings = asked === undefined ? {} : { parallel_tool_calls: asked };
    const { json, ignored } = lowered({ tools: [{ name: "f" }], settings }, { parallel_tool_calls: dialect });
    expect(json["parallel_tool_calls"]).toEqual(expected);
    expect(ignored).toHaveLength(listed);
  });
});

describe("settings", () => {
  const format: Settings["format"] = { type: "json_schema", name: "n", schema: { type: "object", title: "T" } };

  test.each<[Partial<Dialect>, Settings["format"], boolean, unknown, string]>([
    [
      {},
      format,
      false,
      { type: "json_schema", json_schema: { name: "n", schema: { type: "object", title: "T" } } },
      "",
    ],
    [{ json_schema: "json_object" }, format, false, { type: "json_object" }, '"title":"T"'],
    [{ json_schema: "json_object" }, { type: "json_object" }, false, { type: "json_object" }, ""],
    [{ json_schema: "words" }, format, false, undefined, '"title":"T"'],
    [{ json_schema: "words" }, { type: "json_object" }, false, undefined, "It must be an object"],
    [{ json_schema: "value" }, format, false, { type: "json_object", value: { type: "object", title: "T" } }, ""],
    [{ schema_with_tools: "instruct", json_schema: "value" }, format, true, undefined, '"title":"T"'],
    [{ schema_with_tools: "instruct" }, { type: "json_object" }, true, undefined, "It must be an object"],
  ])("a format for the answer: %p %p %p", (dialect, asked, withTools, expected, words) => {
    const turn = {
      items: [system("rules"), user("hi")],
      tools: withTools ? [{ name: "f" }] : [],
      settings: { format: asked },
    };
    const body = lower(turn as Partial<Turn>, dialect);
    expect(body["response_format"]).toEqual(expected);
    const told = String(body.messages[0]?.["content"]);
    if (words === "") expect(told).toBe("rules");
    else expect(told).toContain(words);
  });

  test("token counts, progress, the conversation's name", () => {
    const { json, headers } = lowered(
      {},
      { stream_usage: false, return_progress: true, cache_key: true, session_header: "x-s" },
      "thread-1",
    );
    expect(json).not.toHaveProperty("stream_options");
    expect(json).toMatchObject({ return_progress: true, prompt_cache_key: "thread-1" });
    expect(headers).toEqual({ "x-s": "thread-1" });
    const nameless = lowered({}, { cache_key: true, session_header: "x-s" });
    expect(nameless.json).not.toHaveProperty("prompt_cache_key");
    expect(nameless.headers).toEqual({});
  });

  test("what is dropped is listed when it was there, and what is added has the last word", () => {
    const { json, ignored } = lowered(
      { settings: { temperature: 1, effort: "high" } },
      {
        drop: ["temperature", "top_p", "stream_options.include_usage"],
        effort_on: { kwargs: { thinking: true }, reasoning_effort: "$effort" },
        extra_body: { kwargs: { more: 1 }, top_k: 5, reasoning_effort: "low" },
      },
    );
    expect(json).not.toHaveProperty("temperature");
    expect(json).toMatchObject({
      stream_options: {},
      top_k: 5,
      kwargs: { thinking: true, more: 1 },
      reasoning_effort: "low",
    });
    expect(ignored.map(({ field }) => field)).toEqual(["temperature", "stream_options.include_usage"]);
  });

  test("an effort that the model cannot have is listed, and what was used is told", () => {
    const settings = { effort: "medium" };
    expect(lowered({ settings }, { efforts: { low: "low", high: "high" } })).toMatchObject({
      effort: "high",
      ignored: [],
    });
    expect(lowered({ settings }, { efforts: {} })).toMatchObject({
      effort: null,
      ignored: [{ field: "reasoning.effort", what: "medium" }],
    });
  });
});
