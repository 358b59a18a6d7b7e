/** The real Codex works through the compiled shim on an upstream that only speaks Chat Completions. */
import { expect, test } from "bun:test";
import { itemsOf, told } from "../support/codex.ts";
import { call, reply, say, STYLES, think, type Reply, type Script } from "../support/chat-upstream.ts";
import { describeWith } from "../support/needs.ts";
import { expectPrefixes, messages, setUp, succeeded, toolTexts } from "../support/setting.ts";

const describe = describeWith("shim", "codex");

const PATCH =
  '*** Begin Patch\n*** Update File: hello.txt\n@@\n-hello world\n+good morning\n*** Add File: notes.txt\n+changed "by" a patch\n*** End Patch\n';
const DONE = "The greeting is changed.";

/** Reads a file and runs a command, both at once; then patches two files; then answers. */
const EDIT: Reply[] = [
  reply(
    think("Look at it first."),
    say("Let me look."),
    call("exec_command", { cmd: "cat hello.txt" }),
    call("exec_command", { cmd: "wc -c hello.txt" }),
  ),
  reply(call("apply_patch", { input: PATCH })),
  reply(say(DONE)),
];

describe("Codex on a Chat upstream", () => {
  test.each(Object.entries(STYLES))("edits files; style of the upstream: %s", async (_, style) => {
    await using on = await setUp(EDIT, {}, { style });
    const run = await on.codex.run("change the greeting");
    succeeded(run, DONE);
    on.upstream.check();
    expect(on.codex.file("hello.txt")).toBe("good morning\n");
    expect(on.codex.file("notes.txt")).toBe('changed "by" a patch\n');
    // Both run at once, so that either may end first.
    expect(
      itemsOf(run, "command_execution")
        .map((item) => String(item["aggregated_output"]))
        .toSorted(),
    ).toEqual(["12 hello.txt\n", "hello world\n"]);

    const [first, second, third] = toolTexts(messages(on.upstream, 2));
    expect(first).toContain("hello world");
    expect(second).toContain("12 hello.txt");
    expect(third).toContain("Success");
    const calls = messages(on.upstream, 2).flatMap((message) => message.tool_calls ?? []);
    expect(calls.map((made) => made.function)).toEqual([
      { name: "exec_command", arguments: '{"cmd":"cat hello.txt"}' },
      { name: "exec_command", arguments: '{"cmd":"wc -c hello.txt"}' },
      { name: "apply_patch", arguments: JSON.stringify({ input: PATCH }) },
    ]);
    expectPrefixes(on.upstream);
  });

  test("what it said, thought and called in one turn is one message of the history", async () => {
    await using on = await setUp(EDIT);
    succeeded(await on.codex.run("change the greeting"), DONE);
    const spoken = messages(on.upstream, 1).filter(({ role }) => role === "assistant");
    expect(spoken).toHaveLength(1);
    expect(spoken[0]).toMatchObject({ content: "Let me look.", reasoning_content: "Look at it first." });
    expect(spoken[0]?.tool_calls?.map(({ id }) => id)).toEqual(["call_0_0", "call_0_1"]);
  });

  test("is told what its answers cost", async () => {
    await using on = await setUp(EDIT);
    const run = await on.codex.run("change the greeting");
    expect(run.events.at(-1)).toMatchObject({
      type: "turn.completed",
      usage: { input_tokens: 300, cached_input_tokens: 180, output_tokens: 60, reasoning_output_tokens: 15 },
    });
  });

  test("edits files by heredoc when it has no catalog", async () => {
    const cmd = `apply_patch <<'EOF'\n${PATCH}EOF`;
    const script = [reply(call("exec_command", { cmd })), reply(say(DONE))];
    await using on = await setUp(script, { catalog: false });
    succeeded(await on.codex.run("change the greeting"), DONE);
    on.upstream.check();
    expect(on.codex.file("hello.txt")).toBe("good morning\n");
    // Its own tools, those of its namespaces flattened, and none that a Chat upstream cannot have.
    const names = on.upstream.request(0).body.tools?.map((tool) => tool.function.name);
    expect(names).toContain("exec_command");
    expect(names).not.toContain("web_search");
  });

  test.each(["reasoning_content", "reasoning", "reasoning_details", "think"] as const)(
    "shows reasoning and sends it back: %s",
    async (field) => {
      const script = [
        reply(think("First I look.", field), call("exec_command", { cmd: "true" })),
        reply(think("Then I speak.", field), say("Done.")),
        reply(say("Again.")),
      ];
      await using on = await setUp(script);
      const run = await on.codex.run("go");
      succeeded(run, "Done.");
      succeeded(await on.codex.resume("once more"), "Again.");
      on.upstream.check();
      expect(itemsOf(run, "reasoning").map((item) => String(item["text"]).trim())).toEqual([
        "First I look.",
        "Then I speak.",
      ]);
      const [first, second] = messages(on.upstream, 2).filter(({ role }) => role === "assistant");
      expect(first?.tool_calls).toHaveLength(1);
      if (field === "think") {
        expect(first?.content).toContain("<think>\nFirst I look.\n</think>");
        expect(second?.content).toMatch(/^<think>\nThen I speak\.\n<\/think>\s+Done\.$/);
      } else {
        const told = (text: string): unknown => (field === "reasoning_details" ? [{ text }] : text);
        expect(first).toMatchObject({ [field]: told("First I look.") });
        expect(second).toMatchObject({ [field]: told("Then I speak."), content: "Done." });
      }
      expectPrefixes(on.upstream);
    },
  );

  test("goes on with a thread: the history is whole and unchanged", async () => {
    await using on = await setUp([
      ...EDIT,
      reply(call("exec_command", { cmd: "cat notes.txt" })),
      reply(say("It says so.")),
    ]);
    succeeded(await on.codex.run("change the greeting"), DONE);
    succeeded(await on.codex.resume("what do the notes say?"), "It says so.");
    on.upstream.check();
    expectPrefixes(on.upstream);
    expect(messages(on.upstream, 4).map(({ role }) => role)).toEqual([
      "system",
      "user",
      "assistant",
      "tool",
      "tool",
      "assistant",
      "tool",
      "assistant",
      "user",
      "assistant",
      "tool",
    ]);
    expect(toolTexts(messages(on.upstream, 4)).at(-1)).toContain('changed "by" a patch');
  });

  test.each(["tiny", "a_server_whose_name_is_so_long_that_no_function_could_carry_it"])(
    "runs an MCP tool, known upstream by a flat name: %s",
    async (name) => {
      const script: Script = [
        ({ tools }) => {
          const echo = tools?.find((tool) => tool.function.description?.includes("Says the text again."));
          return reply(call(echo?.function.name ?? "not offered", { text: "good news" }));
        },
        reply(say("It came back.")),
      ];
      await using on = await setUp(script, {
        mcp: { name, script: new URL("../support/mcp-server.ts", import.meta.url).pathname },
      });
      const run = await on.codex.run("echo the news");
      succeeded(run, "It came back.");
      on.upstream.check();
      expect(on.codex.echoed()).toBe("good news\n");
      expect(itemsOf(run, "mcp_tool_call")).toMatchObject([{ server: name, tool: "echo" }]);
      expect(toolTexts(messages(on.upstream, 1))[0]).toContain("echo: good news");
      const flat = messages(on.upstream, 1).flatMap((message) => message.tool_calls ?? [])[0]?.function.name;
      if (name === "tiny") expect(flat).toBe("mcp__tiny__echo");
    },
  );

  test("the image a user shows arrives, and the schema he asks for", async () => {
    const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    const schema = {
      type: "object",
      properties: { colour: { type: "string" } },
      required: ["colour"],
      additionalProperties: false,
    };
    await using on = await setUp([reply(say('{"colour":"blue"}'))], {
      files: { "schema.json": JSON.stringify(schema) },
    });
    await Bun.write(`${on.codex.dir}/dot.png`, Buffer.from(png, "base64"));
    succeeded(
      await on.codex.run("which colour?", "--output-schema", "schema.json", "--image", "dot.png", "--"),
      '{"colour":"blue"}',
    );
    on.upstream.check();
    const { body } = on.upstream.request(0);
    expect(JSON.stringify(body.messages)).toContain('"image_url":{"url":"data:image/png;base64,');
    expect(body["response_format"]).toMatchObject({ type: "json_schema", json_schema: { schema } });
  });
});

describe("Codex when the Chat upstream fails", () => {
  const cut = (broken: NonNullable<Reply["broken"]>): Reply => ({
    steps: [say("I write."), call("exec_command", { cmd: "touch made.txt" })],
    broken,
  });

  test.each(["eof", "error-frame", "reset"] as const)(
    "never runs a call that did not arrive whole: %s",
    async (broken) => {
      await using on = await setUp([cut(broken)]);
      const run = await on.codex.run("make a file");
      expect(run.exit_code).not.toBe(0);
      expect(on.codex.file("made.txt")).toBeUndefined();
      expect(itemsOf(run, "command_execution")).toEqual([]);
      if (broken === "error-frame") expect(told(run)).toContain("the scripted model broke");
      on.upstream.check();
    },
  );

  test.each(["eof", "error-frame", "reset"] as const)("asks again and finishes: %s", async (broken) => {
    await using on = await setUp(
      [cut(broken), reply(call("exec_command", { cmd: "touch made.txt" })), reply(say("Made."))],
      { stream_retries: 1 },
    );
    succeeded(await on.codex.run("make a file"), "Made.");
    on.upstream.check();
    expect(on.codex.file("made.txt")).toBe("");
  });

  test("an answer that the length limit cut runs nothing, and says why", async () => {
    await using on = await setUp([
      { steps: [say("I write."), call("exec_command", { cmd: "touch made.txt" })], finish: "length" },
    ]);
    const run = await on.codex.run("make a file");
    expect(told(run)).toContain("max_output_tokens");
    expect(on.codex.file("made.txt")).toBeUndefined();
  });

  test("an error of the upstream is told in its own words, once", async () => {
    const words = "This model's maximum context length is 4096 tokens. However, your messages resulted in 9000 tokens.";
    await using on = await setUp(
      [
        {
          status: 400,
          body: { error: { message: words, type: "invalid_request_error", code: "context_length_exceeded" } },
        },
      ],
      { stream_retries: 5 },
    );
    const run = await on.codex.run("read everything");
    expect(run.exit_code).not.toBe(0);
    expect(told(run)).toContain("ran out of room");
    expect(on.upstream.requests).toHaveLength(1);
  });

  test("a wrong key is told at once, not tried five times", async () => {
    await using on = await setUp(
      [
        {
          status: 401,
          body: {
            error: { message: "Incorrect API key provided.", type: "invalid_request_error", code: "invalid_api_key" },
          },
        },
      ],
      { stream_retries: 5 },
    );
    const run = await on.codex.run("hello");
    expect(told(run)).toContain("Incorrect API key provided.");
    expect(on.upstream.requests).toHaveLength(1);
  });
});
