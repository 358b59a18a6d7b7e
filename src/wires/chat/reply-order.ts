/**
 * Puts what a model says into one order. Text and reasoning go out as they come, and the first tool call streams
 * too; whatever comes once a call has begun waits for the end, since items do not overlap, and no call is certain
 * to be whole before the reply is.
 */
import { CallIds } from "../../core/call-ids.ts";
import { ItemWriter } from "../../core/item-writer.ts";
import type { Emit, EndReason } from "../../core/reply.ts";
import type { ReasoningField, Turn } from "../../core/turn.ts";
import type { Surroundings } from "../wire.ts";
import { healLeak } from "../../core/text-calls/accept-call.ts";
import type { Leak } from "../../core/text-calls/text-call.ts";
import { addDetail, detailText } from "./upstream/reasoning-details.ts";
import type { PartialCall, ToolCallAssembler } from "./upstream/tool-calls.ts";

type Json = Record<string, unknown>;

/** What had to wait: it came while a call was open. */
type Waiting =
  | { kind: "text" | "refusal"; text: string }
  | { kind: "reasoning"; field: ReasoningField; text: string; details: Json[] }
  | { kind: "call"; call: PartialCall }
  | { kind: "leak"; leak: Leak };

export class ReplyOrder {
  readonly writer: ItemWriter;
  private readonly turn: Turn;
  private readonly around: Surroundings;
  private readonly waiting: Waiting[] = [];
  private readonly queued = new Set<PartialCall>();
  /** The call that streams, once its name is known. */
  private live: PartialCall | undefined;
  private liveId = "";
  /** What hangs on a call and must come back with it: Gemini's thought signatures. */
  private readonly extras = new Map<PartialCall, Json>();
  /** Signatures that came when the thought was over. */
  private readonly lateDetails: Json[] = [];
  /** White space that nothing has followed yet. */
  private blank = "";
  private blankThought = "";
  private textOpen = false;
  private thinking = false;
  private spoke = false;
  private readonly callIds: CallIds;

  private readonly assembler: ToolCallAssembler;

  constructor(turn: Turn, emit: Emit, around: Surroundings, assembler: ToolCallAssembler) {
    this.turn = turn;
    this.assembler = assembler;
    this.writer = new ItemWriter(emit);
    this.around = around;
    this.callIds = new CallIds(turn, around.ids);
  }

  /** Whether anything came at all. */
  get saidAnything(): boolean {
    return this.spoke || this.waiting.length > 0 || this.live !== undefined;
  }

  /** Whether a call stood in the text. */
  get waitsForLeak(): boolean {
    return this.waiting.some(({ kind }) => kind === "leak");
  }

  private get flowing(): boolean {
    return this.live === undefined && this.waiting.length === 0;
  }

  reasoning(field: ReasoningField, text: string): void {
    const last = this.waiting.at(-1);
    if (!this.flowing) {
      if (last?.kind === "reasoning") last.text += text;
      else this.waiting.push({ kind: "reasoning", field, text, details: [] });
      return;
    }
    const whole = this.thinking ? text : this.blankThought + text;
    // A thought of blanks is none: some models open and close their thinking without a word.
    if (!this.thinking && whole.trim() === "") {
      this.blankThought = whole;
      return;
    }
    this.think(field, whole);
  }

  private think(field: ReasoningField, text: string): void {
    this.blankThought = "";
    this.thinking = true;
    this.spoke = true;
    this.writer.grow({ kind: "reasoning", field }, text);
  }

  /** An entry of `reasoning_details`; returns whether it said anything in words. */
  detail(detail: Json): boolean {
    const text = detailText(detail);
    const last = this.waiting.at(-1);
    if (!this.flowing) {
      if (last?.kind === "reasoning") last.text += text;
      else this.waiting.push({ kind: "reasoning", field: "reasoning_details", text, details: [] });
      const open = this.waiting.at(-1);
      if (open?.kind === "reasoning") addDetail(open.details, detail);
    } else if (text === "" && this.textOpen && !this.thinking) addDetail(this.lateDetails, detail);
    else {
      this.think("reasoning_details", text);
      addDetail(this.writer.openDetails(), detail);
    }
    return text !== "";
  }

  say(kind: "text" | "refusal", text: string): void {
    // Most of a reply: the text that is open goes on.
    if (this.textOpen && !this.thinking && this.flowing && this.writer.opened === kind) return this.writer.delta(text);
    const last = this.waiting.at(-1);
    if (!this.flowing) {
      if (last?.kind === kind) last.text += text;
      else this.waiting.push({ kind, text });
      return;
    }
    const whole = kind === "text" && !this.textOpen ? this.blank + text : text;
    // White space that opens a text waits for what follows: a message of blanks says nothing.
    if (kind === "text" && whole.trim() === "" && !this.textOpen) {
      this.blank = whole;
      return;
    }
    this.blank = "";
    this.textOpen = true;
    this.thinking = false;
    this.spoke = true;
    this.writer.grow({ kind }, whole);
  }

  leak(leak: Leak): void {
    this.waiting.push({ kind: "leak", leak });
  }

  /** Something that is told as text looks like a call of this name. */
  left(names: string): void {
    this.around.note("call_left_as_text", names);
  }

  extra(call: PartialCall, extra_content: Json): void {
    this.extras.set(call, extra_content);
  }

  /** A call that goes on: `args` came just now. */
  call(call: PartialCall, args: string): void {
    const [first] = this.assembler.calls;
    if (call === this.live) return this.writer.delta(args);
    if (call === first && this.waiting.length === 0) {
      // The name is whole once arguments follow it.
      if (call.name !== "" && (call.arguments !== "" || !this.assembler.mayGrow(call.name))) this.begin(call);
      return;
    }
    // A first call whose name is late keeps its place; so does one before which something had to wait, since that
    // may have been a call in the text.
    if (first && first !== this.live) this.queue(first);
    this.queue(call);
  }

  private begin(call: PartialCall): void {
    this.live = call;
    this.liveId = this.callIds.next(call.id);
    this.writer.begin({ kind: "tool_call", call_id: this.liveId, name: call.name });
    this.writer.delta(call.arguments);
  }

  private queue(call: PartialCall): void {
    if (this.queued.has(call)) return;
    this.queued.add(call);
    this.waiting.push({ kind: "call", call });
  }

  /** Lets out what had to wait; of a reply that was cut no further call, since it may be the one that was cut. */
  release(reason: EndReason): boolean {
    const whole = reason === "stop" || reason === "tool_calls";
    const [first] = this.assembler.calls;
    if (first && first !== this.live) this.queue(first);
    let called = this.live !== undefined;
    if (this.live) {
      if (whole && this.live.arguments.trim() === "") this.writer.delta("{}");
      this.writer.close(whole);
      if (whole) this.writeExtra(this.live, this.liveId);
    }
    for (const item of this.waiting) {
      switch (item.kind) {
        case "reasoning":
          this.writer.grow({ kind: "reasoning", field: item.field }, item.text);
          if (item.details.length > 0) this.writer.openDetails().push(...item.details);
          break;
        case "call":
          if (!whole) break;
          called = true;
          this.writeExtra(item.call, this.writeCall(item.call.id, item.call.name, item.call.arguments));
          break;
        case "leak": {
          const { leak } = item;
          const healed = whole && this.endsWithLeak() ? healLeak(leak, this.turn) : undefined;
          if (!healed) {
            this.left(leak.calls.map(({ name }) => name.slice(0, 64)).join(" "));
            this.sayAtEnd("text", leak.raw);
            break;
          }
          called = true;
          for (const call of healed) {
            this.around.note("call_healed", call.name);
            this.writeCall("", call.name, call.arguments);
          }
          break;
        }
        default:
          // Blanks beside a call say nothing.
          if (!called || item.text.trim() !== "") this.sayAtEnd(item.kind, item.text);
      }
    }
    if (this.lateDetails.length > 0) {
      this.writer.begin({ kind: "reasoning", field: "reasoning_details" });
      this.writer.openDetails().push(...this.lateDetails);
    }
    if (!this.spoke && !called) this.sayAtEnd("text", "");
    if (this.writer.uncited > 0) this.loseCitations(called);
    return called;
  }

  /** Those that came for a text that is over. One that is still open tells them when it ends. */
  private loseCitations(called: boolean): void {
    if (called || !this.textOpen) this.around.note("citations_lost", String(this.writer.uncited));
  }

  /**
   * A model that calls a tool stops there. One that goes on talking showed an example, and where structured calls came
   * the server knows the model's markup.
   */
  private endsWithLeak(): boolean {
    if (this.live !== undefined || this.queued.size > 0) return false;
    const last = this.waiting.findLastIndex(({ kind }) => kind === "leak");
    return this.waiting
      .slice(last + 1)
      .every((item) => "text" in item && (item.kind === "reasoning" || item.text.trim() === ""));
  }

  private sayAtEnd(kind: "text" | "refusal", text: string): void {
    const whole = this.blank + text;
    this.blank = "";
    if (whole === "") return;
    this.writer.grow({ kind }, whole);
    this.spoke = true;
  }

  private writeCall(id: string, name: string, args: string): string {
    const call_id = this.callIds.next(id);
    this.writer.begin({ kind: "tool_call", call_id, name });
    this.writer.delta(args.trim() === "" ? "{}" : args);
    this.writer.close(true);
    return call_id;
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
