/**
 * A host that answers in one piece where a stream was asked for, or the other way round: a client that reads the one
 * sees nothing in the other, and no error either. Such an answer is read to its end and told in the form asked for.
 */
import { asShimError, isTooDeep, ShimError } from "../../core/errors.ts";
import { isJsonObject } from "../../core/json-fields.ts";
import type { ReplyEvent } from "../../core/reply.ts";
import { SseDecoder } from "../../core/sse.ts";
import { UPSTREAM_WIRES } from "../../wires/index.ts";
import type { Answering, Exchange, ForwardWire } from "../../wires/wire.ts";
import { redactError } from "../access/redact.ts";
import type { Call } from "./call.ts";
import type { Chosen } from "../upstreams/catalog.ts";
import type { GatewayOptions } from "./gateway-options.ts";
import type { Incoming } from "./incoming.ts";
import type { IdleWatch } from "./idle.ts";
import type { ReplyMeter } from "../memory/reply-meter.ts";
import { STREAM_HEADERS } from "./pump.ts";
import type { Trial } from "./router.ts";
import { keptReply } from "../state/keeping.ts";
import { surroundingsOf } from "./surroundings.ts";

type Form = "stream" | "body";
type Reader = ReadableStreamDefaultReader<Uint8Array>;
type Read = Awaited<ReturnType<Reader["read"]>>;

export interface Reshaping {
  incoming: Incoming;
  wire: ForwardWire;
  chosen: Chosen;
  call: Call;
  gateway: GatewayOptions;
  watch: IdleWatch;
  trial: Trial;
  meter: ReplyMeter;
  /** Of the answer, beyond those of its form. */
  headers: Record<string, string>;
}

/** The form of an answer that is not the one asked for; undefined where it is, or where its form is not known. */
export function otherForm({ body, keeping }: Incoming, reply: Response, first: Read | undefined): Form | undefined {
  // What runs in the background is read by nobody while it comes.
  if (keeping?.kept.background) return undefined;
  const { json } = body;
  const asked = isJsonObject(json) && json["stream"] === true;
  const type = reply.headers.get("content-type") ?? "";
  if (type.includes("event-stream")) return asked ? undefined : "stream";
  // Some send a stream under that name.
  const begin = new TextDecoder().decode(first?.value?.subarray(0, 64)).trimStart();
  return asked && type.includes("json") && begin.startsWith("{") ? "body" : undefined;
}

/** Undefined for a request that cannot be read as a turn: its answer is handed on as it is. */
export function exchangeOf({ incoming, chosen, call, gateway }: Reshaping): Exchange | undefined {
  const around = surroundingsOf(incoming, chosen, call, gateway, answeringOf(chosen));
  try {
    return incoming.wire.lift(incoming.body.json, incoming.client, { ...around, note: () => {} });
  } catch {
    return undefined;
  }
}

function answeringOf({ model }: Chosen): Answering {
  return { model, effort: undefined };
}

/** Throws the ShimError that the answer is, or that ended it. */
export async function reshaped(
  reader: Reader | undefined,
  first: Read | undefined,
  form: Form,
  exchange: Exchange,
  reshaping: Reshaping,
): Promise<Response> {
  const { incoming, chosen, call, trial, watch } = reshaping;
  const { "content-type": _, ...headers } = reshaping.headers;
  const { encoder, stream } = exchange;
  call.note("answer_reshaped", form === "body" ? "in one piece" : "as a stream");
  const events = decoded(await textOf(reader, first, reshaping), form, exchange, reshaping);
  watch.end();
  call.first();
  trial.first();
  if (stream) encoder.open();
  for (const event of events) {
    if (event.type === "item_start" && event.item.kind === "tool_call")
      call.called(exchange.kindOf?.(event.item.name) ?? "function");
    if (event.type === "end") {
      call.outcome = event.reason;
      call.usage = event.usage;
      trial.ended(event.usage);
    }
    encoder.write(event);
  }
  if (encoder.error) throw asShimError(redactError(encoder.error, chosen.provider.redact));
  await keptReply(incoming.keeping, encoder)?.end();
  call.end();
  if (!stream) return Response.json(encoder.body(), { headers });
  return new Response(encoder.take(), { headers: { ...headers, ...STREAM_HEADERS } });
}

async function textOf(
  reader: Reader | undefined,
  first: Read | undefined,
  { watch, meter }: Reshaping,
): Promise<string> {
  const utf8 = new TextDecoder();
  let text = "";
  for (let read = first; reader && read?.value; read = await watch.wait(reader.read())) {
    try {
      meter.add(read.value.length);
    } catch (thrown) {
      void reader.cancel().catch(() => {});
      throw thrown;
    }
    text += utf8.decode(read.value, { stream: true });
  }
  return text + utf8.decode();
}

/** Throws what the answer failed with. */
function decoded(text: string, form: Form, { turn }: Exchange, reshaping: Reshaping): ReplyEvent[] {
  const { incoming, wire, chosen, call, gateway } = reshaping;
  const { provider, dialect } = chosen;
  const events: ReplyEvent[] = [];
  const around = surroundingsOf(incoming, chosen, call, gateway, answeringOf(chosen));
  const emit = (event: ReplyEvent): void => void events.push(event);
  const decoder = UPSTREAM_WIRES[wire.wire].decoder(turn, emit, around, dialect);
  const feed = (data: string): void => decoder.feed(data);
  try {
    if (form === "body") feed(text);
    else {
      const sse = new SseDecoder();
      sse.push(new TextEncoder().encode(text), feed);
      sse.end(feed);
    }
    decoder.end();
  } catch (thrown) {
    if (!isTooDeep(thrown)) throw thrown;
    throw new ShimError("upstream_protocol", "the upstream's answer is nested too deeply");
  }
  for (const event of events) if (event.type === "error") throw asShimError(redactError(event.error, provider.redact));
  return events;
}
