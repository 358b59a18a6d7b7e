/** What is read of a forwarded Responses reply: its last event, which holds all of it, or the whole body. */
import { EFFORTS, type JsonObject } from "../../../core/dialect.ts";
import { quotingError, type ShimError } from "../../../core/errors.ts";
import { isJsonObject } from "../../../core/json-fields.ts";
import { objectOf } from "../../../core/json.ts";
import { errorInReply } from "../../../core/upstream-errors/read.ts";
import { FrameObserver, WholeObserver, type ReplyFacts } from "../../observe.ts";
import { usageOf } from "../../usage.ts";
import type { Observed, ReplyObserver } from "../../wire.ts";

const LAST_EVENTS = /response\.(?:completed|incomplete|failed)|"type": ?"error"/;
const LAST_EVENT_BYTES = ["response.completed", "response.incomplete", "response.failed", '"error"'].map((name) =>
  Buffer.from(name),
);

class ResponseFacts implements ReplyFacts {
  observed: Observed = { outcome: undefined, usage: null, effort: null };
  private readonly stream: boolean;

  constructor(stream: boolean) {
    this.stream = stream;
  }

  get error(): ShimError | undefined {
    return this.observed.error;
  }

  read(event: JsonObject): void {
    const response = this.stream ? event.response : event;
    const error = isJsonObject(response) ? undefined : errorInReply(event);
    if (isJsonObject(response)) this.observed = endOf(response);
    else if (error) this.observed = { outcome: "failed", error, usage: null, effort: null };
  }
}

const STATUSES: readonly unknown[] = ["completed", "incomplete", "cancelled", "queued", "in_progress"];

function endOf({ status, error, usage, reasoning }: JsonObject): Observed {
  const { effort } = objectOf(reasoning);
  return {
    ...outcomeOf(status, error ? errorInReply({ error }) : undefined),
    usage: usageOf(usage) ?? null,
    // Whatever else an upstream may write there is no word for the log.
    effort: EFFORTS.find((each) => each === effort) ?? null,
  };
}

function outcomeOf(status: unknown, error: ShimError | undefined): Pick<Observed, "outcome" | "error"> {
  if (error) return { outcome: "failed", error };
  if (typeof status !== "string") return { outcome: "completed" };
  if (STATUSES.includes(status)) return { outcome: status };
  return { outcome: "failed", error: quotingError("upstream_failed", 'status "', status, '"') };
}

export function observerOf(stream: boolean): ReplyObserver {
  const facts = new ResponseFacts(stream);
  return stream
    ? new FrameObserver(facts, LAST_EVENT_BYTES, (data) => LAST_EVENTS.test(data))
    : new WholeObserver(facts);
}
