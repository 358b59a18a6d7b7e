/** A request whose upstream speaks the client's own wire: bytes go there and back as they are. */
import { forwardEdits } from "../../config/resolve.ts";
import { retryAfter } from "../../core/error-words.ts";
import { asShimError, ShimError } from "../../core/errors.ts";
import { isJsonObject } from "../../core/json-fields.ts";
import type { ForwardEdits, ForwardWire, ReplyObserver } from "../../wires/wire.ts";
import { UPSTREAM_WIRES } from "../../wires/index.ts";
import type { Call } from "./call.ts";
import type { Candidates } from "./candidates.ts";
import type { Chosen } from "../upstreams/catalog.ts";
import { errorText } from "./error-text.ts";
import { reasonOf } from "../upstreams/fetching.ts";
import type { GatewayOptions } from "./gateway-options.ts";
import type { Incoming } from "./incoming.ts";
import { IdleWatch, whyAborted } from "./idle.ts";
import { exchangeOf, otherForm, reshaped } from "./reshape.ts";
import type { Trial } from "./router.ts";
import { KeptReader, type ReplyReader } from "../state/forwarding.ts";
import { isStoreTrouble } from "../store/store-error.ts";
import { pause, pauseBefore } from "./second-tries.ts";
import { patienceFor } from "./candidates.ts";

export async function forwardRequest(
  incoming: Incoming,
  wire: ForwardWire,
  candidates: Candidates,
  call: Call,
  gateway: GatewayOptions,
): Promise<Response> {
  const chosen = candidates.current;
  const { record, speaker } = chosen.provider;
  const { keeping } = incoming;
  const text = keeping?.textFor(chosen, incoming.text) ?? incoming.text;
  const { body, ignored } = wire.edit(text, { model: chosen.model, ...editsFor(wire, chosen) });
  call.setIgnored(ignored);
  call.count("forwarded");
  incoming.forwarded?.(keeping);
  const abort = new AbortController();
  if (incoming.signal.aborted) abort.abort();
  else incoming.signal.addEventListener("abort", () => abort.abort(), { once: true });
  const watch = new IdleWatch(abort, record.stream_idle_timeout_ms);
  const trial = gateway.router.try(chosen, threadIn(incoming.json), incoming);
  try {
    const reply = await sendWithRetries(incoming, wire, candidates, body, { abort, watch, call, trial });
    const headers = (): Record<string, string> => ({ ...passedBack(reply.headers), ...call.headers() });
    if (reply.ok) {
      const stream = (reply.headers.get("content-type") ?? "").includes("event-stream");
      const passing = { abort, watch, call, trial };
      const observer = wire.observer(stream);
      const reader = reply.body?.getReader();
      // Until something has come another one may take over, and a status can tell what went wrong.
      const first = await watch.wait(Promise.resolve(reader?.read())).catch((error: unknown) => {
        throw broken(error);
      });
      const form = otherForm(incoming, reply, first);
      if (form) {
        const reshaping = { incoming, wire, chosen, call, gateway, watch, trial, headers: headers() };
        const exchange = exchangeOf(reshaping);
        if (exchange)
          return await reshaped(reader, first, form, exchange, reshaping).catch((error: unknown) => {
            throw broken(error);
          });
      }
      const provider = keeping?.isNative(chosen) ? record.id : null;
      const kept =
        keeping?.kept.store && reader ? new KeptReader({ reader, first, keeping, provider, stream, watch }) : undefined;
      // What could not be stored is told in the head, as far as that is known by now.
      const begun = kept
        ? await watch.wait(kept.read()).catch((error: unknown) => {
            throw broken(error);
          })
        : first;
      const body = passedOn(kept ?? reader, begun, { observer, stream }, passing);
      return new Response(body, { status: reply.status, headers: headers() });
    }
    watch.end();
    const text = chosen.provider.redact(await errorText(reply));
    // Error answers look alike on all wires.
    const error = UPSTREAM_WIRES.chat.readError(reply.status, reply.headers, text, speaker);
    trial.failed(error);
    if (candidates.mayHelp(error)) throw error;
    call.error_kind = error.kind;
    call.outcome = `the upstream answered ${reply.status}: ${text.slice(0, 300)}`;
    call.end();
    return new Response(text, { status: reply.status, headers: headers() });
  } catch (thrown) {
    watch.end();
    const why = whyAborted(thrown, abort.signal);
    abort.abort();
    // Where the store fails the upstream has not.
    if (isStoreTrouble(why)) trial.abandoned();
    else trial.failed(asShimError(why));
    throw why;
  }
}

/** Of Chat's bodies the preset's own fields are a part; the others are the user's alone to change. */
function editsFor({ wire }: ForwardWire, { provider, model, dialect }: Chosen): Omit<ForwardEdits, "model"> {
  const { drop, extra_body } = dialect;
  if (wire === "chat") return { drop, extra_body };
  return { ...forwardEdits(provider.record, model), steady: provider.record.local };
}

/** The conversation's own name, in the words of each wire. */
function threadIn(json: unknown): string | undefined {
  const { prompt_cache_key, session_id, metadata } = (json ?? {}) as Record<string, unknown>;
  const { user_id } = (isJsonObject(metadata) ? metadata : {}) as { user_id?: unknown };
  return [prompt_cache_key, session_id, user_id].find(
    (name): name is string => typeof name === "string" && name !== "",
  );
}

/** Sent again only as often as the config says: the client has a mind of its own about that. */
async function sendWithRetries(
  incoming: Incoming,
  wire: ForwardWire,
  candidates: Candidates,
  body: string,
  { abort: { signal }, watch, call }: Passing,
): Promise<Response> {
  const { provider, dialect, model } = candidates.current;
  const thread = threadIn(incoming.json);
  const headers = {
    ...passedHeaders(incoming.headers),
    ...(thread !== undefined && dialect.session_header !== "" && { [dialect.session_header]: thread }),
  };
  const { request_max_retries, preset } = provider.record;
  for (let retry = 1; ; retry++) {
    try {
      const heard = call.recording?.sent({
        provider: provider.id,
        preset,
        model,
        wire: wire.wire,
        forwarded: true,
        dialect,
        body,
        redact: provider.redact,
      });
      const answered = await watch.wait(provider.send(wire.path, body, { via: incoming.via, signal, headers }));
      const reply = heard?.(answered) ?? answered;
      if (reply.ok) return reply;
      const failure = busy(reply.headers);
      const most = Math.max(request_max_retries, isFull(reply.status) ? patienceFor(candidates, failure) : 0);
      const pause_ms = retry <= most && mayPass(reply.status) ? pauseBefore(retry, failure) : undefined;
      if (pause_ms === undefined) return reply;
      void reply.body?.cancel().catch(() => {});
      await pause(pause_ms, signal);
    } catch (thrown) {
      const pause_ms = retry <= request_max_retries ? pauseBefore(retry, thrown) : undefined;
      if (pause_ms === undefined) throw thrown;
      await pause(pause_ms, signal);
    }
    call.count("retries");
  }
}

function mayPass(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

function isFull(status: number): boolean {
  return status === 429 || status === 503 || status === 529;
}

function busy(headers: Headers): ShimError {
  const retry_after_ms = retryAfter(headers);
  return new ShimError("overloaded", "busy", retry_after_ms === undefined ? {} : { retry_after_ms });
}

interface Passing {
  abort: AbortController;
  watch: IdleWatch;
  call: Call;
  trial: Trial;
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;
type Read = Awaited<ReturnType<Reader["read"]>>;

/** Cut here as it was cut there: nothing may look like a proper end. What was written goes out first, and the head. */
async function cut(controller: ReadableStreamDefaultController, error: Error): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, FLUSH_MS));
  controller.error(error);
}

const FLUSH_MS = 20;

const CUT = "the reply ended before it was complete";

function passedOn(
  reader: ReplyReader | undefined,
  first: Read | undefined,
  { observer, stream }: { observer: ReplyObserver; stream: boolean },
  { abort, watch, call, trial }: Passing,
): ReadableStream<Uint8Array> {
  let next = first;
  let over = false;
  /** Whether it ended properly. */
  const finish = (otherwise: string, failure?: ShimError): boolean => {
    over = true;
    watch.end();
    const { outcome, usage, effort } = observer.end();
    call.outcome ??= outcome ?? otherwise;
    call.usage = usage;
    call.effort = effort;
    if (outcome !== undefined) trial.ended(usage);
    else {
      const error = failure ?? new ShimError("upstream_protocol", otherwise);
      call.error_kind = error.kind;
      trial.failed(error);
    }
    call.end();
    return outcome !== undefined;
  };
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        watch.waiting();
        const read = next ?? (reader && (await reader.read()));
        watch.waited();
        next = undefined;
        const { value, done } = read ?? { value: undefined, done: true };
        if (value) {
          call.first();
          trial.first();
          observer.feed(value);
          controller.enqueue(value);
        }
        if (!done) return;
        const whole = finish(`upstream_protocol: ${CUT}`);
        // Of a stream that closes in order many clients keep the half as if it were all: Aider writes it to the file.
        if (whole || !stream) controller.close();
        else await cut(controller, new Error(CUT));
      } catch (thrown) {
        const error = asShimError(whyAborted(broken(thrown), abort.signal));
        finish(`${error.kind}: ${error.message}`, error);
        await cut(controller, error);
      }
    },
    cancel() {
      abort.abort();
      void reader?.cancel().catch(() => {});
      // Also when it leaves while the reply is being cut.
      if (!over) finish("aborted by the client", new ShimError("aborted", "the client went away"));
    },
  });
}

function broken(thrown: unknown): unknown {
  if (thrown instanceof ShimError || (thrown as { name?: unknown } | null)?.name === "AbortError") return thrown;
  return new ShimError("upstream_protocol", `the upstream's connection broke in mid-reply: ${reasonOf(thrown)}`);
}

/** Of the client's headers those that belong to the wire. Never its key, its cookies, where it sits, or who pays. */
const PASSED =
  /^(?:accept|user-agent|originator|version|session[_-]id|thread[_-]id|conversation[_-]id|idempotency-key|http-referer|x-title|x-client-request-id|openai-(?!organization$|project$).*|anthropic-.*|x-stainless-.*|x-openai-.*|x-codex-(?!turn-state$).*)$/;

function passedHeaders(from: Headers): Record<string, string> {
  return Object.fromEntries([...from].filter(([name]) => PASSED.test(name)));
}

/** `openai-model` is not among them: Codex 0.169 takes another name there than it asked for as a warning to the user. */
const PASSED_BACK =
  /^(?:content-type|retry-after|retry-after-ms|x-should-retry|x-request-id|request-id|x-ratelimit-.*|anthropic-ratelimit-.*|openai-processing-ms|openai-version)$/;

function passedBack(from: Headers): Record<string, string> {
  return Object.fromEntries([...from].filter(([name]) => PASSED_BACK.test(name)));
}
