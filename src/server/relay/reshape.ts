/**
 * A reply in one piece where a stream was requested, or the other way round: a client that reads the one sees nothing in
 * the other, and no error either. Such a reply is read to its end and sent in the requested form.
 */
import { asShimError } from "../../core/errors.ts";
import { isJsonObject } from "../../core/json-fields.ts";
import type { ReplyEvent } from "../../core/reply.ts";
import { UPSTREAM_WIRES } from "../../wires/index.ts";
import type { Exchange } from "../../wires/wire.ts";
import { redactError } from "../access/redact.ts";
import { keptReply } from "../state/keeping.ts";
import type { Read, Reader } from "../upstreams/failed-frames.ts";
import type { Forwarding } from "./forward.ts";
import type { Incoming } from "./incoming.ts";
import { drain, STREAM_HEADERS } from "./pump.ts";
import { surroundingsOf } from "./scope.ts";

/** Whether a reply has not the form that was requested, as far as its form is known. */
export function hasOtherForm({ body, keeping }: Incoming, reply: Response, first: Read | undefined): boolean {
  // No client reads a background reply while it comes.
  if (keeping?.kept.background) return false;
  const { json } = body;
  const wants_stream = isJsonObject(json) && json["stream"] === true;
  const type = reply.headers.get("content-type") ?? "";
  if (type.includes("event-stream")) return !wants_stream;
  // Some send a stream as `application/json`.
  const begin = new TextDecoder().decode(first?.value?.subarray(0, 64)).trimStart();
  return wants_stream && type.includes("json") && begin.startsWith("{");
}

/** `first` has been read of the reply already. Throws the ShimError that the reply is, or that ended it. */
export async function reshaped(
  reader: Reader | undefined,
  first: Read | undefined,
  exchange: Exchange,
  reply_headers: Record<string, string>,
  forwarding: Forwarding,
): Promise<Response> {
  const { scope, tracked, watch } = forwarding;
  const { call, incoming, candidates } = scope;
  const { "content-type": type = "", ...headers } = reply_headers;
  const { encoder, stream } = exchange;
  call.note("answer_reshaped", type.includes("json") ? "in one piece" : "as a stream");
  watch.end();
  const events = await eventsOf(new Response(rejoined(reader, first), { headers: { "content-type": type } }));
  call.first();
  tracked.first();
  if (stream) encoder.open();
  for (const event of events) {
    if (event.type === "item_start" && event.item.kind === "tool_call")
      call.called(exchange.kindOf?.(event.item.name) ?? "function");
    if (event.type === "end") {
      call.outcome = event.reason;
      call.usage = event.usage;
      tracked.ended(event.usage);
    }
    encoder.write(event);
  }
  if (encoder.error) throw asShimError(redactError(encoder.error, candidates.current.provider.redact));
  await keptReply(incoming.keeping, encoder)?.end();
  call.end();
  if (!stream) return Response.json(encoder.body(), { headers });
  return new Response(encoder.take(), { headers: { ...headers, ...STREAM_HEADERS } });

  async function eventsOf(head: Response): Promise<ReplyEvent[]> {
    const { wire, candidate, abort, meter } = forwarding;
    const { provider, dialect } = candidate;
    const events: ReplyEvent[] = [];
    const around = surroundingsOf(scope, { model: candidate.model, effort: undefined });
    const emit = (event: ReplyEvent): void => void events.push(event);
    const decoder = UPSTREAM_WIRES[wire.wire].decoder(exchange.turn, emit, around, dialect);
    const idle_ms = provider.record.stream_idle_timeout_ms;
    await drain({ head: Promise.resolve(head), decoder, abort, meter, idle_ms, pausing: () => false });
    const failure = events.find((event) => event.type === "error");
    if (failure) throw asShimError(redactError(failure.error, provider.redact));
    return events;
  }
}

function rejoined(reader: Reader | undefined, first: Read | undefined): ReadableStream<Uint8Array> {
  let next = first;
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = next ?? (await reader?.read()) ?? { value: undefined, done: true };
      next = undefined;
      if (value) controller.enqueue(value);
      if (done) controller.close();
    },
    cancel: (reason) => reader?.cancel(reason),
  });
}
