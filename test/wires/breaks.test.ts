/**
 * Every recorded reply of every upstream wire, broken off at every byte, as each client gets it: one proper end, and no
 * call that the whole reply does not hold. What looks on while bytes are handed on sees the same however they are split.
 */
import { describe, expect, test } from "bun:test";
import { WIRE_NAMES, type WireName } from "../../src/core/provider.ts";
import type { ReplyEvent } from "../../src/core/reply.ts";
import { SseDecoder } from "../../src/core/sse.ts";
import { CLIENT_WIRES, UPSTREAM_WIRES } from "../../src/wires/index.ts";
import type { ForwardWire } from "../../src/wires/wire.ts";
import { PLAIN, testSurroundings } from "../support/around.ts";
import { FIXTURE_REQUESTS } from "../support/fixture-requests.ts";
import { CLIENTS, type Understood } from "../support/ways/clients.ts";
import { FIXTURE_TURN, readFixtures as chatFixtures, type Fixture } from "./chat/upstream/fixtures.ts";
import { readFixtures as messagesFixtures } from "./messages/upstream/fixtures.ts";
import { readFixtures as responsesFixtures } from "./responses/upstream/fixtures.ts";

const FIXTURES: Readonly<Record<WireName, Fixture[]>> = {
  chat: chatFixtures(),
  messages: messagesFixtures(),
  responses: responsesFixtures(),
};

function decoded(wire: WireName, kind: Fixture["kind"], bytes: Uint8Array): ReplyEvent[] {
  const events: ReplyEvent[] = [];
  const emit = (event: ReplyEvent): void => void events.push(event);
  const decoder = UPSTREAM_WIRES[wire].decoder(FIXTURE_TURN, emit, testSurroundings());
  const feed = (data: string): void => decoder.feed(data);
  if (kind === "json") feed(new TextDecoder().decode(bytes));
  else {
    const sse = new SseDecoder();
    sse.push(bytes, feed);
    sse.end(feed);
  }
  decoder.end();
  return events;
}

function told(client: WireName, events: readonly ReplyEvent[]): { faults: string[]; understood: Understood } {
  const request = { ...FIXTURE_REQUESTS[client], stream: true };
  const { encoder } = CLIENT_WIRES[client].lift(request, PLAIN, testSurroundings());
  encoder.open();
  for (const event of events) encoder.write(event);
  const sse = encoder.take();
  return { faults: CLIENTS[client].faults(sse), understood: CLIENTS[client].stream(sse) };
}

const called = ({ calls }: Understood): string[] => calls.map(({ name, args }) => `${name} ${args}`);

describe.each(WIRE_NAMES)("%s, broken off at every byte", (wire) => {
  test.each(FIXTURES[wire].map((fixture) => [fixture.name, fixture] as const))("%s", (_, { kind, bytes }) => {
    const whole = decoded(wire, kind, bytes);
    const calls = WIRE_NAMES.map((client) => called(told(client, whole).understood));
    let before = "";
    for (let at = 0; at <= bytes.length; at++) {
      const events = decoded(wire, kind, bytes.subarray(0, at));
      // Most breaks within one frame come to the same; what differs is the quote of what was cut.
      const same = JSON.stringify(events.map((event) => (event.type === "error" ? event.type : event)));
      if (same === before) continue;
      before = same;
      for (const [n, client] of WIRE_NAMES.entries()) {
        const { faults, understood } = told(client, events);
        expect([at, client, faults, understood.ends]).toEqual([at, client, [], 1]);
        for (const call of called(understood)) expect(calls[n]).toContain(call);
      }
    }
  });
});

describe.each(WIRE_NAMES)("%s, handed on", (wire) => {
  const seen = (kind: Fixture["kind"], pieces: readonly Uint8Array[]): string => {
    const observer = (CLIENT_WIRES[wire].forward as ForwardWire).observer(kind === "sse");
    for (const piece of pieces) observer.feed(piece);
    return JSON.stringify(observer.end());
  };
  test.each(FIXTURES[wire].map((fixture) => [fixture.name, fixture] as const))("%s", (_, { kind, bytes }) => {
    const whole = seen(kind, [bytes]);
    for (let at = 1; at < bytes.length; at++)
      expect([at, seen(kind, [bytes.subarray(0, at), bytes.subarray(at)])]).toEqual([at, whole]);
    expect(
      seen(
        kind,
        [Uint8Array.from(bytes)].flatMap((all) => Array.from(all, (byte) => Uint8Array.of(byte))),
      ),
    ).toBe(whole);
    // What is cut before its end has none, whatever else may be wrong with it.
    for (let at = 0; at < bytes.length; at++) {
      const { outcome } = JSON.parse(seen(kind, [bytes.subarray(0, at)])) as { outcome?: string };
      if (outcome !== "completed") continue;
      const end = decoded(wire, kind, bytes.subarray(0, at)).at(-1);
      expect([at, end?.type === "error" ? end.error.message : ""]).not.toEqual([
        at,
        expect.stringMatching(/before it was complete/),
      ]);
    }
  });
});
