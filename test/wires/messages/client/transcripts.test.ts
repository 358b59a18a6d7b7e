/**
 * Every recorded reply as a Messages client gets it: the stream keeps the whole event grammar, the body is the same
 * answer, and a reply that breaks off anywhere still comes to one proper end.
 */
import { describe, expect, test } from "bun:test";
import { SseDecoder } from "../../../../src/core/sse.ts";
import { chatUpstream } from "../../../../src/wires/chat/upstream/upstream.ts";
import { messagesClient } from "../../../../src/wires/messages/client/client.ts";
import { messagesUpstream } from "../../../../src/wires/messages/upstream/upstream.ts";
import type { Encoder, UpstreamWire } from "../../../../src/wires/wire.ts";
import { PLAIN, testSurroundings } from "../../../support/around.ts";
import { golden } from "../../../support/golden.ts";
import {
  assembled,
  readEvents,
  tell,
  validateMessageBody,
  validateMessageStream,
} from "../../../support/message-events.ts";
import { readFixtures as chatFixtures, type Fixture } from "../../chat/upstream/fixtures.ts";
import { readFixtures as messagesFixtures } from "../upstream/fixtures.ts";

const REQUEST = {
  model: "m",
  max_tokens: 1000,
  messages: [
    { role: "user", content: "Go on." },
    { role: "assistant", content: [{ type: "tool_use", id: "call_old", name: "get_goal", input: {} }] },
    { role: "user", content: [{ type: "tool_result", tool_use_id: "call_old", content: "none" }] },
  ],
  tools: [
    {
      name: "exec_command",
      input_schema: { type: "object", properties: { cmd: { type: "string" } }, required: ["cmd"] },
    },
    { name: "apply_patch", input_schema: { type: "object", properties: { input: { type: "string" } } } },
    { name: "get_goal", input_schema: { type: "object" } },
  ],
};

const WAYS: [string, object][] = [
  ["with thoughts", { thinking: { type: "adaptive" } }],
  ["with sealed thoughts", { thinking: { type: "adaptive", display: "omitted" } }],
  ["without thoughts", {}],
];

const UPSTREAMS: [string, UpstreamWire, Fixture[]][] = [
  ["chat", chatUpstream, chatFixtures()],
  ["messages", messagesUpstream, messagesFixtures()],
];

function encoded(wire: UpstreamWire, fixture: Fixture, more: object, bytes = fixture.bytes): Encoder {
  const { turn, encoder } = messagesClient.lift({ ...REQUEST, ...more }, PLAIN, testSurroundings());
  const decoder = wire.decoder(turn, (event) => encoder.write(event), testSurroundings());
  const onData = (data: string): void => decoder.feed(data);
  if (fixture.kind === "json") decoder.feed(new TextDecoder().decode(bytes));
  else {
    const sse = new SseDecoder();
    sse.push(bytes, onData);
    sse.end(onData);
  }
  decoder.end();
  return encoder;
}

describe.each(UPSTREAMS)("%s", (name, wire, fixtures) => {
  describe.each(WAYS)("%s", (_, more) => {
    for (const fixture of fixtures) {
      test(fixture.name, () => {
        const streamed = encoded(wire, fixture, { ...more, stream: true });
        const whole = encoded(wire, fixture, more);
        const sse = streamed.take();
        expect(tell(validateMessageStream(sse))).toBe("");
        expect(whole.take()).toBe("");
        expect(whole.error?.message).toBe(streamed.error?.message as string);
        if (whole.error) return;
        const text = JSON.stringify(whole.body());
        expect(tell(validateMessageBody(JSON.parse(text)))).toBe("");
        expect(assembled(sse)).toEqual(JSON.parse(text));
        // Digits that JavaScript does not keep are the model's all the same.
        if (fixture.name.includes("long-numbers")) expect(text).toContain("12345678901234567890");
      });
    }
  });

  describe("broken off at every byte", () => {
    for (const fixture of fixtures.filter(({ kind, bytes }) => kind === "sse" && bytes.length < 1500)) {
      test(fixture.name, () => {
        const stream = { stream: true, thinking: { type: "adaptive" } };
        const said = (sse: string): string[] =>
          readEvents(sse).flatMap(({ delta }) => {
            const json = (delta as { partial_json?: string } | undefined)?.partial_json;
            return json === undefined ? [] : [json];
          });
        const calls = said(encoded(wire, fixture, stream).take());
        let before = "";
        for (let at = 0; at < fixture.bytes.length; at++) {
          const sse = encoded(wire, fixture, stream, fixture.bytes.subarray(0, at)).take();
          // Most breaks within one frame come to the same.
          if (sse === before) continue;
          before = sse;
          expect(tell(validateMessageStream(sse))).toBe("");
          // No call is announced that the whole reply does not hold.
          for (const call of said(sse)) expect(calls).toContain(call);
        }
      });
    }
  });

  test("the fixtures are there", () => expect(`${name} ${fixtures.length > 20}`).toBe(`${name} true`));
});

/** Those that a reader should have seen whole. */
const SHOWN = ["text-plain", "llama-style", "parallel-index-0", "length-cut-in-call", "error-frame", "refusal"];

describe("transcripts", () => {
  for (const fixture of chatFixtures().filter(({ name }) => SHOWN.includes(name))) {
    test(fixture.name, () => {
      const encoder = encoded(chatUpstream, fixture, { stream: true, thinking: { type: "adaptive" } });
      golden(`messages-client/${fixture.name}.sse`, encoder.take());
    });
  }
});
