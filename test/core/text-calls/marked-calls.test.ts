import { describe, expect, test } from "bun:test";
import type { Piece } from "../../../src/core/text-calls/text-call.ts";
import { TextCallScanner } from "../../../src/core/text-calls/marked-calls.ts";
import { expectLinear } from "../../support/growth.ts";

function scan(pieces: readonly string[]): Piece[] {
  const scanner = new TextCallScanner();
  const all = [...pieces.flatMap((piece) => scanner.feed(piece)), ...scanner.end()];
  // Neighbouring texts are one text, however they were cut.
  return all.reduce<Piece[]>((list, piece) => {
    const last = list.at(-1);
    if (piece.kind === "residue") piece = { ...piece, kind: "text" };
    if (piece.kind === "text" && last?.kind === "text") last.text += piece.text;
    else if (piece.kind === "calls") {
      const { family: _, ...found } = piece;
      list.push(found);
    } else list.push({ ...piece });
    return list;
  }, []);
}

const CALL = { name: "exec_command", arguments: '{"cmd":"ls"}' };
const JSON_CALL = '{"name":"exec_command","arguments":{"cmd":"ls"}}';

const CALLS: [string, string, unknown[]][] = [
  ["Hermes", `<tool_call>\n${JSON_CALL}\n</tool_call>`, [CALL]],
  ["Hermes with parameters", `<tool_call>{"name":"exec_command","parameters":{"cmd":"ls"}}</tool_call>`, [CALL]],
  [
    "Qwen XML",
    "<tool_call>\n<function=exec_command>\n<parameter=cmd>\nls\n-a\n</parameter>\n</function>\n</tool_call>",
    [{ name: "exec_command", arguments: { cmd: "ls\n-a" } }],
  ],
  [
    "a bare function",
    "<function=exec_command><parameter=cmd>ls</parameter></function>",
    [{ name: "exec_command", arguments: { cmd: "ls" } }],
  ],
  [
    "a parameter of any name",
    "<function=f><parameter=__proto__>x</parameter></function>",
    [{ name: "f", arguments: Object.fromEntries([["__proto__", "x"]]) }],
  ],
  [
    "GLM keys",
    "<tool_call>exec_command\n<arg_key>cmd</arg_key>\n<arg_value>ls</arg_value>\n</tool_call>",
    [{ name: "exec_command", arguments: { cmd: "ls" } }],
  ],
  ["Llama", '<function=exec_command>{"cmd":"ls"}</function>', [CALL]],
  [
    "MiniMax",
    '<minimax:tool_call>\n<invoke name="exec_command">\n<parameter name="cmd">ls\n-a</parameter>\n</invoke>\n<invoke name="b">\n</invoke>\n</minimax:tool_call>',
    [
      { name: "exec_command", arguments: { cmd: "ls\n-a" } },
      { name: "b", arguments: {} },
    ],
  ],
  [
    "DeepSeek V3.2",
    '<｜DSML｜function_calls>\n<｜DSML｜invoke name="exec_command">\n<｜DSML｜parameter name="cmd" string="true">ls</｜DSML｜parameter>\n</｜DSML｜invoke>\n</｜DSML｜function_calls>',
    [{ name: "exec_command", arguments: { cmd: "ls" } }],
  ],
  [
    "a bare invoke",
    '<invoke name="exec_command">\n<parameter name="cmd">ls</parameter>\n</invoke>',
    [{ name: "exec_command", arguments: { cmd: "ls" } }],
  ],
  [
    "invokes",
    '<function_calls>\n<invoke name="exec_command">\n<parameter name="cmd">ls</parameter>\n</invoke>\n</function_calls>',
    [{ name: "exec_command", arguments: { cmd: "ls" } }],
  ],
  ["LM Studio", `[TOOL_REQUEST]${JSON_CALL}[END_TOOL_REQUEST]`, [CALL]],
  [
    "DeepSeek V3.1",
    '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>exec_command<｜tool▁sep｜>{"cmd":"ls"}<｜tool▁call▁end｜><｜tool▁call▁begin｜>b<｜tool▁sep｜>{}<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
    [CALL, { name: "b", arguments: "{}" }],
  ],
  [
    "DeepSeek R1",
    '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>exec_command\n```json\n{"cmd":"ls"}\n```<｜tool▁call▁end｜><｜tool▁calls▁end｜>',
    [CALL],
  ],
  [
    "Kimi",
    '<|tool_calls_section_begin|><|tool_call_begin|>functions.exec_command:0<|tool_call_argument_begin|>{"cmd":"ls"}<|tool_call_end|><|tool_calls_section_end|>',
    [CALL],
  ],
  [
    "harmony",
    '<|channel|>commentary to=functions.exec_command <|constrain|>json<|message|>{"cmd":"ls"}<|call|>',
    [CALL],
  ],
];

const TEXTS: [string, string][] = [
  ["plain words", "Hello\nworld"],
  ["within a line", `Use <tool_call>${JSON_CALL}</tool_call> to call.`],
  ["within a code fence", `Like this:\n\`\`\`\n<tool_call>\n${JSON_CALL}\n</tool_call>\n\`\`\`\n`],
  ["within a tilde fence", `~~~xml\n<tool_call>\n${JSON_CALL}\n</tool_call>\n~~~`],
  ["no call inside", "<tool_call>\nsomething else <b>\n</tool_call>\nmore"],
  ["half a marker", "<tool_"],
  ["other tags", "<table>\n<function>\n[TOOL]\n"],
  ["a parameter twice", "<function=f><parameter=a>x</parameter><parameter=a>y</parameter></function>"],
  [
    "a key twice",
    "<tool_call>f<arg_key>a</arg_key><arg_value>x</arg_value><arg_key>a</arg_key><arg_value>y</arg_value></tool_call>",
  ],
  ["a number that would lose digits", '<tool_call>{"name":"f","arguments":{"n":9007199254740993}}</tool_call>'],
  ["a bare function cut short", '<function=f>{"cmd":"ls"</function>'],
  ["words between invokes", '<function_calls>and <invoke name="f"></invoke></function_calls>'],
  [
    "an invoke within a value",
    '<function_calls><invoke name="f"><parameter name="a"><invoke name="g"></invoke></parameter></invoke></function_calls>',
  ],
  [
    "a value twice",
    '<minimax:tool_call><invoke name="f"><parameter name="a">1</parameter><parameter name="a">2</parameter></invoke></minimax:tool_call>',
  ],
  ["words around parameters", "<function=f>please <parameter=a>x</parameter></function>"],
];

describe("TextCallScanner", () => {
  for (const [name, text, calls] of CALLS) {
    for (const [where, before, after] of [
      ["alone", "", ""],
      ["after text", "Let me look.\n", ""],
      ["between text", "a\n\n  ", "\nb"],
    ] as const) {
      test(`${name}, ${where}, cut anywhere`, () => {
        const whole = before + text + after;
        const expected = [before, text, after].flatMap((part, i): Piece[] => {
          if (part === "") return [];
          return i === 1 ? [{ kind: "calls", raw: text, calls: calls as never }] : [{ kind: "text", text: part }];
        });
        for (let at = 0; at <= whole.length; at++)
          expect(scan([whole.slice(0, at), whole.slice(at)])).toEqual(expected);
        expect(scan(whole.split(""))).toEqual(expected);
      });
    }
  }
  for (const [name, text] of TEXTS) {
    test(`stays text: ${name}, cut anywhere`, () => {
      for (let at = 0; at <= text.length; at++)
        expect(scan([text.slice(0, at), text.slice(at)])).toEqual([{ kind: "text", text }]);
      expect(scan(text.split(""))).toEqual([{ kind: "text", text }]);
    });
  }
  test("two calls in a row", () => {
    const one = `<tool_call>${JSON_CALL}</tool_call>`;
    expect(scan([`${one}\n${one}`]).map((piece) => piece.kind)).toEqual(["calls", "text", "calls"]);
  });
});

test("many beginnings that share one end take linear time, and are text", () => {
  const textOf = (times: number): string => `<tool_call>\n${"\n<function=f>\n".repeat(times)}</function>x</tool_call>`;
  // To read on from each of 40,000 took a minute.
  expectLinear(40_000, textOf, (text) =>
    expect(scan(text.match(/[^]{1,20}/g) ?? [])).toEqual([{ kind: "text", text }]),
  );
});
