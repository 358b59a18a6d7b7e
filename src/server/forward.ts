/** A request whose upstream speaks the client's own wire: bytes go there and back as they are. */
import { forwardEdits } from "../config/resolve.ts";
import { retryAfter } from "../core/error-words.ts";
import { asShimError, ShimError } from "../core/errors.ts";
import type { ForwardWire, ReplyObserver } from "../wires/wire.ts";
import type { Call } from "./call.ts";
import type { Chosen } from "./catalog.ts";
import { errorText } from "./error-text.ts";
import { reasonOf } from "./fetching.ts";
import type { Incoming } from "./gateway.ts";
import { IdleWatch, whyAborted } from "./idle.ts";
import { pause, pauseBefore } from "./second-tries.ts";

export async function forwardRequest(
  incoming: Incoming,
  wire: ForwardWire,
  chosen: Chosen,
  call: Call,
): Promise<Response> {
  const { record } = chosen.provider;
  const { body, ignored } = wire.edit(incoming.text, { model: chosen.model, ...forwardEdits(record, chosen.model) });
  call.setIgnored(ignored);
  call.count("forwarded");
  const abort = new AbortController();
  if (incoming.signal.aborted) abort.abort();
  else incoming.signal.addEventListener("abort", () => abort.abort(), { once: true });
  const watch = new IdleWatch(abort, record.stream_idle_timeout_ms);
  try {
    const reply = await watch.wait(sendWithRetries(incoming, wire, chosen, body, abort.signal, call));
    const stream = (reply.headers.get("content-type") ?? "").includes("event-stream");
    const observer = reply.ok ? wire.observer(stream) : undefined;
    const headers = { ...passedBack(reply.headers), ...call.headers() };
    if (observer) return new Response(passedOn(reply, observer, abort, watch, call), { status: reply.status, headers });
    watch.end();
    const text = await errorText(reply);
    call.outcome = `the upstream answered ${reply.status}: ${text.slice(0, 300)}`;
    call.end();
    return new Response(text, { status: reply.status, headers });
  } catch (thrown) {
    watch.end();
    throw whyAborted(thrown, abort.signal);
  }
}

/** Sent again only as often as the config says: the client has a mind of its own about that. */
async function sendWithRetries(
  incoming: Incoming,
  wire: ForwardWire,
  { provider }: Chosen,
  body: string,
  signal: AbortSignal,
  call: Call,
): Promise<Response> {
  const headers = passedHeaders(incoming.headers);
  const { request_max_retries } = provider.record;
  for (let retry = 1; ; retry++) {
    const mayRetry = retry <= request_max_retries;
    try {
      const reply = await provider.send(wire.path, body, { via: incoming.via, signal, headers });
      const pause_ms = mayRetry && mayPass(reply.status) ? pauseBefore(retry, busy(reply.headers)) : undefined;
      if (pause_ms === undefined) return reply;
      void reply.body?.cancel().catch(() => {});
      await pause(pause_ms, signal);
    } catch (thrown) {
      const pause_ms = mayRetry ? pauseBefore(retry, thrown) : undefined;
      if (pause_ms === undefined) throw thrown;
      await pause(pause_ms, signal);
    }
    call.count("retries");
  }
}

function mayPass(status: number): boolean {
  return status === 408 || status === 429 || status >= 500;
}

function busy(headers: Headers): ShimError {
  const retry_after_ms = retryAfter(headers);
  return new ShimError("overloaded", "busy", retry_after_ms === undefined ? {} : { retry_after_ms });
}

function passedOn(
  reply: Response,
  observer: ReplyObserver,
  abort: AbortController,
  watch: IdleWatch,
  call: Call,
): ReadableStream<Uint8Array> {
  const reader = reply.body?.getReader();
  const finish = (otherwise: string): void => {
    watch.end();
    const { outcome, usage, effort } = observer.end();
    call.outcome ??= outcome ?? otherwise;
    call.usage = usage;
    call.effort = effort;
    call.end();
  };
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { value, done } = reader ? await watch.wait(reader.read()) : { value: undefined, done: true };
        if (value) {
          call.first();
          observer.feed(value);
          controller.enqueue(value);
        }
        if (!done) return;
        finish("upstream_protocol: the reply ended before it was complete");
        controller.close();
      } catch (thrown) {
        const error = asShimError(whyAborted(broken(thrown), abort.signal));
        finish(`${error.kind}: ${error.message}`);
        // Cut here as it was cut there: nothing may look like a proper end.
        controller.error(error);
      }
    },
    cancel() {
      abort.abort();
      void reader?.cancel().catch(() => {});
      finish("aborted by the client");
    },
  });
}

function broken(thrown: unknown): unknown {
  if (thrown instanceof ShimError || (thrown as { name?: unknown } | null)?.name === "AbortError") return thrown;
  return new ShimError("upstream_protocol", `the upstream's connection broke in mid-reply: ${reasonOf(thrown)}`);
}

/** Of the client's headers those that belong to the wire. Never its key, its cookies, or where it sits. */
const PASSED =
  /^(?:accept|user-agent|originator|version|session[_-]id|thread[_-]id|conversation[_-]id|idempotency-key|http-referer|x-title|x-client-request-id|openai-.*|anthropic-.*|x-stainless-.*|x-openai-.*|x-codex-(?!turn-state$).*)$/;

function passedHeaders(from: Headers): Record<string, string> {
  return Object.fromEntries([...from].filter(([name]) => PASSED.test(name)));
}

/** `openai-model` is not among them: Codex 0.169 takes another name there than it asked for as a warning to the user. */
const PASSED_BACK =
  /^(?:content-type|retry-after|retry-after-ms|x-should-retry|x-request-id|request-id|x-ratelimit-.*|anthropic-ratelimit-.*|openai-processing-ms|openai-version)$/;

function passedBack(from: Headers): Record<string, string> {
  return Object.fromEntries([...from].filter(([name]) => PASSED_BACK.test(name)));
}
