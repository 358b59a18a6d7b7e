/** How servers number, name and cut the deltas of tool calls. Two calls are never joined, one is never split. */
import { describe, expect, test } from "bun:test";
import { ToolCallAssembler, type CallDelta } from "../../../../src/wires/chat/upstream/tool-calls.ts";

type Row = [what: string, deltas: Partial<CallDelta>[], calls: [id: string, name: string, args: string][]];

const LS = '{"cmd":"ls"}';
const PWD = '{"cmd":"pwd"}';

/** One call, in one delta or many. */
const ONE: Row[] = [
  ["the id is late, without index", [{ name: "f" }, { id: "a", arguments: LS }], [["a", "f", LS]]],
  [
    "named first, then pieces",
    [
      { index: 0, id: "a", name: "f" },
      { index: 0, arguments: '{"cmd":' },
      { index: 0, arguments: '"ls"}' },
    ],
    [["a", "f", LS]],
  ],
  [
    "an empty object before the arguments",
    [
      { index: 0, id: "a", name: "f", arguments: "{}" },
      { index: 0, arguments: '{"cmd":' },
      { index: 0, arguments: '"ls"}' },
    ],
    [["a", "f", `{}${LS}`]],
  ],
  ["whole in one delta", [{ index: 0, id: "a", name: "f", arguments: LS }], [["a", "f", LS]]],
  ["whole, without index and id", [{ name: "f", arguments: LS }], [["", "f", LS]]],
  ["pieces without index and id", [{ name: "f" }, { arguments: '{"cmd":' }, { arguments: '"ls"}' }], [["", "f", LS]]],
  [
    "the id alone goes on",
    [
      { id: "a", name: "f", arguments: '{"cmd":' },
      { id: "a", arguments: '"ls"}' },
    ],
    [["a", "f", LS]],
  ],
  [
    "the id in every delta",
    [
      { index: 0, id: "0", name: "f", arguments: '{"cmd":' },
      { index: 0, id: "0", arguments: '"ls"}' },
    ],
    [["0", "f", LS]],
  ],
  [
    "the id changes",
    [
      { index: 0, id: "a", name: "f", arguments: '{"cmd":' },
      { index: 0, id: "b", arguments: '"l' },
      { index: 0, id: "c", arguments: 's"}' },
    ],
    [["a", "f", LS]],
  ],
  [
    "the id changes and the name is repeated",
    [
      { index: 0, id: "a", name: "f", arguments: '{"cmd":' },
      { index: 0, id: "b", name: "f", arguments: '"ls"}' },
    ],
    [["a", "f", LS]],
  ],
  [
    "the id changes, without index",
    [
      { id: "a", name: "f", arguments: '{"cmd":' },
      { id: "b", arguments: '"ls"}' },
    ],
    [["a", "f", LS]],
  ],
  [
    "the id is late",
    [
      { index: 0, name: "f" },
      { index: 0, id: "a", arguments: LS },
    ],
    [["a", "f", LS]],
  ],
  ["the index is late", [{ name: "f" }, { index: 0, arguments: LS }], [["", "f", LS]]],
  [
    "the name is late",
    [
      { index: 0, id: "a", arguments: '{"cmd":' },
      { index: 0, name: "f", arguments: '"ls"}' },
    ],
    [["a", "f", LS]],
  ],
  [
    "the name comes last",
    [
      { index: 0, id: "a", arguments: LS },
      { index: 0, id: "a", name: "f" },
    ],
    [["a", "f", LS]],
  ],
  [
    "the name is repeated",
    [
      { index: 0, id: "a", name: "f", arguments: '{"cmd":' },
      { index: 0, name: "f", arguments: '"ls"}' },
    ],
    [["a", "f", LS]],
  ],
  [
    "the name is repeated after the end",
    [
      { index: 0, id: "a", name: "f", arguments: LS },
      { index: 0, id: "a", name: "f" },
    ],
    [["a", "f", LS]],
  ],
  ["a blank delta at the end", [{ index: 0, id: "a", name: "f", arguments: LS }, { index: 0 }], [["a", "f", LS]]],
  [
    "a blank delta at an index of its own",
    [{ index: 0, id: "a", name: "f", arguments: LS }, { index: 1 }],
    [["a", "f", LS]],
  ],
  ["no arguments at all", [{ index: 0, id: "a", name: "f" }], [["a", "f", ""]]],
  [
    "an object within begins a piece",
    [
      { index: 0, id: "a", name: "f", arguments: '{"at":' },
      { index: 0, arguments: '{"x":1}' },
      { index: 0, arguments: "}" },
    ],
    [["a", "f", '{"at":{"x":1}}']],
  ],
  [
    "a piece begins with a brace after a whole-looking end",
    [
      { index: 0, id: "a", name: "f", arguments: '{"code":"{}' },
      { index: 0, arguments: '{}"}' },
    ],
    [["a", "f", '{"code":"{}{}"}']],
  ],
  ["only blanks", [{}, { index: 0 }], []],
];

const MANY: Row[] = [
  [
    "the first one's index is late",
    [
      { name: "f" },
      { index: 0, arguments: '{"cmd":' },
      { index: 1, name: "g", arguments: PWD },
      { index: 0, arguments: '"ls"}' },
    ],
    [
      ["", "f", LS],
      ["", "g", PWD],
    ],
  ],
  [
    "a piece without index and id, when one call is open",
    [{ id: "a", name: "f", arguments: '{"cmd":' }, { id: "b", name: "g", arguments: PWD }, { arguments: '"ls"}' }],
    [
      ["a", "f", LS],
      ["b", "g", PWD],
    ],
  ],
  [
    "by index",
    [
      { index: 0, id: "a", name: "f" },
      { index: 0, arguments: LS },
      { index: 1, id: "b", name: "g" },
      { index: 1, arguments: PWD },
    ],
    [
      ["a", "f", LS],
      ["b", "g", PWD],
    ],
  ],
  [
    "index always 0, whole",
    [
      { index: 0, id: "a", name: "f", arguments: LS },
      { index: 0, id: "b", name: "f", arguments: PWD },
    ],
    [
      ["a", "f", LS],
      ["b", "f", PWD],
    ],
  ],
  [
    "index always 0, equal calls",
    [
      { index: 0, id: "a", name: "f", arguments: LS },
      { index: 0, id: "b", name: "f", arguments: LS },
    ],
    [
      ["a", "f", LS],
      ["b", "f", LS],
    ],
  ],
  [
    "index always 0, in pieces",
    [
      { index: 0, id: "a", name: "f" },
      { index: 0, arguments: LS },
      { index: 0, id: "b", name: "f" },
      { index: 0, arguments: PWD },
    ],
    [
      ["a", "f", LS],
      ["b", "f", PWD],
    ],
  ],
  [
    "index always 0, no ids, two names",
    [
      { index: 0, name: "f", arguments: LS },
      { index: 0, name: "g", arguments: PWD },
    ],
    [
      ["", "f", LS],
      ["", "g", PWD],
    ],
  ],
  [
    "index always 0, no ids, one name",
    [
      { index: 0, name: "f", arguments: LS },
      { index: 0, name: "f", arguments: PWD },
    ],
    [
      ["", "f", LS],
      ["", "f", PWD],
    ],
  ],
  [
    "index always 0, no ids, one name, in pieces",
    [
      { index: 0, name: "f" },
      { index: 0, arguments: LS },
      { index: 0, name: "f" },
      { index: 0, arguments: '{"cmd":' },
      { index: 0, arguments: '"pwd"}' },
    ],
    [
      ["", "f", LS],
      ["", "f", PWD],
    ],
  ],
  [
    "no index, ids",
    [
      { id: "a", name: "f", arguments: LS },
      { id: "b", name: "f", arguments: PWD },
    ],
    [
      ["a", "f", LS],
      ["b", "f", PWD],
    ],
  ],
  [
    "no index, ids, interleaved",
    [
      { id: "a", name: "f", arguments: '{"cmd"' },
      { id: "b", name: "g", arguments: '{"cmd"' },
      { id: "a", arguments: ':"ls"}' },
      { id: "b", arguments: ':"pwd"}' },
    ],
    [
      ["a", "f", LS],
      ["b", "g", PWD],
    ],
  ],
  [
    "no index, no ids",
    [
      { name: "f", arguments: LS },
      { name: "f", arguments: PWD },
    ],
    [
      ["", "f", LS],
      ["", "f", PWD],
    ],
  ],
  [
    "no index, no ids, in pieces",
    [{ name: "f" }, { arguments: LS }, { name: "g" }, { arguments: '{"cmd":' }, { arguments: '"pwd"}' }],
    [
      ["", "f", LS],
      ["", "g", PWD],
    ],
  ],
  [
    "no index, no ids, the first without arguments",
    [{ name: "f" }, { name: "g" }, { arguments: PWD }],
    [
      ["", "f", ""],
      ["", "g", PWD],
    ],
  ],
  [
    "interleaved by index",
    [
      { index: 0, id: "a", name: "f", arguments: '{"cmd"' },
      { index: 1, id: "b", name: "g", arguments: '{"cmd"' },
      { index: 0, arguments: ':"ls"}' },
      { index: 1, arguments: ':"pwd"}' },
    ],
    [
      ["a", "f", LS],
      ["b", "g", PWD],
    ],
  ],
  [
    "one id for all, by index",
    [
      { index: 0, id: "0", name: "f", arguments: '{"cmd"' },
      { index: 1, id: "0", name: "f", arguments: '{"cmd"' },
      { index: 0, id: "0", arguments: ':"ls"}' },
      { index: 1, id: "0", arguments: ':"pwd"}' },
    ],
    [
      ["0", "f", LS],
      ["0", "f", PWD],
    ],
  ],
  [
    "one id and name for all, by index, the second begun before the first has ended",
    [
      { index: 0, id: "0", name: "f", arguments: '{"cmd"' },
      { index: 1, id: "0", name: "f" },
      { index: 0, id: "0", arguments: ':"ls"}' },
      { index: 1, id: "0", arguments: PWD },
    ],
    [
      ["0", "f", LS],
      ["0", "f", PWD],
    ],
  ],
  [
    "one id for all, without index",
    [
      { id: "0", name: "f", arguments: LS },
      { id: "0", name: "f", arguments: PWD },
    ],
    [
      ["0", "f", LS],
      ["0", "f", PWD],
    ],
  ],
  [
    "one id and index for all, two names",
    [
      { index: 0, id: "0", name: "f", arguments: LS },
      { index: 0, id: "0", name: "g", arguments: PWD },
    ],
    [
      ["0", "f", LS],
      ["0", "g", PWD],
    ],
  ],
  [
    "a known id at another index with a name",
    [
      { index: 0, id: "a", name: "f" },
      { index: 1, id: "a", name: "g", arguments: PWD },
    ],
    [
      ["a", "f", ""],
      ["a", "g", PWD],
    ],
  ],
  [
    "the second call's name is late",
    [
      { index: 0, id: "a", name: "f", arguments: LS },
      { index: 1, id: "b", arguments: '{"cmd":' },
      { index: 1, name: "g", arguments: '"pwd"}' },
    ],
    [
      ["a", "f", LS],
      ["b", "g", PWD],
    ],
  ],
  [
    "the first call's name is late",
    [
      { index: 0, id: "a", arguments: LS },
      { index: 1, id: "b", name: "g", arguments: PWD },
      { index: 0, name: "f" },
    ],
    [
      ["a", "f", LS],
      ["b", "g", PWD],
    ],
  ],
];

/** What a delta leaves open stays open: such a call fails later, rather than being added to another. */
const NAMELESS: Row[] = [
  [
    "new arguments without a name",
    [
      { index: 0, id: "a", name: "f", arguments: LS },
      { index: 0, arguments: PWD },
    ],
    [
      ["a", "f", LS],
      ["", "", PWD],
    ],
  ],
  ["never a name", [{ index: 0, id: "a", arguments: LS }], [["a", "", LS]]],
];

describe.each<[string, Row[]]>([
  ["one call", ONE],
  ["several calls", MANY],
  ["a call without a name", NAMELESS],
])("%s", (_, rows) => {
  test.each(rows)("%s", (_what, deltas, calls) => {
    const assembler = new ToolCallAssembler();
    for (const delta of deltas) assembler.add({ index: undefined, id: "", name: "", arguments: "", ...delta });
    expect(assembler.calls.map(({ id, name, arguments: args }): [string, string, string] => [id, name, args])).toEqual(
      calls,
    );
  });
});

/** Names in pieces: only the declared tools tell one from the head of a further call. */
const PIECES: Row[] = [
  [
    "two pieces",
    [
      { index: 0, id: "a", name: "sh" },
      { index: 0, name: "ell" },
      { index: 0, arguments: LS },
    ],
    [["a", "shell", LS]],
  ],
  [
    "three, without index, the last with arguments",
    [
      { id: "a", name: "sh" },
      { id: "a", name: "el" },
      { name: "l", arguments: LS },
    ],
    [["a", "shell", LS]],
  ],
  [
    "the first piece is a tool too",
    [
      { index: 0, id: "a", name: "read" },
      { index: 0, name: "_file" },
      { index: 0, arguments: LS },
    ],
    [["a", "read_file", LS]],
  ],
  [
    "two tools without arguments",
    [
      { index: 0, name: "read" },
      { index: 0, name: "shell" },
    ],
    [
      ["", "read", ""],
      ["", "shell", ""],
    ],
  ],
  [
    "a further id",
    [
      { index: 0, id: "a", name: "read" },
      { index: 0, id: "b", name: "_file" },
    ],
    [
      ["a", "read", ""],
      ["b", "_file", ""],
    ],
  ],
  [
    "after arguments",
    [
      { index: 0, id: "a", name: "read", arguments: "{}" },
      { index: 0, name: "_file", arguments: LS },
    ],
    [
      ["a", "read", "{}"],
      ["", "_file", LS],
    ],
  ],
  [
    "nobody's name",
    [
      { index: 0, id: "a", name: "foo" },
      { index: 0, name: "bar" },
    ],
    [
      ["a", "foo", ""],
      ["", "bar", ""],
    ],
  ],
  ["a tool's name again and again", [{ name: "read" }, { name: "read" }, { arguments: LS }], [["", "read", LS]]],
];

describe("a name in pieces", () => {
  test.each(PIECES)("%s", (_what, deltas, calls) => {
    const assembler = new ToolCallAssembler(new Set(["shell", "read", "read_file"]));
    for (const delta of deltas) assembler.add({ index: undefined, id: "", name: "", arguments: "", ...delta });
    expect(assembler.calls.map(({ id, name, arguments: args }): [string, string, string] => [id, name, args])).toEqual(
      calls,
    );
  });
});

test("every entry of a whole body is a call of its own", () => {
  const assembler = new ToolCallAssembler();
  for (let i = 0; i < 2; i++) assembler.add({ index: undefined, id: "", name: "f", arguments: "" }, true);
  expect(assembler.calls).toHaveLength(2);
});

test("arguments cut at every place stay one call", () => {
  const args = '{"a":[{"b":"}{"},[]],"c":{"d":"\\"{}"}}';
  for (let from = 1; from < args.length; from++) {
    for (let to = from; to < args.length; to++) {
      const assembler = new ToolCallAssembler();
      assembler.add({ index: undefined, id: "", name: "f", arguments: args.slice(0, from) });
      for (const piece of [args.slice(from, to), args.slice(to)])
        assembler.add({ index: undefined, id: "", name: "", arguments: piece });
      expect(assembler.calls.map((call) => call.arguments)).toEqual([args]);
    }
  }
});
