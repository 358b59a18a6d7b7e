/**
 * Requests in the shapes of agents that are no dependencies here, against the compiled shim: Cline 3.0.65 and opencode
 * 1.18.33 as they were recorded, Goose as its source builds them, and Aider in the common shape that it sends through LiteLLM. Long prompts are cut, the fields are all
 * there.
 */
import { expect, test } from "bun:test";
import { call, hang, refuse, reply, say, type ChatMessage, type Script } from "../support/chat-upstream.ts";
import { describeWith } from "../support/needs.ts";
import type { Json } from "../support/response-rules.ts";
import { DOT_URL, expectLeft, MODEL, OVERFLOW, sent, setUp } from "./through-shim.ts";

const describe = describeWith("shim");

const COMMAND = { command: "cat hello.txt" };
const CALL = { id: "call_a", type: "function", function: { name: "bash", arguments: JSON.stringify(COMMAND) } };
const PARAMETERS = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  type: "object",
  properties: {
    command: { type: "string" },
    timeout: { anyOf: [{ type: "integer", exclusiveMinimum: 0, maximum: 9007199254740991 }, { type: "null" }] },
  },
  required: ["command"],
  additionalProperties: false,
};
const CHAT_TOOL = { type: "function", function: { name: "bash", description: "Runs.", parameters: PARAMETERS } };
const FLAT_TOOL = { type: "function", name: "bash", description: "Runs.", parameters: PARAMETERS };
const CACHED = { cache_control: { type: "ephemeral" } };
const IMAGE = { type: "image_url", image_url: { url: DOT_URL } };
const CHAT = { stream: true, stream_options: { include_usage: true } };
const ANSWER = { role: "assistant", content: "I look.", tool_calls: [CALL] };
const RESULT = { role: "tool", tool_call_id: "call_a", content: "hello world\n" };

interface Shape {
  path: "chat/completions" | "responses" | "messages";
  body: Json;
  /** What the upstream must get. */
  messages: Json[];
  ignored?: string[];
}

const SHAPES: Record<string, Shape> = {
  "Cline by Chat, with an image that a tool read": {
    path: "chat/completions",
    body: {
      ...CHAT,
      messages: [
        { role: "system", content: "You are Cline." },
        { role: "user", content: "What is it?" },
        { ...ANSWER, content: "" },
        RESULT,
        { role: "user", content: [{ type: "text", text: "The image:" }, IMAGE] },
      ],
      tools: [CHAT_TOOL],
      tool_choice: "auto",
    },
    messages: [
      { role: "system", content: "You are Cline." },
      { role: "user", content: "What is it?" },
      { role: "assistant", tool_calls: [CALL] },
      RESULT,
      { role: "user", content: [{ type: "text", text: "The image:" }, IMAGE] },
    ],
  },
  "Cline by Responses, with hosted tools": {
    path: "responses",
    body: {
      stream: true,
      input: [
        { role: "system", content: "You are Cline." },
        { role: "user", content: [{ type: "input_text", text: "What does hello.txt say?" }] },
        { role: "assistant", content: [{ type: "output_text", text: "I look." }] },
        { type: "function_call", call_id: "call_a", name: "bash", arguments: JSON.stringify(COMMAND) },
        { type: "function_call_output", call_id: "call_a", output: "hello world\n" },
      ],
      include: ["web_search_call.action.sources"],
      truncation: "auto",
      tools: [{ type: "web_search" }, { type: "image_generation", output_format: "png" }, FLAT_TOOL],
      tool_choice: "auto",
    },
    messages: [
      { role: "system", content: "You are Cline." },
      { role: "user", content: "What does hello.txt say?" },
      ANSWER,
      RESULT,
    ],
    ignored: ["web_search", "image_generation"],
  },
  "opencode by Chat, when it asks for a title": {
    path: "chat/completions",
    body: {
      ...CHAT,
      max_tokens: 8000,
      messages: [
        { role: "system", content: "You are a title generator." },
        { role: "user", content: "Generate a title for this conversation:\n" },
        { role: "user", content: '"What does hello.txt say?"' },
      ],
    },
    messages: [
      { role: "system", content: "You are a title generator." },
      { role: "user", content: expect.stringMatching(/^Generate a title[\s\S]*hello\.txt say\?"$/) },
    ],
  },
  "opencode by Responses": {
    path: "responses",
    body: {
      stream: true,
      store: false,
      prompt_cache_key: "ses_1",
      max_output_tokens: 8000,
      input: [
        { role: "system", content: "You are opencode." },
        { role: "user", content: [{ type: "input_text", text: "What does hello.txt say?" }] },
        { role: "assistant", content: [{ type: "output_text", text: "I look." }] },
        { type: "function_call", call_id: "call_a", name: "bash", arguments: JSON.stringify(COMMAND) },
        {
          type: "function_call_output",
          call_id: "call_a",
          output: [
            { type: "input_text", text: "hello world\n" },
            { type: "input_image", image_url: DOT_URL },
          ],
        },
      ],
      tools: [{ ...FLAT_TOOL, strict: false }],
      tool_choice: "auto",
    },
    messages: [
      { role: "system", content: "You are opencode." },
      { role: "user", content: "What does hello.txt say?" },
      ANSWER,
      { ...RESULT, content: expect.stringContaining("hello world") },
      { role: "user", content: expect.arrayContaining([expect.objectContaining(IMAGE)]) },
    ],
  },
  "opencode by Messages": {
    path: "messages",
    body: {
      stream: true,
      max_tokens: 8000,
      system: [{ type: "text", text: "You are opencode.", ...CACHED }],
      messages: [
        { role: "user", content: [{ type: "text", text: "What does hello.txt say?" }] },
        {
          role: "assistant",
          content: [
            { type: "text", text: "I look." },
            { type: "tool_use", id: "call_a", name: "bash", input: COMMAND, ...CACHED },
          ],
        },
        {
          role: "user",
          content: [{ type: "tool_result", tool_use_id: "call_a", content: "hello world\n", ...CACHED }],
        },
      ],
      tools: [{ name: "bash", description: "Runs.", input_schema: PARAMETERS }],
      tool_choice: { type: "auto" },
    },
    messages: [
      { role: "system", content: "You are opencode." },
      { role: "user", content: "What does hello.txt say?" },
      ANSWER,
      RESULT,
    ],
  },
  "Goose, whose images stand between the results of parallel calls": {
    path: "chat/completions",
    body: {
      ...CHAT,
      messages: [
        { role: "system", content: "You are goose." },
        { role: "user", content: "Look twice." },
        { role: "assistant", tool_calls: [CALL, { ...CALL, id: "call_b" }] },
        { role: "tool", tool_call_id: "call_a", content: "An image is uploaded in the next message." },
        { role: "user", content: [IMAGE] },
        { role: "tool", tool_call_id: "call_b", content: "hello world\n" },
      ],
      tools: [CHAT_TOOL],
      temperature: 0.1,
    },
    messages: [
      { role: "system", content: "You are goose." },
      { role: "user", content: "Look twice." },
      { role: "assistant", tool_calls: [CALL, { ...CALL, id: "call_b" }] },
      { role: "tool", tool_call_id: "call_a", content: "An image is uploaded in the next message." },
      { role: "tool", tool_call_id: "call_b", content: "hello world\n" },
      { role: "user", content: [IMAGE] },
    ],
  },
  "Aider, which repeats its rules as a system message at the end": {
    path: "chat/completions",
    body: {
      stream: true,
      temperature: 0,
      messages: [
        { role: "system", content: "Act as an expert software developer." },
        { role: "user", content: "I have *added these files*." },
        { role: "assistant", content: "Ok, any changes I propose will be to those files." },
        { role: "user", content: "Say hello." },
        { role: "system", content: "# *SEARCH/REPLACE block* Rules" },
      ],
    },
    messages: [
      { role: "system", content: "Act as an expert software developer." },
      { role: "user", content: "I have *added these files*." },
      { role: "assistant", content: "Ok, any changes I propose will be to those files." },
      { role: "user", content: expect.stringMatching(/^Say hello\.[\s\S]*SEARCH\/REPLACE/) },
    ],
  },
};

const shapes = Object.entries(SHAPES);
const on = (script: Script) => setUp(script, (url) => url);
const ask = (url: string, { path, body }: Shape, signal?: AbortSignal): Promise<Response> =>
  fetch(`${url}/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer any" },
    body: JSON.stringify({ model: MODEL, ...body }),
    ...(signal && { signal }),
  });

const END = { "chat/completions": "data: [DONE]", responses: "response.completed", messages: "message_stop" };

describe("the shape of", () => {
  test.each(shapes)("%s: arrives in order, and a call comes back", async (_, shape) => {
    const tools = shape.body["tools"] !== undefined;
    await using it = await on([reply(say("Hello"), ...(tools ? [call("bash", COMMAND, "call_z")] : []))]);
    const answer = await ask(it.url, shape);
    const text = await answer.text();
    it.upstream.check();
    expect(answer.status).toBe(200);
    expect(structuredClone(sent(it.upstream, 0))).toMatchObject(shape.messages as never as ChatMessage[]);
    expect(sent(it.upstream, 0)).toHaveLength(shape.messages.length);
    expect(text).toContain(END[shape.path]);
    if (tools) {
      expect(text).toContain("call_z");
      const [tool, ...others] = it.upstream.request(0).body.tools ?? [];
      expect(tool?.function).toMatchObject({ name: "bash", parameters: { required: ["command"] } });
      expect(others).toEqual([]);
    }
    for (const name of shape.ignored ?? []) expect(answer.headers.get("x-juscode-ignored")).toContain(name);
  });

  test.each(shapes)("%s: leaving stops the upstream", async (_, shape) => {
    await using it = await on([reply(say("Hello"), hang())]);
    const stop = new AbortController();
    const answer = await ask(it.url, shape, stop.signal);
    await answer.body?.getReader().read();
    stop.abort();
    await expectLeft(it.upstream);
  });

  test.each(shapes)("%s: a prompt too long is told in words that agents know", async (_, shape) => {
    // Who lets its history be shortened hears of it when nothing more can go.
    const tries = "truncation" in shape.body ? 2 : 1;
    await using it = await on(Array.from({ length: tries }, () => refuse(400, OVERFLOW)));
    const answer = await ask(it.url, shape);
    const text = await answer.text();
    it.upstream.check();
    expect(answer.status).toBe(400);
    expect(text).toMatch(/exceeds the available context size|prompt is too long|context_length_exceeded/);
  });
});
