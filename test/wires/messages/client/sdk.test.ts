/** Anthropic's own SDK, which checks what it accumulates, against the wire in a small server. */
import { describe, expect, test } from "bun:test";
import Anthropic, { APIError, AuthenticationError, BadRequestError, RateLimitError } from "@anthropic-ai/sdk";
import {
  call,
  ChatUpstream,
  hang,
  refuse,
  reply,
  say,
  think,
  wait,
  type Script,
} from "../../../support/chat-upstream.ts";
import { MessagesApp } from "../../../support/messages-app.ts";
import { until } from "../../../support/patience.ts";

const MODEL = "claude-opus-5-5";
const EXEC: Anthropic.Tool = {
  name: "exec_command",
  input_schema: { type: "object", properties: { cmd: { type: "string" } }, required: ["cmd"] },
};
const ASK = { model: MODEL, max_tokens: 1000, messages: [{ role: "user" as const, content: "hi" }] };

async function setUp(script: Script) {
  const upstream = new ChatUpstream(script);
  const app = new MessagesApp({ upstream: upstream.url, heartbeat_ms: 10 });
  return {
    upstream,
    app,
    client: new Anthropic({ apiKey: "unused", baseURL: app.url, maxRetries: 0 }),
    async [Symbol.asyncDispose]() {
      await app[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
    },
  };
}

describe("the Anthropic SDK", () => {
  test("messages.create", async () => {
    await using on = await setUp([reply(say("Hello"), say(" you"))]);
    const message = await on.client.messages.create({ ...ASK, system: "Be brief.", stop_sequences: ["END"] });
    on.upstream.check();
    expect(message).toMatchObject({
      model: MODEL,
      content: [{ type: "text", text: "Hello you" }],
      stop_reason: "end_turn",
      usage: { input_tokens: 40, cache_read_input_tokens: 60, output_tokens: 20 },
    });
    expect(on.upstream.request(0).body).toMatchObject({
      max_tokens: 1000,
      stop: ["END"],
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "hi" },
      ],
    });
  });

  test("messages.stream accumulates thoughts, text and calls, through pings", async () => {
    await using on = await setUp([
      reply(
        think("Hm."),
        wait(50),
        say("I look."),
        call("exec_command", { cmd: "ls" }),
        call("exec_command", { cmd: "pwd" }),
      ),
    ]);
    const stream = on.client.messages.stream({ ...ASK, tools: [EXEC], thinking: { type: "adaptive" } });
    const inputs: unknown[] = [];
    const said: string[] = [];
    stream.on("inputJson", (_, snapshot) => void inputs.push(snapshot));
    stream.on("text", (delta) => void said.push(delta));
    stream.on("thinking", (delta) => void said.push(delta));
    const message = await stream.finalMessage();
    on.upstream.check();
    expect(message).toMatchObject({
      content: [
        { type: "thinking", thinking: "Hm.", signature: expect.stringContaining("juscode1:") },
        { type: "text", text: "I look." },
        { type: "tool_use", name: "exec_command", input: { cmd: "ls" } },
        { type: "tool_use", name: "exec_command", input: { cmd: "pwd" } },
      ],
      stop_reason: "tool_use",
      usage: { input_tokens: 40, cache_read_input_tokens: 60, output_tokens: 20 },
    });
    expect(said.join("")).toBe("Hm.I look.");
    expect(inputs.at(-1)).toEqual({ cmd: "pwd" });
  });

  test("a stream and a body say the same", async () => {
    const answer = reply(think("Hm."), say("I look."), call("exec_command", { cmd: "ls" }, "call_a"));
    await using on = await setUp([answer, answer]);
    const ask = { ...ASK, tools: [EXEC], thinking: { type: "adaptive" as const } };
    const streamed = await on.client.messages.stream(ask).finalMessage();
    const whole = await on.client.messages.create(ask);
    const { id: _, ...told } = JSON.parse(JSON.stringify(whole)) as Record<string, unknown>;
    expect(JSON.parse(JSON.stringify(streamed))).toMatchObject(told);
  });

  test("a tool loop: what came out goes in again", async () => {
    await using on = await setUp([
      reply(think("Hm."), call("exec_command", { cmd: "ls" }, "call_a")),
      reply(say("One file.")),
    ]);
    const common = { ...ASK, tools: [EXEC], thinking: { type: "adaptive" as const } };
    const first = await on.client.messages.create({ ...common, tool_choice: { type: "any" } });
    const results = first.content.flatMap((block) =>
      block.type === "tool_use" ? [{ type: "tool_result" as const, tool_use_id: block.id, content: "a.txt" }] : [],
    );
    await on.client.messages.create({
      ...common,
      messages: [...ASK.messages, { role: "assistant", content: first.content }, { role: "user", content: results }],
    });
    on.upstream.check();
    expect(on.upstream.request(0).body["tool_choice"]).toBe("required");
    expect(on.upstream.request(1).body.messages).toEqual([
      { role: "user", content: "hi" },
      {
        role: "assistant",
        content: null,
        reasoning_content: "Hm.",
        tool_calls: [{ id: "call_a", type: "function", function: { name: "exec_command", arguments: '{"cmd":"ls"}' } }],
      },
      { role: "tool", tool_call_id: "call_a", content: "a.txt" },
    ]);
  });

  test("calls whose arguments are broken do not break its reader", async () => {
    await using on = await setUp([reply(call("exec_command", '{"cmd": "ls'))]);
    const message = await on.client.messages.stream({ ...ASK, tools: [EXEC] }).finalMessage();
    expect(message.content).toMatchObject([{ type: "tool_use", input: { unparsed_arguments: '{"cmd": "ls' } }]);
  });

  test.each([true, false])("errors have its classes; streamed: %s", async (stream) => {
    const long = "This model's maximum context length is 8192 tokens. However, your request has 9000 input tokens.";
    await using on = await setUp([refuse(400, long), refuse(429, "slow down"), refuse(401, "bad key")]);
    const ask = async (): Promise<unknown> => {
      try {
        if (stream) await on.client.messages.stream(ASK).finalMessage();
        else await on.client.messages.create(ASK);
      } catch (error) {
        return error;
      }
      throw new Error("did not fail");
    };
    const full = await ask();
    expect(full).toBeInstanceOf(BadRequestError);
    expect((full as Error).message).toContain("prompt is too long: 9000 tokens > 8192 maximum");
    expect(await ask()).toBeInstanceOf(RateLimitError);
    expect(await ask()).toBeInstanceOf(AuthenticationError);
  });

  test("an error within a stream", async () => {
    await using on = await setUp([{ steps: [say("Hel")], broken: "error-frame" }]);
    const failed = on.client.messages.stream(ASK).finalMessage();
    expect(
      await failed.then(
        () => undefined,
        (error: unknown) => error,
      ),
    ).toBeInstanceOf(APIError);
  });

  test("leaving a stream stops the upstream", async () => {
    await using on = await setUp([reply(say("Hello"), hang())]);
    for await (const event of await on.client.messages.create({ ...ASK, stream: true }))
      if (event.type === "content_block_delta") break;
    await until("it is left", () => on.upstream.request(0).aborted_ms !== undefined);
  });

  test("countTokens", async () => {
    await using on = await setUp([]);
    const { input_tokens } = await on.client.messages.countTokens({ model: MODEL, messages: ASK.messages, tools: [] });
    expect(input_tokens).toBeGreaterThan(0);
  });
});
