/** What is read of a forwarded Messages reply. Deltas are not parsed. */
import type { JsonObject } from "../../../core/dialect.ts";
import type { ShimError } from "../../../core/errors.ts";
import { objectOf } from "../../../core/json.ts";
import { errorInReply } from "../../../core/upstream-errors/read.ts";
import { UsageCounter } from "../usage.ts";
import { FrameObserver, WholeObserver, type ReplyFacts } from "../../observe.ts";
import type { Observed, ReplyObserver } from "../../wire.ts";

const SEEN = /"(?:message_start|message_delta|message_stop|error)"/;
const SEEN_BYTES = ["message_start", "message_delta", "message_stop", "error"].map((name) => Buffer.from(`"${name}"`));
/** An event's name stands near its beginning. */
const HEAD = 64;

class MessageFacts implements ReplyFacts {
  error: ShimError | undefined;
  private readonly counter = new UsageCounter();
  private outcome: string | undefined;
  private stopped: string | undefined;

  get observed(): Observed {
    const { outcome, error } = this;
    return { outcome, usage: this.counter.usage, effort: null, ...(error && { error }) };
  }

  read(event: JsonObject): void {
    switch (event.type) {
      case "message_start":
        return this.counter.add(objectOf(event.message).usage);
      case "message_delta":
        this.counter.add(event.usage);
        this.stopped = outcomeOf(event.delta);
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

function outcomeOf(said: unknown): string | undefined {
  const reason = objectOf(said).stop_reason;
  if (typeof reason !== "string") return undefined;
  return reason === "max_tokens" || reason === "model_context_window_exceeded" ? "incomplete" : "completed";
}

export function observerOf(stream: boolean): ReplyObserver {
  const facts = new MessageFacts();
  return stream
    ? new FrameObserver(facts, SEEN_BYTES, (data) => SEEN.test(data.slice(0, HEAD)))
    : new WholeObserver(facts);
}
