/** One Chat request through the client's half and the upstream's, without a network. */
import { DEFAULT_DIALECT, type Dialect } from "../../../../src/core/dialect.ts";
import type { ReplyEvent } from "../../../../src/core/reply.ts";
import { SseDecoder } from "../../../../src/core/sse.ts";
import type { Turn } from "../../../../src/core/turn.ts";
import { chatClient } from "../../../../src/wires/chat/client/client.ts";
import { chatUpstream } from "../../../../src/wires/chat/upstream/upstream.ts";
import type { Exchange } from "../../../../src/wires/wire.ts";
import { PLAIN, testSurroundings } from "../../../support/around.ts";
import type { Json } from "../../../support/response-rules.ts";

export const USER = { role: "user", content: "Go on." };
export const EXEC = {
  type: "function",
  function: {
    name: "exec_command",
    parameters: { type: "object", properties: { cmd: { type: "string" } }, required: ["cmd"] },
  },
};

export function lift(body: Json, notes?: string[]): Exchange {
  return chatClient.lift({ model: "m", messages: [USER], ...body }, PLAIN, testSurroundings(notes));
}

export const turnOf = (body: Json): Turn => lift(body).turn;
export const itemsOf = (...messages: Json[]): Turn["items"] => turnOf({ messages }).items;

/** The messages that a Chat upstream gets. */
export function relowered(body: Json, dialect: Partial<Dialect> = {}): Json {
  const lowered = chatUpstream.lower(turnOf(body), { ...DEFAULT_DIALECT, ...dialect }, testSurroundings());
  return JSON.parse(lowered.body) as Json;
}

export interface Said {
  sse: string;
  body: unknown;
  notes: string[];
}

/** What the client gets of these events, streamed and in one piece. */
export function encoded(request: Json, events: readonly ReplyEvent[], model?: string): Said {
  const notes: string[] = [];
  const [streamed, whole] = [true, false].map((stream) => {
    const around = { ...testSurroundings(stream ? notes : []), answering: { model, effort: undefined } };
    const { encoder } = chatClient.lift({ model: "m", messages: [USER], ...request, stream }, PLAIN, around);
    for (const event of events) encoder.write(event);
    return encoder;
  });
  return { sse: streamed?.take() ?? "", body: whole?.error ? undefined : whole?.body(), notes };
}

/** The same for the bytes of a Chat upstream's reply. */
export function answered(request: Json, bytes: Uint8Array | Json, model?: string): Said {
  const events: ReplyEvent[] = [];
  const around = testSurroundings();
  const decoder = chatUpstream.decoder(turnOf(request), (event) => void events.push(event), around);
  if (bytes instanceof Uint8Array) {
    const sse = new SseDecoder();
    sse.push(bytes, (data) => decoder.feed(data));
    sse.end((data) => decoder.feed(data));
  } else decoder.feed(JSON.stringify(bytes));
  decoder.end();
  return encoded(request, events, model);
}
