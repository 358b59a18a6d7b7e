/** Writes the blocks of a Messages reply as items, in their order (see core/item-order). */
import type { Citation } from "../../../core/citations.ts";
import { objectOf } from "../../../core/json.ts";
import { textOf } from "../../../core/parse.ts";
import type { EndReason } from "../../../core/reply.ts";
import { isWhole, PartOrder } from "../../part-order.ts";

export interface Block {
  /** Blocks of kinds that no client can make use of are passed over. */
  kind: "text" | "thinking" | "redacted_thinking" | "tool_use" | "other";
  /** Its place in the upstream's list. */
  index: number | undefined;
  id: string;
  name: string;
  /** What it says: words, a thought, or arguments. */
  text: string;
  /** Arguments that stood whole in the block's head; they count when no others follow. */
  input: string;
  /** Proof of a thought, or the whole of one that is not told. */
  signature: string;
  stopped: boolean;
  /** What its words are taken from. */
  sources: Pick<Citation, "url" | "title">[];
}

export class BlockOrder extends PartOrder<Block> {
  private textOpen = false;
  /** How much of the open text is told. */
  private told = 0;
  /** A finished thought without a signature: whole only when something follows it. */
  private unsigned: Block | undefined;
  private spoke = false;

  get blocks(): readonly Block[] {
    return this.order.parts;
  }

  get calls(): Block[] {
    return this.blocks.filter(({ kind }) => kind === "tool_use");
  }

  add(block: Block): void {
    this.order.add(block);
  }

  grow(block: Block, piece: string): void {
    block.text += piece;
    if (piece !== "" && this.order.streams(block)) this.stream(block, piece);
  }

  cite(block: Block, citation: unknown): void {
    const { url, source, title, type } = objectOf(citation);
    const address = url ?? source;
    if (typeof address === "string") block.sources.push({ url: address, title: textOf(title) });
    else this.scope.note("citations_lost", typeof type === "string" ? type.slice(0, 64) : "?");
  }

  stop(block: Block): void {
    block.stopped = true;
    this.order.advance();
  }

  override end(reason: EndReason): boolean {
    const called = super.end(reason);
    if (isWhole(reason)) this.sign();
    // A reply of blanks alone says them.
    if (!this.spoke && !called && this.blank !== "") this.writer.grow({ kind: "text" }, this.blank);
    return called;
  }

  holds({ kind }: Block): boolean {
    return kind === "tool_use";
  }

  finished({ kind, stopped }: Block): boolean {
    return stopped || kind === "other";
  }

  /** Of a reply that was cut no further call is written, since it may be the one that was cut. */
  release(block: Block, whole: boolean, begun: boolean): boolean {
    if (block.kind === "tool_use" && !begun && !whole) return false;
    if (!begun) this.begin(block);
    if (block.kind !== "tool_use") {
      if (block.stopped || whole) this.finish(block);
      return false;
    }
    if (whole && block.text.trim() === "") this.writer.delta(block.input || "{}");
    this.writer.close(whole);
    return true;
  }

  /** What was said before is not meant to stand by itself. */
  refuse(words: string): void {
    this.writer.close(false);
    this.writer.begin({ kind: "refusal" });
    this.writer.delta(words);
    this.writer.close(true);
  }

  begin(block: Block): boolean {
    if (block.kind === "other") return true;
    if (block.kind === "text") {
      if (block.text !== "") this.say(block.text);
      return true;
    }
    this.leaveText();
    this.spoke = true;
    if (block.kind === "tool_use") this.openCall(block.id, block.name);
    else this.writer.begin({ kind: "reasoning", field: "thinking_blocks" });
    if (block.text !== "") this.writer.delta(block.text);
    return true;
  }

  private stream(block: Block, piece: string): void {
    if (block.kind === "text") this.say(piece);
    else if (block.kind !== "other") this.writer.delta(piece);
  }

  /** A thought goes back as the block that it was. */
  finish(block: Block): void {
    // A block is cut so that its words are what the source says.
    const place = { start_index: Math.max(0, this.told - block.text.length), end_index: this.told };
    for (const source of block.sources) this.writer.cite({ ...source, ...place });
    if (block.kind === "redacted_thinking")
      this.writer.openDetails().push({ type: "redacted_thinking", data: block.signature });
    else if (block.kind === "thinking") {
      this.unsigned = block;
      if (block.signature !== "") this.sign();
    }
  }

  private sign(): void {
    const block = this.unsigned;
    this.unsigned = undefined;
    if (!block) return;
    const { text: thinking, signature } = block;
    this.writer.openDetails().push({ type: "thinking", thinking, signature });
  }

  /** Blocks of text that follow one another are one text: sources cut it into many. */
  private say(text: string): void {
    const whole = this.withBlank(this.textOpen, text);
    if (whole === undefined) return;
    this.sign();
    this.told = (this.textOpen ? this.told : 0) + whole.length;
    this.textOpen = true;
    this.spoke = true;
    this.writer.grow({ kind: "text" }, whole);
  }

  private leaveText(): void {
    this.sign();
    this.textOpen = false;
    this.blank = "";
  }
}
