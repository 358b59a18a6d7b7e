/** One turn with a running Responses host, through this wire's upstream half alone. */
import { mergeDialect, type DialectPatch } from "../../../../src/core/dialect.ts";
import { ShimError } from "../../../../src/core/errors.ts";
import type { ReplyEvent } from "../../../../src/core/reply.ts";
import { SseDecoder } from "../../../../src/core/sse.ts";
import { sealReasoning, unsealReasoning } from "../../../../src/core/reasoning-tag.ts";
import type { Item, Turn } from "../../../../src/core/turn.ts";
import { readHttpError } from "../../../../src/core/upstream-errors/read.ts";
import { responsesUpstream } from "../../../../src/wires/responses/upstream/upstream.ts";
import { testSurroundings } from "../../../support/around.ts";

export interface Exchanged {
  events: ReplyEvent[];
  /** What the model said, as the client's history would hold it. */
  said: Item[];
  error: ShimError | undefined;
}

export interface ExchangeOptions {
  patch?: DialectPatch;
  /** Ask for the whole answer in one piece. */
  whole?: boolean;
}

export async function exchange(
  url: string,
  turn: Partial<Turn>,
  { patch = {}, whole = false }: ExchangeOptions = {},
): Promise<Exchanged> {
  const asked: Turn = { model: "scripted", items: [], tools: [], settings: {}, ignored: [], ...turn };
  const around = testSurroundings();
  const { body, headers } = responsesUpstream.lower(asked, mergeDialect(patch), around, "thread");
  const answer = await fetch(url + responsesUpstream.path, {
    method: "POST",
    // A server that is about to close a connection may get the next request on it.
    keepalive: false,
    headers: { "content-type": "application/json", ...headers },
    body: whole ? body.replace('"stream":true', '"stream":false') : body,
  });
  if (!answer.ok) {
    const error = readHttpError(answer.status, answer.headers, await answer.text(), "host");
    return { events: [], said: [], error };
  }
  const events: ReplyEvent[] = [];
  const decoder = responsesUpstream.decoder(asked, (event) => events.push(event), around);
  if (whole) decoder.feed(await answer.text());
  else
    await readStream(
      answer,
      (data) => decoder.feed(data),
      (error) => decoder.fail(error),
    );
  decoder.end();
  const last = events.at(-1);
  return { events, said: itemsOf(events, asked.model), error: last?.type === "error" ? last.error : undefined };
}

async function readStream(
  answer: Response,
  feed: (data: string) => void,
  fail: (error: ShimError) => void,
): Promise<void> {
  const sse = new SseDecoder();
  try {
    for await (const bytes of answer.body ?? []) sse.push(bytes, feed);
    sse.end(feed);
  } catch (cause) {
    fail(new ShimError("upstream_unreachable", "the connection broke", { cause }));
  }
}

/** By way of a client that hands thoughts back as they were sealed. */
export function itemsOf(events: readonly ReplyEvent[], model: string): Item[] {
  const items: Item[] = [];
  let text = "";
  let head: Extract<ReplyEvent, { type: "item_start" }>["item"] | undefined;
  for (const event of events) {
    if (event.type === "item_start") [head, text] = [event.item, ""];
    else if (event.type === "item_delta") text += event.delta;
    if (event.type !== "item_end" || !head || !event.complete) continue;
    if (head.kind === "tool_call")
      items.push({ type: "tool_call", call_id: head.call_id, name: head.name, arguments: text });
    else if (head.kind === "reasoning") {
      const { details } = event;
      const item = unsealReasoning(sealReasoning(text, { field: head.field, model, ...(details && { details }) }));
      if (item) items.push(item);
    } else items.push({ type: "message", role: "assistant", parts: [{ type: head.kind, text }] });
  }
  return items;
}
