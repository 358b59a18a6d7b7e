/** Holds the grammar of `ReplyEvent`s (see reply.ts). Nothing is emitted after the end. */
import { append } from "./append.ts";
import type { ShimError } from "./errors.ts";
import { wellFormed } from "./json-string.ts";
import type { Citation } from "./citations.ts";
import type { Emit, ItemHead, LogProb, ReplyEnd } from "./reply.ts";

export class ItemWriter {
  private readonly emit: Emit;
  private open: ItemHead | undefined;
  private state: "idle" | "started" | "ended" = "idle";
  private half = ""; // The first half of a character whose second half comes with the next delta.
  private details: Record<string, unknown>[] | undefined;
  private logprobs: LogProb[] | undefined; // Those of tokens whose text has not been emitted yet.
  private citations: Citation[] | undefined;

  constructor(emit: Emit) {
    this.emit = emit;
  }

  get ended(): boolean {
    return this.state === "ended";
  }

  /** Kind of the open item. */
  get opened(): ItemHead["kind"] | undefined {
    return this.open?.kind;
  }

  start(): void {
    if (this.state !== "idle") return;
    this.state = "started";
    this.emit({ type: "start" });
  }

  /** Opens an item, closing the one before it. */
  begin(item: ItemHead): void {
    if (this.ended) return;
    this.start();
    this.close(true);
    const head = item.kind === "tool_call" ? { ...item, name: item.name.toWellFormed() } : item;
    this.open = head;
    this.emit({ type: "item_start", item: head });
  }

  /** The list of what the open reasoning item carries beside its text; emitted when it ends. */
  openDetails(): Record<string, unknown>[] {
    return (this.details ??= []);
  }

  /** Adds to the open item. */
  delta(delta: string): void {
    if (this.ended) return;
    if (!this.open) throw new Error("delta without an open item");
    const whole = this.half === "" && delta.isWellFormed() ? delta : this.joined(delta);
    if (whole === "") return;
    const event = { type: "item_delta", delta: whole } as const;
    this.emit(this.logprobs ? { ...event, ...this.takeLogprobs() } : event);
  }

  /** Belongs to the text that is emitted next; thoughts and tool calls have none. */
  weigh(logprobs: readonly LogProb[]): void {
    if (logprobs.length > 0) append((this.logprobs ??= []), logprobs);
  }

  /** What was added last belongs to no text. */
  unweigh(): void {
    this.logprobs = undefined;
  }

  private takeLogprobs(): { logprobs?: LogProb[] } {
    const logprobs = this.logprobs;
    this.logprobs = undefined;
    return logprobs && this.open?.kind === "text" ? { logprobs } : {};
  }

  /** A source of the text that is open, or of the next one. Emitted when that ends. */
  cite(citation: Citation): void {
    (this.citations ??= []).push(citation);
  }

  /** Sources whose text has not been emitted. */
  get uncited(): number {
    return this.citations?.length ?? 0;
  }

  /** No delta may end within a character: JSON readers other than JavaScript's refuse half a surrogate pair. */
  private joined(delta: string): string {
    const text = this.half + delta;
    const last = text.charCodeAt(text.length - 1);
    const split = last >= 0xd800 && last <= 0xdbff;
    this.half = split ? text.slice(-1) : "";
    return (split ? text.slice(0, -1) : text).toWellFormed();
  }

  /** Adds to the open item when it is of this kind, otherwise opens one. */
  grow(item: Exclude<ItemHead, { kind: "tool_call" }>, delta: string): void {
    if (this.open?.kind !== item.kind) this.begin(item);
    this.delta(delta);
  }

  close(complete: boolean): void {
    if (!this.open || this.ended) return;
    if (this.half !== "" || (this.logprobs && this.open.kind === "text")) {
      this.emit({ type: "item_delta", delta: this.half.toWellFormed(), ...this.takeLogprobs() });
      this.half = "";
    }
    const { details } = this;
    const citations = this.open.kind === "text" ? this.citations : undefined;
    this.open = this.details = undefined;
    if (citations) this.citations = undefined;
    this.emit({
      type: "item_end",
      complete,
      ...(details && { details: wellFormed(details) }),
      ...(citations && { citations: wellFormed(citations) }),
    });
  }

  end(end: Omit<ReplyEnd, "type">): void {
    if (this.ended) return;
    this.start();
    this.close(end.reason === "stop" || end.reason === "tool_calls");
    this.state = "ended";
    this.emit({ type: "end", ...wellFormed(end) });
  }

  /** The terminal event of a reply that failed. An open item stays open: it never became whole. */
  fail(error: ShimError): void {
    if (this.ended) return;
    this.start();
    this.state = "ended";
    this.emit({ type: "error", error });
  }
}
