/** A real llama-server, asked by OpenAI's SDK: plain talk is handed on byte for byte, with tools it gets the dialect's care. */
import { expect, test } from "bun:test";
import OpenAI from "openai";
import { Llama } from "../../../support/llama.ts";
import { readChatStream } from "../../../support/chat-events.ts";
import { describeWith } from "../../../support/needs.ts";
import { EXEC } from "./exchange.ts";
import { chatGateway } from "./gateway.ts";

const GREETING = "Hello! This is a tiny model speaking from llama-server.";
const PRESET = { preset: "llama-server" };

const post = (url: string, text: string): Promise<Response> =>
  fetch(`${url}/chat/completions`, { method: "POST", headers: { "content-type": "application/json" }, body: text });

/** What differs from answer to answer. */
const steady = (text: string): string =>
  text
    .replaceAll(/"id":"[^"]*"/g, "")
    .replaceAll(/"created":\d+/g, "")
    .replaceAll(/"timings":\{[^}]*\}/g, "")
    .replaceAll(/"cached_tokens":\d+/g, "");

describeWith("llama-server", "tiny model")("a Chat client on llama-server", () => {
  test("plain talk is the server's own answer, and is counted", async () => {
    await using llama = await Llama.start();
    await using shim = chatGateway(llama.url, PRESET);
    for (const stream of [false, true]) {
      const options = stream ? `,"stream_options":{"include_usage":true}` : "";
      const text = `{"seed":1, "messages":[{"role":"user","content":"[[text]]"}],"stream":${stream}${options},"model":"tiny"}`;
      const direct = await (await post(llama.url, text)).text();
      const through = await (await post(shim.url, text)).text();
      expect(steady(through)).toBe(steady(direct));
      expect(through).toContain(" llama-server.");
    }
    expect(shim.counters.forwarded).toBe(2);
    for (const line of shim.lines) expect(line).toMatch(/completed .* 10 out/);
  });

  test("a loop with tools, streamed, and the thoughts go back", async () => {
    await using llama = await Llama.start();
    await using shim = chatGateway(llama.url, PRESET);
    const client = new OpenAI({ apiKey: "unused", baseURL: shim.url, maxRetries: 0 });
    const messages: OpenAI.ChatCompletionMessageParam[] = [{ role: "user", content: "[[thinktool]]" }];
    const ask = (): Promise<OpenAI.ChatCompletion> =>
      client.chat.completions
        .stream({ model: "tiny", messages, tools: [EXEC as OpenAI.ChatCompletionTool] })
        .finalChatCompletion();
    const first = (await ask()).choices[0];
    expect(first?.finish_reason).toBe("tool_calls");
    const [call] = first?.message.tool_calls ?? [];
    expect(call).toMatchObject({ type: "function", function: { name: "exec_command" } });
    expect(first?.message).toMatchObject({ reasoning_content: expect.stringMatching(/\w/) });
    messages.push(first?.message as never, { role: "tool", tool_call_id: call?.id ?? "", content: "done" });
    const last = (await ask()).choices[0];
    expect(last?.finish_reason).toBe("stop");
    expect(last?.message.content).toContain("nothing is left to do");
    expect(shim.counters.forwarded).toBeUndefined();
  });

  test("parallel calls, text before a call, nothing at all: each stream is right", async () => {
    await using llama = await Llama.start();
    await using shim = chatGateway(llama.url, { ...PRESET, passthrough: "never" });
    for (const [mode, calls] of [
      ["two", 2],
      ["texttool", 1],
      ["tool", 1],
      ["text", 0],
      ["think", 0],
      ["utf8", 0],
      ["empty", 0],
    ]) {
      const messages = [{ role: "user", content: `[[${mode}]]` }];
      const body = { model: "tiny", messages, tools: [EXEC], stream: true, stream_options: { include_usage: true } };
      const read = readChatStream(await (await post(shim.url, JSON.stringify(body))).text(), { usage: true });
      expect([mode, read.problems]).toEqual([mode, []]);
      expect([mode, ((read.message["tool_calls"] ?? []) as object[]).length]).toEqual([mode, calls]);
      expect(read.usage).toMatchObject({ total_tokens: expect.any(Number) });
      if (mode === "text") expect(read.message["content"]).toBe(GREETING);
    }
  });

  test("a prompt that is too long is told so that an agent shortens it", async () => {
    await using llama = await Llama.start("-c", "4096");
    await using shim = chatGateway(llama.url, PRESET);
    const client = new OpenAI({ apiKey: "unused", baseURL: shim.url, maxRetries: 0 });
    const messages = [{ role: "user" as const, content: "word ".repeat(20_000) }];
    for (const tools of [undefined, [EXEC as OpenAI.ChatCompletionTool]]) {
      const error = await client.chat.completions
        .create({ model: "tiny", messages, ...(tools && { tools }) })
        .catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ status: 400, message: expect.stringMatching(/context/) });
      if (tools) expect(error).toMatchObject({ code: "context_length_exceeded" });
    }
  });
});
