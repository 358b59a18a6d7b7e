/** Pass-through: the upstream speaks the client's own wire, and bytes are forwarded both ways. */
import { createHash } from "node:crypto";
import { asShimError, ShimError } from "../../core/errors.ts";
import { sessionHeaders } from "../../core/fit/body.ts";
import { isJsonObject } from "../../core/json-fields.ts";
import type { ForwardEdits, ForwardWire, ReplyObserver } from "../../wires/wire.ts";
import { UPSTREAM_WIRES } from "../../wires/index.ts";
import type { Redact } from "../access/redact.ts";
import type { ModelCandidate } from "../upstreams/catalog.ts";
import { searched, searchedReader, type Read } from "../upstreams/failed-frames.ts";
import { Attempts, type UpstreamRequest } from "./attempts.ts";
import type { ReplyMeter } from "../memory/reply-meter.ts";
import { meterOf } from "./held-memory.ts";
import { abortWith, brokenReply, IdleWatch, whyAborted } from "../upstreams/idle.ts";
import { payloadOf } from "./payload.ts";
import type { Incoming } from "./incoming.ts";
import { hasOtherForm, reshaped } from "./reshape.ts";
import { forLocalHost } from "./local-only.ts";
import type { TrackedAttempt } from "./router.ts";
import { exchangeOf, type RequestScope } from "./scope.ts";
import { KeptReader, type ReplyReader } from "../state/kept-reader.ts";
import { isStoreTrouble } from "../store/store-error.ts";
import { refuseFor } from "./reaching.ts";

/** One forwarded request while it runs. */
export interface Forwarding {
  readonly scope: RequestScope;
  readonly wire: ForwardWire;
  readonly candidate: ModelCandidate;
  readonly abort: AbortController;
  readonly watch: IdleWatch;
  readonly tracked: TrackedAttempt;
  /** Counts what is held back. */
  readonly meter: ReplyMeter;
}

export async function forwardRequest(scope: RequestScope, wire: ForwardWire): Promise<Response> {
  const { incoming, candidates, call, gateway } = scope;
  const candidate = candidates.current;
  const { record, redact } = candidate.provider;
  const { keeping } = incoming;
  const attempts = attemptsFor(scope, wire);
  call.count("forwarded");
  incoming.forwarded?.(keeping);
  const abort = abortWith(incoming.signal);
  const watch = new IdleWatch(abort, record.stream_idle_timeout_ms, () => attempts.pausing);
  const tracked = gateway.router.track(candidate, threadIn(incoming.body.json), incoming);
  const meter = meterOf(scope);
  const forwarding: Forwarding = { scope, wire, candidate, abort, watch, tracked, meter };
  try {
    const reply = await watch.wait(attempts.run(abort.signal));
    const headers = (): Record<string, string> => ({ ...passedBack(reply.headers, redact), ...call.headers() });
    const stream = (reply.headers.get("content-type") ?? "").includes("event-stream");
    const observer = wire.observer(stream);
    const reader = reply.body?.getReader();
    // Until something has come another candidate may take over, and a status can say what went wrong.
    const first = await watch.wait(Promise.resolve(reader?.read()));
    const exchange = hasOtherForm(incoming, reply, first) ? exchangeOf(scope) : undefined;
    if (exchange) return await reshaped(reader, first, exchange, headers(), forwarding);
    const provider = keeping?.isNative(candidate) ? record.id : null;
    // What is kept is read again later: it is searched before.
    const kept =
      keeping?.kept.store && reader
        ? new KeptReader({
            reader: searchedReader(reader, first, searched(stream, redact)),
            first: undefined,
            keeping,
            provider,
            stream,
            meter,
            watch,
          })
        : undefined;
    // What could not be stored is reported in the headers, as far as that is known by now.
    const begun = kept ? await watch.wait(kept.read()) : first;
    const body = forwardedBody(kept ?? reader, begun, observer, stream, forwarding);
    return new Response(body, { status: reply.status, headers: headers() });
  } catch (thrown) {
    watch.end();
    const error = asShimError(whyAborted(brokenReply(thrown, abort.signal), abort.signal));
    abort.abort();
    // Where the store fails the upstream has not.
    if (isStoreTrouble(error)) tracked.abandoned();
    else tracked.failed(error);
    const { refused } = attempts;
    const elsewhere = error.kind === "model_loading" || candidates.mayHelp(error);
    if (!refused || scope.committed() || elsewhere || isStrange(error, refused.text, wire)) throw error;
    call.failed(error);
    call.end();
    const headers = { ...passedBack(refused.headers, redact), ...call.headers() };
    return new Response(refused.text, { status: refused.status, headers });
  }
}

/** A full context in words that the client does not know ends its thread: then it is said in the client's own. */
function isStrange({ kind }: ShimError, body: string, { full_context }: ForwardWire): boolean {
  if (kind !== "context_overflow" || !full_context) return false;
  const said = body.toLowerCase();
  return !full_context.some((words) => said.includes(words));
}

/** Sends the client's own text, with the few edits that this upstream needs. */
function attemptsFor(scope: RequestScope, wire: ForwardWire): Attempts {
  const { incoming, candidates, call } = scope;
  const candidate = candidates.current;
  const own = incoming.body.text;
  const text = incoming.keeping?.textFor(candidate, own) ?? own;
  // Read anew only where somebody asks what is in it.
  const read = (): unknown => (text === own ? incoming.body.json : JSON.parse(text));
  refuseFor(incoming, read, call.model, candidates);
  const { model, dialect } = candidate;
  const kept = incoming.local_only ? forLocalHost(text, read()) : { text, ignored: [] };
  const { body, ignored } = wire.edit(kept.text, { model, ...editsFor(wire, candidate) });
  const request: UpstreamRequest = {
    candidate,
    upstream: UPSTREAM_WIRES[wire.wire],
    path: wire.path,
    headers: { ...passedHeaders(incoming), ...sessionHeaders(dialect, threadIn(incoming.body.json)) },
    forwarded: true,
    payload: payloadOf(body),
    prompt_end: 0,
    ignored: [...kept.ignored, ...ignored],
    effort: undefined,
  };
  return new Attempts(scope, request, body, { clientHas: () => (scope.committed() ? "headers" : "nothing") });
}

/** Of Chat's bodies the preset's own fields are a part; the others are the user's alone to change. */
function editsFor({ wire }: ForwardWire, { provider, dialect, wishes }: ModelCandidate): Omit<ForwardEdits, "model"> {
  const { drop, extra_body } = wire === "chat" ? dialect : wishes;
  const { most_output_tokens } = wishes;
  return { drop, extra_body, most_output_tokens, steady: wire !== "chat" && provider.record.local };
}

/** The conversation's own name, in the words of each wire. */
function threadIn(json: unknown): string | undefined {
  if (!isJsonObject(json)) return undefined;
  const { prompt_cache_key, session_id, metadata } = json;
  const user_id = isJsonObject(metadata) ? metadata["user_id"] : undefined;
  return [prompt_cache_key, session_id, user_id].find(
    (name): name is string => typeof name === "string" && name !== "",
  );
}

/** Cut here as it was cut there: nothing may look like a proper end. What was written goes out first, and the headers. */
async function cut(controller: ReadableStreamDefaultController, error: Error): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, FLUSH_MS));
  controller.error(error);
}

const FLUSH_MS = 20;

const CUT = "the reply ended before it was complete";

function forwardedBody(
  reader: ReplyReader | undefined,
  first: Read | undefined,
  observer: ReplyObserver,
  stream: boolean,
  { scope: { call }, candidate, abort, watch, tracked, meter }: Forwarding,
): ReadableStream<Uint8Array> {
  const search = searched(stream, candidate.provider.redact);
  let next = first;
  let over = false;
  /** Whether it ended properly. */
  const finish = (otherwise: string, failure?: ShimError): boolean => {
    over = true;
    watch.end();
    const { outcome, error: said, usage, effort } = observer.end();
    if (said && call.outcome === undefined) call.failed(said);
    call.outcome ??= outcome ?? otherwise;
    call.usage = usage;
    call.effort = effort;
    if (outcome !== undefined && !said) tracked.ended(usage);
    else {
      const error = said ?? failure ?? new ShimError("upstream_protocol", otherwise);
      call.error_kind = error.kind;
      tracked.failed(error);
    }
    call.end();
    return outcome !== undefined;
  };
  /** Whether there was anything: an empty piece would end the reading. */
  const enqueue = (controller: ReadableStreamDefaultController, bytes: Uint8Array): boolean => {
    if (bytes.length > 0) controller.enqueue(bytes);
    return bytes.length > 0;
  };
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        let done = false;
        while (!done) {
          watch.waiting();
          const read = next ?? (reader && (await reader.read()));
          watch.waited();
          next = undefined;
          if (read?.value) {
            call.first();
            tracked.first();
            observer.feed(read.value);
            if (enqueue(controller, search.push(read.value, observer.failed))) return;
            meter.add(read.value.length);
          }
          done = read?.done ?? true;
        }
        enqueue(controller, search.end());
        const whole = finish(`upstream_protocol: ${CUT}`);
        // Of a stream that closes in order many clients keep the half as if it were all: Aider writes it to the file.
        if (whole || !stream) controller.close();
        else await cut(controller, new Error(CUT));
      } catch (thrown) {
        const error = asShimError(whyAborted(brokenReply(thrown, abort.signal), abort.signal));
        finish(`${error.kind}: ${error.message}`, error);
        enqueue(controller, search.end());
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

/** Of the client's headers those that belong to the wire. Never its key, its cookies, where it sits, or who pays. */
const PASSED =
  /^(?:accept|user-agent|originator|version|session[_-]id|thread[_-]id|conversation[_-]id|idempotency-key|http-referer|x-title|x-client-request-id|openai-(?!organization$|project$).*|anthropic-(?!organization|workspace).*|x-stainless-.*|x-openai-.*|x-codex-(?!turn-state$).*)$/;

function passedHeaders({ headers, caller }: Incoming): Record<string, string> {
  const passed = Object.fromEntries([...headers].filter(([name]) => PASSED.test(name)));
  const again = passed[IDEMPOTENCY];
  // An upstream knows a repeated request by it, within an account: with another client's it would return that client's reply.
  if (again !== undefined && caller?.id !== undefined)
    passed[IDEMPOTENCY] = createHash("sha256").update(`${caller.id} ${again}`).digest("hex");
  return passed;
}

const IDEMPOTENCY = "idempotency-key";

/** `openai-model` is not among them: Codex 0.169 takes another name there than it asked for as a warning to the user. */
const PASSED_BACK =
  /^(?:content-type|retry-after|retry-after-ms|x-should-retry|x-request-id|request-id|x-ratelimit-.*|anthropic-ratelimit-.*|openai-processing-ms|openai-version)$/;

function passedBack(from: Headers, redact: Redact): Record<string, string> {
  const passed = [...from].filter(([name]) => PASSED_BACK.test(name));
  return Object.fromEntries(passed.map(([name, value]) => [name, redact(value)]));
}
