/** The real Claude Code works through the compiled shim on an upstream that only speaks Chat Completions. */
import { expect, test } from "bun:test";
import {
  call,
  reply,
  say,
  STYLES,
  think,
  type ChatMessage,
  type ChatUpstream,
  type Reply,
  type Script,
} from "../support/chat-upstream.ts";
import { setUp, setUpOpen, succeeded } from "../support/claude-setting.ts";
import { describeWith } from "../support/needs.ts";
import { expectPrefixes, messages, toolTexts } from "../support/setting.ts";
import { threadOf } from "../../src/wires/messages/client/thread.ts";

const describe = describeWith("shim", "claude");
const DONE = "The greeting is changed.";

/** Reads a file and runs a command, both at once; then edits; then answers. */
const EDIT: Reply[] = [
  reply(
    think("Look at it first."),
    say("Let me look."),
    call("Read", { file_path: "hello.txt" }),
    call("Bash", { command: "wc -c hello.txt", description: "Counts characters" }),
  ),
  reply(call("Edit", { file_path: "hello.txt", old_string: "hello world", new_string: "good morning" })),
  reply(say(DONE)),
];

const assistant = (all: readonly ChatMessage[]): ChatMessage[] => all.filter(({ role }) => role === "assistant");
const toolNames = (upstream: ChatUpstream, n: number): string[] =>
  upstream.request(n).body.tools?.map((tool) => tool.function.name) ?? [];

describe("Claude Code on a Chat upstream", () => {
  test.each(Object.entries(STYLES))("edits files; style of the upstream: %s", async (_, style) => {
    await using on = await setUp(EDIT, {}, { style });
    succeeded(await on.claude.run("change the greeting"), DONE);
    on.upstream.check();
    expect(on.claude.file("hello.txt")).toBe("good morning\n");
    const texts = toolTexts(messages(on.upstream, 2)).join("\n");
    expect(texts).toContain("hello world");
    expect(texts).toContain("12 hello.txt");
    const calls = messages(on.upstream, 2).flatMap((message) => message.tool_calls ?? []);
    expect(calls.map((made) => made.function.name)).toEqual(["Read", "Bash", "Edit"]);
    expectPrefixes(on.upstream);
  });

  test("goes on with a session: the history is whole and unchanged, thoughts are in their place", async () => {
    await using on = await setUp([...EDIT, reply(think("Again."), say("It says so."))]);
    succeeded(await on.claude.run("change the greeting"), DONE);
    succeeded(await on.claude.resume("what does it say?"), "It says so.");
    on.upstream.check();
    expectPrefixes(on.upstream);
    const [first] = assistant(messages(on.upstream, 3));
    expect(first).toMatchObject({ content: "Let me look.", reasoning_content: "Look at it first." });
    expect(first?.tool_calls?.map(({ id }) => id)).toEqual(["call_0_0", "call_0_1"]);
  });

  test("begins every session with the same text", async () => {
    await using on = await setUpOpen([reply(say("Yes.")), reply(say("Yes."))]);
    for (const prompt of ["first", "second and other"]) succeeded(await on.claude.run(prompt), "Yes.");
    const [first, second] = on.app.bodies.map(({ system }) => JSON.stringify(system));
    expect(first).toContain("x-anthropic-billing-header");
    expect(first).not.toBe(second as string);
    const heads = [0, 1].map((n) => JSON.stringify(messages(on.upstream, n)[0]));
    expect(heads[0]).not.toContain("x-anthropic-billing-header");
    expect(heads[0]).toBe(heads[1] as string);
  });

  test("asks for nothing that could not be carried over, and nobody but its model", async () => {
    await using on = await setUpOpen(EDIT);
    succeeded(await on.claude.run("change the greeting"), DONE);
    expect([on.app.ignored, on.app.notes, on.app.others]).toEqual([[], [], []]);
  });

  test("is told what its answers cost, by which it knows when to sum up", async () => {
    await using on = await setUp(EDIT);
    const { result } = await on.claude.run("change the greeting");
    expect(result["usage"]).toMatchObject({ input_tokens: 120, cache_read_input_tokens: 180, output_tokens: 60 });
  });

  test("finds tools whose loading is put off, and calls them: an MCP server's", async () => {
    const script: Script = [
      reply(call("ToolSearch", { query: "select:mcp__tiny__echo" })),
      reply(call("mcp__tiny__echo", { text: "good news" })),
      reply(say("It came back.")),
    ];
    const mcp = { name: "tiny", script: new URL("../support/mcp-server.ts", import.meta.url).pathname };
    await using on = await setUp(script, { mcp });
    succeeded(await on.claude.run("echo the news"), "It came back.");
    on.upstream.check();
    expect(toolNames(on.upstream, 0)).not.toContain("DeferredToolPlaceholder");
    expect(toolNames(on.upstream, 1)).toContain("mcp__tiny__echo");
    expect(toolTexts(messages(on.upstream, 1))[0]).toContain("The tool `mcp__tiny__echo` can be called now.");
    expect(on.claude.echoed()).toBe("good news\n");
    expect(toolTexts(messages(on.upstream, 2))[1]).toContain("echo: good news");
  });

  test("searches the web by a request of its own, which the model answers in words", async () => {
    const script: Script = [
      reply(call("ToolSearch", { query: "select:WebSearch" })),
      reply(call("WebSearch", { query: "good news" })),
      reply(say("I know of none.")),
      reply(say("No news.")),
    ];
    await using on = await setUpOpen(script, { tools: ["WebSearch"] });
    succeeded(await on.claude.run("search"), "No news.");
    on.upstream.check();
    expect(toolNames(on.upstream, 2)).toEqual([]);
    expect(on.app.ignored.map(({ what }) => what)).toEqual(["web_search_20250305"]);
    expect(toolTexts(messages(on.upstream, 3))[1]).toContain("I know of none.");
  });

  test("lets another agent look, which is a thread of its own", async () => {
    const script: Script = [
      reply(
        call("Agent", {
          description: "look",
          prompt: "look around",
          subagent_type: "Explore",
          run_in_background: false,
        }),
      ),
      reply(say("Nothing here.")),
      reply(say("Done.")),
    ];
    await using on = await setUpOpen(script);
    succeeded(await on.claude.run("go"), "Done.");
    on.upstream.check();
    const [main, other, again] = on.app.bodies.map(threadOf);
    expect(again).toBe(main as string);
    expect(other).not.toBe(main as string);
    expect(main?.slice(0, 36)).toBe(on.app.headers[0]?.get("x-claude-code-session-id") as string);
    expect(other?.slice(0, 36)).toBe(main?.slice(0, 36) as string);
  });

  test("sees the image that a tool brings", async () => {
    const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    await using on = await setUp([reply(call("Read", { file_path: "dot.png" })), reply(say("A dot."))]);
    await Bun.write(`${on.claude.dir}/dot.png`, Buffer.from(png, "base64"));
    succeeded(await on.claude.run("look at dot.png"), "A dot.");
    on.upstream.check();
    expect(JSON.stringify(messages(on.upstream, 1))).toContain('"image_url":{"url":"data:image/');
  });

  test("answers in the form that its user asks for", async () => {
    const schema = { type: "object", properties: { colour: { type: "string" } }, required: ["colour"] };
    await using on = await setUp([reply(call("StructuredOutput", { colour: "blue" })), reply(say("Done."))]);
    const run = await on.claude.run("which colour?", "--json-schema", JSON.stringify(schema));
    expect(run.result["structured_output"]).toEqual({ colour: "blue" });
  });

  test("hears of arguments that no tool takes, and goes on", async () => {
    await using on = await setUpOpen([
      reply(call("Bash", '{"command": "echo hi')),
      reply(call("Bash", { command: "echo ok", timeout: "5000" })),
      reply(say("Done.")),
    ]);
    succeeded(await on.claude.run("go"), "Done.");
    on.upstream.check();
    const [first, second] = toolTexts(messages(on.upstream, 2));
    expect(first).toContain("InputValidationError");
    expect(second).toContain("ok");
    expect(on.app.notes).toEqual(["arguments_invalid: Bash", "arguments_coerced: Bash"]);
    expectPrefixes(on.upstream);
  });

  test("asks for the effort that its user chose", async () => {
    await using on = await setUp([reply(say("Yes."))]);
    succeeded(await on.claude.run("go", "--effort", "low"), "Yes.");
    expect(on.upstream.request(0).body["reasoning_effort"]).toBe("low");
  });
});
