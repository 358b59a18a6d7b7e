/** Looks at a Messages reply that is handed on byte for byte: how it ended, and what it used. Deltas are not parsed. */
import type { ShimError } from "../../../core/errors.ts";
import { KeptBody, objectIn } from "../../../core/kept-body.ts";
import { SseSkimmer } from "../../../core/sse-skim.ts";
import { errorInReply } from "../../../core/upstream-errors/read.ts";
import type { Observed, ReplyObserver } from "../../wire.ts";
import { UsageCounter } from "../usage.ts";

type Json = Record<string, unknown>;

const SEEN = /"(?:message_start|message_delta|message_stop|error)"/;
const SEEN_BYTES = ["message_start", "message_delta", "message_stop", "error"].map((name) => Buffer.from(`"${name}"`));
/** An event's name stands near its beginning. */
const HEAD = 64;

abstract class Observer implements ReplyObserver {
  private readonly counter = new UsageCounter();
  private outcome: string | undefined;
  private error: ShimError | undefined;
  private stopped: string | undefined;

  get failed(): boolean {
    return this.error !== undefined;
  }

  abstract feed(bytes: Uint8Array): void;
  abstract end(): Observed;

  protected observed(): Observed {
    const { outcome, error } = this;
    return { outcome, usage: this.counter.usage, effort: null, ...(error && { error }) };
  }

  protected see(event: Json): void {
    switch (event.type) {
      case "message_start":
        return this.counter.add((event.message as Json | undefined)?.usage);
      case "message_delta":
        this.counter.add(event.usage);
        this.stopped = outcomeOf(event.delta as Json | undefined);
        return;
      case "message_stop":
        this.outcome ??= this.stopped ?? "completed";
        return;
      case "message":
        this.counter.add(event.usage);
        this.outcome = outcomeOf(event) ?? "completed";
        return;
      default:
        this.error = errorInReply(event) ?? this.error;
        if (this.error) this.outcome = "failed";
    }
  }
}

export class StreamObserver extends Observer {
  private readonly onData = (data: string): void => {
    const event = SEEN.test(data.slice(0, HEAD)) ? objectIn(data) : undefined;
    if (event) this.see(event);
  };

  private readonly sse = new SseSkimmer(SEEN_BYTES, undefined, this.onData);

  feed(bytes: Uint8Array): void {
    this.sse.push(bytes);
  }

  end(): Observed {
    this.sse.end();
    return this.observed();
  }
}

/** An answer in one piece. */
export class BodyObserver extends Observer {
  private readonly body = new KeptBody();

  feed(bytes: Uint8Array): void {
    this.body.push(bytes);
  }

  end(): Observed {
    const body = this.body.json();
    if (body) this.see(body);
    return this.observed();
  }
}

function outcomeOf(said: Json | undefined): string | undefined {
  const reason = said?.stop_reason;
  if (typeof reason !== "string") return undefined;
  return reason === "max_tokens" || reason === "model_context_window_exceeded" ? "incomplete" : "completed";
}
