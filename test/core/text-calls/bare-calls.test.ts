/** Calls in plain JSON: made when they are all that was said and fit, and otherwise the very text that came. */
import { describe, expect, test } from "bun:test";
import { DEFAULT_DIALECT, type Dialect } from "../../../src/core/dialect.ts";
import type { ReplyEvent } from "../../../src/core/reply.ts";
import type { Item, Turn } from "../../../src/core/turn.ts";
import { BareCallScanner } from "../../../src/core/text-calls/bare-calls.ts";
import { chatUpstream } from "../../../src/wires/chat/upstream/upstream.ts";
import { testSurroundings } from "../../support/around.ts";
import { FIXTURE_TURN } from "../../wires/chat/upstream/fixtures.ts";
import { expectLinear } from "../../support/growth.ts";

interface Around {
  turn?: Partial<Turn>;
  dialect?: Partial<Dialect>;
  finish?: string;
  beside?: object;
}

class Reply {
  text = "";
  readonly calls: [string, string][] = [];
  readonly notes: string[] = [];
  end = "";
  private kind = "";
  private readonly decoder;

  constructor({ turn, dialect }: Around = {}) {
    this.decoder = chatUpstream.decoder(
      { ...FIXTURE_TURN, ...turn },
      (event) => this.told(event),
      testSurroundings(this.notes),
      { ...DEFAULT_DIALECT, ...dialect },
    );
  }

  say(delta: object, finish_reason: string | null = null): void {
    this.decoder.feed(JSON.stringify({ choices: [{ delta, finish_reason }] }));
  }

  done(finish = "stop"): this {
    this.say({}, finish);
    this.decoder.feed("[DONE]");
    return this;
  }

  private told(event: ReplyEvent): void {
    if (event.type === "item_start") {
      this.kind = event.item.kind;
      if (event.item.kind === "tool_call") this.calls.push([event.item.name, ""]);
    } else if (event.type === "item_delta") {
      const call = this.calls.at(-1);
      if (this.kind === "tool_call" && call) call[1] += event.delta;
      else if (this.kind !== "reasoning") this.text += event.delta;
    } else if (event.type === "end") this.end = event.reason;
  }
}

function answer(pieces: readonly string[], around: Around = {}) {
  const reply = new Reply(around);
  for (const content of pieces) reply.say({ content });
  if (around.beside) reply.say(around.beside);
  const { text, calls, notes, end } = reply.done(around.finish);
  return { text, calls, notes, end };
}

/** Cut at each character, and into single ones: always the same. */
function everyCut(content: string, around: Around = {}) {
  const whole = answer([content], around);
  for (let at = 1; at < content.length; at++)
    expect(answer([content.slice(0, at), content.slice(at)], around)).toEqual(whole);
  expect(answer(content.split(""), around)).toEqual(whole);
  return whole;
}

const CALL = '{"name": "exec_command", "arguments": {"cmd": "echo {a} \\"b\\""}}';
const ARGS = '{"cmd": "echo {a} \\"b\\""}';
const GOAL = '{"name": "get_goal", "arguments": {}}';
const LLAMA = '{"type": "function", "name": "exec_command", "parameters": {"cmd": "ls"}}';
const one: [string, string][] = [["exec_command", ARGS]];
const ls: [string, string][] = [["exec_command", '{"cmd": "ls"}']];
const two: [string, string][] = [...one, ["get_goal", "{}"]];

describe("a message that is a call and nothing else is one", () => {
  test.each<[string, string, [string, string][]]>([
    ["an object", CALL, one],
    ["with blanks around it", `\n  ${CALL}\n\n`, one],
    [
      "on several lines",
      JSON.stringify(JSON.parse(CALL), null, 2),
      [["exec_command", '{\n    "cmd": "echo {a} \\"b\\""\n  }']],
    ],
    ["with parameters", LLAMA, ls],
    ["the arguments first", '{"arguments": {"cmd": "ls"}, "name": "exec_command"}', ls],
    ["with its arguments in a string", '{"name": "exec_command", "arguments": "{\\"cmd\\": \\"ls\\"}"}', ls],
    [
      "in a function",
      '{"id": "a", "type": "function", "function": {"name": "exec_command", "arguments": {"cmd": "ls"}}}',
      ls,
    ],
    ["a list", `[${CALL}, ${GOAL}]`, two],
    ["one after the other", `${CALL}\n${GOAL}`, two],
    ["with a semicolon between", `${CALL}; ${GOAL}`, two],
    ["in a fence", `\`\`\`json\n${CALL}\n\`\`\``, one],
    ["in a fence without a word", `\`\`\`\n[${CALL},\n${GOAL}]\n\`\`\`\n`, two],
    ["behind a thought", `<think>Now.</think>\n\n${CALL}`, one],
    [
      "a number keeps its digits",
      '{"name": "get_goal", "arguments": {"n": 12345678901234567890}}',
      [["get_goal", '{"n": 12345678901234567890}']],
    ],
    ["behind Llama's tag", `<|python_tag|>${LLAMA}`, ls],
    ["between Llama's tags", `<|python_start|>${LLAMA}<|python_end|>`, ls],
    ["behind Mistral's marker", `[TOOL_CALLS][${CALL}, ${GOAL}]`, two],
    ["behind Mistral's marker with a blank", `[TOOL_CALLS] ${CALL}`, one],
    ["its name behind Mistral's marker", `[TOOL_CALLS]exec_command${ARGS}[TOOL_CALLS]get_goal[ARGS]{}`, two],
  ])("%s", (_, content, calls) => {
    expect(everyCut(content)).toEqual({
      text: "",
      calls,
      notes: calls.map(([name]) => `call_healed: ${name}`),
      end: "tool_calls",
    });
  });

  test("words may stand before a marker", () => {
    expect(everyCut(`I look.\n[TOOL_CALLS][${CALL}]`)).toMatchObject({ text: "I look.\n", calls: one });
  });
});

describe("what only looks like a call stays the text that it is, and is told", () => {
  const cases: [string, string, string, Around?][] = [
    ["of no declared tool", '{"name": "rm_all", "arguments": {}}', "rm_all"],
    ["one of two undeclared", `[${GOAL}, {"name": "rm_all", "arguments": {}}]`, "get_goal rm_all"],
    ["arguments that do not fit", '{"name": "exec_command", "arguments": {"command": "ls"}}', "exec_command"],
    ["arguments that are a list", '{"name": "exec_command", "arguments": ["ls"]}', "exec_command"],
    ["without arguments", '{"name": "get_goal"}', "get_goal"],
    ["with both kinds of arguments", '{"name": "get_goal", "arguments": {}, "parameters": {}}', "get_goal"],
    ["arguments twice", '{"name": "get_goal", "arguments": {}, "arguments": {"a": 1}}', "get_goal"],
    ["of another type", '{"type": "object", "name": "get_goal", "parameters": {}}', "get_goal"],
    ["without its last bracket", CALL.slice(0, -1), "exec_command"],
    ["words behind it", `${CALL}\nThis prints b.`, "exec_command"],
    ["words behind its fence", `\`\`\`json\n${CALL}\n\`\`\`\nRun it?`, "exec_command"],
    ["a fence that is not closed", `\`\`\`json\n${CALL}`, "exec_command"],
    ["a comma behind it", `${CALL},`, "exec_command"],
    ["cut by length", CALL, "exec_command", { finish: "length" }],
    [
      "beside a real call",
      CALL,
      "exec_command",
      { beside: { tool_calls: [{ index: 0, id: "a", function: { name: "get_goal", arguments: "{}" } }] } },
    ],
    ["of no declared tool behind Mistral's marker", `[TOOL_CALLS]rm_all{}`, "rm_all"],
  ];
  test.each(cases.map(([what, content, name, around = {}]) => [what, content, name, around] as const))(
    "%s",
    (_, content, name, around) => {
      const { text, calls, notes } = everyCut(content, around);
      expect({ text, calls }).toEqual({ text: content, calls: around.beside ? [["get_goal", "{}"]] : [] });
      const family = content.startsWith("[TOOL_CALLS]") ? "mistral" : "json";
      expect(notes).toEqual([`call_left_as_text: ${family}, ${name.replace(" ", ", ")}`]);
    },
  );

  test("beside a refusal", () => {
    for (const first of [true, false]) {
      const reply = new Reply();
      if (first) reply.say({ refusal: "No." });
      reply.say({ content: CALL });
      if (!first) reply.say({ refusal: "No." });
      expect(reply.done().calls).toEqual([]);
    }
  });
});

describe("what is no call goes through in silence", () => {
  const cases: [string, string, Around?][] = [
    ["a name and more", '{"name": "Ann", "age": 3}'],
    ["a schema", '{"type": "object", "properties": {"name": {"type": "string"}}}'],
    ["a list of numbers", "[1, 2]"],
    ["a list of words", '["name", "arguments"]'],
    ["a list of others", '[{"id": 1}, {"id": 2}]'],
    ["a table in a fence", '```json\n{"a": 1}\n```'],
    ["code", "```ts\nconst a = 1;\n```"],
    ["an empty object", "{}"],
    ["a word in brackets", "[TOOL] is a word"],
    ["a JSON answer was asked for", CALL, { turn: { settings: { format: { type: "json_object" } } } }],
    ["no call is wanted", CALL, { turn: { settings: { tool_choice: "none" } } }],
    ["no tool is declared", CALL, { turn: { tools: [] } }],
    ["it is off", CALL, { dialect: { heal: "off" } }],
  ];
  test.each(cases.map(([what, content, around = {}]) => [what, content, around] as const))(
    "%s",
    (_, content, around) => {
      expect(everyCut(content, around)).toEqual({ text: content, calls: [], notes: [], end: "stop" });
    },
  );

  test("a plain format is no JSON", () => {
    expect(answer([CALL], { turn: { settings: { format: { type: "text" } } } }).calls).toEqual(one);
  });
});

describe("a call that the request holds is quoted", () => {
  const held = (text: string): Item[] => [{ type: "message", role: "user", parts: [{ type: "text", text }] }];
  const pretty = JSON.stringify(JSON.parse(CALL), null, 2);
  const numbered = pretty.split("\n").map((line, i) => `docs/a.md:${i}:  ${line}`);
  test.each<[string, string]>([
    ["as it is", CALL],
    ["among words", `Say ${CALL} to me.`],
    ["on several lines", pretty],
    ["found by a search", numbered.join("\n")],
    ["in a string", JSON.stringify({ text: CALL })],
    ["in a string twice", JSON.stringify({ text: JSON.stringify(pretty) })],
    ["cut", CALL.slice(0, -2)],
    ["after others", `${GOAL}\n${LLAMA}\n${CALL}`],
  ])("%s", (_, text) => {
    for (const content of [CALL, `\`\`\`json\n${pretty}\n\`\`\``, `[TOOL_CALLS][${CALL}]`]) {
      const told = answer([content], { turn: { items: held(text) } });
      const family = content.startsWith("[TOOL_CALLS]") ? "mistral-list" : "json";
      const notes = [`call_left_as_text: ${family}, exec_command`];
      expect(told).toEqual({ text: content, calls: [], notes, end: "stop" });
    }
  });

  test.each<[string, string]>([
    ["the form alone", 'Answer as {"name": NAME, "arguments": {"KEY": "value"}}.'],
    ["another call", LLAMA],
    ["its words without brackets", "the name exec_command, as arguments cmd echo a b"],
  ])("but not by %s", (_, text) => {
    expect(answer([CALL], { turn: { items: held(text) } }).calls).toEqual(one);
  });

  test("looked for in linear time", () => {
    const many = (times: number) => held('{"name": "exec_command" '.repeat(times));
    expectLinear(100_000, many, (items) => expect(answer([CALL], { turn: { items } }).calls).toEqual(one));
  });
});

test("only what may still be a call is kept back", () => {
  const heard = (...pieces: string[]): string => {
    const reply = new Reply();
    for (const content of pieces) reply.say({ content });
    return reply.text;
  };
  for (const kept of [
    '{"na',
    '{"name": "exec_command", "argu',
    '[\n {"param',
    "```json\n{",
    CALL,
    `[${CALL}, `,
    "[TOOL_CALLS]x",
  ])
    expect(heard(kept)).toBe("");
  for (const told of ["H", '{"age', "[1", "[x", "```json\n<", `${CALL}.`, '{"name": "Ann", "ag', "{}"])
    expect(heard(told)).toBe(told);
  const long = `{"name": "x", "arguments": {"a": "${"y".repeat(5_000_000)}`;
  expect(heard(long)).toBe(long);
});

test("a long one is read in time that grows with its length, however small the pieces", () => {
  const wholeOf = (words: number): string =>
    JSON.stringify({ name: "write", arguments: { text: "abcd ".repeat(words) } });
  // Joining what is held for each piece took twenty seconds.
  expectLinear(200_000, wholeOf, (whole) => {
    const scanner = new BareCallScanner(new Set(["write"]));
    let told = 0;
    for (let at = 0; at < whole.length; at += 5) if (scanner.feed(whole.slice(at, at + 5)) !== undefined) told++;
    expect(told).toBe(0);
    expect(scanner.end()).toMatchObject([{ kind: "calls" }]);
  });
});
