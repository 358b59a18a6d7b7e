import { describe, expect, test } from "bun:test";
import type { Dialect } from "../../../../src/core/dialect.ts";
import type { Item, Part, Turn } from "../../../../src/core/turn.ts";
import { assistant, call, IMAGE, result, system, think, user } from "../../chat/upstream/items.ts";
import { bodyOf, input as inputOf, lower, lowered, sealed, thought } from "./items.ts";

const input = (items: Item[], dialect: Partial<Dialect> = {}) =>
  inputOf(items, { merge_user_messages: false, ...dialect });
const given = (text: string, role = "user"): object => ({
  type: "message",
  role,
  content: [{ type: "input_text", text }],
});
const said = (text: string): object => ({
  type: "message",
  role: "assistant",
  content: [{ type: "output_text", text }],
});
const called = (call_id: string, args = "{}"): object => ({
  type: "function_call",
  call_id,
  name: "f",
  arguments: args,
});
const answered = (call_id: string, output: unknown): object => ({ type: "function_call_output", call_id, output });
const IMAGE_PART = { type: "input_image", image_url: "data:image/png;base64,AA==", detail: "auto" };
const MARKED = "<developer_message>\nlate\n</developer_message>";

describe("items", () => {
  test.each<[string, Item[], object[]]>([
    [
      "words of the user",
      [user("a"), user("b", "c")],
      [
        given("a"),
        {
          ...given("b"),
          content: [
            { type: "input_text", text: "b" },
            { type: "input_text", text: "c" },
          ],
        },
      ],
    ],
    ["words of the assistant", [user("a"), assistant("b")], [given("a"), said("b")]],
    ["nothing said", [user("a"), assistant(""), user("")], [given("a")]],
    [
      "a refusal",
      [user("a"), assistant({ type: "refusal", text: "no" })],
      [given("a"), { type: "message", role: "assistant", content: [{ type: "refusal", refusal: "no" }] }],
    ],
    ["an image", [user("a", IMAGE)], [{ ...given("a"), content: [{ type: "input_text", text: "a" }, IMAGE_PART] }]],
    [
      "an image with its detail",
      [user({ type: "image", url: "https://x.test/a.png", detail: "low" })],
      [
        {
          type: "message",
          role: "user",
          content: [{ type: "input_image", image_url: "https://x.test/a.png", detail: "low" }],
        },
      ],
    ],
    [
      "files",
      [
        user(
          { type: "file", filename: "a.pdf", data: "data:application/pdf;base64,AA==" },
          { type: "file", url: "https://x.test/b.pdf" },
        ),
      ],
      [
        {
          type: "message",
          role: "user",
          content: [
            { type: "input_file", filename: "a.pdf", file_data: "data:application/pdf;base64,AA==" },
            { type: "input_file", file_url: "https://x.test/b.pdf" },
          ],
        },
      ],
    ],
    [
      "calls and their outputs",
      [user("a"), call("1"), call("2"), result("1", "x", "y"), result("2")],
      [given("a"), called("1"), called("2"), answered("1", "x\ny"), answered("2", "")],
    ],
    [
      "an output with an image",
      [user("a"), call("1"), result("1", "x", IMAGE)],
      [given("a"), called("1"), answered("1", [{ type: "input_text", text: "x" }, IMAGE_PART])],
    ],
    [
      "arguments, byte by byte",
      [user("a"), call("1", '{"n": 12345678901234567890}'), result("1", "x")],
      [given("a"), called("1", '{"n": 12345678901234567890}'), answered("1", "x")],
    ],
    [
      "broken arguments, within an object",
      [user("a"), call("1", "{bro"), result("1", "x")],
      [given("a"), called("1", '{"unparsed_arguments":"{bro"}'), answered("1", "x")],
    ],
    ["no arguments", [user("a"), call("1", " "), result("1", "x")], [given("a"), called("1"), answered("1", "x")]],
    [
      "a call without its result",
      [user("a"), call("1"), user("b")],
      [given("a"), called("1"), answered("1", "(no output was recorded for this call)"), given("b")],
    ],
    [
      "what was said between calls, in its place",
      [user("a"), call("1"), assistant("b"), call("2"), result("1", "x"), result("2", "y")],
      [given("a"), called("1"), said("b"), called("2"), answered("1", "x"), answered("2", "y")],
    ],
    [
      "an image of the assistant, from the user and after the results",
      [user("a"), assistant("b", IMAGE), call("1"), result("1", "x"), user("c")],
      [
        given("a"),
        said("b"),
        called("1"),
        answered("1", "x"),
        {
          type: "message",
          role: "user",
          content: [{ type: "input_text", text: "Made by the assistant:" }, IMAGE_PART],
        },
        given("c"),
      ],
    ],
  ])("%s", (_, items, expected) => {
    expect(input(items)).toEqual(expected as never);
  });

  test("words of the user that follow one another are one message where templates refuse two", () => {
    const text = (words: string): object => ({ type: "input_text", text: words });
    const items = [user("a"), system("late"), user("b", IMAGE), assistant("c", IMAGE), user("d")];
    const made = [text("Made by the assistant:"), IMAGE_PART, text("d")];
    expect(inputOf(items)).toEqual([
      { ...given("a"), content: [text("a"), text(MARKED), text("b"), IMAGE_PART] },
      said("c"),
      { ...given("d"), content: made },
    ] as never);
    expect(input(items)).toHaveLength(6);
  });

  test("an id of a call is at most 64 characters, and the same for its output", () => {
    const [a, b] = ["a", "b"].map((end) => `call_${"x".repeat(80)}${end}`) as [string, string];
    const ids = input([user("a"), call(a), call(b), result(a, "x"), result(b, "y")]).map((item) => item["call_id"]);
    expect(ids[1]).toHaveLength(64);
    expect(ids.slice(1)).toEqual([ids[1], ids[2], ids[1], ids[2]]);
    expect(ids[1]).not.toBe(ids[2]);
    expect(input([user("a"), call("y".repeat(64)), result("y".repeat(64))])[1]?.["call_id"]).toBe("y".repeat(64));
  });

  test("half a character becomes a sign that every server can read", () => {
    const body = lowered({ items: [user("a\ud83c"), user("\\ud83c 🌍")] }).body;
    expect(body.isWellFormed()).toBe(true);
    expect(body).toContain('"a\\ufffd"');
    expect(input([user("\\ud83c 🌍")])).toEqual([given("\\ud83c 🌍")] as never);
  });

  test("an image by its address where the host fetches none", () => {
    const items = [user({ type: "image", url: "https://x.test/a.png" } as Part)];
    expect(() => input(items, { image_urls: false })).toThrow("fetches no images");
    expect(input([user(IMAGE)], { image_urls: false })).toHaveLength(1);
  });
});

describe("the system", () => {
  test("at the head is the instructions", () => {
    const body = lower({ items: [system("a"), system("b", "c"), user("d")] });
    expect(body["instructions"]).toBe("a\n\nb\nc");
    expect(body.input).toEqual([given("d")] as never);
  });

  test("later on speaks as the developer, or through the user", () => {
    const items = [user("a"), system("late"), user("b")];
    expect(input(items, { late_system_role: "system" })).toEqual([
      given("a"),
      given("late", "developer"),
      given("b"),
    ] as never);
    expect(input(items)).toEqual([given("a"), given(MARKED), given("b")] as never);
    expect(lower({ items })).not.toHaveProperty("instructions");
  });

  test("alone is the input", () => {
    const body = lower({ items: [system("a")] });
    expect(body.input).toEqual([given("a", "developer")] as never);
    expect(body).not.toHaveProperty("instructions");
  });

  test("with an image stays a message", () => {
    const body = lower({ items: [system("a"), system("b", IMAGE), user("c")] }, { late_system_role: "system" });
    expect(body["instructions"]).toBe("a");
    expect(body.input[0]).toMatchObject({ role: "developer", content: [{ text: "b" }, IMAGE_PART] });
  });

  test("nothing at all is refused", () => {
    expect(() => lower({ items: [assistant("")] })).toThrow("send a message");
  });
});

describe("thoughts", () => {
  const turn = (...items: Item[]): Item[] => [user("a"), ...items, user("z")];

  test("go back as the items that they were, before what they led to", () => {
    expect(
      input(
        turn(
          sealed("1"),
          call("1"),
          sealed("2"),
          call("2"),
          result("1", "x"),
          result("2", "y"),
          sealed("3"),
          assistant("b"),
        ),
      ),
    ).toEqual([
      given("a"),
      thought("1"),
      called("1"),
      thought("2"),
      called("2"),
      answered("1", "x"),
      answered("2", "y"),
      thought("3"),
      said("b"),
      given("z"),
    ] as never);
  });

  test("that led to nothing stay away: hosts refuse them", () => {
    expect(input(turn(sealed("1")))).toEqual([given("a"), given("z")] as never);
    expect(input(turn(sealed("1"), user("b"), assistant("c")))).toEqual([
      given("a"),
      given("b"),
      said("c"),
      given("z"),
    ] as never);
    expect(input([user("a"), sealed("1")])).toEqual([given("a")] as never);
    expect(input(turn(call("1"), sealed("1"), result("1", "x")))).not.toContainEqual(thought("1"));
  });

  test("of which only a summary is known stay away", () => {
    const details = [
      { type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: "hm" }] },
      { type: "other" },
    ];
    expect(input(turn(think("hm", { field: "responses", details }), assistant("b")))).toEqual([
      given("a"),
      said("b"),
      given("z"),
    ] as never);
    const raw = { type: "reasoning", summary: [], content: [{ type: "reasoning_text", text: "hm" }] };
    expect(input(turn(think("hm", { field: "responses", details: [raw] }), assistant("b")))[1]).toEqual(raw);
  });

  test.each<[string, Item, string]>([
    ["of another model", sealed("1", "other"), "other"],
    ["of another wire", think("hm", { field: "reasoning_content", model: "m" }), "m"],
    ["of unknown origin", think("hm"), "of unknown origin"],
  ])("%s stay away, and that is noted", (_, item, who) => {
    const notes: string[] = [];
    const body = bodyOf(lowered({ items: turn(item, assistant("b")) }, {}, undefined, notes));
    expect(body.input).toEqual([given("a"), said("b"), given("z")] as never);
    expect(notes).toEqual([`foreign_reasoning: ${who}`]);
  });

  test("are kept back where the host wants none, and not asked for", () => {
    const body = lower({ items: turn(sealed("1", "m"), assistant("b")) }, { replay: "never" });
    expect(body.input).toEqual([given("a"), said("b"), given("z")] as never);
    expect(body).not.toHaveProperty("include");
  });
});

const TOOLS = [
  { name: "f", description: "d", parameters: { properties: { x: { type: "string" } } }, strict: true },
  { name: "g" },
];

describe("tools", () => {
  test("say always whether they are strict: silence would mean yes", () => {
    const parameters = { type: "object", properties: { x: { type: "string" } } };
    expect(lower({ items: [user("a")], tools: TOOLS }, { strict_tools: true })["tools"]).toEqual([
      { type: "function", name: "f", description: "d", parameters, strict: true },
      { type: "function", name: "g", parameters: { type: "object", properties: {} }, strict: false },
    ]);
    const { body, ignored } = lowered({ items: [user("a")], tools: TOOLS });
    expect(body).not.toContain('"strict":true');
    expect(ignored).toEqual([{ field: "tools", what: "strict", why: expect.any(String) }]);
  });

  type Choice = NonNullable<Turn["settings"]["tool_choice"]>;
  test.each<[Dialect["tool_choice"], Choice, unknown, string[], string[]]>([
    ["full", "auto", "auto", ["f", "g"], []],
    ["full", "required", "required", ["f", "g"], []],
    ["full", "none", "none", ["f", "g"], []],
    ["full", { name: "f" }, { type: "function", name: "f" }, ["f", "g"], []],
    ["strings", { name: "f" }, "required", ["f"], []],
    ["no_required", "required", "auto", ["f", "g"], ["required"]],
    ["no_required", { name: "f" }, { type: "function", name: "f" }, ["f", "g"], []],
    ["none", { name: "f" }, undefined, ["f"], ["f"]],
    ["none", "auto", undefined, ["f", "g"], []],
    ["none", "none", undefined, [], []],
  ])("%s: %j", (tool_choice, asked, sent, names, lost) => {
    const tools = TOOLS.map(({ name }) => ({ name }));
    const { body, ignored } = lowered({ items: [user("a")], tools, settings: { tool_choice: asked } }, { tool_choice });
    const { tools: offered = [], tool_choice: choice } = JSON.parse(body) as {
      tools?: { name: string }[];
      tool_choice?: unknown;
    };
    expect(choice).toEqual(sent);
    expect(offered.map(({ name }) => name)).toEqual(names);
    expect(ignored.map(({ what }) => what)).toEqual(lost);
  });

  test.each<[Dialect["parallel_tool_calls"], boolean | undefined, boolean | undefined, number]>([
    ["as_asked", undefined, undefined, 0],
    ["as_asked", false, false, 0],
    ["always", undefined, true, 0],
    ["always", false, false, 0],
    ["never", true, undefined, 0],
    ["never", false, undefined, 1],
  ])("parallel calls %s, asked %p", (parallel_tool_calls, asked, sent, lost) => {
    const settings = asked === undefined ? {} : { parallel_tool_calls: asked };
    const { body, ignored } = lowered(
      { items: [user("a")], tools: [{ name: "g" }], settings },
      { parallel_tool_calls },
    );
    expect((JSON.parse(body) as Record<string, unknown>)["parallel_tool_calls"]).toBe(sent as boolean);
    expect(ignored).toHaveLength(lost);
  });

  test("without any nothing is said of their use", () => {
    const body = lower({ items: [user("a")], settings: { tool_choice: "required", parallel_tool_calls: true } });
    expect(Object.keys(body)).toEqual(["model", "input", "reasoning", "include", "store", "stream"]);
  });
});
