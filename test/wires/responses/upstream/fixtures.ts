/** The replies in `test/fixtures/responses`: what Responses hosts send, and what each must decode to. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { SseDecoder } from "../../../../src/core/sse.ts";
import type { ReplyEvent } from "../../../../src/core/reply.ts";
import { responsesUpstream } from "../../../../src/wires/responses/upstream/upstream.ts";
import { testSurroundings } from "../../../support/around.ts";
import { FIXTURE_TURN, type Decoded, type Fixture } from "../../chat/upstream/fixtures.ts";

export const FIXTURES = join(import.meta.dirname, "../../../fixtures/responses");

export function readFixtures(): Fixture[] {
  return readdirSync(FIXTURES)
    .filter((file) => /\.(?:sse|json)$/.test(file))
    .toSorted()
    .map((file) => ({
      name: file.replace(/\.\w+$/, ""),
      kind: file.endsWith(".sse") ? "sse" : "json",
      bytes: readFileSync(join(FIXTURES, file)),
    }));
}

/** Decodes a stream that arrives in these pieces. */
export function decodeStream(pieces: readonly Uint8Array[]): Decoded {
  return decodeWith((feed) => {
    const sse = new SseDecoder();
    for (const piece of pieces) sse.push(piece, feed);
    sse.end(feed);
  });
}

export function decodeBody(text: string): Decoded {
  return decodeWith((feed) => feed(text));
}

/** Decodes events that are written as objects. */
export function decodeEvents(...events: readonly object[]): Decoded {
  return decodeWith((feed) => {
    for (const event of events) feed(JSON.stringify(event));
  });
}

function decodeWith(read: (feed: (data: string) => void) => void): Decoded {
  const events: ReplyEvent[] = [];
  const notes: string[] = [];
  const decoder = responsesUpstream.decoder(FIXTURE_TURN, (event) => events.push(event), testSurroundings(notes));
  read((data) => decoder.feed(data));
  decoder.end();
  if (!decoder.ended) throw new Error("the decoder goes on after the end of the bytes");
  return { events, notes };
}
