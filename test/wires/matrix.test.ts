/**
 * Every client wire × every upstream wire × every recorded reply, streamed and in one piece: each stream keeps its wire's
 * grammar, says the same as the body, and holds the same calls whichever way it went.
 */
import { describe, expect, test } from "bun:test";
import { SseDecoder } from "../../src/core/sse.ts";
import { CLIENT_WIRES, UPSTREAM_WIRES } from "../../src/wires/index.ts";
import type { ClientWire, Encoder, UpstreamWire } from "../../src/wires/wire.ts";
import { PLAIN, testSurroundings } from "../support/around.ts";
import { readChatBody, readChatStream } from "../support/chat-events.ts";
import { FIXTURE_REQUESTS } from "../support/fixture-requests.ts";
import {
  assembled,
  tell as tellMessages,
  validateMessageBody,
  validateMessageStream,
} from "../support/message-events.ts";
import { readEvents, tell, validateResponseBody, validateResponseStream } from "../support/response-events.ts";
import { readFixtures as chatFixtures, type Fixture } from "./chat/upstream/fixtures.ts";
import { readFixtures as messagesFixtures } from "./messages/upstream/fixtures.ts";
import { readFixtures as responsesFixtures } from "./responses/upstream/fixtures.ts";

type Json = Record<string, unknown>;

interface Client {
  wire: ClientWire;
  /** The same request in this wire's words. */
  request: Json;
  checkStream(sse: string): void;
  checkBody(body: unknown): void;
  /** Name and arguments of each call, as JSON text. */
  callsOf(body: Json): string[];
}

const named = (name: string, args: unknown): string => JSON.stringify([name, args]);

const CLIENTS: Record<string, Client> = {
  responses: {
    wire: CLIENT_WIRES.responses,
    request: FIXTURE_REQUESTS.responses,
    checkStream: (sse) => expect(tell(validateResponseStream(sse))).toBe(""),
    checkBody: (body) => expect(tell(validateResponseBody(body))).toBe(""),
    callsOf: ({ output }) =>
      (output as Json[])
        .filter(({ type }) => type === "function_call")
        .map(({ name, arguments: args }) => named(String(name), parsed(args))),
  },
  messages: {
    wire: CLIENT_WIRES.messages,
    request: FIXTURE_REQUESTS.messages,
    checkStream: (sse) => expect(tellMessages(validateMessageStream(sse))).toBe(""),
    checkBody: (body) => expect(tellMessages(validateMessageBody(body))).toBe(""),
    callsOf: ({ content }) =>
      (content as Json[])
        .filter(({ type }) => type === "tool_use")
        .map(({ name, input }) => named(String(name), input)),
  },
  chat: {
    wire: CLIENT_WIRES.chat,
    request: FIXTURE_REQUESTS.chat,
    checkStream: (sse) => expect(readChatStream(sse, { usage: true }).problems).toEqual([]),
    checkBody: (body) => expect(readChatBody(body).problems).toEqual([]),
    callsOf: ({ choices }) =>
      (
        ((choices as { message: Json }[])[0]?.message["tool_calls"] ?? []) as {
          function: { name: string; arguments: string };
        }[]
      ).map((call) => named(call.function.name, parsed(call.function.arguments))),
  },
};

function parsed(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return text;
  }
}

const UPSTREAMS: Record<string, { wire: UpstreamWire; fixtures: Fixture[] }> = {
  chat: { wire: UPSTREAM_WIRES.chat, fixtures: chatFixtures() },
  messages: { wire: UPSTREAM_WIRES.messages, fixtures: messagesFixtures() },
  responses: { wire: UPSTREAM_WIRES.responses, fixtures: responsesFixtures() },
};

interface Answer {
  sse: string;
  body: Json | undefined;
  failed: boolean;
}

function answerOf(client: Client, upstream: UpstreamWire, fixture: Fixture): Answer {
  const [streamed, whole] = [true, false].map((stream): Encoder => {
    const around = testSurroundings();
    const { turn, encoder } = client.wire.lift({ ...client.request, stream }, PLAIN, around);
    if (stream) encoder.open();
    const decoder = upstream.decoder(turn, (event) => encoder.write(event), around);
    feed(fixture, (data) => decoder.feed(data));
    decoder.end();
    return encoder;
  }) as [Encoder, Encoder];
  const failed = whole.error !== undefined;
  return {
    sse: streamed.take(),
    body: failed ? undefined : (JSON.parse(JSON.stringify(whole.body())) as Json),
    failed,
  };
}

function feed(fixture: Fixture, onData: (data: string) => void): void {
  if (fixture.kind === "json") return onData(new TextDecoder().decode(fixture.bytes));
  const sse = new SseDecoder();
  sse.push(fixture.bytes, onData);
  sse.end(onData);
}

for (const [upstreamName, { wire: upstream, fixtures }] of Object.entries(UPSTREAMS)) {
  for (const [clientName, client] of Object.entries(CLIENTS)) {
    describe(`${clientName} on ${upstreamName}`, () => {
      test.each(fixtures.map((fixture) => [fixture.name, fixture] as const))("%s", (_, fixture) => {
        const { sse, body, failed } = answerOf(client, upstream, fixture);
        client.checkStream(sse);
        if (failed || !body) return;
        client.checkBody(body);
        expect(client.callsOf(streamedBody(clientName, sse))).toEqual(client.callsOf(body));
      });
    });
  }

  describe(`the same calls for every client, on ${upstreamName}`, () => {
    test.each(fixtures.map((fixture) => [fixture.name, fixture] as const))("%s", (_, fixture) => {
      const answers = Object.values(CLIENTS).map((client) => ({ client, ...answerOf(client, upstream, fixture) }));
      expect(new Set(answers.map(({ failed }) => failed)).size).toBe(1);
      const calls = answers.flatMap(({ client, body }) => (body ? [client.callsOf(body).join("\n")] : []));
      expect(new Set(calls).size).toBeLessThanOrEqual(1);
    });
  });
}

/** What the stream comes to, in the form of a body. */
function streamedBody(client: string, sse: string): Json {
  if (client === "responses") return readEvents(sse).at(-1)?.["response"] as Json;
  if (client === "messages") return assembled(sse);
  return { choices: [{ message: readChatStream(sse, { usage: true }).message }] };
}
