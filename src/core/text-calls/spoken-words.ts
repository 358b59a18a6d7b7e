/**
 * Reads what a model says, as its host hands it on piece by piece: which of it is thought and which is text, what of it
 * is a call that the server left there, and what is residue. Used by the decoders of every wire.
 */
import { BareCallScanner } from "./bare-calls.ts";
import { TextCallScanner } from "./marked-calls.ts";
import { isResidue, isTokens } from "./residue.ts";
import type { FoundCalls, Piece } from "./text-call.ts";
import { ThinkSplitter } from "./thoughts.ts";
import type { Item, ReasoningField, Turn } from "../turn.ts";

/** What is done with it. */
export interface Listener {
  text(text: string): void;
  thought(field: ReasoningField, text: string): void;
  /** May be a call: that is decided when the reply has ended. Where it is none its `raw` is what was said. */
  found(calls: FoundCalls): void;
  /** What is said as text looks like a call: of this family, or `unknown`, and of which tools. */
  left(what: string): void;
  /** Residue that is left out. */
  cut(residue: string): void;
}

/** How much is held back while it may be a thought that only its end tells: of a thread's first reply, and of later ones. */
const FIRST_HOLD = 600;
const KNOWN_HOLD = 32_768;

export class SpokenWords {
  private readonly told: Listener;
  private readonly think: ThinkSplitter;
  private readonly scanner: TextCallScanner | undefined;
  private readonly thoughtScanner: TextCallScanner | undefined;
  /** As long as all that was said may be a call in plain JSON. */
  private bare: BareCallScanner | undefined;
  /** A call at the end of the thought, as long as nothing else was said. */
  private pending: FoundCalls[] = [];
  private field: ReasoningField = "think";
  /** Residue at the end of the text, as long as nothing follows. */
  private residue = "";
  private spoke = false;
  private called = false;
  private foundCalls = false;

  /** Where no calls are looked for, only thoughts are. */
  constructor(turn: Turn, calls: boolean, told: Listener) {
    this.told = told;
    this.think = new ThinkSplitter({ hold: holdFor(turn), plain: isPlain(turn), asked: speaksOf(turn) });
    if (!calls) return;
    const declared = new Set(turn.tools.map(({ name }) => name));
    this.scanner = new TextCallScanner(declared);
    this.thoughtScanner = new TextCallScanner();
    // An answer in JSON is what the client asked for.
    if ((turn.settings.format?.type ?? "text") === "text") this.bare = new BareCallScanner(declared);
  }

  /** A piece of a message's text. */
  content(text: string): void {
    if (this.think.passing) return this.visible(text);
    this.think.feed(text, this.onThought, this.onText);
  }

  /** Whether a piece of text says just what it says, and nothing is held. */
  passes(text: string): boolean {
    return (
      this.spoke &&
      this.residue === "" &&
      this.bare === undefined &&
      this.think.passing &&
      (this.scanner === undefined || this.scanner.passes(text))
    );
  }

  /** Whether anything is kept back. */
  get holding(): boolean {
    return this.residue !== "" || this.bare !== undefined || this.think.holding || this.scanner?.holding === true;
  }

  /** Whether anything that was said may be a call. After this only the reply's end may come. */
  mayHaveCalled(): boolean {
    this.flush();
    return this.foundCalls || this.pending.length > 0;
  }

  /** Whether what was said last belongs to a thought. */
  get thinking(): boolean {
    return this.think.thinking;
  }

  /** A piece of a thought that has a field of its own. */
  reasoning(field: ReasoningField, text: string): void {
    this.leaveHead();
    this.think.thoughtInField(text);
    this.thought(field, text);
  }

  /** The host tells thoughts apart itself: no end in the text tells of one. */
  reasons(): void {
    this.leaveHead();
    this.think.tellsApart = true;
  }

  /** Something else came that is no text: what is held was all of it. */
  leaveHead(): void {
    if (!this.think.unsure) return;
    this.think.disable();
    this.think.feed("", this.onThought, this.onText);
  }

  /** No call in plain JSON stands beside what comes now. */
  endBare(): void {
    const { bare } = this;
    this.bare = undefined;
    if (bare) this.head(bare.end());
  }

  /** A structured call begins: no text before it is held any longer. */
  call(): void {
    if (this.called) return;
    this.called = true;
    this.flush();
    this.think.disable();
  }

  /** The reply has ended. Returns the words of a thought that was not closed, if nothing else was said. */
  end(): string | undefined {
    this.flush();
    const pending = this.pending;
    this.pending = [];
    for (const found of pending) this.told.found(found);
    if (!this.foundCalls && !this.called && pending.length === 0 && this.scanner?.refuted !== undefined)
      this.told.left(this.scanner.refuted);
    this.endResidue();
    return this.spoke || this.called || this.foundCalls ? undefined : this.think.unclosed;
  }

  private flush(): void {
    this.think.end(this.onThought, this.onText);
    this.endBare();
    if (this.scanner) this.pieces(this.scanner.end());
    if (this.thoughtScanner) this.thoughtPieces(this.thoughtScanner.end());
  }

  private readonly onThought = (text: string): void => this.thought("think", text);
  private readonly onText = (text: string): void => this.visible(text);

  private visible(text: string): void {
    if (this.bare) {
      const pieces = this.bare.feed(text);
      if (!pieces) return;
      this.bare = undefined;
      return this.head(pieces);
    }
    if (!this.scanner || this.scanner.passes(text)) return this.say(text);
    this.scanner.thinks = this.think.thoughtInTags;
    this.pieces(this.scanner.feed(text));
  }

  /** What is no call in plain JSON may hold one in a markup. */
  private head(pieces: readonly Piece[]): void {
    for (const piece of pieces) {
      if (piece.kind === "text") this.visible(piece.text);
      else this.pieces([piece]);
    }
  }

  private pieces(pieces: readonly Piece[]): void {
    for (const piece of pieces) {
      if (piece.kind === "text") this.say(piece.text);
      else if (piece.kind === "left") this.told.left(`json, ${piece.name}`);
      else if (piece.kind === "residue") this.residue += piece.text;
      else if (piece.kind === "thought") this.told.thought("think", piece.text);
      else if (piece.kind === "cut") this.told.cut(piece.text);
      else {
        this.speak();
        this.foundCalls = true;
        // Should it be none, the residue before it was a part of the text.
        const raw = this.residue + piece.raw;
        this.residue = "";
        this.told.found({ ...piece, raw });
      }
    }
  }

  private say(text: string): void {
    if (this.residue !== "") {
      if (text.trim() === "") {
        this.residue += text;
        return;
      }
      this.told.text(this.residue);
      this.residue = "";
    }
    if (!this.spoke && text.trim() !== "") this.speak();
    this.told.text(text);
  }

  /** The first word of the answer: nothing of the thought is held any longer. */
  private speak(): void {
    if (this.thoughtScanner) this.thoughtPieces(this.thoughtScanner.end());
    this.endThought();
    this.spoke = true;
  }

  /** Tokens say nothing; tags that close a call say nothing where there is one. */
  private endResidue(): void {
    const { residue } = this;
    this.residue = "";
    if (residue === "") return;
    if (isTokens(residue) || (isResidue(residue) && (this.called || this.foundCalls))) this.told.cut(residue.trim());
    else this.told.text(residue);
  }

  private thought(field: ReasoningField, text: string): void {
    this.field = field;
    if (!this.thoughtScanner || this.spoke || this.called || this.thoughtScanner.passes(text))
      return this.thinkAloud(text);
    this.thoughtPieces(this.thoughtScanner.feed(text));
  }

  private thoughtPieces(pieces: readonly Piece[]): void {
    for (const piece of pieces) {
      if (piece.kind === "calls" && !this.spoke && !this.called) this.pending.push({ ...piece, thought: this.field });
      else if (piece.kind === "calls") this.thinkAloud(piece.raw);
      else if (piece.kind !== "left") this.thinkAloud(piece.text);
    }
  }

  private thinkAloud(text: string): void {
    const last = this.pending.at(-1);
    if (last && text.trim() === "") last.raw += text;
    else {
      this.endThought();
      this.told.thought(this.field, text);
    }
  }

  /** Something follows the calls in the thought: they were only considered. */
  private endThought(): void {
    const { pending } = this;
    this.pending = [];
    for (const { raw, thought } of pending) this.told.thought(thought ?? this.field, raw);
  }
}

/** Nobody knows a thought by its end alone where none was asked for, or where the thread shows that the model has none. */
function holdFor({ items, settings: { effort } }: Turn): number {
  if (effort === undefined || effort === "none") return 0;
  if (items.some((item) => item.type === "reasoning" && item.origin?.field === "think")) return KNOWN_HOLD;
  return items.some(isModels) ? 0 : FIRST_HOLD;
}

function isModels(item: Item): boolean {
  return (
    item.type === "tool_call" || item.type === "reasoning" || (item.type === "message" && item.role === "assistant")
  );
}

/** Chat without tools and without thinking. */
function isPlain({ tools, settings: { effort } }: Turn): boolean {
  return tools.length === 0 && (effort === undefined || effort === "none");
}

/** Whether the request holds a tag; looked for once, since a reply may hold it many times. The items are not kept alive. */
function speaksOf(turn: Turn): (tag: string) => boolean {
  const known = new Map<string, boolean>();
  return (tag) => {
    const said =
      known.get(tag) ??
      turn.items.some(
        (item) => "parts" in item && item.parts.some((part) => "text" in part && part.text.includes(tag)),
      );
    known.set(tag, said);
    return said;
  };
}
