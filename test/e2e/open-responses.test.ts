/**
 * The cases of the Open Responses compliance runner (2026-04-24) over HTTP, through the executable; those over WebSocket
 * stand in websocket.test.ts. The official runner, by hand, in a checkout of github.com/openresponses/openresponses:
 *
 *     dist/juscode-shim --upstream http://127.0.0.1:8080/v1 &
 *     bun install && bun run test:compliance --base-url http://127.0.0.1:5872/v1 --api-key any --model NAME
 *
 * Its streaming cases need a model that does not think: it knows no `response.reasoning_text` events.
 */
import { expect, test } from "bun:test";
import { ask, type Answer } from "../support/ask.ts";
import { call, ChatUpstream, reply, say, type ChatMessage, type Reply } from "../support/chat-upstream.ts";
import { describeWith } from "../support/needs.ts";
import { tell, validateResponseBody, validateResponseStream } from "../support/response-events.ts";
import type { Json } from "../support/response-rules.ts";
import { PublishedSchema } from "../support/response-schemas.ts";
import { Shim } from "../support/shim.ts";

const describe = describeWith("shim");
const SCHEMAS = [new PublishedSchema("openai"), new PublishedSchema("open-responses")];

const user = (content: unknown): Json => ({ type: "message", role: "user", content });
const WEATHER = {
  type: "function",
  name: "get_weather",
  description: "Tells the weather of a place.",
  parameters: { type: "object", properties: { location: { type: "string" } }, required: ["location"] },
};
const SCHEMA = {
  type: "object",
  properties: { sum: { type: "integer" } },
  required: ["sum"],
  additionalProperties: false,
};
const PIXEL =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

interface Setting extends AsyncDisposable {
  ask(body: Json): Promise<Answer>;
  compact(body: Json): Promise<{ status: number; body: Json }>;
  sent(): ChatMessage[];
  upstream: ChatUpstream;
}

async function setUp(answer: Reply): Promise<Setting> {
  const upstream = new ChatUpstream([answer]);
  const shim = await Shim.start({ args: ["--upstream", upstream.url] });
  return {
    upstream,
    ask: (body) => ask(shim.url, body),
    async compact(body) {
      const answered = await fetch(`${shim.url}/responses/compact`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      return { status: answered.status, body: (await answered.json()) as Json };
    },
    sent: () => {
      upstream.check();
      return upstream.request(0).body.messages;
    },
    async [Symbol.asyncDispose]() {
      await shim[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
    },
  };
}

/** As the runner looks at it: its schema, output, and the status; and more strictly. */
function conforms({ status, response, events, text }: Answer): Json[] {
  expect(status).toBe(200);
  expect(response["status"]).toBe("completed");
  const problems = SCHEMAS.flatMap((schema) => [
    ...schema.body(response),
    ...events.flatMap((event) => schema.event(event)),
  ]);
  expect(problems).toEqual([]);
  expect(tell(events.length > 0 ? validateResponseStream(text) : validateResponseBody(response))).toBe("");
  const output = response["output"] as Json[];
  expect(output.length).toBeGreaterThan(0);
  return output;
}

describe("Open Responses", () => {
  test("a basic response", async () => {
    await using on = await setUp(reply(say("Hello to you.")));
    const output = conforms(await on.ask({ input: [user("Say hello in three words.")] }));
    expect(output).toMatchObject([{ type: "message", role: "assistant", content: [{ text: "Hello to you." }] }]);
  });

  test("phases of an assistant's messages are taken", async () => {
    await using on = await setUp(reply(say("Four.")));
    const said = (phase: string, text: string): Json => ({
      type: "message",
      role: "assistant",
      phase,
      content: [{ type: "output_text", text, annotations: [] }],
    });
    const input = [
      user("What is two and two?"),
      said("commentary", "I add them."),
      said("final_answer", "Four."),
      user("Again."),
    ];
    conforms(await on.ask({ input }));
    expect(on.sent().map(({ role }) => role)).toEqual(["user", "assistant", "user"]);
  });

  test.each([false, true])("an output schema (streamed: %p)", async (stream) => {
    await using on = await setUp(reply(say('{"sum":4}')));
    const format = { type: "json_schema", name: "sum", schema: SCHEMA, strict: true };
    const answer = await on.ask({ input: [user("Add two and two.")], text: { format }, stream });
    const [message] = conforms(answer) as [{ content: { text: string }[] }];
    expect(JSON.parse(message.content[0]?.text ?? "")).toEqual({ sum: 4 });
    expect(answer.response["text"]).toMatchObject({ format });
    expect(on.upstream.request(0).body).toMatchObject({ response_format: { json_schema: { schema: SCHEMA } } });
  });

  test("a streamed response", async () => {
    await using on = await setUp(reply(say("1, 2, 3, 4, 5")));
    const answer = await on.ask({ input: [user("Count from 1 to 5.")], stream: true });
    conforms(answer);
    expect(answer.text.endsWith("data: [DONE]\n\n")).toBe(true);
  });

  test("a system prompt", async () => {
    await using on = await setUp(reply(say("Ahoy.")));
    conforms(
      await on.ask({ input: [{ type: "message", role: "system", content: "You are a pirate." }, user("Hello.")] }),
    );
    expect(on.sent()).toMatchObject([{ role: "system", content: "You are a pirate." }, { role: "user" }]);
  });

  test.each([false, true])("a tool call (streamed: %p)", async (stream) => {
    await using on = await setUp(reply(call("get_weather", { location: "Oslo" })));
    const answer = await on.ask({ input: [user("What is the weather in Oslo?")], tools: [WEATHER], stream });
    expect(conforms(answer)).toMatchObject([
      { type: "function_call", name: "get_weather", arguments: '{"location":"Oslo"}', status: "completed" },
    ]);
    if (stream)
      expect(answer.events.map(({ type }) => type)).toEqual(
        expect.arrayContaining([
          "response.output_item.added",
          "response.function_call_arguments.delta",
          "response.function_call_arguments.done",
          "response.output_item.done",
        ]),
      );
  });

  test("an image", async () => {
    await using on = await setUp(reply(say("A dot.")));
    const content = [
      { type: "input_text", text: "What do you see?" },
      { type: "input_image", image_url: PIXEL },
    ];
    conforms(await on.ask({ input: [user(content)] }));
    expect(on.sent()[0]?.content).toContainEqual({ type: "image_url", image_url: { url: PIXEL } });
  });

  test("several turns", async () => {
    await using on = await setUp(reply(say("Alice.")));
    const said = { type: "message", role: "assistant", content: "Hello Alice." };
    conforms(await on.ask({ input: [user("My name is Alice."), said, user("What is my name?")] }));
    expect(on.sent().map(({ content }) => content)).toEqual(["My name is Alice.", "Hello Alice.", "What is my name?"]);
  });

  test("a compaction", async () => {
    await using on = await setUp(reply(say("They are called Alice.")));
    const { status, body } = await on.compact({ model: "scripted", input: [user("My name is Alice.")] });
    expect(status).toBe(200);
    expect(SCHEMAS.flatMap((schema) => schema.body(body))).toEqual([]);
    expect(body).toMatchObject({ object: "response.compaction" });
    expect((body["output"] as Json[]).at(-1)).toMatchObject({
      type: "compaction",
      encrypted_content: expect.any(String),
    });
  });

  test("a compaction without a model is refused", async () => {
    await using on = await setUp(reply(say("Never.")));
    const { status, body } = await on.compact({ input: [user("Hello.")] });
    expect(status).toBe(400);
    expect(body).toMatchObject({ error: { type: "invalid_request_error", param: "model" } });
  });
});
