/** A history becomes the messages of a Messages request: each rule by itself. */
import { describe, expect, test } from "bun:test";
import type { Item, Part, ReasoningItem } from "../../../../src/core/turn.ts";
import { assistant, call, IMAGE, result, system, think, user } from "../../chat/upstream/items.ts";
import { A, answer, type Body, ignored, lower, lowered, messages, t, U, use } from "./items.ts";

const signed = (words: string, signature = "s"): ReasoningItem =>
  think(words, { field: "thinking_blocks", details: [{ type: "thinking", thinking: words, signature }] });
const thought = (thinking: string, signature = "s"): object => ({ type: "thinking", thinking, signature });
const PNG = { type: "image", source: { type: "base64", media_type: "image/png", data: "AA==" } };

describe("the messages", () => {
  test.each<[string, Item[], object[]]>([
    ["neighbouring user messages are one, each part a block", [user("a", "b"), user("c")], [U("a", "b", "c")]],
    ["an answer stands between", [user("a"), assistant("b"), user("c")], [U("a"), A("b"), U("c")]],
    [
      "neighbouring answers are one",
      [user("a"), assistant("b"), assistant("c"), user("d")],
      [U("a"), A("b", "c"), U("d")],
    ],
    [
      "a later system message is told by the user",
      [user("a"), system("b", "c")],
      [U("a", "<developer_message>\nb\nc\n</developer_message>")],
    ],
    ["an empty later system message is none", [user("a"), system(" ")], [U("a")]],
    [
      "a refusal is text",
      [user("a"), assistant({ type: "refusal", text: "no" }), user("b")],
      [U("a"), A("no"), U("b")],
    ],
    ["blank text is none", [user("a", "", " \n"), assistant(""), assistant(" "), user("b")], [U("a", "b")]],
    [
      "what the assistant said first answers somebody",
      [assistant("a"), user("b")],
      [U("(The beginning of the conversation is not kept.)"), A("a"), U("b")],
    ],
    ["blanks at the end of what is to be gone on with are cut", [user("a"), assistant("{ \n")], [U("a"), A("{")]],
    ["and only there", [user("a"), assistant("b \n"), user("c\n")], [U("a"), A("b \n"), U("c\n")]],
    [
      "calls of one turn are one message, and so are their results",
      [user("a"), assistant("b"), call("1", '{"x":1}'), call("2"), result("1", "x", "y"), result("2"), user("c")],
      [U("a"), A("b", use("1", { x: 1 }), use("2")), U(answer("1", "x\ny"), answer("2"), "c")],
    ],
    [
      "results come before everything else, in the order of the calls",
      [user("a"), call("1"), call("2"), result("2", "y"), user("b"), result("1", "x")],
      [U("a"), A(use("1"), use("2")), U(answer("1", "x"), answer("2", "y"), "b")],
    ],
    [
      "a call without a result gets one",
      [user("a"), call("1")],
      [U("a"), A(use("1")), U(answer("1", "(no output was recorded for this call)"))],
    ],
    [
      "images stand within the result",
      [user("a"), call("1"), result("1", "shot", IMAGE, " ")],
      [U("a"), A(use("1")), U(answer("1", [t("shot"), PNG]))],
    ],
    [
      "images of the assistant are the user's, after the results",
      [user("a"), assistant("b", IMAGE), call("1"), result("1", "x"), user("c")],
      [U("a"), A("b", use("1")), U(answer("1", "x"), "Made by the assistant:", PNG, "c")],
    ],
    [
      "images of the assistant after its calls wait for the results",
      [user("a"), call("1"), assistant(IMAGE), result("1", "x"), user("c")],
      [U("a"), A(use("1")), U(answer("1", "x"), "Made by the assistant:", PNG, "c")],
    ],
  ])("%s", (_, items, expected) => {
    expect(messages(items)).toEqual(expected as Body["messages"]);
  });

  test("leading system messages are the instructions; the last one ends what is cached", () => {
    const body = lower({ items: [system("a"), system(" "), system("b", "c"), user("hi")] });
    expect(body["system"]).toEqual([t("a"), { ...t("b\nc"), cache_control: { type: "ephemeral" } }]);
    expect(body.messages).toEqual([U("hi")] as Body["messages"]);
    expect(lower({})).not.toHaveProperty("system");
  });

  test("without instructions the tools end it", () => {
    const { tools } = lower({ tools: [{ name: "f" }, { name: "g" }] }) as unknown as { tools: object[] };
    expect(tools.map((tool) => "cache_control" in tool)).toEqual([false, true]);
    const both = lower({ items: [system("a"), user("hi")], tools: [{ name: "f" }] });
    expect(both["tools"]).toEqual([{ name: "f", input_schema: { type: "object", properties: {} } }]);
  });

  test("where the upstream takes them, later system messages stay what they are", () => {
    expect(messages([user("a"), system("b"), user("c")], { late_system_role: "system" })).toEqual([
      U("a"),
      { role: "system", content: [t("b")] },
      U("c"),
    ] as Body["messages"]);
  });

  test("instructions alone are no request, and hold no images", () => {
    expect(() => lower({ items: [system("a")] })).toThrow("send one beside the instructions");
    expect(() => lower({ items: [system(IMAGE), user("a")] })).toThrow("put images and files into a user message");
  });
});

describe("calls", () => {
  const written = (args: string): string => lowered({ items: [user("a"), call("1", args), result("1")] }).body;

  test.each([
    ['{"a": 1.0, "a": 2}', '"input":{"a": 1.0, "a": 2}}'],
    ['\n{"big":12345678901234567890}\n', '"input":{"big":12345678901234567890}}'],
    ["", '"input":{}}'],
    [" ", '"input":{}}'],
    ["[1]", '"input":{"unparsed_arguments":"[1]"}}'],
    ["null", '"input":{"unparsed_arguments":"null"}}'],
    ['{"a":', '"input":{"unparsed_arguments":"{\\"a\\":"}}'],
    [String.raw`{"a":"\\ud83d \ud83d\uDE42"}`, String.raw`"input":{"a":"\\ud83d \ud83d\uDE42"}}`],
    [String.raw`{"a":"\ud83d \uDE42"}`, String.raw`"input":{"a":"\ufffd \ufffd"}}`],
  ])("arguments %j go as they came, or as %s", (args, expected) => {
    const body = written(args);
    expect(body).toContain(`{"type":"tool_use","id":"1","name":"f",${expected}`);
    expect(JSON.parse(body)).toBeObject();
  });

  test("half a character is made whole, in text and results too", () => {
    const { body } = lowered({ items: [user("a\ud800"), call("1"), result("1", "\udc00 🙂 \\ud800")] });
    expect(body).toContain('"a\\ufffd"');
    expect(body).toContain('"\\ufffd 🙂 \\\\ud800"');
  });

  test("ids are made of letters that every host takes, and different ones stay different", () => {
    const long = "c".repeat(70);
    const ids = ["call_1|fc_2", "call_1/fc_2", long, `${long}x`, "ok-1_A"];
    const items = ids.flatMap((id) => [call(id), result(id, id)]);
    const content = messages([user("a"), ...items]).flatMap((message) => message.content);
    const used = content.flatMap((block) => (block["type"] === "tool_use" ? [block["id"]] : []));
    expect(used).toEqual(["call_1_fc_2", "call_1_fc_2_2", "c".repeat(64), `${"c".repeat(57)}_2`, "ok-1_A"]);
    const answered = content.flatMap((block) => (block["type"] === "tool_result" ? [block["tool_use_id"]] : []));
    expect(answered).toEqual(used);
  });
});

describe("thoughts", () => {
  test.each<[string, Item[], object[]]>([
    [
      "go back as the block that they were",
      [user("a"), signed("t"), assistant("b"), user("c")],
      [U("a"), A(thought("t"), "b"), U("c")],
    ],
    [
      "also those that are not told",
      [
        user("a"),
        think("", { field: "thinking_blocks", details: [{ type: "redacted_thinking", data: "E" }] }),
        call("1"),
        result("1"),
      ],
      [U("a"), A({ type: "redacted_thinking", data: "E" }, use("1")), U(answer("1"))],
    ],
    [
      "stay in their place among calls and words",
      [user("a"), signed("1"), call("1"), signed("2"), assistant("w"), call("2"), result("2", "y"), result("1", "x")],
      [U("a"), A(thought("1"), use("1"), thought("2"), "w", use("2")), U(answer("1", "x"), answer("2", "y"))],
    ],
    [
      "stay in their place when ids had to be changed",
      [
        user("a"),
        call("0"),
        result("0"),
        signed("1"),
        call("0"),
        signed("2"),
        call("0"),
        result("0", "x"),
        result("0", "y"),
      ],
      [
        U("a"),
        A(use("0")),
        U(answer("0")),
        A(thought("1"), use("0_2"), thought("2"), use("0_3")),
        U(answer("0_2", "x"), answer("0_3", "y")),
      ],
    ],
    [
      "stay away when nothing follows",
      [user("a"), assistant("b"), signed("t"), user("c"), signed("u")],
      [U("a"), A("b"), U("c")],
    ],
    [
      "stay away when they were cut before they were signed",
      [user("a"), think("t", { field: "thinking_blocks" }), assistant("b"), user("c")],
      [U("a"), A("b"), U("c")],
    ],
    [
      "of other wires stay away",
      [user("a"), think("t", { field: "reasoning" }), think("u"), assistant("b"), user("c")],
      [U("a"), A("b"), U("c")],
    ],
    [
      "that somebody has tampered with stay away",
      [
        user("a"),
        think("t", { field: "thinking_blocks", details: [{ type: "thinking" }, { type: "text", text: "x" }] }),
        assistant("b"),
        user("c"),
      ],
      [U("a"), A("b"), U("c")],
    ],
  ])("%s", (_, items, expected) => {
    expect(messages(items)).toEqual(expected as Body["messages"]);
  });

  test("of another model stay away, and that is noted", () => {
    const notes: string[] = [];
    const by = (model: string): ReasoningItem => {
      const item = signed(model);
      return { ...item, ...(item.origin && { origin: { ...item.origin, model } }) };
    };
    const { body } = lowered({ items: [user("a"), by("m"), by("other"), assistant("b"), user("c")] }, {}, notes);
    expect((JSON.parse(body) as Body).messages[1]).toEqual(A(thought("m"), "b") as Body["messages"][0]);
    expect(notes).toEqual(["foreign_reasoning: other"]);
  });

  test("stay away from hosts that want none back", () => {
    expect(messages([user("a"), signed("t"), assistant("b"), user("c")], { replay: "never" })[1]).toEqual(
      A("b") as Body["messages"][0],
    );
  });
});

describe("images and files", () => {
  const file = (data: string, filename?: string): Part => ({ type: "file", data, ...(filename && { filename }) });
  const url = (type: string, data = "AA=="): string => `data:${type};base64,${data}`;
  const sent = (part: Part): unknown => messages([user(part)])[0]?.content[0];

  test.each<[string, Part, object]>([
    [
      "an image by its content",
      { type: "image", url: url("image/webp"), detail: "high" },
      { type: "image", source: { type: "base64", media_type: "image/webp", data: "AA==" } },
    ],
    [
      "a JPEG under its wrong name",
      { type: "image", url: url("IMAGE/JPG") },
      { type: "image", source: { type: "base64", media_type: "image/jpeg", data: "AA==" } },
    ],
    [
      "an image by its address",
      { type: "image", url: "https://host/a.png" },
      { type: "image", source: { type: "url", url: "https://host/a.png" } },
    ],
    [
      "a PDF by its content",
      file(url("application/pdf"), "a.pdf"),
      { type: "document", source: { type: "base64", media_type: "application/pdf", data: "AA==" }, title: "a.pdf" },
    ],
    [
      "a PDF by its address",
      { type: "file", url: "https://host/a.pdf?x" },
      { type: "document", source: { type: "url", url: "https://host/a.pdf?x" } },
    ],
    [
      "text, in whatever form",
      file(url("text/x-c;charset=utf-8", "w6Q="), "a.c"),
      { type: "document", source: { type: "text", media_type: "text/plain", data: "ä" }, title: "a.c" },
    ],
    [
      "JSON",
      file(url("application/ld+json", "e30=")),
      { type: "document", source: { type: "text", media_type: "text/plain", data: "{}" } },
    ],
  ])("%s", (_, part, expected) => {
    expect(sent(part)).toEqual(expected);
  });

  test.each<[Part, string]>([
    [{ type: "image", url: url("image/tiff") }, "image/tiff; send PNG"],
    [{ type: "image", url: "data:image/png,AA" }, "`data:…;base64,…`"],
    [file(url("application/zip"), "a.zip"), "application/zip (a.zip); send a PDF"],
    [file(url("text/plain", "/w==")), "text in UTF-8"],
    [file("AA=="), "`data:…;base64,…`"],
    [{ type: "file", url: "https://host/a.docx" }, "https://host/a.docx; send its content as `file_data`"],
    [{ type: "file" }, "send its content as `file_data`"],
  ])("%j is refused: %s", (part, words) => {
    expect(() => sent(part)).toThrow(
      expect.objectContaining({ kind: "unsupported", message: expect.stringContaining(words) }),
    );
  });

  test("how closely an image is to be looked at is told nowhere", () => {
    const of = (detail: "high" | "auto"): string[] => ignored({ items: [user({ ...IMAGE, detail } as Part)] });
    expect(of("high")).toEqual(["input[].content[].detail high: the Messages API has one for all"]);
    expect(of("auto")).toEqual([]);
  });

  test("an address is refused where the host does not fetch", () => {
    expect(() => messages([user({ type: "image", url: "https://host/a.png" })], { image_urls: false })).toThrow(
      "send the image itself as a `data:` URL",
    );
  });
});
