/** Writes the items of a Responses reply, without overlaps and in their order (see core/item-order). */
import { append } from "../../../core/append.ts";
import { wrapFreeform } from "../../../core/freeform.ts";
import type { LogProb } from "../../../core/reply.ts";
import { PartOrder } from "../../part-order.ts";
import { argumentsOf, sameJson, thoughtOf, type OutputItem, type OutputPart } from "./output-item.ts";

export class OutputOrder extends PartOrder<OutputItem> {
  /** Of the item that streams: it is opened on the client's side, and this part was told last. */
  private opened = false;
  private told: OutputPart | undefined;

  get items(): readonly OutputItem[] {
    return this.order.parts;
  }

  get calls(): OutputItem[] {
    return this.items.filter(({ kind, answered }) => kind === "call" && !answered);
  }

  add(item: OutputItem): void {
    // Where places are not told, items come one after the other, and their ends may all come at the very end.
    const last = this.items.at(-1);
    if (last?.index === undefined && last?.kind !== "call" && last?.parts.some(({ text }) => text !== ""))
      last.closed = true;
    this.order.add(item);
  }

  grow(item: OutputItem, part: OutputPart, piece: string): void {
    if (piece === "") return;
    part.text += piece;
    if (this.order.streams(item)) this.tell(item, part, piece);
  }

  /** Log probabilities of what the part says next. */
  weigh(item: OutputItem, part: OutputPart, logprobs: readonly LogProb[]): void {
    if (this.order.streams(item)) this.writer.weigh(logprobs);
    else append(part.logprobs, logprobs);
  }

  /** The text of a part that came whole. Returns whether it agrees with the pieces that a client has already. */
  complete(item: OutputItem, part: OutputPart, whole: string): boolean {
    // To compare joins what has come: only with what may be the same.
    if (whole.length >= part.text.length && whole.startsWith(part.text)) {
      this.grow(item, part, whole.slice(part.text.length));
      return true;
    }
    const live = this.order.streams(item);
    if (!live && this.order.waits(item)) part.text = whole;
    if (!live || part.kind !== "arguments") return true;
    return ++part.retold <= MOST_RETOLD && sameJson(part.text, whole);
  }

  close(item: OutputItem): void {
    item.closed = true;
    this.order.advance();
  }

  /** A call that waited for its name may be written now. */
  advance(): void {
    this.order.advance();
  }

  holds({ kind }: OutputItem): boolean {
    return kind === "call";
  }

  finished({ kind, closed }: OutputItem): boolean {
    return closed || kind === "other";
  }

  /** Of a reply that was cut no further call is written, since it may be the one that was cut. */
  release(item: OutputItem, whole: boolean, begun: boolean): boolean {
    if (item.kind !== "call") {
      if (!begun) this.begin(item);
      if (item.closed || whole) this.finish(item);
      return false;
    }
    if (!begun && (!whole || item.answered)) return false;
    if (!begun) this.open(item);
    this.endCall(item, whole && !item.answered);
    return !item.answered;
  }

  /** A call waits for its name, and for the whole of a raw text. */
  begin(item: OutputItem): boolean {
    this.opened = false;
    this.told = undefined;
    this.blank = "";
    if (item.kind === "call") {
      if (item.name === "" || item.type === "custom_tool_call") return false;
      this.open(item);
      return true;
    }
    for (const part of item.parts) {
      this.writer.weigh(part.logprobs);
      if (part.text !== "") this.tell(item, part, part.text);
    }
    return true;
  }

  private open(item: OutputItem): void {
    this.openCall(item.call_id, item.name);
    const args = argumentsOf(item);
    if (item.type !== "custom_tool_call" && args !== "") this.writer.delta(args);
  }

  private endCall(item: OutputItem, whole: boolean): void {
    const args = argumentsOf(item);
    if (whole && item.type === "custom_tool_call") this.writer.delta(wrapFreeform(args));
    else if (whole && args.trim() === "") this.writer.delta("{}");
    this.writer.close(whole);
  }

  private tell(item: OutputItem, part: OutputPart, piece: string): void {
    if (item.kind === "call") return this.writer.delta(piece);
    // Of a thought that is told raw and in a summary, one is enough.
    if (item.kind === "reasoning" && this.told !== undefined && this.told.kind !== part.kind) return;
    const apart = item.kind === "reasoning" && this.told !== undefined && this.told !== part ? "\n\n" : "";
    this.told = part;
    const text = this.withBlank(this.opened, apart + piece);
    if (text !== undefined) this.say(item, part, text);
  }

  private say({ phase }: OutputItem, part: OutputPart, text: string): void {
    const head =
      part.kind === "text"
        ? { kind: part.kind, ...(phase && { phase }) }
        : part.kind === "refusal"
          ? { kind: part.kind }
          : THOUGHT;
    if (!this.opened) this.writer.begin(head);
    this.opened = true;
    this.writer.grow(head, text);
  }

  finish(item: OutputItem): void {
    if (item.kind === "reasoning") this.seal(item);
    if (item.kind === "message") this.cite(item);
    // What the upstream has told whole is whole, whatever becomes of the rest. One that it calls cut is so only where
    // nothing follows and the reply was cut, too.
    if (item.whole && this.opened && !item.cut) this.writer.close(true);
  }

  /** The parts of a message are told as one text. */
  private cite({ parts }: OutputItem): void {
    let before = 0;
    for (const { kind, text, citations } of parts) {
      for (const { start_index, end_index, ...source } of citations)
        this.writer.cite({ ...source, start_index: before + start_index, end_index: before + end_index });
      if (kind === "text") before += text.length;
    }
  }

  private seal(item: OutputItem): void {
    const thought = thoughtOf(item);
    if (!this.opened && thought.encrypted_content === undefined) return;
    if (!this.opened) this.writer.begin(THOUGHT);
    this.opened = true;
    this.writer.openDetails().push(thought);
  }
}

/** Each time both are read. */
const MOST_RETOLD = 4;

const THOUGHT = { kind: "reasoning", field: "responses" } as const;
