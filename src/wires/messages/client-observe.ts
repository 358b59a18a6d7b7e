/** Looks at a Messages reply that is handed on byte for byte: how it ended, and what it used. Deltas are not parsed. */
import { SseDecoder } from "../../core/sse.ts";
import type { Observed, ReplyObserver } from "../wire.ts";
import { UsageCounter } from "./usage.ts";

type Json = Record<string, unknown>;

const SEEN = /"(?:message_start|message_delta|message_stop|error)"/;
/** An event's name stands near its beginning. */
const HEAD = 64;

abstract class Observer implements ReplyObserver {
  private readonly counter = new UsageCounter();
  private outcome: string | undefined;
  private stopped: string | undefined;

  abstract feed(bytes: Uint8Array): void;
  abstract end(): Observed;

  protected observed(): Observed {
    return { outcome: this.outcome, usage: this.counter.usage, effort: null };
  }

  protected see(event: Json): void {
    switch (event["type"]) {
      case "message_start":
        return this.counter.add((event["message"] as Json | undefined)?.["usage"]);
      case "message_delta":
        this.counter.add(event["usage"]);
        this.stopped = outcomeOf(event["delta"] as Json | undefined);
        return;
      case "message_stop":
        this.outcome ??= this.stopped ?? "completed";
        return;
      case "message":
        this.counter.add(event["usage"]);
        this.outcome = outcomeOf(event) ?? "completed";
        return;
      case "error":
        this.outcome = wordsOf(event["error"]);
    }
  }
}

export class StreamObserver extends Observer {
  private readonly sse = new SseDecoder();
  private readonly onData = (data: string): void => {
    const event = SEEN.test(data.slice(0, HEAD)) ? parse(data) : undefined;
    if (event) this.see(event);
  };

  feed(bytes: Uint8Array): void {
    this.sse.push(bytes, this.onData);
  }

  end(): Observed {
    this.sse.end(this.onData);
    return this.observed();
  }
}

/** An answer in one piece; its chunks are kept as they came, without a copy. */
export class BodyObserver extends Observer {
  private chunks: Uint8Array[] = [];
  private size = 0;

  feed(bytes: Uint8Array): void {
    this.size += bytes.length;
    // What is larger goes by unread: its usage is not worth the memory.
    if (this.size > MAX_BODY_BYTES) this.chunks = [];
    else this.chunks.push(bytes);
  }

  end(): Observed {
    const utf8 = new TextDecoder();
    const body = parse(this.chunks.map((chunk) => utf8.decode(chunk, { stream: true })).join("") + utf8.decode());
    if (body) this.see(body);
    return this.observed();
  }
}

const MAX_BODY_BYTES = 16 * 1024 * 1024;

function outcomeOf(said: Json | undefined): string | undefined {
  const reason = said?.["stop_reason"];
  if (typeof reason !== "string") return undefined;
  return reason === "max_tokens" || reason === "model_context_window_exceeded" ? "incomplete" : "completed";
}

function wordsOf(error: unknown): string {
  const { type, message } = (error ?? {}) as Json;
  return [type, message].filter((word) => typeof word === "string").join(": ") || "failed";
}

function parse(text: string): Json | undefined {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === "object" && value !== null ? (value as Json) : undefined;
  } catch {
    return undefined;
  }
}
