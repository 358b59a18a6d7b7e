/** What is read of a forwarded Chat reply. */
import type { JsonObject } from "../../../core/dialect.ts";
import { quotingError, type ShimError } from "../../../core/errors.ts";
import { objectOf } from "../../../core/json.ts";
import type { Usage } from "../../../core/reply.ts";
import { errorInReply } from "../../../core/upstream-errors/read.ts";
import { firstChoice } from "../chunk.ts";
import { endReason } from "../finish-reason.ts";
import { FrameObserver, WholeObserver, type ReplyFacts } from "../../observe.ts";
import { usageOf } from "../../usage.ts";
import type { Observed } from "../../wire.ts";

/** In the text of a message its quotes would be escaped. */
const TELLING = /"finish_reason"\s*:\s*"|"usage"\s*:\s*\{|"error"\s*:\s*[{"]/;

/** The same in bytes, as all known upstreams write it; who puts blanks elsewhere is read. */
const TELLING_BYTES = [
  ...[`"finish_reason":"`, `"usage":{`, `"error":{`, `"error":"`].flatMap((name) => [name, name.replace(":", ": ")]),
  `" :`,
  `"\t`,
  `"\ndata`,
  `":  `,
  `":\t`,
  `:\ndata`,
  "[DONE]",
  "\r",
].map((name) => Buffer.from(name));

/** An error in other words, and a chunk of another kind, have none. */
const CHOICES = `"choices"`;

class ChatFacts implements ReplyFacts {
  error: ShimError | undefined;
  /** The reply is whole by its own word: nothing counts after it. */
  done = false;
  private finish: string | undefined;
  private usage: Usage | null = null;

  read(json: JsonObject): void {
    if (this.done) return;
    const error = json.choices && json.error === undefined ? undefined : errorInReply(json);
    if (error) this.error = error;
    const choice = firstChoice(json);
    const finish = choice?.finish_reason;
    // A cut or a failure stays one, whatever is said after it.
    const over = this.finish !== undefined && endReason(this.finish) !== "stop";
    if (typeof finish === "string" && finish !== "" && !over) this.finish = finish;
    this.usage = usageOf(json.usage ?? choice?.usage ?? ownFieldUsage(json), json) ?? this.usage;
  }

  get observed(): Observed {
    return { ...this.outcome, usage: this.usage, effort: null };
  }

  private get outcome(): Pick<Observed, "outcome" | "error"> {
    if (this.error) return { outcome: "failed", error: this.error };
    if (this.finish === undefined) return { outcome: this.done ? "completed" : undefined };
    const reason = endReason(this.finish);
    if (reason !== undefined) return { outcome: reason === "stop" ? "completed" : "incomplete" };
    return { outcome: "failed", error: quotingError("upstream_failed", 'finish_reason "', this.finish, '"') };
  }
}

/** Some upstreams tell it within a field of their own (`x_…`). */
function ownFieldUsage(json: JsonObject): unknown {
  return Object.entries(json)
    .map(([key, value]) => key.startsWith("x_") && objectOf(value).usage)
    .find(Boolean);
}

export class StreamObserver extends FrameObserver<ChatFacts> {
  constructor() {
    const facts = new ChatFacts();
    const mayTell = (data: string): boolean => {
      facts.done ||= data === "[DONE]";
      return TELLING.test(data) || !data.includes(CHOICES);
    };
    super(facts, TELLING_BYTES, mayTell, Buffer.from(CHOICES));
  }
}

export class BodyObserver extends WholeObserver<ChatFacts> {
  constructor() {
    super(new ChatFacts());
  }

  /** A reply without choices (embeddings) is whole when it is JSON. */
  protected override whole(): void {
    this.facts.done = true;
  }
}
