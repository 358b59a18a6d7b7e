/** The replies in `test/fixtures/messages`: what Messages hosts send, and what each must decode to. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { SseDecoder } from "../../../../src/core/sse.ts";
import type { ReplyEvent } from "../../../../src/core/reply.ts";
import { messagesUpstream } from "../../../../src/wires/messages/upstream/upstream.ts";
import { testSurroundings } from "../../../support/around.ts";
import { FIXTURE_TURN, type Decoded, type Fixture } from "../../chat/upstream/fixtures.ts";

export const FIXTURES = join(import.meta.dirname, "../../../fixtures/messages");

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

function decodeWith(read: (feed: (data: string) => void) => void): Decoded {
  const events: ReplyEvent[] = [];
  const notes: string[] = [];
  const decoder = messagesUpstream.decoder(FIXTURE_TURN, (event) => events.push(event), testSurroundings(notes));
  read((data) => decoder.feed(data));
  decoder.end();
  if (!decoder.ended) throw new Error("the decoder goes on after the end of the bytes");
  return { events, notes };
}
