/**
 * Every field that a request may have by OpenAI's schema or by Open Responses, through the executable over a plain Chat
 * host: what becomes of it, that its echo is as both documents want it, and how it is refused where it is wrong.
 */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { ask } from "../../support/ask.ts";
import { ChatUpstream, reply, say, weigh } from "../../support/chat-upstream.ts";
import { describeWith } from "../../support/needs.ts";
import { tell, validateResponseStream } from "../../support/response-events.ts";
import type { Json } from "../../support/response-rules.ts";
import { fieldsOfRequest, PublishedSchema, type Document } from "../../support/response-schemas.ts";
import { Shim } from "../../support/shim.ts";
import { INPUT } from "./input.ts";
import { SETTINGS } from "./settings.ts";
import type { Field, Taken } from "./table.ts";
import { TOOLS } from "./tools.ts";

const describe = describeWith("shim");

const FIELDS: Readonly<Record<string, Field>> = { ...INPUT, ...TOOLS, ...SETTINGS };
const SCHEMAS = [new PublishedSchema("openai"), new PublishedSchema("open-responses")];
/** More than are ever asked for. */
const SCRIPT = Array.from({ length: 500 }, () => reply(say("Good.")));

let upstream: ChatUpstream;
let shim: Shim;

async function begin(): Promise<void> {
  upstream = new ChatUpstream(SCRIPT);
  shim = await Shim.start({ args: ["--upstream", upstream.url] });
}

async function end(): Promise<void> {
  await shim?.[Symbol.asyncDispose]();
  await upstream?.[Symbol.asyncDispose]();
}

const request = (more: Json): Json => ({ input: "hi", store: false, ...more });
const shown = (body: Json): string =>
  JSON.stringify(body)
    .replaceAll(/x{20,}/g, "xxx…")
    .slice(0, 160);

async function expectTaken(body: Json, { echo = {}, sent = {}, ignored, unknown_to }: Taken): Promise<void> {
  const before = upstream.requests.length;
  const answer = await ask(shim.url, request(body));
  expect(answer.response).toMatchObject({ object: "response", ...echo });
  expect(answer.status).toBe(200);
  expect(answer.headers.get("x-juscode-ignored")).toBe(ignored ?? null);
  const { model: _, messages: __, stream: ___, stream_options: ____, ...settings } = upstream.request(before).body;
  expect(settings).toEqual(sent);
  const documents = SCHEMAS.filter(({ document }) => document !== unknown_to);
  expect(documents.flatMap((schema) => schema.body(answer.response))).toEqual([]);
  expect(upstream.problems).toEqual([]);
}

async function expectRefused(body: Json, code: string | null, param: string | null, status: number): Promise<void> {
  const before = upstream.requests.length;
  const answer = await ask(shim.url, request(body));
  const error = { type: "invalid_request_error", code, param, message: expect.any(String) };
  expect(answer.response).toEqual({ error });
  expect(answer.status).toBe(status);
  expect(upstream.requests).toHaveLength(before);
}

describe("of a request", () => {
  beforeAll(begin);
  afterAll(end);

  for (const [field, { taken, refused }] of Object.entries(FIELDS)) {
    test.each(taken.map(([body, becomes]) => [shown(body), body, becomes] as const))(
      `\`${field}\` is taken: %s`,
      (_, body, becomes) => expectTaken(body, becomes),
    );
    test.each(refused.map(([body, code, param, status = 400]) => [shown(body), body, code, param, status] as const))(
      `\`${field}\` is refused: %s`,
      (_, body, code, param, status) => expectRefused(body, code, param, status),
    );
  }

  test.each<[string, string]>([
    ["{not json", "no JSON"],
    ["", "nothing"],
  ])("a body that is no JSON is refused: %p", async (body) => {
    const answer = await fetch(`${shim.url}/responses`, { method: "POST", body });
    expect(answer.status).toBe(400);
    expect(await answer.json()).toMatchObject({ error: { type: "invalid_request_error", code: null, param: null } });
  });
});

test.each<Document>(["openai", "open-responses"])("the table has every field that a request has by %s", (document) => {
  const fields = fieldsOfRequest(document);
  expect(fields.length).toBeGreaterThan(20);
  expect(fields.filter((field) => !(field in FIELDS))).toEqual([]);
  for (const field of fields) {
    const { taken, refused } = FIELDS[field] ?? { taken: [], refused: [] };
    expect([field, taken.length > 0 || field === "prompt", refused.length > 0]).toEqual([field, true, true]);
  }
});

describe("log probabilities", () => {
  test.each([
    [{ include: ["message.output_text.logprobs"] }, { logprobs: true }],
    [
      { include: ["message.output_text.logprobs"], top_logprobs: 1 },
      { logprobs: true, top_logprobs: 1 },
    ],
    [{ top_logprobs: 1 }, { logprobs: true, top_logprobs: 1 }],
  ])("%j: told on deltas, at the end of the text, and in the item", async (asked, sent) => {
    const answer = reply(weigh("Good day."));
    await using host = new ChatUpstream([answer, answer]);
    await using front = await Shim.start({ args: ["--upstream", host.url] });
    const streamed = await ask(front.url, { input: "hi", ...asked, stream: true });
    const whole = await ask(front.url, { input: "hi", ...asked });
    host.check();
    expect(host.request(0).body).toMatchObject(sent);
    expect(tell(validateResponseStream(streamed.text))).toBe("");
    const problems = SCHEMAS.flatMap((schema) => [
      ...streamed.events.flatMap((event) => schema.event(event)),
      ...schema.body(whole.response),
    ]);
    expect(problems).toEqual([]);
    const of = (type: string): Json[] =>
      streamed.events.filter((event) => event.type === type).flatMap((event) => event["logprobs"] as Json[]);
    const tokens = ["Good", " day", "."];
    expect(of("response.output_text.delta").map(({ token }) => token)).toEqual(tokens);
    expect(of("response.output_text.done").map(({ token }) => token)).toEqual(tokens);
    for (const { response } of [streamed, whole]) {
      const [item] = response["output"] as { content: { logprobs: Json[] }[] }[];
      expect(item?.content[0]?.logprobs.map(({ token }) => token)).toEqual(tokens);
      expect(item?.content[0]?.logprobs[0]).toMatchObject({ logprob: -0.5, bytes: [71, 111, 111, 100] });
    }
  });
});
