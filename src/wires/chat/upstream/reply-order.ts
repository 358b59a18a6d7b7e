/** Writes what a Chat reply says as items: text, thoughts and calls become parts where one follows another. */
import { append } from "../../../core/append.ts";
import type { JsonObject } from "../../../core/dialect.ts";
import type { Emit, EndReason } from "../../../core/reply.ts";
import type { ReasoningField, Turn } from "../../../core/turn.ts";
import { addDetail, detailText } from "../reasoning-details.ts";
import { PartOrder } from "../../part-order.ts";
import type { WireScope } from "../../wire.ts";
import type { PartialCall, ToolCallAssembler } from "./tool-calls.ts";

interface TextPart {
  kind: "text" | "refusal";
  /** What had to wait: what streams is written at once. */
  text: string;
  done: boolean;
}

type ReasoningPart = { kind: "reasoning"; field: ReasoningField; text: string; details: JsonObject[]; done: boolean };

interface CallPart {
  kind: "call";
  call: PartialCall;
  /** Given when it is opened. */
  call_id: string;
}

type Part = TextPart | ReasoningPart | CallPart;

export class ReplyOrder extends PartOrder<Part> {
  private readonly assembler: ToolCallAssembler;
  private readonly calls = new Map<PartialCall, CallPart>();
  /** What hangs on a call and must come back with it: Gemini's thought signatures. */
  private readonly extras = new Map<PartialCall, JsonObject>();
  /** Signatures that came when the thought was over. */
  private readonly lateDetails: JsonObject[] = [];
  /** The part to which words are added until another kind of part comes. */
  private last: TextPart | ReasoningPart | undefined;
  private blankThought = "";
  private textOpen = false;
  private thinking = false;
  private spoke = false;
  private called = false;

  constructor(turn: Turn, emit: Emit, scope: WireScope, assembler: ToolCallAssembler) {
    super(turn, emit, scope);
    this.assembler = assembler;
  }

  /** Whether anything came at all. */
  get saidAnything(): boolean {
    return this.spoke || !this.flowing;
  }

  /** Whether words that come now are written at once. */
  private get flowing(): boolean {
    return this.order.flows || (this.last !== undefined && this.order.streams(this.last));
  }

  say(kind: "text" | "refusal", text: string): void {
    const { last } = this;
    if (last?.kind === kind) {
      if (!this.order.streams(last)) last.text += text;
      // Most of a reply: the text that is open goes on.
      else if (this.textOpen && this.writer.opened === kind) this.writer.delta(text);
      else this.writeText(kind, text);
      return;
    }
    this.addWords({ kind, text, done: false });
  }

  reasoning(field: ReasoningField, text: string): void {
    const { last } = this;
    if (last?.kind !== "reasoning") return this.addWords({ kind: "reasoning", field, text, details: [], done: false });
    if (this.order.streams(last)) this.writeThought(field, text);
    else last.text += text;
  }

  /** An entry of `reasoning_details`; returns whether it said anything in words. */
  detail(detail: JsonObject): boolean {
    const text = detailText(detail);
    if (text === "" && this.textOpen && this.last?.kind !== "reasoning" && this.flowing) {
      addDetail(this.lateDetails, detail);
      return false;
    }
    const field = "reasoning_details";
    if (this.last?.kind !== "reasoning")
      this.addWords({ kind: "reasoning", field, text: "", details: [], done: false });
    const { last } = this;
    if (last?.kind !== "reasoning") return text !== "";
    if (this.order.streams(last)) {
      this.think(field, text);
      addDetail(this.writer.openDetails(), detail);
    } else {
      last.text += text;
      addDetail(last.details, detail);
    }
    return text !== "";
  }

  extra(call: PartialCall, extra_content: JsonObject): void {
    this.extras.set(call, extra_content);
  }

  /** A call that goes on: `args` came just now. */
  call(call: PartialCall, args: string): void {
    const known = this.calls.get(call);
    if (known && this.order.streams(known)) return this.writer.delta(args);
    if (known) return this.order.advance();
    const part: CallPart = { kind: "call", call, call_id: "" };
    this.calls.set(call, part);
    this.add(part);
  }

  override end(reason: EndReason): boolean {
    const called = super.end(reason);
    if (this.lateDetails.length > 0) {
      this.writer.begin({ kind: "reasoning", field: "reasoning_details" });
      append(this.writer.openDetails(), this.lateDetails);
    }
    if (!this.spoke && !called) this.sayAtEnd("text", "");
    if (this.writer.uncited > 0) this.loseCitations(called);
    return called;
  }

  holds({ kind }: Part): boolean {
    return kind === "call";
  }

  finished(part: Part): boolean {
    return "done" in part && part.done;
  }

  begin(part: Part): boolean {
    switch (part.kind) {
      case "text":
      case "refusal":
        if (part.text !== "") this.writeText(part.kind, part.text);
        return true;
      case "reasoning":
        if (part.text !== "") this.writeThought(part.field, part.text);
        if (part.details.length > 0) append(this.writer.openDetails(), part.details);
        return true;
      case "call":
        return this.beginCall(part);
    }
  }

  finish(): void {}

  /** Of a reply that was cut no further call is written, since it may be the one that was cut. */
  release(part: Part, whole: boolean, begun: boolean): boolean {
    switch (part.kind) {
      case "call":
        this.called ||= begun || whole;
        return this.releaseCall(part, whole, begun);
      case "reasoning":
        if (begun) return false;
        this.writer.grow({ kind: "reasoning", field: part.field }, part.text);
        if (part.details.length > 0) append(this.writer.openDetails(), part.details);
        return false;
      default:
        // Blanks beside a call say nothing.
        if (!begun && (!this.called || part.text.trim() !== "")) this.sayAtEnd(part.kind, part.text);
        return false;
    }
  }

  private add(part: Part): void {
    if (this.last) {
      this.last.done = true;
      this.last = undefined;
      this.order.advance();
    }
    this.order.add(part);
  }

  private addWords(part: TextPart | ReasoningPart): void {
    this.add(part);
    this.last = part;
  }

  private writeText(kind: "text" | "refusal", text: string): void {
    const whole = this.withBlank(kind !== "text" || this.textOpen, text);
    if (whole === undefined) return;
    this.textOpen = true;
    this.thinking = false;
    this.spoke = true;
    this.writer.grow({ kind }, whole);
  }

  private writeThought(field: ReasoningField, text: string): void {
    // A thought of blanks is none: some models open and close their thinking without a word.
    if (!this.thinking && text.trim() === "") {
      this.blankThought += text;
      return;
    }
    this.think(field, this.thinking ? text : this.blankThought + text);
  }

  private think(field: ReasoningField, text: string): void {
    this.blankThought = "";
    this.thinking = true;
    this.spoke = true;
    this.writer.grow({ kind: "reasoning", field }, text);
  }

  private beginCall(part: CallPart): boolean {
    const { call } = part;
    const [first] = this.assembler.calls;
    // The name is whole once arguments follow it.
    const named = call.name !== "" && (call.arguments !== "" || !this.assembler.mayGrow(call.name));
    if (call !== first || !named) return false;
    part.call_id = this.openCall(call.id, call.name);
    this.writer.delta(call.arguments);
    return true;
  }

  private releaseCall(part: CallPart, whole: boolean, begun: boolean): boolean {
    const { call } = part;
    if (!begun && !whole) return false;
    if (!begun) part.call_id = this.openCall(call.id, call.name);
    if (!begun && call.arguments.trim() !== "") this.writer.delta(call.arguments);
    else if (whole && call.arguments.trim() === "") this.writer.delta("{}");
    this.writer.close(whole);
    if (whole) this.writeExtra(call, part.call_id);
    return true;
  }

  /** Those that came for a text that is over. One that is still open tells them when it ends. */
  private loseCitations(called: boolean): void {
    if (called || !this.textOpen) this.scope.note("citations_lost", String(this.writer.uncited));
  }

  private sayAtEnd(kind: "text" | "refusal", text: string): void {
    const whole = this.blank + text;
    this.blank = "";
    if (whole === "") return;
    this.writer.grow({ kind }, whole);
    this.spoke = true;
  }

  /** Nothing else of a call comes back from the client, so it travels as a thought without words. */
  private writeExtra(call: PartialCall, call_id: string): void {
    const extra_content = this.extras.get(call);
    if (!extra_content) return;
    this.writer.begin({ kind: "reasoning", field: "extra_content" });
    this.writer.openDetails().push({ call_id, extra_content });
    this.writer.close(true);
  }
}
