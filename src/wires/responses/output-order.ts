/**
 * Brings the items of a Responses reply into one order without overlaps. The first item that is not finished streams,
 * those behind it wait. A tool call lets nothing pass until the reply has ended: no call is certain to be whole before
 * that, and a client runs what it is told to be complete.
 */
import { CallIds } from "../../core/call-ids.ts";
import { wrapFreeform } from "../../core/freeform.ts";
import { ItemWriter } from "../../core/item-writer.ts";
import type { Emit, EndReason, LogProb } from "../../core/reply.ts";
import type { Turn } from "../../core/turn.ts";
import type { Surroundings } from "../wire.ts";
import { argumentsOf, sameJson, thoughtOf, type OutputItem, type OutputPart } from "./upstream/output-item.ts";

export class OutputOrder {
  readonly writer: ItemWriter;
  readonly items: OutputItem[] = [];
  /** The item that streams. */
  private at = 0;
  private begun = false;
  /** Of the item that streams: it is opened on the client's side, and this part was told last. */
  private opened = false;
  private told: OutputPart | undefined;
  /** White space at the head of an item that nothing has followed yet. */
  private blank = "";
  private readonly callIds: CallIds;

  constructor(turn: Turn, emit: Emit, { ids }: Surroundings) {
    this.writer = new ItemWriter(emit);
    this.callIds = new CallIds(turn, ids);
  }

  get calls(): OutputItem[] {
    return this.items.filter(({ kind, answered }) => kind === "call" && !answered);
  }

  add(item: OutputItem): void {
    // Where places are not told, items come one after the other, and their ends may all come at the very end.
    const last = this.items.at(-1);
    if (last?.index === undefined && last?.kind !== "call" && last?.parts.some(({ text }) => text !== ""))
      last.closed = true;
    this.items.push(item);
    this.advance();
  }

  grow(item: OutputItem, part: OutputPart, piece: string): void {
    if (piece === "") return;
    part.text += piece;
    if (item === this.items[this.at] && this.begun) this.tell(item, part, piece);
  }

  /** Log probabilities of what the part says next. */
  weigh(item: OutputItem, part: OutputPart, logprobs: readonly LogProb[]): void {
    if (item === this.items[this.at] && this.begun) this.writer.weigh(logprobs);
    else part.logprobs.push(...logprobs);
  }

  /** The text of a part that came whole. Returns whether it agrees with the pieces that a client has already. */
  complete(item: OutputItem, part: OutputPart, whole: string): boolean {
    if (whole.startsWith(part.text)) {
      this.grow(item, part, whole.slice(part.text.length));
      return true;
    }
    const live = item === this.items[this.at] && this.begun;
    if (!live && this.items.indexOf(item) >= this.at) part.text = whole;
    return !live || part.kind !== "arguments" || sameJson(part.text, whole);
  }

  close(item: OutputItem): void {
    item.closed = true;
    this.advance();
  }

  /** Lets out what had to wait; of a reply that was cut no further call, since it may be the one that was cut. */
  release(reason: EndReason): boolean {
    const whole = reason === "stop" || reason === "tool_calls";
    let called = false;
    for (; this.at < this.items.length; this.next()) {
      const item = this.items[this.at];
      if (!item || (item.kind === "call" && !this.begun && (!whole || item.answered))) continue;
      this.begin(item);
      if (item.kind === "call") {
        if (!this.begun) this.open(item);
        called ||= !item.answered;
        this.endCall(item, whole && !item.answered);
      } else if (item.closed || whole) this.finish(item);
    }
    return called;
  }

  advance(): void {
    for (let item = this.items[this.at]; item; item = this.items[this.at]) {
      this.begin(item);
      if (item.kind === "call" || (!item.closed && item.kind !== "other")) return;
      this.finish(item);
      this.next();
    }
  }

  private next(): void {
    this.at++;
    this.begun = this.opened = false;
    this.told = undefined;
    this.blank = "";
  }

  /** Tells what has come so far. A call waits for its name, and for the whole of a raw text. */
  private begin(item: OutputItem): void {
    if (this.begun) return;
    if (item.kind === "call") return item.name === "" || item.type === "custom_tool_call" ? undefined : this.open(item);
    this.begun = true;
    for (const part of item.parts) {
      this.writer.weigh(part.logprobs);
      if (part.text !== "") this.tell(item, part, part.text);
    }
  }

  private open(item: OutputItem): void {
    this.begun = true;
    this.writer.begin({ kind: "tool_call", call_id: this.callIds.next(item.call_id), name: item.name });
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
    const text = this.blank + apart + piece;
    this.told = part;
    // White space at the head waits for what follows: an item of blanks says nothing.
    this.blank = !this.opened && text.trim() === "" ? text : "";
    if (this.blank === "") this.say(item, part, text);
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

  private finish(item: OutputItem): void {
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
    if (!this.opened && thought["encrypted_content"] === undefined) return;
    if (!this.opened) this.writer.begin(THOUGHT);
    this.opened = true;
    this.writer.openDetails().push(thought);
  }
}

const THOUGHT = { kind: "reasoning", field: "responses" } as const;
