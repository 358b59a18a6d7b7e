/** Hosts that answer in another form than the one asked for: the official SDKs read what the model said all the same. */
import { expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import type { WireName } from "../../src/core/provider.ts";
import { foundAt, serving, until } from "./serving.ts";

const JSON_TYPE = { "content-type": "application/json" };
const SSE_TYPE = { "content-type": "text/event-stream" };

/** A host that gives every request this answer, and the shim before it. */
async function host(wire: WireName, body: string, headers: Record<string, string>, status = 200) {
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response(body, { status, headers }) });
  const on = await serving(async () => [
    foundAt(`http://127.0.0.1:${server.port}/v1`, [], "native", {
      wires: [wire],
      passthrough: "always",
      request_max_retries: 0,
    }),
  ]);
  return {
    on,
    openai: new OpenAI({ apiKey: "unused", baseURL: on.url, maxRetries: 0 }),
    anthropic: new Anthropic({ apiKey: "unused", baseURL: on.url.slice(0, -3), maxRetries: 0 }),
    async [Symbol.asyncDispose]() {
      await on[Symbol.asyncDispose]();
      await server.stop(true);
    },
  };
}

const noted = (lines: readonly string[]) =>
  until("it is noted", () => lines.some((line) => line.includes("answer_reshaped")));

const ARGS = '{"city":"Rome"}';
const TOOL = { name: "weather", parameters: { type: "object", properties: { city: { type: "string" } } } };
const USAGE = { prompt_tokens: 5, completion_tokens: 3, total_tokens: 8 };
const CHAT_CALL = { id: "a", type: "function", function: { name: "weather", arguments: ARGS } };
const CHAT = JSON.stringify({
  id: "c",
  object: "chat.completion",
  created: 1,
  model: "m",
  choices: [
    {
      index: 0,
      message: { role: "assistant", content: "Hi 😀", tool_calls: [CHAT_CALL] },
      finish_reason: "tool_calls",
    },
  ],
  usage: USAGE,
});
const chunk = (delta: object, finish_reason: string | null = null): string =>
  `data: ${JSON.stringify({ id: "c", object: "chat.completion.chunk", created: 1, model: "m", choices: [{ index: 0, delta, finish_reason }] })}\n\n`;
const CHAT_STREAM = `${chunk({ content: "Hi " })}${chunk({ content: "😀" })}${chunk({ tool_calls: [{ index: 0, ...CHAT_CALL }] })}${chunk({}, "tool_calls")}data: [DONE]\n\n`;
const MESSAGE = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "m",
  content: [
    { type: "text", text: "Hi 😀" },
    { type: "tool_use", id: "toolu_1", name: "weather", input: { city: "Rome" } },
  ],
  stop_reason: "tool_use",
  stop_sequence: null,
  usage: { input_tokens: 5, output_tokens: 3 },
};
const RESPONSE = {
  id: "resp_1",
  object: "response",
  created_at: 1,
  status: "completed",
  model: "m",
  output: [
    {
      type: "message",
      id: "msg_1",
      role: "assistant",
      status: "completed",
      content: [{ type: "output_text", text: "Hi 😀", annotations: [] }],
    },
    { type: "function_call", id: "fc_1", call_id: "a", name: "weather", arguments: ARGS, status: "completed" },
  ],
  usage: { input_tokens: 5, output_tokens: 3, total_tokens: 8 },
};

const chat = {
  model: "m",
  messages: [{ role: "user" as const, content: "hi" }],
  tools: [{ type: "function" as const, function: TOOL }],
};
const responses = { model: "m", input: "hi", tools: [{ type: "function" as const, strict: false, ...TOOL }] };
const messages = {
  model: "m",
  max_tokens: 100,
  messages: [{ role: "user" as const, content: "hi" }],
  tools: [{ name: "weather", input_schema: { ...TOOL.parameters, type: "object" as const } }],
};

test("Chat: a body where a stream was asked for", async () => {
  await using it = await host("chat", CHAT, JSON_TYPE);
  const said = await it.openai.chat.completions.stream(chat).finalChatCompletion();
  expect(said.choices[0]?.message).toMatchObject({ content: "Hi 😀", tool_calls: [{ function: { arguments: ARGS } }] });
  expect(said.choices[0]?.finish_reason).toBe("tool_calls");
  await noted(it.on.lines);
});

test("Chat: a stream where a body was asked for", async () => {
  await using it = await host("chat", CHAT_STREAM, SSE_TYPE);
  const said = await it.openai.chat.completions.create(chat);
  expect(said.choices[0]?.message).toMatchObject({ content: "Hi 😀", tool_calls: [{ function: { arguments: ARGS } }] });
  await noted(it.on.lines);
});

test("Responses: a body where a stream was asked for", async () => {
  await using it = await host("responses", JSON.stringify(RESPONSE), JSON_TYPE);
  const said = await it.openai.responses.stream(responses).finalResponse();
  expect(said.output_text).toBe("Hi 😀");
  expect(said.output.at(-1)).toMatchObject({ type: "function_call", call_id: "a", name: "weather", arguments: ARGS });
  expect(said.usage).toMatchObject({ input_tokens: 5, output_tokens: 3 });
  await noted(it.on.lines);
});

test("Responses: a stream where a body was asked for", async () => {
  const events = [
    { type: "response.created", response: { ...RESPONSE, status: "in_progress", output: [] } },
    ...RESPONSE.output.flatMap((item, output_index) => [
      { type: "response.output_item.added", output_index, item },
      { type: "response.output_item.done", output_index, item },
    ]),
    { type: "response.completed", response: RESPONSE },
  ];
  const body = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("");
  await using it = await host("responses", body, SSE_TYPE);
  const said = await it.openai.responses.create(responses);
  expect(said.output_text).toBe("Hi 😀");
  expect(said.output.at(-1)).toMatchObject({ type: "function_call", call_id: "a", arguments: ARGS });
  await noted(it.on.lines);
});

test("Messages: a body where a stream was asked for", async () => {
  await using it = await host("messages", JSON.stringify(MESSAGE), JSON_TYPE);
  const said = await it.anthropic.messages.stream(messages).finalMessage();
  expect(said.content).toMatchObject([
    { type: "text", text: "Hi 😀" },
    { type: "tool_use", id: "toolu_1", name: "weather", input: { city: "Rome" } },
  ]);
  expect(said.stop_reason).toBe("tool_use");
  await noted(it.on.lines);
});

test("an error with status 200 is an error", async () => {
  const body = JSON.stringify({ error: { message: "no such thing", type: "server_error" } });
  for (const wire of ["chat", "responses", "messages"] as const) {
    await using it = await host(wire, body, JSON_TYPE);
    const asked: Promise<unknown> =
      wire === "chat"
        ? it.openai.chat.completions.stream(chat).finalChatCompletion()
        : wire === "responses"
          ? it.openai.responses.stream(responses).finalResponse()
          : it.anthropic.messages.stream(messages).finalMessage();
    const error = await asked.then(String, String);
    expect([wire, error]).toEqual([wire, expect.stringContaining("no such thing")]);
  }
});

test("a stream under the name of JSON is handed on as it comes", async () => {
  await using it = await host("chat", CHAT_STREAM, JSON_TYPE);
  const answer = await fetch(`${it.on.url}/chat/completions`, {
    method: "POST",
    headers: JSON_TYPE,
    body: JSON.stringify({ ...chat, stream: true }),
  });
  expect(await answer.text()).toBe(CHAT_STREAM);
});

test("half a body is no answer", async () => {
  await using it = await host("chat", CHAT.slice(0, -40), JSON_TYPE);
  const answer = await fetch(`${it.on.url}/chat/completions`, {
    method: "POST",
    headers: JSON_TYPE,
    body: JSON.stringify({ ...chat, stream: true }),
  });
  expect(answer.status).toBe(502);
  expect(await answer.json()).toMatchObject({ error: { message: expect.stringContaining("not JSON") } });
});
