/**
 * Every recorded Chat reply as a Chat client gets it, translated: the stream keeps OpenAI's grammar, the body is the
 * same answer, and a reply that breaks off anywhere still comes to one proper end.
 */
import { describe, expect, test } from "bun:test";
import { readChatBody, readChatStream } from "../../../support/chat-events.ts";
import { golden } from "../../../support/golden.ts";
import type { Json } from "../../../support/response-rules.ts";
import { readFixtures, type Fixture } from "../upstream/fixtures.ts";
import { answered, EXEC, type Said } from "./exchange.ts";

const REQUEST = {
  messages: [
    { role: "user", content: "Go on." },
    {
      role: "assistant",
      content: null,
      tool_calls: [{ id: "call_old", type: "function", function: { name: "get_goal", arguments: "{}" } }],
    },
    { role: "tool", tool_call_id: "call_old", content: "none" },
  ],
  tools: [
    EXEC,
    { type: "custom", custom: { name: "apply_patch" } },
    { type: "function", function: { name: "get_goal" } },
  ],
};
const WITH_USAGE = { ...REQUEST, stream_options: { include_usage: true } };

function answer(request: Json, { kind, bytes }: Fixture): Said {
  return answered(
    request,
    kind === "sse" ? bytes : (JSON.parse(new TextDecoder().decode(bytes)) as Json),
    "real-model",
  );
}

const fixtures = readFixtures();

describe.each([
  ["with usage", WITH_USAGE, true],
  ["without usage", REQUEST, false],
])("%s", (_, request, usage) => {
  for (const fixture of fixtures) {
    test(fixture.name, () => {
      const { sse, body } = answer(request, fixture);
      const streamed = readChatStream(sse, { usage });
      expect(streamed.problems).toEqual([]);
      if (streamed.error) return expect(body).toBeUndefined();
      const whole = readChatBody(body);
      expect(whole.problems).toEqual([]);
      expect<Json>({ ...whole.message, content: whole.message["content"] || null }).toEqual(streamed.message);
      expect(whole.finish).toBe(String(streamed.finish));
      if (usage) expect(whole.usage).toEqual(streamed.usage);
      else expect(streamed.usage).toBeUndefined();
    });
  }
});

describe("broken off at every byte", () => {
  for (const fixture of fixtures.filter(({ kind, bytes }) => kind === "sse" && bytes.length < 1500)) {
    test(fixture.name, () => {
      const calls = callsIn(answer(REQUEST, fixture).sse);
      let before = "";
      for (let at = 0; at < fixture.bytes.length; at++) {
        const { sse } = answer(REQUEST, { ...fixture, bytes: fixture.bytes.subarray(0, at) });
        // Most breaks within one frame come to the same.
        if (sse === before) continue;
        before = sse;
        expect(readChatStream(sse).problems).toEqual([]);
        // No call is announced that the whole reply does not hold.
        for (const call of callsIn(sse)) expect(calls).toContain(call);
      }
    });
  }
});

const callsIn = (sse: string): string[] =>
  ((readChatStream(sse).message["tool_calls"] ?? []) as Json[]).map((call) =>
    JSON.stringify(call["function"] ?? call["custom"]),
  );

describe("transcripts", () => {
  const names = [
    "text-plain",
    "parallel-index-0",
    "think-inline",
    "length-cut-in-call",
    "error-frame",
    "refusal",
    "openrouter-encrypted",
  ];
  for (const fixture of fixtures.filter(({ name }) => names.includes(name)))
    test(fixture.name, () => golden(`chat-client/${fixture.name}.sse`, answer(WITH_USAGE, fixture).sse));
});
