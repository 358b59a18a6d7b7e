/**
 * Every recorded Chat reply as a Responses client gets it: the stream keeps the whole event grammar, the body is the
 * same answer, and a reply that breaks off anywhere still comes to one proper end.
 */
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SseDecoder } from "../../src/core/sse.ts";
import { chatUpstream } from "../../src/wires/chat/upstream/upstream.ts";
import { responsesClient } from "../../src/wires/responses/client/client.ts";
import type { ClientFacts } from "../../src/wires/wire.ts";
import { CODEX, PLAIN, testSurroundings } from "../support/around.ts";
import { readEvents, tell, validateResponseBody, validateResponseStream } from "../support/response-events.ts";
import { readFixtures, type Fixture } from "./chat/upstream/fixtures.ts";

const GOLDEN = join(import.meta.dirname, "../golden/responses");
/** Those that a reader should have seen whole; `UPDATE_GOLDEN=1` rewrites them. */
const NAMES = [
  "text-plain",
  "llama-style",
  "parallel-index-0",
  "think-inline",
  "length-cut-in-call",
  "error-frame",
  "refusal",
];
const SHOWN = readFixtures().filter(({ name }) => NAMES.includes(name));

const REQUEST = {
  model: "m",
  input: "Go on.",
  tools: [
    { type: "function", name: "exec_command", parameters: { type: "object", properties: { cmd: { type: "string" } } } },
    { type: "custom", name: "apply_patch" },
    { type: "namespace", name: "mcp__tiny", tools: [{ type: "function", name: "echo" }] },
  ],
};

function answer(
  fixture: Fixture,
  client: ClientFacts,
  more: object,
  bytes = fixture.bytes,
): { sse: string; body: unknown } {
  const both = [true, false].map((stream) => {
    const { turn, encoder } = responsesClient.lift({ ...REQUEST, ...more, stream }, client, testSurroundings());
    const decoder = chatUpstream.decoder(turn, (event) => encoder.write(event), testSurroundings());
    const onData = (data: string): void => decoder.feed(data);
    if (fixture.kind === "json") decoder.feed(new TextDecoder().decode(bytes));
    else {
      const sse = new SseDecoder();
      sse.push(bytes, onData);
      sse.end(onData);
    }
    decoder.end();
    return encoder;
  });
  const [streamed, whole] = both;
  return { sse: streamed?.take() ?? "", body: whole?.body() };
}

const WAYS: [string, ClientFacts, object][] = [
  ["Codex", CODEX, { reasoning: { summary: "auto" }, include: ["reasoning.encrypted_content"] }],
  ["a plain client", PLAIN, {}],
];

describe.each(WAYS)("for %s", (_, client, more) => {
  for (const fixture of readFixtures()) {
    test(fixture.name, () => {
      const { sse, body } = answer(fixture, client, more);
      expect(tell(validateResponseStream(sse))).toBe("");
      expect(tell(validateResponseBody(body))).toBe("");
      expect(readEvents(sse).at(-1)?.["response"]).toEqual(body as never);
    });
  }
});

describe("broken off at every byte", () => {
  for (const fixture of readFixtures().filter(({ kind, bytes }) => kind === "sse" && bytes.length < 1500)) {
    test(fixture.name, () => {
      const full = readEvents(answer(fixture, CODEX, {}).sse);
      const calls = JSON.stringify(full.filter(({ type }) => type === "response.output_item.done"));
      let before = "";
      for (let at = 0; at < fixture.bytes.length; at++) {
        const { sse } = answer(fixture, CODEX, {}, fixture.bytes.subarray(0, at));
        // Most breaks within one frame come to the same.
        if (sse === before) continue;
        before = sse;
        expect(tell(validateResponseStream(sse))).toBe("");
        for (const { type, item } of readEvents(sse) as {
          type: string;
          item?: { arguments?: string; input?: string };
        }[]) {
          // No call is announced that the whole reply does not hold.
          if (type !== "response.output_item.done") continue;
          const said = item?.arguments ?? item?.input;
          if (said !== undefined) expect(calls).toContain(JSON.stringify(said));
        }
      }
    });
  }
});

describe("transcripts", () => {
  for (const fixture of SHOWN) {
    test(fixture.name, () => {
      const golden = join(GOLDEN, `${fixture.name}.sse`);
      const { sse } = answer(fixture, PLAIN, {});
      if (process.env["UPDATE_GOLDEN"]) writeFileSync(golden, sse);
      expect(existsSync(golden)).toBe(true);
      expect(sse).toBe(readFileSync(golden, "utf8"));
    });
  }
});
