/** Tools and their choice. */
import { describe, expect, test } from "bun:test";
import { HI, lift, listed, refusal, text } from "./lifting.ts";

const SCHEMA = { $schema: "https://json-schema.org/draft/2020-12/schema", type: "object", properties: { x: {} } };
const F = { name: "f", description: "Does.", input_schema: SCHEMA };
const G = { type: "custom", name: "g", input_schema: { type: "object" }, strict: true, eager_input_streaming: true };

describe("tools", () => {
  test("custom ones are functions", () => {
    expect(lift({ tools: [F, G] }).tools).toEqual([
      { name: "f", description: "Does.", parameters: SCHEMA },
      { name: "g", parameters: { type: "object" }, strict: true },
    ]);
  });

  test("a second one of the same name is listed when it is another", () => {
    expect(listed({ tools: [F, G, { ...F, description: "Says." }] })).toEqual([]);
    expect(listed({ tools: [F, { ...F, input_schema: { type: "object" } }] })).toEqual(["tools[1]: f"]);
  });

  test("a name that is too long becomes a short one, in the history too", () => {
    const name = "mcp__".padEnd(80, "x");
    const call = { role: "assistant", content: [{ type: "tool_use", id: "a", name, input: {} }] };
    const turn = lift({ tools: [{ ...F, name }], messages: [...HI, call], tool_choice: { type: "tool", name } });
    const flat = turn.tools[0]?.name as string;
    expect(flat.length).toBeLessThanOrEqual(64);
    expect(turn.items.at(-1)).toMatchObject({ type: "tool_call", name: flat });
    expect(turn.settings.tool_choice).toEqual({ name: flat });
  });

  test("put off ones are offered, but for one that is never to be called", () => {
    const late = { input_schema: { type: "object", properties: {} }, defer_loading: true };
    const placeholder = { ...late, name: "DeferredToolPlaceholder", description: "Never call this." };
    const turn = lift({ tools: [{ ...F, defer_loading: true }, placeholder, { ...late, name: "CronList" }] });
    expect(turn.tools.map(({ name }) => name)).toEqual(["f", "CronList"]);
    expect(turn.ignored).toEqual([]);
  });

  test("those that the client runs by a known type are told in full", () => {
    const turn = lift({
      tools: [
        { type: "bash_20250124", name: "bash" },
        { type: "text_editor_20250728", name: "str_replace_based_edit_tool", max_characters: 10 },
        { type: "text_editor_20241022", name: "str_replace_editor" },
        { type: "memory_20250818", name: "memory" },
      ],
    });
    expect(turn.tools.map(({ name }) => name)).toEqual([
      "bash",
      "str_replace_based_edit_tool",
      "str_replace_editor",
      "memory",
    ]);
    const commands = turn.tools.map(({ parameters }) => {
      const properties = parameters?.["properties"] as { command: { enum?: string[] } } | undefined;
      return properties?.command.enum;
    });
    expect(commands[1]).toEqual(["view", "create", "str_replace", "insert"]);
    expect(commands[2]).toContain("undo_edit");
    expect(commands[3]).toContain("rename");
    expect(turn.ignored).toEqual([]);
  });

  test("those that a server runs are left out and listed", () => {
    const tools = [
      { type: "web_search_20250305", name: "web_search", max_uses: 8 },
      { type: "code_execution_20260120", name: "code_execution" },
      { type: "tool_search_tool_regex_20251119", name: "tool_search_tool_regex" },
      { type: "computer_20251124", name: "computer", display_width_px: 1, display_height_px: 1 },
      { type: "mcp_toolset", mcp_server_name: "x" },
      F,
    ];
    expect(lift({ tools }).tools.map(({ name }) => name)).toEqual(["f"]);
    expect(listed({ tools })).toEqual([
      "tools[0]: web_search_20250305",
      "tools[1]: code_execution_20260120",
      "tools[2]: tool_search_tool_regex_20251119",
      "tools[3]: computer_20251124",
      "tools[4]: mcp_toolset",
    ]);
  });

  test("come and go in mid-conversation", () => {
    const change = (type: string, tool: object): object => ({ role: "system", content: [{ type, tool }] });
    const turn = lift({
      tools: [F, G],
      messages: [
        ...HI,
        change("tool_addition", {
          type: "tool_definition",
          definition: { name: "h", input_schema: { type: "object" } },
        }),
        change("tool_addition", { type: "tool_reference", tool_name: "g" }),
        change("tool_removal", { type: "tool_reference", tool_name: "f" }),
      ],
    });
    expect(turn.tools.map(({ name }) => name)).toEqual(["g", "h"]);
    expect(turn.items.slice(1)).toEqual([
      { type: "message", role: "system", parts: [text("The tool `h` can be called now.")] },
      { type: "message", role: "system", parts: [text("The tool `g` can be called now.")] },
      { type: "message", role: "system", parts: [text("The tool `f` cannot be called any more.")] },
    ]);
  });
});

describe("the choice of tools", () => {
  const choose = (tool_choice: object, tools: object[] = [F, G]) => lift({ tools, tool_choice }).settings;

  test("in every form", () => {
    expect(choose({ type: "auto" })).toMatchObject({ tool_choice: "auto" });
    expect(choose({ type: "none" })).toMatchObject({ tool_choice: "none" });
    expect(choose({ type: "any" })).toMatchObject({ tool_choice: "required" });
    expect(choose({ type: "tool", name: "g" })).toMatchObject({ tool_choice: { name: "g" } });
    expect(lift({ tools: [F] }).settings.tool_choice).toBeUndefined();
  });

  test("one call at a time is said, several are the rule", () => {
    expect(choose({ type: "auto", disable_parallel_tool_use: true }).parallel_tool_calls).toBe(false);
    expect(choose({ type: "auto", disable_parallel_tool_use: false }).parallel_tool_calls).toBeUndefined();
  });

  test("of a tool that is not there is refused; of none that is left, listed", () => {
    expect(refusal({ tools: [F], tool_choice: { type: "tool", name: "x" } }).param).toBe("tool_choice");
    const search = { type: "web_search_20250305", name: "web_search" };
    expect(listed({ tools: [search], tool_choice: { type: "any" } })).toEqual([
      "tools[0]: web_search_20250305",
      "tool_choice: any",
    ]);
    expect(choose({ type: "auto" }, [search])).toEqual({ max_output_tokens: 100 });
  });
});
