/** Looks at a reply that is handed on byte for byte, for what is kept of it: its id, and here also its end. */
import { SseDecoder } from "../../core/sse.ts";
import { memberText } from "../../wires/index.ts";
import type { KeptAnswer } from "../../wires/wire.ts";
import { isLastEvent } from "./ended.ts";
import { forwardedAnswer, type Keeping } from "./keeping.ts";

/** A larger answer goes by unkept. */
const MOST_BYTES = 64 * 1024 * 1024;

export class ForwardKeeping {
  private readonly keeping: Keeping;
  /** The provider that keeps it itself; null: it is kept here. */
  private readonly provider: string | null;
  private readonly sse: SseDecoder | undefined;
  private chunks: Uint8Array[] = [];
  private bytes = 0;
  private answer: KeptAnswer | undefined;
  private waiting: Promise<unknown> | undefined;
  private readonly onData = (data: string): void => this.event(data);

  constructor(keeping: Keeping, provider: string | null, stream: boolean) {
    this.keeping = keeping;
    this.provider = provider;
    if (stream) this.sse = new SseDecoder();
  }

  /** What must be written before these bytes are handed on; undefined when nothing must. */
  before(bytes: Uint8Array): Promise<unknown> | undefined {
    if (this.sse) {
      if (this.provider === null || !this.answer) this.sse.push(bytes, this.onData);
    } else if ((this.bytes += bytes.length) <= MOST_BYTES) this.chunks.push(bytes);
    const { waiting } = this;
    this.waiting = undefined;
    return waiting;
  }

  /** The same before the end is handed on. */
  beforeEnd(): Promise<unknown> | undefined {
    if (this.sse) {
      this.sse.end(this.onData);
      return this.waiting ?? this.left();
    }
    if (this.bytes > MOST_BYTES) {
      this.keeping.failed(new Error(`the answer is larger than ${MOST_BYTES / 1024 / 1024} MB`));
      return undefined;
    }
    const text = new TextDecoder().decode(Buffer.concat(this.chunks));
    const answer = answerIn(text, this.keeping);
    if (!answer) return undefined;
    return this.provider === null ? this.keeping.end(answer) : this.keeping.begin(answer, this.provider);
  }

  /** It broke off, or the client left. */
  left(): Promise<unknown> | undefined {
    return this.provider === null ? this.keeping.leave(this.answer) : undefined;
  }

  private event(data: string): void {
    if (this.answer && !(this.provider === null && isLastEvent(data.replace(/^\{"type":\s+/, '{"type":')))) return;
    const response = memberText(data, "response");
    const answer = response === undefined ? undefined : answerIn(response, this.keeping);
    if (!answer) return;
    const begins = !this.answer;
    this.answer = answer;
    if (begins) this.waiting = this.keeping.begin(answer, this.provider);
    else this.waiting = Promise.resolve(this.waiting).then(() => this.keeping.end(answer));
  }
}

function answerIn(response: string, { kept }: Keeping): KeptAnswer | undefined {
  try {
    return forwardedAnswer(response, kept);
  } catch {
    return undefined; // No JSON, which the client will see.
  }
}
