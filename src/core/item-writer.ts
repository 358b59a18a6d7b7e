/**
 * Holds the grammar of `ReplyEvent`s (see reply.ts): decoders say what they read, this says it in order. Nothing is
 * said after the end, whatever else stood in the chunk that brought it.
 */
import type { ShimError } from "./errors.ts";
import type { Emit, EndReason, ItemHead, Usage } from "./reply.ts";

export class ItemWriter {
  private readonly emit: Emit;
  private open: ItemHead | undefined;
  private state: "idle" | "started" | "ended" = "idle";
  /** The first half of a character whose second half comes with the next delta. */
  private half = "";
  private details: Record<string, unknown>[] | undefined;

  constructor(emit: Emit) {
    this.emit = emit;
  }

  get ended(): boolean {
    return this.state === "ended";
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
    this.open = item;
    this.emit({ type: "item_start", item });
  }

  /** The list of what the open reasoning item carries beside its text; told when it ends. */
  openDetails(): Record<string, unknown>[] {
    return (this.details ??= []);
  }

  /** Adds to the open item. */
  delta(delta: string): void {
    if (this.ended) return;
    if (!this.open) throw new Error("delta without an open item");
    const whole = this.half === "" && delta.isWellFormed() ? delta : this.mend(delta);
    if (whole !== "") this.emit({ type: "item_delta", delta: whole });
  }

  /** No delta may end within a character: JSON readers other than JavaScript's refuse half a surrogate pair. */
  private mend(delta: string): string {
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
    if (this.half !== "") {
      this.emit({ type: "item_delta", delta: this.half.toWellFormed() });
      this.half = "";
    }
    this.open = undefined;
    const details = this.details;
    this.details = undefined;
    this.emit(details ? { type: "item_end", complete, details } : { type: "item_end", complete });
  }

  end(reason: EndReason, usage: Usage | null, stop_sequence?: string): void {
    if (this.state === "ended") return;
    this.start();
    this.close(reason === "stop" || reason === "tool_calls");
    this.state = "ended";
    this.emit({ type: "end", reason, usage, ...(stop_sequence !== undefined && { stop_sequence }) });
  }

  /** The terminal event of a reply that failed. An open item stays open: it never became whole. */
  fail(error: ShimError): void {
    if (this.state === "ended") return;
    this.start();
    this.state = "ended";
    this.emit({ type: "error", error });
  }
}
