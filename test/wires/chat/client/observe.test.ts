import { describe, expect, test } from "bun:test";
import { chatClient, embeddingsClient } from "../../../../src/wires/chat/client/client.ts";
import type { Observed } from "../../../../src/wires/wire.ts";
import type { Json } from "../../../support/response-rules.ts";
import { decodeBody, decodeStream, readFixtures } from "../upstream/fixtures.ts";

const utf8 = new TextEncoder();

function observed(bytes: Uint8Array, stream: boolean, cut = bytes.length): Observed {
  const observer = chatClient.forward?.observer(stream);
  for (let at = 0; at < bytes.length; at += cut) observer?.feed(bytes.subarray(at, at + cut));
  return observer?.end() as Observed;
}

const sse = (...chunks: (Json | string)[]): Uint8Array =>
  utf8.encode(chunks.map((chunk) => `data: ${typeof chunk === "string" ? chunk : JSON.stringify(chunk)}\n\n`).join(""));
const chunk = (delta: Json, finish_reason: string | null = null): Json => ({
  choices: [{ index: 0, delta, finish_reason }],
});
const USAGE = {
  choices: [],
  usage: { prompt_tokens: 10, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 4 } },
};

describe("a stream that is handed on", () => {
  test("tells its end and its use", () => {
    const bytes = sse(chunk({ content: '"finish_reason":"stop" "usage":{' }), chunk({}, "stop"), USAGE, "[DONE]");
    for (const cut of [bytes.length, 7, 1])
      expect(observed(bytes, true, cut)).toMatchObject({
        outcome: "completed",
        usage: { input_tokens: 10, cached_tokens: 4, output_tokens: 5 },
      });
  });

  test.each<[string, Uint8Array, string | undefined, string]>([
    ["cut by length", sse(chunk({ content: "x" }), chunk({}, "length"), "[DONE]"), "incomplete", ""],
    ["broken off", sse(chunk({ content: "x" })), undefined, ""],
    ["no finish_reason, but an end", sse(chunk({ content: "x" }), "[DONE]"), "completed", ""],
    ["a quoted end", sse(chunk({ content: '"finish_reason":"stop"' })), undefined, ""],
    [
      "a quoted error",
      sse(chunk({ content: '{"error":{"message":"no"}}' }), chunk({}, "stop"), "[DONE]"),
      "completed",
      "",
    ],
    ["an error", sse(chunk({ content: "x" }), { error: { message: "oh", code: 500 } }), "failed", "oh"],
    ["an error without choices", sse({ object: "error", message: "oh" }), "failed", "oh"],
    ["nothing", sse(), undefined, ""],
  ])("%s", (_, bytes, outcome, words) => {
    const seen = observed(bytes, true);
    expect(seen.outcome).toBe(outcome as string);
    expect(seen.error?.message ?? "").toContain(words);
  });

  test("is read as the decoder reads it, for every recorded reply", () => {
    for (const { name, kind, bytes } of readFixtures()) {
      const text = new TextDecoder().decode(bytes);
      const last = (kind === "sse" ? decodeStream([bytes]) : decodeBody(text)).events.at(-1);
      const { outcome, usage } = observed(bytes, kind === "sse");
      if (last?.type !== "end") continue;
      expect([name, usage]).toEqual([name, last.usage]);
      expect([name, outcome]).toEqual([
        name,
        last.reason === "length" || last.reason === "content_filter" ? "incomplete" : "completed",
      ]);
    }
  });
});

describe("an answer in one piece that is handed on", () => {
  test.each<[string, unknown, unknown]>([
    ["an answer", { ...USAGE, choices: [{ message: {}, finish_reason: "stop" }] }, "completed"],
    ["a cut one", { choices: [{ message: {}, finish_reason: "length" }] }, "incomplete"],
    ["an error", { error: { message: "oh" } }, "failed"],
    ["embeddings", { object: "list", data: [], usage: { prompt_tokens: 3, total_tokens: 3 } }, "completed"],
  ])("%s", (_, body, outcome) => {
    expect(observed(utf8.encode(JSON.stringify(body)), false).outcome).toEqual(outcome as never);
  });

  test("counts what embeddings took", () => {
    const observer = embeddingsClient.forward?.observer(false);
    observer?.feed(utf8.encode('{"object":"list","data":[],"usage":{"prompt_tokens":3,"total_tokens":3}}'));
    expect(observer?.end()).toMatchObject({ outcome: "completed", usage: { input_tokens: 3, output_tokens: 0 } });
  });

  test("half a body is no end", () => {
    expect(observed(utf8.encode('{"choices":[{"finish_reason":"stop"'), false).outcome).toBeUndefined();
  });
});
