/** What hosts tell beside the words of an answer, on its way to each client: likelihoods of tokens, sources, phase, tier. */
import { describe, expect, test } from "bun:test";
import type { DialectPatch } from "../../src/core/dialect.ts";
import { mergeDialect } from "../../src/core/dialect.ts";
import { CLIENT_WIRES, UPSTREAM_WIRES } from "../../src/wires/index.ts";
import type { ClientWire, UpstreamWire } from "../../src/wires/wire.ts";
import { PLAIN, testSurroundings } from "../support/around.ts";
import { readChatBody, readChatStream } from "../support/chat-events.ts";
import { readEvents, tell, validateResponseBody, validateResponseStream } from "../support/response-events.ts";
import type { Json } from "../support/response-rules.ts";
import { PublishedSchema } from "../support/response-schemas.ts";

const { chat, responses } = UPSTREAM_WIRES;
const SCHEMAS = [new PublishedSchema("openai"), new PublishedSchema("open-responses")];

/** As the shim tells it: with bytes, whether the host told them or not. */
const token = (text: string, logprob: number): Json => ({
  token: text,
  logprob,
  bytes: [...Buffer.from(text)],
  top_logprobs: [{ token: text, logprob, bytes: [...Buffer.from(text)] }],
});
const bare = ({ token: text, logprob }: Json): Json => ({
  token: text,
  logprob,
  top_logprobs: [{ token: text, logprob }],
});

const chunk = (delta: Json, weighed: Json[] = [], finish: string | null = null): Json => ({
  object: "chat.completion.chunk",
  choices: [{ index: 0, delta, logprobs: weighed.length > 0 ? { content: weighed } : null, finish_reason: finish }],
});
const place = { item_id: "msg_1", output_index: 0, content_index: 0 };
const delta = (text: string, logprobs: Json[]): Json => ({
  type: "response.output_text.delta",
  ...place,
  delta: text,
  logprobs,
});
const message = (text: string, logprobs: Json[]): Json => ({
  id: "msg_1",
  type: "message",
  role: "assistant",
  status: "completed",
  content: [{ type: "output_text", text, annotations: [], logprobs }],
});

const [HEL, LO, SMILE] = [token("Hel", -0.1), token("lo ", -0.2), token("😀", -1.5)];

const REPLIES: [string, UpstreamWire, Json[]][] = [
  [
    "chat",
    chat,
    [
      chunk({ role: "assistant", content: "" }),
      chunk({ content: "Hel" }, [HEL]),
      chunk({ content: "lo " }, [bare(LO)]),
      chunk({ content: "😀" }, [SMILE]),
      chunk({}, [], "stop"),
    ],
  ],
  [
    "chat, with a thought before",
    chat,
    [
      chunk({ content: "<think>" }, [token("<think>", -3)]),
      chunk({ content: "Hm" }, [token("Hm", -3)]),
      chunk({ content: "</think>" }, [token("</think>", -3)]),
      chunk({ content: "Hel" }, [HEL]),
      chunk({ content: "lo 😀" }, [LO, SMILE]),
      chunk({}, [], "stop"),
    ],
  ],
  [
    "chat, in one piece",
    chat,
    [
      {
        object: "chat.completion",
        choices: [
          {
            index: 0,
            message: { role: "assistant", content: "Hello 😀" },
            logprobs: { content: [HEL, LO, SMILE] },
            finish_reason: "stop",
          },
        ],
      },
    ],
  ],
  [
    "responses",
    responses,
    [
      { type: "response.output_item.added", output_index: 0, item: { ...message("", []), content: [] } },
      delta("Hel", [bare(HEL)]),
      delta("lo 😀", [LO, SMILE]),
      {
        type: "response.completed",
        response: { status: "completed", output: [message("Hello 😀", [HEL, LO, SMILE])] },
      },
    ],
  ],
  [
    "responses, in one piece",
    responses,
    [{ object: "response", status: "completed", output: [message("Hello 😀", [HEL, LO, SMILE])] }],
  ],
];

function answer(wire: ClientWire, upstream: UpstreamWire, frames: Json[], request: Json): { sse: string; body: Json } {
  const [streamed, whole] = [true, false].map((stream) => {
    const around = testSurroundings();
    const { turn, encoder } = wire.lift({ model: "m", ...request, stream }, PLAIN, around);
    const decoder = upstream.decoder(turn, (event) => encoder.write(event), around);
    for (const frame of frames) decoder.feed(JSON.stringify(frame));
    decoder.end();
    return encoder;
  });
  return { sse: streamed?.take() ?? "", body: JSON.parse(JSON.stringify(whole?.body())) as Json };
}

const ASKED = { input: "Hi", include: ["message.output_text.logprobs"], top_logprobs: 1 };

describe("log probabilities", () => {
  test.each(REPLIES)("of %s come to a Responses client", (_, upstream, frames) => {
    const { sse, body } = answer(CLIENT_WIRES.responses, upstream, frames, ASKED);
    expect(tell([...validateResponseStream(sse), ...validateResponseBody(body)])).toBe("");
    expect(SCHEMAS.flatMap((schema) => readEvents(sse).flatMap((event) => schema.event(event)))).toEqual([]);
    expect((body["output"] as Json[]).at(-1)).toMatchObject({
      content: [{ text: "Hello 😀", logprobs: [HEL, LO, SMILE] }],
    });
    expect(readEvents(sse).at(-1)?.["response"]).toEqual(body);
  });

  test.each(REPLIES)("of %s come to a Chat client", (_, upstream, frames) => {
    const request = { messages: [{ role: "user", content: "Hi" }], logprobs: true, top_logprobs: 1 };
    const { sse, body } = answer(CLIENT_WIRES.chat, upstream, frames, request);
    expect([...readChatStream(sse).problems, ...readChatBody(body).problems]).toEqual([]);
    expect(body).toMatchObject({ choices: [{ logprobs: { content: [HEL, LO, SMILE], refusal: null } }] });
    const streamed = sse.split("\n\n").flatMap((frame) => {
      const told = frame.startsWith("data: {")
        ? (JSON.parse(frame.slice(6)) as { choices: Json[] }).choices[0]
        : undefined;
      return (told?.["logprobs"] as { content: Json[] } | null | undefined)?.content ?? [];
    });
    expect(streamed).toEqual([HEL, LO, SMILE]);
  });

  test("stay away where nobody asked for them", () => {
    for (const [, upstream, frames] of REPLIES) {
      const { sse } = answer(CLIENT_WIRES.responses, upstream, frames, { input: "Hi" });
      expect(sse).not.toContain('"logprob":');
    }
  });
});

function lowered(upstream: UpstreamWire, request: Json, patch: DialectPatch): { body: Json; ignored: string[] } {
  const around = testSurroundings();
  const { turn } = CLIENT_WIRES.responses.lift({ model: "m", input: "Hi", ...request }, PLAIN, around);
  const { body, ignored } = upstream.lower(turn, mergeDialect(patch), around);
  return { body: JSON.parse(body) as Json, ignored: [...turn.ignored, ...ignored].map(({ field }) => field) };
}

test("what only some hosts have is asked of them alone, and listed of the others", () => {
  const request = { ...ASKED, text: { verbosity: "low" }, service_tier: "flex" };
  const all = { verbosity: true, service_tier: true };
  expect(lowered(chat, request, all)).toMatchObject({
    body: { logprobs: true, top_logprobs: 1, verbosity: "low", service_tier: "flex" },
    ignored: [],
  });
  expect(lowered(responses, request, all)).toMatchObject({
    body: {
      include: ["reasoning.encrypted_content", "message.output_text.logprobs"],
      top_logprobs: 1,
      text: { verbosity: "low" },
      service_tier: "flex",
    },
    ignored: [],
  });
  const none = { verbosity: false, service_tier: false, logprobs: false };
  for (const upstream of [chat, responses, UPSTREAM_WIRES.messages]) {
    const { body, ignored } = lowered(upstream, request, none);
    expect(ignored.toSorted()).toEqual(["service_tier", "text.verbosity", "top_logprobs"]);
    expect(JSON.stringify(body)).not.toMatch(/logprobs|verbosity|service_tier/);
  }
  // What every host does anyway needs no word.
  expect(lowered(chat, { service_tier: "auto" }, none).ignored).toEqual([]);
});

test("the tier is the one that the host tells, and until then the one that was asked for", () => {
  const frames = [{ ...chunk({ content: "Hi" }), service_tier: "priority" }, chunk({}, [], "stop")];
  const tiers = (request: Json, from = frames): unknown[] =>
    readEvents(answer(CLIENT_WIRES.responses, chat, from, { input: "Hi", ...request }).sse).flatMap(({ response }) =>
      response ? [(response as Json)["service_tier"]] : [],
    );
  expect(tiers({ service_tier: "flex" })).toEqual(["flex", "flex", "priority"]);
  expect(tiers({}, frames.slice(1))).toEqual(["auto", "auto", "default"]);
});

test("a phase goes there and back", () => {
  const said = {
    type: "message",
    role: "assistant",
    phase: "commentary",
    content: [{ type: "output_text", text: "First" }],
  };
  const { body } = lowered(
    responses,
    { input: [{ role: "user", content: "Go" }, said, { role: "user", content: "on" }] },
    {},
  );
  expect(body["input"]).toContainEqual(expect.objectContaining({ role: "assistant", phase: "commentary" }));
  const item = { ...message("Done", []), phase: "final_answer" };
  const frames = [{ object: "response", status: "completed", output: [item] }];
  const { sse, body: answered } = answer(CLIENT_WIRES.responses, responses, frames, { input: "Hi" });
  expect(tell(validateResponseStream(sse))).toBe("");
  expect(answered["output"]).toMatchObject([{ phase: "final_answer" }]);
  expect(readEvents(sse).find(({ type }) => type === "response.output_item.added")).toMatchObject({
    item: { phase: "final_answer" },
  });
});
