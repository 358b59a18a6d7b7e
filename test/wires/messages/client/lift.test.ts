/** From a Messages body to the neutral turn: the history. */
import { describe, expect, test } from "bun:test";
import type Anthropic from "@anthropic-ai/sdk";
import { sealReasoning } from "../../../../src/core/reasoning-tag.ts";
import type { Item } from "../../../../src/core/turn.ts";
import { lift, listed, refusal, text } from "./lifting.ts";

const user = (content: unknown): object => ({ role: "user", content });
const said = (role: "user" | "assistant" | "system", ...parts: string[]): Item => ({
  type: "message",
  role,
  parts: parts.map(text),
});
const PNG = { type: "image", source: { type: "base64", media_type: "image/png", data: "AA==" } };
const CALL = { type: "tool_use", id: "a", name: "f", input: { x: 1 } };
const result = (content: unknown, more: object = {}): object =>
  user([{ type: "tool_result", tool_use_id: "a", content, ...more }]);
const answered = (...parts: string[]): Item => ({ type: "tool_result", call_id: "a", parts: parts.map(text) });

describe("messages", () => {
  const CASES: { name: string; messages: unknown[]; items: Item[] }[] = [
    { name: "a string", messages: [user("hi")], items: [said("user", "hi")] },
    {
      name: "blocks of one message stay one, in order; cache marks are harmless",
      messages: [
        user([{ type: "text", text: "a" }, PNG, { type: "text", text: "b", cache_control: { type: "ephemeral" } }]),
      ],
      items: [
        {
          type: "message",
          role: "user",
          parts: [text("a"), { type: "image", url: "data:image/png;base64,AA==" }, text("b")],
        },
      ],
    },
    {
      name: "roles need not alternate, and what says nothing is left out",
      messages: [
        user("a"),
        user("b"),
        { role: "assistant", content: "" },
        { role: "system", content: [], output_config: { effort: "low" } },
        { role: "assistant", content: [{ type: "text", text: "" }] },
        user(null),
      ],
      items: [said("user", "a"), said("user", "b")],
    },
    {
      name: "a system message within the history, as blocks and later as a string, is the same",
      messages: [
        user("a"),
        { role: "system", content: [{ type: "text", text: "# Env", cache_control: { type: "ephemeral" } }] },
        { role: "system", content: "# Env" },
      ],
      items: [said("user", "a"), said("system", "# Env"), said("system", "# Env")],
    },
    {
      name: "text, calls and their results, which may come in another order",
      messages: [
        user("go"),
        {
          role: "assistant",
          content: [{ type: "text", text: "I look." }, CALL, { ...CALL, id: "b", name: "g", input: {} }],
        },
        user([
          { type: "tool_result", tool_use_id: "b", content: "two" },
          { type: "tool_result", tool_use_id: "a", content: [{ type: "text", text: "one" }] },
          { type: "text", text: "go on" },
        ]),
      ],
      items: [
        said("user", "go"),
        said("assistant", "I look."),
        { type: "tool_call", call_id: "a", name: "f", arguments: '{"x":1}' },
        { type: "tool_call", call_id: "b", name: "g", arguments: "{}" },
        { type: "tool_result", call_id: "b", parts: [text("two")] },
        answered("one"),
        said("user", "go on"),
      ],
    },
    {
      name: "arguments that Claude Code could not read are what the model wrote",
      messages: [
        { role: "assistant", content: [{ ...CALL, input: { __unparsedToolInput: { raw: '{"x": "1', len: 8 } } }] },
      ],
      items: [{ type: "tool_call", call_id: "a", name: "f", arguments: '{"x": "1' }],
    },
    {
      name: "a result with an image and a document",
      messages: [
        result([
          { type: "text", text: "see" },
          PNG,
          { type: "document", source: { type: "base64", media_type: "application/pdf", data: "AA==" }, title: "a.pdf" },
        ]),
      ],
      items: [
        {
          type: "tool_result",
          call_id: "a",
          parts: [
            text("see"),
            { type: "image", url: "data:image/png;base64,AA==" },
            { type: "file", filename: "a.pdf", data: "data:application/pdf;base64,AA==" },
          ],
        },
      ],
    },
    { name: "a result without content", messages: [result(undefined)], items: [answered()] },
    {
      name: "a failed result says so",
      messages: [result("no such file", { is_error: true })],
      items: [answered("The tool reports an error:", "no such file")],
    },
    {
      name: "a failed result that says so itself stays as it is",
      messages: [
        result("<tool_use_error>no</tool_use_error>", { is_error: true }),
        result("Error: no", { is_error: true }),
      ],
      items: [answered("<tool_use_error>no</tool_use_error>"), answered("Error: no")],
    },
    {
      name: "a search for tools tells what it found",
      messages: [result([{ type: "tool_reference", tool_name: "WebFetch" }])],
      items: [answered("The tool `WebFetch` can be called now.")],
    },
    {
      name: "documents of text are text, with their title and context",
      messages: [
        user([
          {
            type: "document",
            source: { type: "text", media_type: "text/plain", data: "words" },
            title: "t",
            context: "c",
          },
          { type: "document", source: { type: "content", content: [{ type: "text", text: "more" }] } },
          { type: "document", source: { type: "url", url: "https://x/a.pdf" } },
          { type: "search_result", title: "T", source: "https://x", content: [{ type: "text", text: "found" }] },
        ]),
      ],
      items: [
        {
          type: "message",
          role: "user",
          parts: [
            text("(About the document that follows: c)"),
            text('<document title="t">'),
            text("words"),
            text("</document>"),
            text("<document>"),
            text("more"),
            text("</document>"),
            { type: "file", url: "https://x/a.pdf" },
            text('<search_result title="T" source="https://x">'),
            text("found"),
            text("</search_result>"),
          ],
        },
      ],
    },
    {
      name: "our thoughts come back, in their place, also where the client was shown nothing",
      messages: [
        {
          role: "assistant",
          content: [
            { type: "thinking", thinking: "", signature: sealReasoning("Hm.", { field: "reasoning", model: "m" }) },
            { type: "text", text: "Yes." },
          ],
        },
      ],
      items: [
        { type: "reasoning", text: "Hm.", origin: { field: "reasoning", model: "m" } },
        said("assistant", "Yes."),
      ],
    },
  ];
  test.each(CASES)("$name", ({ messages, items }) => {
    const turn = lift({ messages: [...messages, user("end")] });
    expect(turn.items).toEqual([...items, said("user", "end")]);
    expect(turn.ignored).toEqual([]);
  });
});

describe("system", () => {
  const LINE = "x-anthropic-billing-header: cc_version=2.1.330.440; cc_entrypoint=sdk-cli;";
  const first = (system: unknown): Item | undefined => lift({ system, messages: [user("hi")] }).items[0];

  test("as a string or as blocks", () => {
    expect(first("Be brief.")).toEqual(said("system", "Be brief."));
    expect(
      first([
        { type: "text", text: "a" },
        { type: "text", text: "b", cache_control: { type: "ephemeral" } },
      ]),
    ).toEqual(said("system", "a", "b"));
    expect(first([])).toEqual(said("user", "hi"));
    expect(first("")).toEqual(said("user", "hi"));
  });

  test("without the line that differs from session to session", () => {
    expect(
      first([
        { type: "text", text: LINE },
        { type: "text", text: "You are." },
      ]),
    ).toEqual(said("system", "You are."));
    expect(first([{ type: "text", text: `About ${LINE}` }])).toEqual(said("system", `About ${LINE}`));
  });
});

describe("what is left out is listed", () => {
  const CASES: [string, object, string[]][] = [
    ["thoughts of another server", { type: "thinking", thinking: "x", signature: "EqQB" }, ["thinking"]],
    ["thoughts without signature", { type: "thinking", thinking: "x", signature: "" }, ["thinking"]],
    ["hidden thoughts", { type: "redacted_thinking", data: "x" }, ["redacted_thinking"]],
    [
      "what another server ran",
      { type: "server_tool_use", id: "s", name: "web_search", input: {} },
      ["server_tool_use"],
    ],
    ["its results", { type: "web_search_tool_result", tool_use_id: "s", content: [] }, ["web_search_tool_result"]],
    ["blocks of the future", { type: "hologram" }, ["hologram"]],
  ];
  test.each(CASES)("%s", (_, block, what) => {
    const turn = lift({ messages: [user("a"), { role: "assistant", content: [block, { type: "text", text: "b" }] }] });
    expect(turn.items).toEqual([said("user", "a"), said("assistant", "b")]);
    expect(turn.ignored.map((each) => each.what)).toEqual(what);
    expect(turn.ignored[0]?.field).toBe("messages[1].content[0]");
  });

  test("citations, and what stands within a result", () => {
    const source = { type: "text", media_type: "text/plain", data: "x" };
    expect(listed({ messages: [user([{ type: "document", source, citations: { enabled: true } }])] })).toEqual([
      "messages[0].content[0].citations: citations",
    ]);
    expect(listed({ messages: [result([{ type: "hologram" }])] })).toEqual([
      "messages[0].content[0].content[0]: hologram",
    ]);
  });
});

describe("what is wrong is refused by its name", () => {
  const CASES: [string, object, string, string][] = [
    ["no messages", { messages: undefined }, "invalid_request", "messages"],
    ["nothing said", { messages: [] }, "invalid_request", "messages"],
    ["only instructions", { system: "x", messages: [{ role: "system", content: "y" }] }, "invalid_request", "messages"],
    ["a role", { messages: [{ role: "robot", content: "x" }] }, "invalid_request", "messages[0].role"],
    ["a text without text", { messages: [user([{ type: "text" }])] }, "invalid_request", "messages[0].content[0].text"],
    [
      "a call without a name",
      { messages: [user([{ type: "tool_use", id: "a" }])] },
      "invalid_request",
      "messages[0].content[0].name",
    ],
    [
      "a stored image",
      { messages: [user([{ type: "image", source: { type: "file", file_id: "f" } }])] },
      "unsupported",
      "messages[0].content[0].source",
    ],
    [
      "an image without data",
      { messages: [user([{ type: "image", source: { type: "base64" } }])] },
      "invalid_request",
      "messages[0].content[0].source.data",
    ],
    ["no model", { model: "", messages: [user("x")] }, "invalid_request", "model"],
  ];
  test.each(CASES)("%s", (_, body, kind, param) => {
    expect(refusal(body)).toMatchObject({ kind, param });
  });
});

/** What Anthropic's SDK lets its users say, we read: held by the compiler and by the lift. */
test("every kind of the SDK's blocks is read or listed", () => {
  const blocks: Anthropic.ContentBlockParam[] = [
    { type: "text", text: "a" },
    { type: "image", source: { type: "url", url: "https://x/a.png" } },
    { type: "document", source: { type: "base64", media_type: "application/pdf", data: "AA==" } },
    { type: "search_result", title: "t", source: "s", content: [{ type: "text", text: "x" }] },
    { type: "tool_result", tool_use_id: "a", content: "x", is_error: false },
    { type: "container_upload", file_id: "f" },
  ];
  const body: Anthropic.MessageCreateParams = {
    model: "m",
    max_tokens: 10,
    system: [{ type: "text", text: "s" }],
    messages: [{ role: "user", content: blocks }],
    stop_sequences: ["END"],
    tool_choice: { type: "auto", disable_parallel_tool_use: true },
    tools: [{ name: "f", input_schema: { type: "object" } }],
    thinking: { type: "adaptive", display: "summarized" },
    output_config: { effort: "high" },
    metadata: { user_id: "u" },
  };
  const turn = lift(body);
  expect(turn.items.map(({ type }) => type)).toEqual(["message", "message", "tool_result"]);
  expect(turn.ignored.map(({ what }) => what)).toEqual(["container_upload"]);
});

test("documents within documents are read four deep, and refused beyond", () => {
  const within = (depth: number): object =>
    depth === 0
      ? { type: "text", text: "x" }
      : { type: "document", source: { type: "content", content: [within(depth - 1)] } };
  const body = (depth: number): object => ({ messages: [{ role: "user", content: [within(depth)] }] });
  const [item] = lift(body(4)).items;
  expect(item).toMatchObject({ type: "message", parts: expect.arrayContaining([text("x")]) as unknown });
  const at = `messages[0].content[0]${".source.content[0]".repeat(5)}`;
  expect(refusal(body(5))).toEqual({
    kind: "invalid_request",
    param: at,
    message: `\`${at}\` is nested too deep; put its content beside what holds it`,
  });
});
