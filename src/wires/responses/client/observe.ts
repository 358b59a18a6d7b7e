/**
 * Looks at a Responses reply that is handed on byte for byte: how it ended, and what it used. Deltas are not parsed:
 * bytes are searched for the name of a last event, and only from that event on are they read.
 */
import { EFFORTS } from "../../../core/dialect.ts";
import { quotingError, type ShimError } from "../../../core/errors.ts";
import { KeptBody, objectIn } from "../../../core/kept-body.ts";
import type { Usage } from "../../../core/reply.ts";
import { SseDecoder } from "../../../core/sse.ts";
import { errorInReply } from "../../../core/upstream-errors/read.ts";
import type { Observed, ReplyObserver } from "../../wire.ts";

type Json = Record<string, unknown>;

const LAST_EVENTS = [
  "response.completed",
  "response.incomplete",
  "response.failed",
  '"type":"error"',
  '"type": "error"',
];
const LONGEST = Math.max(...LAST_EVENTS.map((name) => name.length));

export class StreamObserver implements ReplyObserver {
  private readonly sse = new SseDecoder();
  private seen: Observed = { outcome: undefined, usage: null, effort: null };
  /** The end of what went by, where a name may have begun. */
  private tail = new Uint8Array();
  /** The event that is going by, as far as it may be the last: some hosts write its type behind all else. */
  private frame: Uint8Array[] = [];
  private frame_bytes = 0;
  private reading = false;
  private readonly onData = (data: string): void => this.event(data);

  get failed(): boolean {
    return this.seen.error !== undefined;
  }

  feed(bytes: Uint8Array): void {
    if (this.reading) return this.sse.push(bytes, this.onData);
    const joined = this.tail.length === 0 ? bytes : concat(this.tail, bytes);
    if (!isNamed(joined)) {
      this.keepFrame(bytes);
      this.tail = joined.slice(-LONGEST);
      return;
    }
    this.reading = true;
    for (const part of this.frame) this.sse.push(part, this.onData);
    this.frame = [];
    this.sse.push(bytes, this.onData);
  }

  end(): Observed {
    this.sse.end(this.onData);
    return this.seen;
  }

  /** Only what comes behind the last blank line: what is before it is another event. */
  private keepFrame(bytes: Uint8Array): void {
    const from = lastEventStart(bytes);
    if (from > 0 || this.frame_bytes + bytes.length > MAX_FRAME_BYTES) {
      this.frame = [];
      this.frame_bytes = 0;
    }
    const part = bytes.subarray(Math.max(from, 0));
    this.frame.push(part);
    this.frame_bytes += part.length;
  }

  private event(data: string): void {
    if (!isNamedText(data)) return;
    const event = objectIn(data);
    const seen = event && lastEvent(event);
    if (seen) this.seen = seen;
  }
}

/** A larger event is not kept: its usage is not worth the memory. */
const MAX_FRAME_BYTES = 16 * 1024 * 1024;

/** An answer in one piece. */
export class BodyObserver implements ReplyObserver {
  private readonly body = new KeptBody();

  feed(bytes: Uint8Array): void {
    this.body.push(bytes);
  }

  end(): Observed {
    const body = this.body.json();
    return body ? responseEnd(body) : { outcome: undefined, usage: null, effort: null };
  }
}

function lastEvent(event: Json): Observed | undefined {
  const response = event.response;
  if (typeof response === "object" && response !== null) return responseEnd(response as Json);
  const error = errorInReply(event);
  return error && { outcome: "failed", error, usage: null, effort: null };
}

function responseEnd(response: Json): Observed {
  const { status, error, usage, reasoning } = response;
  const effort = (reasoning as Json | null | undefined)?.effort;
  const failed = error ? errorInReply({ error }) : undefined;
  return {
    ...endOf(status, failed),
    usage: usageOf(usage),
    // Whatever else a host may write there is no word for the log.
    effort: EFFORTS.find((each) => each === effort) ?? null,
  };
}

const STATUSES: readonly unknown[] = ["completed", "incomplete", "cancelled", "queued", "in_progress"];

function endOf(status: unknown, error: ShimError | undefined): Pick<Observed, "outcome" | "error"> {
  if (error) return { outcome: "failed", error };
  if (typeof status !== "string") return { outcome: "completed" };
  if (STATUSES.includes(status)) return { outcome: status };
  return { outcome: "failed", error: quotingError("upstream_failed", 'status "', status, '"') };
}

function usageOf(value: unknown): Usage | null {
  if (typeof value !== "object" || value === null) return null;
  const usage = value as Json;
  const count = (from: unknown, key: string): number => {
    const found = (from as Json | null | undefined)?.[key];
    return typeof found === "number" ? found : 0;
  };
  return {
    input_tokens: count(usage, "input_tokens"),
    cached_tokens: count(usage.input_tokens_details, "cached_tokens"),
    cache_write_tokens: count(usage.input_tokens_details, "cache_write_tokens"),
    output_tokens: count(usage, "output_tokens"),
    reasoning_tokens: count(usage.output_tokens_details, "reasoning_tokens"),
  };
}

/** One character for each byte, so that places in the text are places in the bytes. */
const latin1 = new TextDecoder("latin1");

function isNamed(bytes: Uint8Array): boolean {
  return isNamedText(latin1.decode(bytes));
}

function isNamedText(text: string): boolean {
  return LAST_EVENTS.some((name) => text.includes(name));
}

const NEWLINE = 0x0a;

/** Behind the last blank line; 0 when there is none. */
function lastEventStart(bytes: Uint8Array): number {
  for (let i = bytes.lastIndexOf(NEWLINE); i > 0; i = bytes.lastIndexOf(NEWLINE, i - 1))
    if (bytes[i - 1] === NEWLINE || (bytes[i - 1] === 0x0d && bytes[i - 2] === NEWLINE)) return i + 1;
  return 0;
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
