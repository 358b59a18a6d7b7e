/** What a host would fetch, or run with others, and what becomes of it where nothing may leave the network. */
import { describe, expect, test } from "bun:test";
import { withoutFetches } from "../../src/core/fetched-parts.ts";
import { withoutHostTools } from "../../src/core/host-run-tools.ts";
import { growth, MOST_GROWTH } from "../support/growth.ts";

const fetches = (body: object) => withoutFetches(JSON.stringify(body), body);
const LINE = /^\[An? (?:image|file|video|audio) was left out: .*local_only.*\]$/;

describe("parts that a host would fetch", () => {
  const URL = "https://evil.example/x.png?q=secret";
  test.each<[what: string, body: object, field: string]>([
    [
      "Chat's image",
      { messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: URL } }] }] },
      "messages[0].content[0]",
    ],
    [
      "its other form",
      { messages: [{ role: "user", content: [{ type: "image_url", image_url: URL }] }] },
      "messages[0].content[0]",
    ],
    [
      "a video",
      { messages: [{ role: "user", content: [{ type: "video_url", video_url: { url: URL } }] }] },
      "messages[0].content[0]",
    ],
    [
      "sound",
      { messages: [{ role: "user", content: [{ type: "input_audio", input_audio: { data: URL } }] }] },
      "messages[0].content[0]",
    ],
    [
      "a file",
      { messages: [{ role: "user", content: [{ type: "file", file: { file_data: URL } }] }] },
      "messages[0].content[0]",
    ],
    [
      "a tool's picture",
      { messages: [{ role: "tool", content: [{ type: "image_url", image_url: { url: URL } }] }] },
      "messages[0].content[0]",
    ],
    [
      "one of a name nobody knows",
      { messages: [{ role: "user", content: [{ type: "hologram", at: URL }] }] },
      "messages[0].content[0]",
    ],
    ["one without a type", { messages: [{ role: "user", content: [{ image: URL }] }] }, "messages[0].content[0]"],
    [
      "Messages' image",
      { messages: [{ role: "user", content: [{ type: "image", source: { type: "url", url: URL } }] }] },
      "messages[0].content[0]",
    ],
    [
      "Messages' document",
      { messages: [{ role: "user", content: [{ type: "document", source: { type: "url", url: URL } }] }] },
      "messages[0].content[0]",
    ],
    [
      "an image within a document",
      {
        messages: [
          {
            role: "user",
            content: [
              {
                type: "document",
                source: { type: "content", content: [{ type: "image", source: { type: "url", url: URL } }] },
              },
            ],
          },
        ],
      },
      "messages[0].content[0].source.content[0]",
    ],
    [
      "one within a tool's result",
      {
        messages: [
          {
            role: "user",
            content: [
              {
                type: "tool_result",
                tool_use_id: "t",
                content: [{ type: "image", source: { type: "url", url: URL } }],
              },
            ],
          },
        ],
      },
      "messages[0].content[0].content[0]",
    ],
    ["one of the system's", { system: [{ type: "image", source: { type: "url", url: URL } }] }, "system[0]"],
    [
      "Responses' image",
      { input: [{ role: "user", content: [{ type: "input_image", image_url: URL }] }] },
      "input[0].content[0]",
    ],
    [
      "Responses' file",
      { input: [{ role: "user", content: [{ type: "input_file", file_url: URL }] }] },
      "input[0].content[0]",
    ],
    [
      "of a call's output",
      { input: [{ type: "function_call_output", call_id: "c", output: [{ type: "input_image", image_url: URL }] }] },
      "input[0].output[0]",
    ],
    [
      "a screenshot",
      {
        input: [
          { type: "computer_call_output", call_id: "c", output: { type: "computer_screenshot", image_url: URL } },
        ],
      },
      "input[0].output",
    ],
    ["what is to be embedded", { input: [{ image: URL }] }, "input[0]"],
    [
      "beside a message's content",
      { messages: [{ role: "user", content: "see", images: [URL] }] },
      "messages[0].images",
    ],
  ])("%s", (_, body, field) => {
    const found = fetches(body);
    expect(found?.ignored.map((each) => each.field)).toEqual([field]);
    expect(found?.text).not.toContain("evil.example");
    expect(JSON.parse(found?.text ?? "")).toBeObject();
    expect(fetches(JSON.parse(found?.text ?? "") as object)).toBeUndefined();
  });

  test.each([
    "http://a/b",
    " \n\thttps://a/b",
    "ht\ntps://a/b",
    "HTTPS://a",
    "//a.example/b",
    "ftp://a",
    "file:///etc/passwd",
    "file:/etc/passwd",
    "s3://bucket/key",
    "ms://file",
    "gopher://a",
    "https:a.example",
  ])("whatever the address looks like: %j", (url) =>
    expect(
      fetches({ messages: [{ role: "user", content: [{ type: "image_url", image_url: { url } }] }] }),
    ).toBeDefined(),
  );

  test.each<[string, object]>([
    [
      "content of one's own",
      {
        messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "data:image/png;base64,AA" } }] }],
      },
    ],
    [
      "words",
      {
        messages: [
          {
            role: "user",
            content: [
              { type: "text", text: URL },
              { type: "input_text", text: URL },
            ],
          },
          { role: "user", content: `![x](${URL})` },
        ],
      },
    ],
    [
      "a call's arguments",
      {
        messages: [{ role: "assistant", content: [{ type: "tool_use", id: "t", name: "fetch", input: { url: URL } }] }],
      },
    ],
    [
      "Chat's calls",
      {
        messages: [
          {
            role: "assistant",
            content: null,
            tool_calls: [{ id: "c", type: "function", function: { name: "f", arguments: `{"url":"${URL}"}` } }],
          },
        ],
      },
    ],
    [
      "Responses' calls",
      {
        input: [
          { type: "function_call", call_id: "c", name: "f", arguments: `{"url":"${URL}"}` },
          { type: "function_call_output", call_id: "c", output: URL },
        ],
      },
    ],
    [
      "what a search found",
      {
        messages: [
          { role: "user", content: [{ type: "search_result", source: URL, content: [{ type: "text", text: "x" }] }] },
        ],
      },
    ],
    [
      "a search's items",
      {
        input: [
          { type: "web_search_call", action: { type: "open_page", url: URL } },
          { type: "mcp_list_tools", server_label: "a", server_url: URL },
        ],
      },
    ],
    [
      "citations",
      {
        input: [
          {
            role: "assistant",
            content: [{ type: "output_text", text: "x", annotations: [{ type: "url_citation", url: URL }] }],
          },
        ],
      },
    ],
    ["thoughts", { messages: [{ role: "assistant", content: [{ type: "thinking", thinking: URL, signature: URL }] }] }],
    ["a prompt", { prompt: URL }],
    ["prompts", { prompt: [URL], input: [URL] }],
    ["nothing", {}],
  ])("%s stays", (_, body) => expect(fetches(body)).toBeUndefined());

  test("the line stands where the part was, in the words of its wire, and all else keeps its bytes", () => {
    const text =
      '{ "seed":12345678901234567890,"messages":[ {"role":"user","content":[{"type":"text","text":"a\\u00e9"} , {"type":"image_url","image_url":{"url":"https://a"}},{"type":"text","text":"b"}]}],"n":1.0}';
    const found = withoutFetches(text, JSON.parse(text));
    const line = (JSON.parse(found?.text ?? "") as { messages: { content: { type: string; text: string }[] }[] })
      .messages[0]?.content[1];
    expect(line).toEqual({ type: "text", text: expect.stringMatching(LINE) });
    expect(found?.text).toBe(
      text.replace('{"type":"image_url","image_url":{"url":"https://a"}}', JSON.stringify(line)),
    );
    const responses = fetches({
      input: [{ role: "user", content: [{ type: "input_image", image_url: "https://a" }] }],
    });
    expect(responses?.text).toContain('[{"type":"input_text","text":"[An image was left out');
    const spoken = fetches({
      input: [{ role: "assistant", content: [{ type: "input_image", image_url: "https://a" }] }],
    });
    expect(spoken?.text).toContain('"output_text"');
  });

  test("many of them, deep or not, cost what the text costs", () => {
    const part = { type: "image_url", image_url: { url: "https://a" } };
    const flat = (n: number) => ({
      messages: Array.from({ length: n }, () => ({ role: "user", content: [part, part] })),
    });
    const nested = (n: number) => {
      let inner: object = part;
      for (let i = 0; i < n; i++) inner = { type: "tool_result", content: [inner, { type: "text", text: "x" }] };
      return { messages: [{ role: "user", content: [inner] }] };
    };
    for (const [shape, n] of [
      [flat, 500],
      [nested, 100],
    ] as const) {
      const run = (n: number) => {
        const body = shape(n);
        const text = JSON.stringify(body);
        return () => expect(withoutFetches(text, body)).toBeDefined();
      };
      expect(growth(run, n)).toBeLessThan(MOST_GROWTH);
    }
  });
});

describe("tools that a host would run", () => {
  const tools = (body: object): { left: unknown; ignored: string[] } => {
    const text = JSON.stringify(body);
    const found = withoutHostTools(text, body);
    return { left: JSON.parse(found.text), ignored: found.ignored.map(({ field }) => field) };
  };
  const F = { type: "function", name: "f", parameters: {} };

  test.each<[body: object, left: object, ignored: string[]]>([
    [{ tools: [{ type: "web_search" }] }, { tools: [] }, ["tools[0]"]],
    [
      { tools: [F, { type: "mcp", server_label: "a", server_url: "https://evil.example" }, F] },
      { tools: [F, F] },
      ["tools[1]"],
    ],
    [
      {
        tools: [
          { name: "a", input_schema: {} },
          { type: "web_search_20250305", name: "web_search" },
        ],
      },
      { tools: [{ name: "a", input_schema: {} }] },
      ["tools[1]"],
    ],
    [
      { tools: [{ type: "web_fetch_20250910", name: "web_fetch" }], tool_choice: { type: "auto" } },
      { tools: [] },
      ["tools[0]"],
    ],
    [{ tools: [F, { type: "web_search" }], tool_choice: { type: "web_search" } }, { tools: [F] }, ["tools[1]"]],
    [{ tools: [F, { type: "web_search" }], tool_choice: "auto" }, { tools: [F], tool_choice: "auto" }, ["tools[1]"]],
    [
      { tools: [F, { type: "mcp" }], tool_choice: { type: "allowed_tools", tools: [{ type: "mcp" }] } },
      { tools: [F] },
      ["tools[1]"],
    ],
    [
      { web_search_options: {}, plugins: [{ id: "web" }], messages: [] },
      { messages: [] },
      ["web_search_options", "plugins"],
    ],
    [{ mcp_servers: [{ type: "url", url: "https://evil.example" }] }, {}, ["mcp_servers"]],
    [
      { input: [{ type: "additional_tools", tools: [F, { type: "mcp" }] }] },
      { input: [{ type: "additional_tools", tools: [F] }] },
      ["input[0].tools[1]"],
    ],
    [
      { tools: [{ type: "shell" }, { type: "shell", environment: { type: "local" } }] },
      { tools: [{ type: "shell", environment: { type: "local" } }] },
      ["tools[0]"],
    ],
    [
      { tools: [{ type: 7 }, { type: "code_interpreter", container: { type: "auto" } }] },
      { tools: [] },
      ["tools[0]", "tools[1]"],
    ],
  ])("%j", (body, left, ignored) => expect(tools(body)).toEqual({ left, ignored }));

  test.each(
    "function custom namespace local_shell apply_patch bash_20250124 text_editor_20250728 memory_20250818 computer_20250124 computer_use_preview tool_search tool_search_tool_regex_20251119".split(
      " ",
    ),
  )("%s is the client's", (type) => {
    const body = { tools: [{ type, name: "a" }], tool_choice: { type } };
    expect(tools(body)).toEqual({ left: body, ignored: [] });
  });

  test("a text without any keeps every byte", () => {
    const text = '{ "tools":[ {"type":"function" , "n":1.0} ],"web_search_options":null,"plugins":[] }';
    expect(withoutHostTools(text, JSON.parse(text))).toEqual({ text, ignored: [] });
  });
});
