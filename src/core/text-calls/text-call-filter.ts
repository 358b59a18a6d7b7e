/**
 * Stands between what a decoder reads and the client's encoder: takes thoughts and residue out of the texts of a reply,
 * and makes calls of those that a server has left there. It is the same for every wire. What may be a call is held, with
 * all that follows, until the reply has ended.
 */
import { append } from "../append.ts";
import { CallIds } from "../call-ids.ts";
import type { Dialect } from "../dialect.ts";
import type { IdSource } from "../ids.ts";
import type { TakeNote } from "../notes.ts";
import type { Emit, ItemHead, LogProb, ReplyEnd, ReplyEvent } from "../reply.ts";
import { MeantTools } from "../tool-names.ts";
import type { ReasoningField, Turn } from "../turn.ts";
import { endsWithCalls, type GivenCall, CallAcceptance, type Said } from "./accept-call.ts";
import { type Listener, SpokenWords } from "./spoken-words.ts";
import type { FoundCalls } from "./text-call.ts";

interface Scope {
  ids: IdSource;
  note: TakeNote;
}

type CallHead = Extract<ItemHead, { kind: "tool_call" }>;
type ItemEnd = Extract<ReplyEvent, { type: "item_end" }>;

type HealSetting = Pick<Dialect, "heal">;

/** The same events, with the calls that stood in the text; as they are where no call may come. */
export function withTextCalls(turn: Turn, emit: Emit, scope: Scope, dialect: HealSetting): Emit {
  return mayCall(turn, dialect) ? new TextCallFilter(turn, emit, scope, dialect).emit : emit;
}

function mayCall({ tools, settings }: Turn, { heal }: HealSetting): boolean {
  return heal === "auto" && tools.length > 0 && settings.tool_choice !== "none";
}

/** Of a name, for the note. */
const LONGEST_NAME = 64;
/** Stands for the family of calls in plain JSON. */
const PLAIN = "json";
const TEXT = { kind: "text" } as const;

export class TextCallFilter implements Listener {
  private readonly turn: Turn;
  private readonly out: Emit;
  private readonly note: TakeNote;
  private readonly callIds: CallIds;
  private readonly words: SpokenWords;
  /** The item that the upstream has opened. */
  private given: ItemHead | undefined;
  /** The item that the client has open, and how it will end where the upstream has told. */
  private open: ItemHead | undefined;
  private ending: ItemEnd | undefined;
  /** The end of a text that is held. */
  private heldEnding: ItemEnd | undefined;
  /** White space at the head of a text that nothing has followed yet. */
  private blank = "";
  private blankThought = "";
  /** Those of text that is held. */
  private logprobs: LogProb[] | undefined;
  /** What is written when the reply has ended; undefined as long as everything is written at once. */
  private later: (() => void)[] | undefined;
  private readonly said: Said[] = [];
  private acceptance: CallAcceptance | undefined;
  /** The structured call that is open, or was last. */
  private given_call: GivenCall | undefined;
  private called = false;
  private spoke = false;
  /** Absent where no call may come. */
  private readonly tools: MeantTools | undefined;

  /** Where no call may come, only thoughts and text are told apart. */
  constructor(turn: Turn, out: Emit, { ids, note }: Scope, dialect: HealSetting) {
    this.turn = turn;
    this.out = out;
    this.note = note;
    this.callIds = new CallIds(turn, ids);
    const calls = mayCall(turn, dialect);
    this.words = new SpokenWords(turn, calls, this);
    if (calls) this.tools = new MeantTools(turn.tools.map(({ name }) => name));
  }

  /** Whether anything that was said may be a call. After this only the end of the reply may come. */
  get holdsCall(): boolean {
    return this.words.mayHaveCalled();
  }

  readonly emit = (event: ReplyEvent): void => {
    switch (event.type) {
      case "start":
        return this.out(event);
      case "error":
        return this.fail(event);
      case "item_start":
        return this.begin(event.item);
      case "item_delta":
        return this.grow(event.delta, event.logprobs, event);
      case "item_end":
        return this.finish(event);
      case "end":
        return this.end(event);
    }
  };

  text(text: string): void {
    const head = this.given?.kind === "text" ? this.given : TEXT;
    if (!this.later) return this.say(head, text);
    this.said.push({ kind: "words", text });
    this.later.push(() => this.say(head, text));
  }

  thought(field: ReasoningField, text: string): void {
    if (!this.later) return this.say({ kind: "reasoning", field }, text);
    this.later.push(() => this.say({ kind: "reasoning", field }, text));
  }

  found(found: FoundCalls): void {
    this.said.push({ kind: "found", found });
    this.later ??= [];
    this.later.push(() => this.release(found));
  }

  left(what: string): void {
    this.note("call_left_as_text", what);
  }

  cut(residue: string): void {
    this.note("residue_cut", /[\w:-]{1,40}/.exec(residue)?.[0] ?? "residue");
  }

  private queue(write: () => void): void {
    if (this.later) this.later.push(write);
    else write();
  }

  private begin(given: ItemHead): void {
    const item = given.kind === "tool_call" ? this.meant(given) : given;
    this.given = item;
    if (item.kind === "tool_call") {
      this.words.call();
      this.given_call = { name: item.name, arguments: "", dropped: false };
      this.said.push({ kind: "call", ...(this.later && { call: this.given_call }) });
    } else if (item.kind === "refusal") {
      this.words.endBare();
      this.said.push({ kind: "words", text: item.kind });
    }
    if (item.kind === "reasoning") this.words.reasons();
    // Words of this item are written when they come, since they may be none of it; what is held of a thought comes first.
    if (item.kind === "text" || item.kind === "reasoning")
      return this.queue(() => this.ending && this.open?.kind === item.kind && this.close());
    const call = this.given_call;
    this.queue(() => {
      if (item.kind === "tool_call" && call?.dropped) return;
      this.close();
      this.open = item;
      this.out({ type: "item_start", item });
    });
  }

  /** A call of a name that nobody has declared is one of the only tool that can be meant. */
  private meant(call: CallHead): CallHead {
    if (!this.tools) return call;
    const name = this.tools.find(call.name);
    if (name === undefined || name === call.name) return call;
    this.note("name_repaired", `${call.name.slice(0, LONGEST_NAME)} to ${name}`);
    return { ...call, name };
  }

  private grow(delta: string, logprobs: readonly LogProb[] | undefined, event: ReplyEvent): void {
    const { given } = this;
    if (given?.kind === "text") {
      // Most of a reply: the middle of a text that is open.
      if (this.open?.kind === "text" && !this.later && !this.logprobs && this.words.passes(delta))
        return this.out(event);
      if (logprobs) append((this.logprobs ??= []), logprobs);
      this.words.content(delta);
      if (this.words.thinking) this.logprobs = undefined;
    } else if (given?.kind === "reasoning") this.words.reasoning(given.field, delta);
    else if (!this.later) this.out(event);
    else {
      const call = given?.kind === "tool_call" ? this.given_call : undefined;
      if (call) call.arguments += delta;
      this.later.push(() => call?.dropped || this.out(event));
    }
  }

  private finish(event: ItemEnd): void {
    const { given } = this;
    this.given = undefined;
    if (given?.kind === "text")
      return this.queue(() => {
        // Nothing of it may have been written yet: what is open is another item.
        if (this.open?.kind !== "text") this.heldEnding = event;
        else {
          this.ending = event;
          if (!this.words.holding) this.close();
        }
      });
    const call = given?.kind === "tool_call" ? this.given_call : undefined;
    if (given?.kind !== "reasoning")
      return this.queue(() => {
        if (call?.dropped) return;
        this.out(event);
        this.open = undefined;
      });
    this.queue(() => {
      // A thought without words has its details all the same.
      if (event.details && this.open?.kind !== "reasoning") this.show(given);
      this.ending = event;
    });
  }

  private end(event: ReplyEnd): void {
    const unclosed = this.words.end();
    const whole = event.reason === "stop" || event.reason === "tool_calls";
    if (whole && endsWithCalls(this.said)) {
      this.acceptance = new CallAcceptance(this.turn);
      this.dropEmptyCalls();
    }
    const { later } = this;
    this.later = undefined;
    for (const write of later ?? []) write();
    // A thought that was never closed, and is all there is: its words must be seen.
    if (whole && !this.called && unclosed !== undefined) this.say({ kind: "text" }, unclosed);
    if (!this.spoke && !this.called && this.blank !== "") this.write({ kind: "text" }, this.blank);
    this.close(whole);
    this.out({ ...event, reason: event.reason === "stop" && this.called ? "tool_calls" : event.reason });
  }

  /** What is held was said, and nothing of it is a call. */
  private fail(event: ReplyEvent): void {
    this.words.end();
    const { later } = this;
    this.later = undefined;
    for (const write of later ?? []) write();
    this.out(event);
  }

  /** An empty structured call of a tool whose arguments stand in the text: the fuller one is made. */
  private dropEmptyCalls(): void {
    const calls = this.said.flatMap((each) => (each.kind === "call" && each.call ? [each.call] : []));
    if (calls.length === 0) return;
    const all = this.said.flatMap((each) => (each.kind === "found" ? [each.found] : []));
    const names = all.flatMap((found) => this.acceptance?.accept(found)?.map(({ name }) => name) ?? [""]);
    if (names.join("\n") !== calls.map(({ name }) => name).join("\n")) this.acceptance = undefined;
    else for (const call of calls) call.dropped = true;
  }

  private say(head: Extract<ItemHead, { kind: "text" | "reasoning" }>, text: string): void {
    // White space that opens a text waits for what follows: a message of blanks says nothing.
    const opens = this.open?.kind !== head.kind;
    if (opens && text.trim() === "") {
      if (head.kind === "text") this.blank += text;
      else this.blankThought += text;
      return;
    }
    const blank = head.kind === "text" ? this.blank : this.blankThought;
    if (head.kind === "text") this.blank = "";
    else this.blankThought = "";
    this.write(head, opens ? blank + text : text);
  }

  private write(head: ItemHead, text: string): void {
    this.spoke = true;
    if (this.open?.kind !== head.kind) this.show(head);
    const { logprobs } = this;
    if (head.kind !== "text" || !logprobs) return this.out({ type: "item_delta", delta: text });
    this.logprobs = undefined;
    this.out({ type: "item_delta", delta: text, logprobs });
  }

  private show(item: ItemHead): void {
    this.close();
    this.open = item;
    if (item.kind === "text") {
      this.ending = this.heldEnding;
      this.heldEnding = undefined;
    }
    this.out({ type: "item_start", item });
  }

  private close(complete = true): void {
    if (this.open) this.out(this.ending ?? { type: "item_end", complete });
    this.open = this.ending = undefined;
  }

  private release(found: FoundCalls): void {
    const accepted = this.acceptance?.accept(found);
    if (!accepted && found.thought) return this.say({ kind: "reasoning", field: found.thought }, found.raw);
    if (!accepted) {
      this.left([found.family ?? PLAIN, ...found.calls.map(({ name }) => name.slice(0, 64))].join(", "));
      return this.say({ kind: "text" }, found.raw);
    }
    if (found.residue) this.cut(found.family ?? "");
    this.called = true;
    for (const { name, arguments: args } of accepted) {
      this.note("call_healed", name);
      this.show({ kind: "tool_call", call_id: this.callIds.next(""), name });
      this.out({ type: "item_delta", delta: args.trim() === "" ? "{}" : args });
      this.close();
    }
  }
}
