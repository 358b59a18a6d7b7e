/** OpenAI's own SDK, which checks what it accumulates, against the compiled shim. */
import { expect, test } from "bun:test";
import OpenAI, {
  APIUserAbortError,
  AuthenticationError,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
} from "openai";
import { zodTextFormat } from "openai/helpers/zod";
import * as z from "zod";
import { call, ChatUpstream, hang, refuse, reply, say, think, type Script } from "../support/chat-upstream.ts";
import { describeWith } from "../support/needs.ts";
import { until } from "../support/patience.ts";
import { Shim } from "../support/shim.ts";

const describe = describeWith("shim");

const MODEL = "scripted";
const EXEC: OpenAI.Responses.FunctionTool = {
  type: "function",
  name: "exec_command",
  strict: false,
  parameters: { type: "object", properties: { cmd: { type: "string" } }, required: ["cmd"] },
};

interface Setting extends AsyncDisposable {
  upstream: ChatUpstream;
  client: OpenAI;
}

async function setUp(script: Script): Promise<Setting> {
  const upstream = new ChatUpstream(script);
  const shim = await Shim.start({ args: ["--upstream", upstream.url] });
  return {
    upstream,
    client: new OpenAI({ apiKey: "unused", baseURL: shim.url, maxRetries: 0 }),
    async [Symbol.asyncDispose]() {
      await shim[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
    },
  };
}

describe("the openai SDK", () => {
  test("responses.create", async () => {
    await using on = await setUp([reply(say("Hello"), say(" you"))]);
    const answer = await on.client.responses.create({
      model: MODEL,
      instructions: "Be brief.",
      input: "hi",
      temperature: 0.5,
      max_output_tokens: 100,
    });
    on.upstream.check();
    expect(answer.output_text).toBe("Hello you");
    expect(answer).toMatchObject({
      status: "completed",
      temperature: 0.5,
      max_output_tokens: 100,
      instructions: "Be brief.",
    });
    expect(answer.usage?.total_tokens).toBe(120);
    expect(on.upstream.request(0).body).toMatchObject({
      model: MODEL,
      temperature: 0.5,
      max_tokens: 100,
      messages: [
        { role: "system", content: "Be brief." },
        { role: "user", content: "hi" },
      ],
    });
  });

  test("responses.create with stream", async () => {
    await using on = await setUp([reply(say("Hello you"))]);
    const stream = await on.client.responses.create({ model: MODEL, input: "hi", stream: true });
    let text = "";
    const types: string[] = [];
    for await (const event of stream) {
      types.push(event.type);
      if (event.type === "response.output_text.delta") text += event.delta;
    }
    expect(text).toBe("Hello you");
    expect(types.at(0)).toBe("response.created");
    expect(types.at(-1)).toBe("response.completed");
  });

  test("responses.stream accumulates reasoning, text and calls", async () => {
    await using on = await setUp([
      reply(think("Hm."), say("I look."), call("exec_command", { cmd: "ls" }), call("exec_command", { cmd: "pwd" })),
    ]);
    const stream = on.client.responses.stream({ model: MODEL, input: "hi", tools: [EXEC] });
    const snapshots: string[] = [];
    stream.on("response.function_call_arguments.delta", (event) => void snapshots.push(event.snapshot));
    const final = await stream.finalResponse();
    on.upstream.check();
    expect(final.output).toMatchObject([
      { type: "reasoning", content: [{ type: "reasoning_text", text: "Hm." }] },
      { type: "message", content: [{ text: "I look." }] },
      { type: "function_call", name: "exec_command", arguments: '{"cmd":"ls"}', status: "completed" },
      { type: "function_call", name: "exec_command", arguments: '{"cmd":"pwd"}', status: "completed" },
    ]);
    expect(snapshots.at(-1)).toBe('{"cmd":"pwd"}');
  });

  test("a tool loop: what came out goes in again", async () => {
    await using on = await setUp([
      reply(think("Hm."), call("exec_command", { cmd: "ls" }, "call_a")),
      reply(say("One file.")),
    ]);
    const input: OpenAI.Responses.ResponseInput = [{ role: "user", content: "list" }];
    const common = { model: MODEL, tools: [EXEC], include: ["reasoning.encrypted_content" as const], store: false };
    const first = await on.client.responses.create({ ...common, tool_choice: "required", input });
    input.push(...(first.output as OpenAI.Responses.ResponseInput));
    for (const item of first.output)
      if (item.type === "function_call")
        input.push({ type: "function_call_output", call_id: item.call_id, output: "a.txt" });
    const second = await on.client.responses.create({ ...common, input });
    on.upstream.check();
    expect(second.output_text).toBe("One file.");
    expect(on.upstream.request(0).body["tool_choice"]).toBe("required");
    expect(on.upstream.request(1).body.messages).toEqual([
      { role: "user", content: "list" },
      {
        role: "assistant",
        content: null,
        reasoning_content: "Hm.",
        tool_calls: [{ id: "call_a", type: "function", function: { name: "exec_command", arguments: '{"cmd":"ls"}' } }],
      },
      { role: "tool", tool_call_id: "call_a", content: "a.txt" },
    ]);
  });

  test("a custom tool, and the choice of one tool", async () => {
    await using on = await setUp([reply(call("note", { input: 'raw "text"' }))]);
    const answer = await on.client.responses.create({
      model: MODEL,
      input: "note this",
      tools: [EXEC, { type: "custom", name: "note", description: "Takes a note." }],
      tool_choice: { type: "custom", name: "note" },
    });
    on.upstream.check();
    expect(answer.output).toMatchObject([{ type: "custom_tool_call", name: "note", input: 'raw "text"' }]);
    expect(on.upstream.request(0).body["tool_choice"]).toEqual({ type: "function", function: { name: "note" } });
  });

  test("responses.parse with a schema", async () => {
    const Colour = z.object({ name: z.string(), parts: z.array(z.number()) });
    await using on = await setUp([reply(say('{"name":"blue","parts":[0,0,1]}'))]);
    const answer = await on.client.responses.parse({
      model: MODEL,
      input: "a colour",
      text: { format: zodTextFormat(Colour, "colour") },
    });
    on.upstream.check();
    expect(answer.output_parsed).toEqual({ name: "blue", parts: [0, 0, 1] });
    expect(on.upstream.request(0).body["response_format"]).toMatchObject({
      type: "json_schema",
      json_schema: { name: "colour", strict: true, schema: { type: "object", required: ["name", "parts"] } },
    });
  });

  test("images go in as they are", async () => {
    await using on = await setUp([reply(say("A dot."))]);
    const image_url = "data:image/png;base64,AAAA";
    await on.client.responses.create({
      model: MODEL,
      input: [
        {
          role: "user",
          content: [
            { type: "input_text", text: "what is it?" },
            { type: "input_image", image_url, detail: "low" },
          ],
        },
      ],
    });
    on.upstream.check();
    expect(on.upstream.request(0).body.messages[0]?.content).toEqual([
      { type: "text", text: "what is it?" },
      { type: "image_url", image_url: { url: image_url, detail: "low" } },
    ]);
  });

  test("models.list", async () => {
    await using on = await setUp([]);
    const ids: string[] = [];
    for await (const model of on.client.models.list()) ids.push(model.id);
    expect(ids).toContain(MODEL);
  });

  test("leaving a stream stops the upstream", async () => {
    await using on = await setUp([reply(say("Hello"), hang()), reply(hang())]);
    for await (const event of await on.client.responses.create({ model: MODEL, input: "hi", stream: true })) {
      if (event.type === "response.output_text.delta") break;
    }
    const stop = new AbortController();
    const waiting = on.client.responses.create({ model: MODEL, input: "hi" }, { signal: stop.signal });
    await until("both are asked", () => on.upstream.requests.length === 2);
    stop.abort();
    expect(await failure(waiting)).toBeInstanceOf(APIUserAbortError);
    await until("it is left", () => on.upstream.requests.every(({ aborted_ms }) => aborted_ms !== undefined));
  });
});

/** What a promise was rejected with. */
const failure = (promise: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(promise).then(
    () => undefined,
    (error: unknown) => error,
  );

describe("errors in the openai SDK", () => {
  test.each([
    ["a wrong key", refuse(401, "wrong key", { code: "invalid_api_key" }), AuthenticationError, 401, "invalid_api_key"],
    [
      "an unknown model",
      refuse(404, "no such model", { code: "model_not_found" }),
      NotFoundError,
      404,
      "model_not_found",
    ],
    ["a bad request", refuse(400, "top_p is odd"), BadRequestError, 400, "invalid_value"],
    ["a rate limit", refuse(429, "slow down"), RateLimitError, 429, "rate_limit_exceeded"],
    ["a broken upstream", refuse(500, "oh"), InternalServerError, 502, "server_error"],
  ])("%s", async (_, refusal, kind, status, code) => {
    await using on = await setUp([refusal]);
    const error = await failure(on.client.responses.create({ model: MODEL, input: "hi" }));
    expect(error).toBeInstanceOf(kind);
    expect(error).toMatchObject({
      status,
      code,
      message: expect.stringContaining((refusal.body as { error: { message: string } }).error.message),
    });
  });

  test("a field that is wrong is named", async () => {
    await using on = await setUp([]);
    const error = await failure(
      on.client.responses.create({ model: MODEL, input: [{ role: "nobody", content: "x" } as never] }),
    );
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toMatchObject({ param: "input[0].role", message: expect.stringContaining("input[0].role") });
  });

  test("a failure within a stream is thrown", async () => {
    await using on = await setUp([{ steps: [say("Half")], broken: "error-frame" }]);
    const error = await failure(on.client.responses.stream({ model: MODEL, input: "hi" }).finalResponse());
    expect(String(error)).toContain("the scripted model broke");
  });

  test("an unknown path says which there are", async () => {
    await using on = await setUp([]);
    const error = await failure(on.client.images.generate({ model: MODEL, prompt: "x" }));
    expect(error).toBeInstanceOf(NotFoundError);
    expect(error).toMatchObject({ message: expect.stringContaining("/v1/responses") });
  });
});
