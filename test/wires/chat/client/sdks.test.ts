/** The real SDKs read what we write: OpenAI's, and the one that Vercel's AI SDK, opencode and Kilo speak Chat with. */
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { afterAll, describe, expect, test } from "bun:test";
import OpenAI, { APIError, BadRequestError } from "openai";
import type { Json } from "../../../support/response-rules.ts";
import { readFixtures } from "../upstream/fixtures.ts";
import { EXEC } from "./exchange.ts";
import { chatServer } from "./server.ts";

const SIGNED = { google: { thought_signature: "sig" } };
const fixtures = readFixtures();
const replies = new Map<string, Uint8Array | Json>(
  fixtures.map(({ name, kind, bytes }) => [
    name,
    kind === "sse" ? bytes : (JSON.parse(new TextDecoder().decode(bytes)) as Json),
  ]),
);
replies.set("signed", {
  choices: [
    {
      finish_reason: "tool_calls",
      message: {
        tool_calls: [
          {
            id: "a",
            type: "function",
            function: { name: "exec_command", arguments: '{"cmd":"ls"}' },
            extra_content: SIGNED,
          },
          { id: "b", type: "function", function: { name: "exec_command", arguments: '{"cmd":"pwd"}' } },
        ],
      },
    },
  ],
});
const server = chatServer(replies);
afterAll(() => server[Symbol.asyncDispose]());

const openai = new OpenAI({ apiKey: "unused", baseURL: server.url, maxRetries: 0 });
const REQUEST = {
  messages: [{ role: "user", content: "Go on." }],
  tools: [
    EXEC,
    { type: "custom", custom: { name: "apply_patch" } },
    { type: "function", function: { name: "get_goal" } },
  ],
} as Omit<OpenAI.ChatCompletionCreateParams, "model" | "stream">;

const settled = async <T>(promise: Promise<T>): Promise<T | Error> =>
  promise.catch((thrown: unknown) => thrown as Error);

describe("openai", () => {
  test.each(fixtures.map(({ name }) => [name]))("%s, streamed as in one piece", async (model) => {
    const whole = await settled(openai.chat.completions.create({ ...REQUEST, model, stream: false }));
    const stream = openai.chat.completions.stream({ ...REQUEST, model, stream_options: { include_usage: true } });
    const final = await settled(stream.finalChatCompletion());
    if (whole instanceof Error || final instanceof Error) {
      expect([whole, final]).toEqual([expect.any(APIError), expect.any(APIError)]);
      expect((final as APIError).code).toBe((whole as APIError).code as string);
      return;
    }
    const [{ message, finish_reason } = { message: undefined }] = final.choices;
    const [expected] = whole.choices;
    expect(finish_reason as string).toBe(expected?.finish_reason as string);
    expect(message?.content || null).toBe(expected?.message.content || null);
    expect(message?.refusal ?? null).toBe(expected?.message.refusal ?? null);
    expect(message?.tool_calls ?? []).toEqual((expected?.message.tool_calls ?? []) as never);
    expect(final.usage ?? undefined).toEqual(whole.usage);
  });

  test("a wrong field is named, before anything is asked", async () => {
    const wrong = openai.chat.completions.create({ model: "text-plain", messages: [{ role: "nobody" } as never] });
    const error = await settled(wrong as Promise<unknown>);
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toMatchObject({ param: "messages[0].role", code: "invalid_value" });
  });
});

const vercel = createOpenAICompatible({ name: "shim", baseURL: server.url, apiKey: "unused", includeUsage: true });
const CALL = {
  prompt: [{ role: "user" as const, content: [{ type: "text" as const, text: "Go on." }] }],
  tools: [
    { type: "function" as const, name: "exec_command", inputSchema: EXEC.function.parameters as never },
    { type: "function" as const, name: "get_goal", inputSchema: { type: "object" as const } },
    { type: "function" as const, name: "apply_patch", inputSchema: { type: "object" as const } },
  ],
};

/** What the parts of a stream come to, as `doGenerate` would say it. */
async function collected(model: string) {
  const { stream } = await vercel.chatModel(model).doStream(CALL);
  const said: Record<string, string> = { text: "", reasoning: "" };
  const calls: Json[] = [];
  const errors: unknown[] = [];
  let finish: Json | undefined;
  for await (const part of stream) {
    if (part.type === "text-delta") said["text"] += part.delta;
    else if (part.type === "reasoning-delta") said["reasoning"] += part.delta;
    else if (part.type === "tool-call") calls.push(part as unknown as Json);
    else if (part.type === "error") errors.push(part.error);
    else if (part.type === "finish") finish = part as unknown as Json;
  }
  return { said, calls, errors, finish };
}

describe("@ai-sdk/openai-compatible", () => {
  test.each(fixtures.map(({ name }) => [name]))("%s, streamed as in one piece", async (model) => {
    const { said, calls, errors, finish } = await collected(model);
    const whole = await settled(
      Promise.resolve(vercel.chatModel(model).doGenerate({ ...CALL, abortSignal: undefined as never })),
    );
    if (whole instanceof Error) {
      expect(errors).toHaveLength(1);
      expect(finish?.["finishReason"]).toMatchObject({ unified: "error" });
      expect(errors[0]).toMatchObject({ message: expect.any(String), code: expect.any(String) });
      return;
    }
    expect(errors).toEqual([]);
    const of = (type: "text" | "reasoning"): string =>
      whole.content.map((part) => (part.type === type ? part.text : "")).join("");
    expect(said).toEqual({ text: of("text"), reasoning: of("reasoning") });
    const named = ({ toolCallId, toolName, input }: Json): unknown[] => [toolCallId, toolName, input];
    const expected = whole.content.filter(({ type }) => type === "tool-call") as unknown as Json[];
    expect(calls.map(named)).toEqual(expected.map(named));
    expect(finish?.["finishReason"]).toEqual(whole.finishReason);
  });

  test("a thought signature comes and goes back with its call", async () => {
    const { calls } = await collected("signed");
    expect(calls.map((call) => call["providerMetadata"])).toEqual([{ shim: { thoughtSignature: "sig" } }, undefined]);
    const content = calls.map(({ toolCallId, toolName, input, providerMetadata }) => ({
      type: "tool-call",
      toolCallId,
      toolName,
      input,
      providerOptions: providerMetadata,
    }));
    const prompt = [...CALL.prompt, { role: "assistant", content }] as never;
    await vercel.chatModel("text-plain").doGenerate({ ...CALL, prompt });
    const [, assistant] = (server.requests.at(-1) as Json)["messages"] as Json[];
    const sent = assistant?.["tool_calls"] as Json[];
    expect(sent.map((call) => call["extra_content"])).toEqual([SIGNED, undefined]);
  });
});
