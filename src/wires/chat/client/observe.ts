/**
 * Looks at a Chat reply that is handed on byte for byte: how it ended, and what it used. Only chunks that may tell are
 * parsed; all others are passed over as text.
 */
import { quotingError, type ShimError } from "../../../core/errors.ts";
import { KeptBody, objectIn } from "../../../core/kept-body.ts";
import type { Usage } from "../../../core/reply.ts";
import { SseSkimmer } from "../../../core/sse-skim.ts";
import type { Observed, ReplyObserver } from "../../wire.ts";
import { endReason } from "../finish-reason.ts";
import { errorInReply } from "../../../core/upstream-errors/read.ts";
import { usageOf } from "../usage.ts";

type Json = Record<string, unknown>;

/** In the text of a message its quotes would be escaped. */
const TELLING = /"finish_reason"\s*:\s*"|"usage"\s*:\s*\{|"error"\s*:\s*[{"]/;

/** The same in bytes, as all known hosts write it; who puts blanks elsewhere is read. */
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
const CHOICES = Buffer.from('"choices"');

/** What was seen so far. */
class Seen {
  private finish: string | undefined;
  private done = false;
  private failed: ShimError | undefined;
  private usage: Usage | null = null;

  /** The reply is whole by its own word: nothing counts after it. */
  end(): void {
    this.done = true;
  }

  read(text: string): void {
    const json = this.done ? undefined : objectIn(text);
    if (!json) return;
    const error = json.choices && json.error === undefined ? undefined : errorInReply(json);
    if (error) this.failed = error;
    const choice = (json.choices as Json[] | null | undefined)?.[0];
    const finish = choice?.finish_reason;
    // A cut or a failure stays one, whatever is said after it.
    const over = this.finish !== undefined && endReason(this.finish) !== "stop";
    if (typeof finish === "string" && finish !== "" && !over) this.finish = finish;
    const usage = json.usage ?? choice?.usage ?? ownFieldUsage(json);
    if (typeof usage === "object" && usage !== null) this.usage = usageOf(usage as Json, json) ?? this.usage;
  }

  get has_failed(): boolean {
    return this.failed !== undefined;
  }

  get told(): Observed {
    return { ...this.end_told, usage: this.usage, effort: null };
  }

  private get end_told(): Pick<Observed, "outcome" | "error"> {
    if (this.failed) return { outcome: "failed", error: this.failed };
    if (this.finish === undefined) return { outcome: this.done ? "completed" : undefined };
    const reason = endReason(this.finish);
    if (reason !== undefined) return { outcome: reason === "stop" ? "completed" : "incomplete" };
    return { outcome: "failed", error: quotingError("upstream_failed", 'finish_reason "', this.finish, '"') };
  }
}

/** Some hosts tell it within a field of their own (`x_…`). */
function ownFieldUsage(json: Json): unknown {
  for (const [key, value] of Object.entries(json)) {
    const usage = key.startsWith("x_") ? (value as Json | null)?.usage : undefined;
    if (usage) return usage;
  }
  return undefined;
}

export class StreamObserver implements ReplyObserver {
  private readonly seen = new Seen();
  private tired = false;
  private readonly onData = (data: string): void => {
    if (data === "[DONE]") this.seen.end();
    else if (TELLING.test(data) || !data.includes('"choices"')) this.seen.read(data);
  };

  private readonly sse = new SseSkimmer(TELLING_BYTES, CHOICES, this.onData);

  get failed(): boolean {
    return this.seen.has_failed;
  }

  feed(bytes: Uint8Array): void {
    if (!this.tired) this.guarded(() => this.sse.push(bytes));
  }

  end(): Observed {
    if (!this.tired) this.guarded(() => this.sse.end());
    return this.seen.told;
  }

  /** The reply goes on its way whatever is found in it. */
  private guarded(look: () => void): void {
    try {
      look();
    } catch {
      this.tired = true;
    }
  }
}

/** An answer in one piece. */
export class BodyObserver implements ReplyObserver {
  private readonly body = new KeptBody();

  feed(bytes: Uint8Array): void {
    this.body.push(bytes);
  }

  end(): Observed {
    const text = this.body.text();
    const seen = new Seen();
    seen.read(text);
    // An answer without choices (embeddings) is whole when it is JSON.
    if (this.body.too_large || objectIn(text)) seen.end();
    return seen.told;
  }
}
