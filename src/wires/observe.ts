/** Reads how a forwarded reply ended and what it used; its bytes pass unchanged, and only frames that may say it are parsed. */
import type { JsonObject } from "../core/dialect.ts";
import type { ShimError } from "../core/errors.ts";
import { KeptBody, objectIn } from "../core/kept-body.ts";
import { SseSkimmer } from "../core/sse-skim.ts";
import type { Observed, ReplyObserver } from "./wire.ts";

/** What was read so far. */
export interface ReplyFacts {
  readonly error: ShimError | undefined;
  read(event: JsonObject): void;
  readonly observed: Observed;
}

export class FrameObserver<Facts extends ReplyFacts> implements ReplyObserver {
  protected readonly facts: Facts;
  private readonly sse: SseSkimmer;
  private unreadable = false;

  /** Frames that hold one of `names` are parsed, and those that lack what is `usual` (see `SseSkimmer`), if `mayTell`. */
  constructor(facts: Facts, names: readonly Buffer[], mayTell: (data: string) => boolean, usual?: Buffer) {
    this.facts = facts;
    this.sse = new SseSkimmer(names, usual, (data) => {
      const event = mayTell(data) ? objectIn(data) : undefined;
      if (event) facts.read(event);
    });
  }

  get failed(): boolean {
    return this.facts.error !== undefined;
  }

  /** The reply goes on its way whatever is found in it. */
  feed(bytes: Uint8Array): void {
    if (this.unreadable) return;
    try {
      this.sse.push(bytes);
    } catch {
      this.unreadable = true;
    }
  }

  end(): Observed {
    try {
      if (!this.unreadable) this.sse.end();
    } catch {
      this.unreadable = true;
    }
    return this.facts.observed;
  }
}

/** A reply in one piece. */
export class WholeObserver<Facts extends ReplyFacts> implements ReplyObserver {
  protected readonly facts: Facts;
  private readonly body = new KeptBody();

  constructor(facts: Facts) {
    this.facts = facts;
  }

  feed(bytes: Uint8Array): void {
    this.body.push(bytes);
  }

  end(): Observed {
    const body = this.body.json();
    if (body) this.facts.read(body);
    if (body || this.body.too_large) this.whole();
    return this.facts.observed;
  }

  /** It was JSON to its end, or too large to be kept. */
  protected whole(): void {}
}
