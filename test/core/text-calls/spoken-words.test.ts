/** Thoughts, residue, and calls in places where servers leave them; and the same where somebody only talks about them. */
import { describe, expect, test } from "bun:test";
import { answer, answerInPieces, answerTo, type Said } from "./answers.ts";
import { type Call, SAMPLES } from "./family-samples.ts";
import type { Item, Turn } from "../../../src/core/turn.ts";

const LS: Call = ["exec_command", { cmd: "ls" }];
const HERMES = SAMPLES["hermes"]?.([LS]) ?? "";
const QWEN = SAMPLES["qwen-xml"]?.([LS]) ?? "";
const THINKING: Partial<Turn> = { settings: { effort: "medium" } };

function everyCut(said: readonly Said[], turn: Partial<Turn> = {}): ReturnType<typeof answerTo> {
  const whole = answerTo(said, turn);
  const single = said.flatMap(({ thought, text }): Said[] => [
    ...[...(thought ?? "")].map((each) => ({ thought: each })),
    ...[...(text ?? "")].map((each) => ({ text: each })),
  ]);
  expect(answerTo(single, turn)).toEqual(whole);
  return whole;
}

describe("a thought in the text", () => {
  test.each([
    ["<think>a</think>\n\nb"],
    ["<thinking>a</thinking>b"],
    ["<thought>a</thought>\nb"],
    ["[THINK]a[/THINK]b"],
    ["<seed:think>a</seed:think>b"],
    ["<mm:think>a</mm:think>b"],
    ["<mm:think>a</thinking>b"],
    ["◁think▷a◁/think▷b"],
    ["<|channel>thought\na<channel|>b"],
    ["<|channel|>analysis<|message|>a<|end|><|start|>assistant<|channel|>final<|message|>b<|return|>"],
    [
      "<|open|>think<|sep|>a<|close|>think<|sep|><|open|>response<|sep|>b<|close|>response<|sep|><|close|>message<|sep|>",
    ],
    ["<|START_THINKING|>a<|END_THINKING|><|START_RESPONSE|>b<|END_RESPONSE|>"],
    ["<|inner_prefix|>a<|inner_suffix|>b"],
    ["<think>a</think></think>b"],
    ["<think>a</think>\n<answer>\nb\n</answer>"],
    ["analysisAassistantfinalb"],
  ])("%s", (text) => {
    const { thought, text: said } = everyCut([{ text }]);
    expect([thought.toLowerCase(), said.trim()]).toEqual(["a", "b"]);
  });

  test("that its template had opened, where thinking was asked for", () => {
    for (const text of ["a\n</think>\n\nb", "a.</mm:think>\n\nb", "a\n</seed:think>\nb", "a\n[/THINK]\nb"]) {
      const { thought, text: said } = everyCut([{ text }], THINKING);
      expect([thought.trim().replace(".", ""), said]).toEqual(["a", "b"]);
    }
  });

  test("whose channel its template had opened", () => {
    const text =
      "a<|close|>think<|sep|><|open|>response<|sep|>b<|close|>response<|sep|><|close|>message<|sep|><|end_of_msg|>";
    expect(everyCut([{ text }], THINKING)).toMatchObject({ thought: "a", text: "b" });
    expect(everyCut([{ text }])).toMatchObject({ thought: "", text: "ab" });
    const call = SAMPLES["kimi-k3"]?.([LS]) ?? "";
    expect(everyCut([{ text: `a<|close|>think<|sep|>${call}<|close|>message<|sep|>` }], THINKING)).toMatchObject({
      thought: "a",
      text: "",
      calls: [LS],
    });
    const harmony = 'analysisI look.assistantcommentary to=functions.exec_command json{"cmd":"ls"}';
    expect(everyCut([{ text: harmony }])).toMatchObject({ thought: "I look.", text: "", calls: [LS] });
  });

  test("of a thread whose model is known to think so, however long it is", () => {
    const items: Item[] = [{ type: "reasoning", text: "x", origin: { field: "think" } }];
    const long = "so ".repeat(3000);
    expect(everyCut([{ text: `${long}\n</think>\n\nb` }], { ...THINKING, items })).toMatchObject({
      thought: `${long}\n`,
      text: "b",
    });
  });

  test("is not waited for where nothing tells of it", () => {
    const assistant: Item = { type: "message", role: "assistant", parts: [{ type: "text", text: "Hi" }] };
    for (const turn of [{}, { ...THINKING, items: [assistant] }])
      expect(everyCut([{ text: "a\n</think>\n\nb" }], turn)).toMatchObject({ text: "a\n\n\nb", thought: "" });
  });

  test("once more behind the answer's first words", () => {
    const text = "<think>One.</think>Hello.\n<think>Two.</think>\nBye.";
    expect(everyCut([{ text }])).toMatchObject({ text: "Hello.\n\nBye.", thought: "One.Two." });
  });

  test("in a field, and its tag in the text", () => {
    expect(everyCut([{ thought: "a" }, { text: "</think>\n\nb" }])).toMatchObject({ thought: "a", text: "b" });
    expect(everyCut([{ thought: "a" }, { text: "<think>a</think>b" }])).toMatchObject({ thought: "a", text: "b" });
    expect(everyCut([{ thought: "a" }, { text: "<think>c</think>b" }])).toMatchObject({ thought: "ac", text: "b" });
  });

  test("that is never closed, and is all there is, is seen", () => {
    expect(everyCut([{ text: "<think>Hello there." }])).toMatchObject({ text: "Hello there.", calls: [] });
    expect(answerTo([{ text: "<think>Hello there." }], {}, "length").text).toBe("");
  });

  test.each([
    ["The tag `</think>` ends a thought."],
    ["Use this:\n```\nif s.endswith('</think>'): pass\n```\n"],
    ["```\n</think>\n```\n"],
    ['It ends with "</think>"\nor so.'],
    ["A thought is <think>so</think>."],
    ["    </think>\n"],
    ["analysisResult is a name."],
    ["<think> opens one, </think>\ncloses it."],
  ])("is none where somebody talks of tags: %s", (text) => {
    if (!text.startsWith("<think>"))
      for (const turn of [{}, THINKING]) expect(everyCut([{ text }], turn)).toMatchObject({ text, thought: "" });
  });

  test("the answer that the request wants in a tag keeps it", () => {
    const items: Item[] = [
      { type: "message", role: "user", parts: [{ type: "text", text: "Put it in <answer> tags." }] },
    ];
    expect(answer("<answer>\n42\n</answer>", items).text).toStartWith("<answer>\n42");
  });
});

describe("a call in the thought", () => {
  const think = (thought: string, ...more: Said[]): ReturnType<typeof answerTo> => everyCut([{ thought }, ...more]);
  test("at its end, where nothing else was said", () => {
    for (const call of [HERMES, QWEN, SAMPLES["kimi-k2"]?.([LS]) ?? "", SAMPLES["deepseek-dsml"]?.([LS]) ?? ""]) {
      expect(think(`I should look.\n\n${call}`)).toMatchObject({
        thought: "I should look.\n\n",
        text: "",
        calls: [LS],
        end: "tool_calls",
      });
      expect(everyCut([{ text: `<think>I should look.\n\n${call}` }])).toMatchObject({ text: "", calls: [LS] });
      expect(everyCut([{ text: `<think>I should look.\n${call}\n</think>\n` }])).toMatchObject({
        text: "",
        calls: [LS],
      });
      expect(answerTo([{ thought: `So.\n${call}` }], {}, "tool_calls").calls).toEqual([LS]);
    }
  });
  test("stays a thought where words follow, there or in the text, or in code, or without markers", () => {
    for (const [thought, ...more] of [
      [`I might write\n${HERMES}\nbut need not.`],
      [`I might write\n${HERMES}`, { text: "Done." }],
      [`I might write\n\`\`\`\n${HERMES}\n\`\`\``],
      ['I might say\n{"name": "exec_command", "arguments": {"cmd": "ls"}}'],
      ['exec_command(cmd="ls")'],
    ] as [string, ...Said[]][]) {
      expect(think(thought, ...more)).toMatchObject({ thought, calls: [] });
    }
  });
  test("stays a thought where the reply was cut, the tool is none, or the request holds the call", () => {
    const thought = `So.\n${HERMES}`;
    expect(answerTo([{ thought }], {}, "length")).toMatchObject({ thought, calls: [] });
    expect(answerTo([{ thought }], { tools: [{ name: "other" }] })).toMatchObject({ thought, calls: [] });
    const items: Item[] = [{ type: "message", role: "user", parts: [{ type: "text", text: HERMES }] }];
    expect(answerTo([{ thought }], { items })).toMatchObject({ thought, calls: [] });
  });
});

describe("residue", () => {
  test.each([
    "<|im_end|>",
    "<|endoftext|>",
    "<｜end▁of▁sentence｜>",
    "</s>",
    "[e~[",
    "<|return|>",
    "<eos>\n",
    "<|eot_id|><|im_end|>",
  ])("%s at the end of an answer is cut", (token) => {
    const { text, notes } = everyCut([{ text: `Hello there.${token}` }]);
    expect(text).toBe("Hello there.");
    expect(notes).toHaveLength(1);
    expect(notes[0]).toStartWith("residue_cut: ");
  });
  test.each([
    "The end token is <|im_end|>",
    "It writes `<|im_end|>`",
    "It writes <|im_end|> at its end.",
    "```\nHello<|im_end|>\n```",
    "<s>gone</s>",
    "> Hello<|im_end|>",
    "A call ends with\n</tool_call>",
    "<|im_end|> ends it",
  ])("what talks of it stays: %s", (text) => expect(everyCut([{ text }])).toMatchObject({ text, notes: [] }));
});

describe("what may be missing of a call", () => {
  test.each([
    ["the closing tag", HERMES.replace("\n</tool_call>", "")],
    ["the closing tag of XML", QWEN.replace("\n</tool_call>", "")],
    ["the opening tag", QWEN.replace("<tool_call>\n", "")],
    ["a parameter's closing tag", QWEN.replace("</parameter>\n", "")],
    ["the function's closing tag", QWEN.replace("</function>\n", "")],
    [
      "the marks of a block",
      '<｜DSML｜invoke name="exec_command">\n<｜DSML｜parameter name="cmd" string="true">ls</｜DSML｜parameter>\n</｜DSML｜invoke>',
    ],
    [
      "bars of another kind",
      '<||DSML||tool_calls><||DSML||invoke name="exec_command"><||DSML||parameter name="cmd" string="true">ls</||DSML||parameter></||DSML||invoke></||DSML||tool_calls>',
    ],
    [
      "nothing, but with blanks in tags and doubled bars",
      '<｜｜DSML｜｜ calls>\n<｜｜DSML｜｜ invoke name="exec_command">\n<｜｜DSML｜｜ parameter name="cmd" string="true">ls</｜｜DSML｜｜ parameter>\n</｜｜DSML｜｜ invoke>\n</｜｜DSML｜｜ calls>',
    ],
    [
      "the section of Kimi's",
      '<|tool_call_begin|>functions.exec_command:0<|tool_call_argument_begin|>{"cmd":"ls"}<|tool_call_end|>',
    ],
    [
      "the end of Kimi's",
      '<|tool_calls_section_begin|><|tool_call_begin|>exec_command<|tool_call_argument_begin|>{"cmd":"ls"}',
    ],
    [
      "tokens of K3's",
      '<|open|>toolscall tool="exec_command" index="1"<|sep|><|open|>argument key="cmd" type="string"<|sep|>lsargument<|sep|><|close|>call<|sep|><|close|>toolsmessage<|sep|>',
    ],
    ["harmony's end", '<|channel|>commentary to=functions.exec_command <|constrain|>json<|message|>{"cmd":"ls"}'],
    [
      "harmony's order",
      '<|start|>assistant to=functions.exec_command<|channel|>commentary json<|message|>{"cmd":"ls"}',
    ],
    ["harmony's channel", '<|channel|>analysis to=functions.exec_command code<|message|>{"cmd":"ls"}<|call|>'],
    ["Gemma's end", '<|tool_call>call:exec_command{cmd:<|"|>ls<|"|>}'],
    ["a value's end of GLM's", "<tool_call>exec_command\n<arg_key>cmd</arg_key>\n<arg_value>ls</tool_call>"],
  ])("%s", (_, text) => {
    expect(everyCut([{ text }]).calls).toEqual([LS]);
    expect(everyCut([{ text: `I look.\n${text}` }])).toMatchObject({ text: "I look.\n", calls: [LS] });
    const items: Item[] = [
      { type: "tool_result", call_id: "c", parts: [{ type: "text", text: `1: ${text}\n2: end` }] },
    ];
    expect(answer(text, items).calls).toEqual([]);
    expect(answer(`\`\`\`\n${text}\n\`\`\``).calls).toEqual([]);
    expect(answer(`So:\n${text}\nand so on.`).calls).toEqual([]);
  });
  test.each([
    ["half a value", "<tool_call>\n<function=exec_command>\n<parameter=cmd>\nrm -r /tmp/a"],
    ["half an object", '<tool_call>\n{"name": "exec_command", "arguments": {"cmd": "rm'],
    ["two tags", "<function=exec_command>\n<parameter=cmd>\nls\n</parameter>"],
    ["a name alone", "<tool_call>get_date"],
  ])("but not %s", (_, text) => expect(everyCut([{ text }])).toMatchObject({ text, calls: [] }));
  test("the opening tag of JSON that is the whole message", () => {
    const text = '{"name": "exec_command", "arguments": {"cmd": "ls"}}\n</tool_call><|im_end|>';
    expect(everyCut([{ text }])).toMatchObject({ text: "", calls: [LS] });
    expect(everyCut([{ text: `I look.\n${text}` }]).calls).toEqual([]);
  });
  test("no arguments at all", () => {
    for (const text of [
      "<tool_call>get_date</tool_call>",
      "<tool_call>\n<function=get_date>\n</function>\n</tool_call>",
      "<|tool_call>call:get_date{}<tool_call|>",
      '<｜DSML｜tool_calls><｜DSML｜invoke name="get_date"/></｜DSML｜tool_calls>',
      "<|channel|>commentary to=functions.get_date<|message|><|call|>",
      "[get_date()]",
    ])
      expect(everyCut([{ text }]).calls).toEqual([["get_date", {}]]);
  });
  test("what is written once more behind its end", () => {
    const body = "[exec_command(cmd='ls')]<|tool_call_end|>";
    expect(everyCut([{ text: `<|tool_call_start|>${body}${body}` }])).toMatchObject({ text: "", calls: [LS] });
  });
  test("JSON whose numbers are strings, where the schema wants numbers", () => {
    const text =
      '<tool_call>{"name": "read_file", "arguments": {"path": "a", "start_line": "3", "all": "true"}}</tool_call>';
    expect(everyCut([{ text }])).toMatchObject({
      text: "",
      calls: [["read_file", { path: "a", start_line: 3, all: true }]],
    });
    const items: Item[] = [
      { type: "message", role: "user", parts: [{ type: "text", text: text.replaceAll(" ", "") }] },
    ];
    expect(answer(text, items)).toMatchObject({ text, calls: [] });
  });
  test("values that hold markup of their own come whole, or the call is none", () => {
    for (const id of ["qwen-xml", "deepseek-dsml", "glm", "minimax-m2", "seed", "hunyuan"]) {
      const write = SAMPLES[id] ?? (() => "");
      const close =
        { glm: "</tool_call>", "deepseek-dsml": "</｜DSML｜invoke>", "minimax-m2": "</invoke>" }[id] ?? "</function>";
      const held: Call = [
        "exec_command",
        { cmd: `cat > a <<E\n<b>x${id === "hunyuan" ? "</tool_call:opensource>" : close}` },
      ];
      expect([id, everyCut([{ text: write([held]) }]).calls]).toEqual([id, [held]]);
      const nested: Call = ["exec_command", { cmd: `cat > a <<E\n${write([LS])}\nE` }];
      const { calls } = everyCut([{ text: write([nested]) }]);
      expect([id, calls.filter((call) => JSON.stringify(call) !== JSON.stringify(nested))]).toEqual([id, []]);
    }
  });
  test("values in values", () => {
    const plan: Call = [
      "update_plan",
      {
        plan: [
          { step: "a", done: true, n: 1 },
          { step: "b", done: false, n: 2 },
        ],
      },
    ];
    const tools = [{ name: "update_plan", parameters: { type: "object", properties: { plan: { type: "array" } } } }];
    const nested =
      ']<]minimax[>[<tool_call>]<]minimax[>[<invoke name="update_plan">]<]minimax[>[<plan>' +
      ["a", "b"]
        .map(
          (step, i) =>
            `]<]minimax[>[<item>]<]minimax[>[<step>${step}]<]minimax[>[</step>]<]minimax[>[<done>${i === 0}]<]minimax[>[</done>]<]minimax[>[<n>${i + 1}]<]minimax[>[</n>]<]minimax[>[</item>`,
        )
        .join("") +
      "]<]minimax[>[</plan>]<]minimax[>[</invoke>]<]minimax[>[</tool_call>";
    for (const text of [
      nested,
      "[update_plan(plan=[{'step': 'a', 'done': True, 'n': 1}, {'step': 'b', 'done': False, 'n': 2}])]",
      '<|tool_call>call:update_plan{plan:[{step:<|"|>a<|"|>,done:true,n:1},{step:<|"|>b<|"|>,done:false,n:2}]}<tool_call|>',
      ...["qwen-xml", "deepseek-dsml", "glm", "kimi-k3"].map((id) => SAMPLES[id]?.([plan]) ?? ""),
    ])
      expect(everyCut([{ text }], { tools })).toMatchObject({ text: "", calls: [plan] });
  });
  test("a brace too many", () => {
    const text = '<tool_calls>\n{"name": "exec_command", "arguments": {"cmd": "ls"}}}\n</tool_calls>';
    expect(everyCut([{ text }])).toMatchObject({ text: "", calls: [LS] });
  });
  test("values that hold quotes, breaks and brackets come as they are", () => {
    const cmd = 'echo "a" <b>\n  if [ 1 ]; then\n}';
    for (const id of [
      "qwen-xml",
      "deepseek-dsml",
      "glm",
      "kimi-k3",
      "gemma-4",
      "minimax-m3",
      "hermes",
      "olmo-3",
      "lfm2",
    ]) {
      const text = SAMPLES[id]?.([["exec_command", { cmd: id === "lfm2" ? "it's\nso" : cmd }]]) ?? "";
      expect([id, answerInPieces([...text]).calls]).toEqual([
        id,
        [["exec_command", { cmd: id === "lfm2" ? "it's\nso" : cmd }]],
      ]);
    }
  });
});

describe("what looks like a call and is none is noted", () => {
  test.each([
    ["of a known family", "<tool_call>\n{broken}\n</tool_call>", "hermes"],
    ["of no known one", "<my_tool_call>\nexec_command ls\n</my_tool_call>", "unknown"],
  ])("%s", (_, text, family) => {
    expect(everyCut([{ text }])).toMatchObject({ text, calls: [], notes: [`call_left_as_text: ${family}`] });
  });
});
