/** What a history tells: each row is one in a few words, with the signs of trouble that it holds. */
import { describe, expect, test } from "bun:test";
import type { Item, Turn } from "../../src/core/turn.ts";
import { turnFacts } from "../../src/routing/facts.ts";
import { troubleIn, troubleWords } from "../../src/routing/trouble.ts";
import { expectLinear } from "../support/growth.ts";

const text = (words: string) => [{ type: "text" as const, text: words }];
const user = (words: string): Item => ({ type: "message", role: "user", parts: text(words) });
const says = (words: string): Item => ({ type: "message", role: "assistant", parts: text(words) });
const thinks = (model?: string): Item => ({
  type: "reasoning",
  text: "hm",
  ...(model !== undefined && { origin: { field: "reasoning_content", model } }),
});
let calls = 0;
/** A call and what its tool said. */
function call(name: string, args: string, result: string): Item[] {
  const call_id = `call_${++calls}`;
  return [
    { type: "tool_call", call_id, name, arguments: args },
    { type: "tool_result", call_id, parts: text(result) },
  ];
}

const ran = (code: number, output: string): string =>
  `Chunk ID: ${(++calls).toString(16)}\nWall time: 0.0000 seconds\nProcess exited with code ${code}\nOriginal token count: 4\nOutput:\n${output}`;
const run = (cmd: string, code = 0, output = "ok"): Item[] =>
  call("exec_command", JSON.stringify({ cmd }), ran(code, output));
const patch = (result: string, body = `p${++calls}`): Item[] =>
  call("apply_patch", JSON.stringify({ input: body }), result);

const DONE = "Exit code: 0\nWall time: 0 seconds\nOutput:\nSuccess. Updated the following files:\nA new.txt\n";
const LINES = "apply_patch verification failed: Failed to find expected lines in /a/b.ts:\nconst a";
const FIRST_LINE =
  "apply_patch verification failed: invalid patch: The first line of the patch must be '*** Begin Patch'";
const POLL = "Chunk ID: 1\nWall time: 1.0 seconds\nProcess running with session ID 49552\nOutput:\n";

const HISTORIES: [string, Item[], string][] = [
  ["a first prompt", [user("hi")], ""],
  ["work that goes well", [user("do"), thinks("m"), ...run("ls"), ...patch(DONE), says("done"), user("more")], ""],
  ["commands that fail", [user("test"), ...run("make", 2, "error"), ...run("make test", 1), ...run("ls /x", 1)], ""],
  ["a patch refused", [user("do"), ...patch(LINES), ...patch(DONE)], "1 rejected patch"],
  ["patches refused", [user("do"), ...patch(LINES), ...patch(FIRST_LINE)], "2 rejected patches"],
  [
    "a patch refused behind head lines",
    [user("do"), ...patch("Exit code: 1\nWall time: 0 seconds\nOutput:\nFailed to find expected lines in a")],
    "1 rejected patch",
  ],
  ["a patch through the shell", [user("do"), ...call("exec_command", "{}", LINES)], "1 rejected patch"],
  ["a user who said no", [user("do"), ...patch("patch rejected by user")], ""],
  ["a log that speaks of patches", [user("look"), ...run("cat log", 0, LINES)], ""],
  [
    "arguments that are none",
    [
      user("do"),
      ...call("exec_command", '{"cmd":', "failed to parse function arguments: EOF while parsing a value"),
      ...call("exec_command", "", "failed to parse function arguments: missing field `cmd`"),
    ],
    "2 tool calls with malformed arguments",
  ],
  [
    "a wrapper that is imitated",
    [user("do"), ...call("f", '{"unparsed_arguments":"x"}', "ok")],
    "1 tool call with malformed arguments",
  ],
  [
    "a tool that is not there",
    [user("do"), ...call("shell", "{}", "unsupported call: shell")],
    "1 call to an unknown tool",
  ],
  ["the same call again", [user("do"), ...run("ls"), ...run("ls"), ...run("ls")], "2 repeated tool calls"],
  ["two calls in turn", [user("do"), ...run("a"), ...run("b"), ...run("a"), ...run("b")], "1 repeated tool call"],
  [
    "tests between edits",
    [user("do"), ...run("test"), ...patch(DONE), ...run("test"), ...patch(DONE), ...run("test")],
    "",
  ],
  [
    "a command that is waited for",
    [
      user("do"),
      ...call("exec_command", '{"cmd":"make"}', POLL),
      ...call("write_stdin", '{"session_id":49552,"chars":""}', POLL),
      ...call("write_stdin", '{"session_id":49552,"chars":""}', POLL),
      ...call("write_stdin", '{"session_id":49552,"chars":""}', ran(0, "built")),
    ],
    "",
  ],
  ["thought, and said nothing", [user("do"), thinks("m"), user("go on")], "1 empty reply"],
  ["said only blanks", [user("do"), says(" \n"), user("go on")], "1 empty reply"],
  ["was interrupted", [user("do"), thinks("m"), user("<turn_aborted>\nThe user interrupted"), user("go on")], ""],
  [
    "a script that is none",
    [
      user("do"),
      ...call(
        "exec",
        "{}",
        "Script failed\nWall time 0.0 seconds\nOutput:\nScript error:\nSyntaxError: Unexpected token",
      ),
    ],
    "1 script with a syntax error",
  ],
  [
    "a script whose command failed",
    [user("do"), ...call("exec", "{}", "Script failed\nWall time 0.0 seconds\nOutput:\nScript error:\nError: exit 1")],
    "",
  ],
  [
    "Claude Code's words",
    [
      user("do"),
      ...call("Edit", "{}", "<tool_use_error>String to replace not found in file.\nString: a</tool_use_error>"),
      ...call("Bash", '{"a":1}', "<tool_use_error>InputValidationError: Bash failed due to"),
      ...call("Foo", "{}", "<tool_use_error>Error: No such tool available: Foo</tool_use_error>"),
    ],
    "1 rejected patch, 1 tool call with malformed arguments, 1 call to an unknown tool",
  ],
  [
    "trouble that lies behind",
    [user("do"), ...patch(LINES), ...Array.from({ length: 30 }, (_, n) => run(`ls ${n}`)).flat()],
    "",
  ],
];

describe("signs of trouble", () => {
  test.each(HISTORIES)("%s", (_, items, expected) => expect(troubleWords(troubleIn(items))).toBe(expected));

  test("name the model that the first of them is about", () => {
    const items = [user("do"), thinks("weak"), ...patch(LINES), thinks("strong"), ...patch(LINES)];
    expect(troubleIn(items)).toEqual({ count: 2, signs: { patch_rejected: 2 }, began_with: "weak" });
    expect(troubleIn([user("do"), ...patch(LINES)]).began_with).toBeUndefined();
  });

  test("name it also when it thought before the newest items", () => {
    const more = Array.from({ length: 29 }, (_, n) => run(`ls ${n}`)).flat();
    expect(troubleIn([user("do"), thinks("weak"), ...patch(DONE), ...patch(LINES), ...more]).began_with).toBe("weak");
  });
});

const turnOf = (items: Item[], more: Partial<Turn> = {}): Turn => ({
  model: "jusCode-auto",
  items,
  tools: [],
  settings: {},
  ignored: [],
  ...more,
});
const given = { prompt_characters: 1000, helper: false };

describe("what a turn needs", () => {
  test("nothing but an answer", () => {
    expect(turnFacts(turnOf([user("hi")]), given)).toEqual({
      tools: false,
      forced_tool: false,
      images: 0,
      files: 0,
      json_schema: false,
      prompt_characters: 1000,
      helper: false,
      thought_by: [],
      trouble: { count: 0, signs: {} },
      left_out: [],
    });
  });

  test("all there is", () => {
    const image = { type: "image" as const, url: "data:image/png;base64,AA" };
    const items: Item[] = [
      { type: "message", role: "user", parts: [image, { type: "file", data: "data:,x" }] },
      thinks("old"),
      ...run("look"),
      thinks("new"),
      { type: "tool_call", call_id: "v", name: "view_image", arguments: "{}" },
      { type: "tool_result", call_id: "v", parts: [image, ...text("12345")] },
    ];
    const turn = turnOf(items, {
      tools: [{ name: "view_image" }],
      settings: {
        effort: "high",
        max_output_tokens: 99,
        tool_choice: "required",
        format: { type: "json_schema", name: "n", schema: {} },
      },
      ignored: [{ field: "tools[1]", what: "web_search", why: "w" }],
    });
    expect(turnFacts(turn, { ...given, thread: "t" })).toMatchObject({
      tools: true,
      forced_tool: true,
      images: 2,
      files: 1,
      json_schema: true,
      effort: "high",
      max_output_tokens: 99,
      new_characters: 5,
      thread: "t",
      thought_by: ["new", "old"],
      thinks_now: "new",
      left_out: ["tools[1] web_search"],
    });
  });

  test("who thought before the user spoke does not think now", () => {
    const facts = turnFacts(turnOf([user("a"), thinks("m"), says("b"), user("c")]), given);
    expect(facts.thought_by).toEqual(["m"]);
    expect(facts.thinks_now).toBeUndefined();
  });

  test("a long history takes time that grows with its length only", () => {
    const long = (turns: number): Turn =>
      turnOf(Array.from({ length: turns }, (_, n) => [thinks("m"), ...run(`ls ${n}`)]).flat());
    expectLinear(24_000, long, (turn) => {
      for (let i = 0; i < 10; i++) turnFacts(turn, given);
    });
  });
});
