/**
 * Finds tool calls that a server left in the text, because its parser does not know the model's own markup. They are
 * recognised while streaming, where a call can stand: at the head of the message or of a line, or behind a sentence; not
 * in code. What only looks like one stays text. What is found does not depend on how the text was cut.
 */
import { CodeFences } from "./code-fences.ts";
import type { Family } from "./families.ts";
import { headFamilies } from "./head-calls.ts";
import { familiesAt, isWord, mayBegin, maybeMarker, readAt, type Reading } from "./markers.ts";
import { closesThought, opensThought, readOrphan, readThought } from "./later-thoughts.ts";
import { closesCall, readResidue, residueAt } from "./residue.ts";
import type { Piece } from "./text-call.ts";
import { LINE, mayBeResidue, mayStandWithin } from "./within-line.ts";

/** A candidate is read when so much of it has come, and again each time that it has doubled. */
const FIRST_LOOK = 64;
/** What reading may cost, in characters: for each one of the text, and beside that. What costs more is text. */
const COST_A_CHARACTER = 16;
const COST = 1 << 20;
/** The next place in the middle of a line that is worth a look. */
const WORTH = /[\n<[]|\](?=<|$)/g;
const CLOSING_BRACKET = 93;
/** A tag that names a call in a markup that is not known. */
const UNKNOWN = /<[|｜]?[\w:▁ -]{0,24}(?:tool|function)[\w:▁ -]{0,8}call[\w:▁ -]{0,24}[|｜]?[>:]/iy;
const MAYBE_UNKNOWN = /<[|｜]?[\w:▁ -]{0,60}[|｜]?$/y;
const LONGEST_END = 40;
const BRACKETS = /[<[\]]/;
const NEWLINE = 10;

/**
 * What begins at a place: calls of one of some families, residue, another thought, the end of one that nothing has opened,
 * or a markup that is not known.
 */
interface Candidate {
  kind: "calls" | "residue" | "thought" | "cut" | "unknown";
  families: readonly Family[];
  /** It counts only where nothing follows. */
  last: boolean;
  /** At the head of a line. */
  heads: boolean;
  /** It stands where no call can stand, and is passed over as a whole. */
  rejected: boolean;
  /** How much of it is read next. */
  look: number;
}

interface Found {
  end: number;
  piece: Piece;
}

export class TextCallScanner {
  /** The model's thoughts have stood in the text: more of them may follow. */
  thinks = false;
  /** Family of what looked like a call at the head of a line and could not be read; `unknown` for none of them. */
  refuted: string | undefined;
  private readonly declared: ReadonlySet<string>;
  /** The candidate, or what may yet become one. */
  private held = "";
  private candidate: Candidate | undefined;
  private readonly code = new CodeFences();
  /** The line so far, or its last characters. */
  private line = "";
  /** Nothing but blanks has come. */
  private atHead = true;
  /** Place in the message of what is held. */
  private offset = 0;
  private spent = 0;
  /** A marker stands where no call can stand: then the text speaks of such. */
  private speaksOfCalls = false;
  /** A tag that opens a thought is a part of the text: then it speaks of such tags. */
  private speaksOfThoughts = false;

  /** With the names of the declared tools, calls without markers are found at the head of the message. */
  constructor(declared: ReadonlySet<string> = new Set()) {
    this.declared = declared;
  }

  /** Whether the text goes through as it is: the middle of a line, without anything that a marker can begin with. */
  passes(text: string): boolean {
    if (this.held !== "" || this.atHead || !this.code.within) return false;
    if (text.includes("<") || text.includes("[") || text.includes("\n")) return false;
    if (text.charCodeAt(text.length - 1) === CLOSING_BRACKET) return false;
    this.remember(text);
    this.offset += text.length;
    return true;
  }

  get holding(): boolean {
    return this.held !== "";
  }

  /** Text and calls in order. What may yet become a marker, or a call, is kept back. */
  feed(text: string): Piece[] {
    this.held += text;
    if (this.candidate && this.held.length < this.candidate.look) return [];
    return this.scan(false);
  }

  /** The message has ended. */
  end(): Piece[] {
    return this.scan(true);
  }

  private scan(atEnd: boolean): Piece[] {
    const text = this.held;
    const pieces: Piece[] = [];
    /** What has not been told yet begins here, and what `line` does not hold yet. */
    let from = 0;
    let line = 0;
    let at = 0;
    /** Up to here stands a call where none can stand: nothing within it is one. */
    let passed = 0;
    while (at < text.length) {
      const first = at >= passed && (this.atHead || this.mayFollow(text, at));
      if (first) this.candidate ??= this.candidateAt(text, line, at);
      if (this.candidate) {
        const found = this.read(text, at, atEnd, this.candidate);
        if (found === "more") break;
        const { rejected } = this.candidate;
        this.candidate = undefined;
        if (found !== "none" && rejected) passed = found.end;
        else if (found !== "none") {
          if (at > from) pieces.push({ kind: "text", text: text.slice(from, at) });
          pieces.push(found.piece);
          from = line = at = found.end;
          this.line = "";
          this.atHead = false;
          this.code.beginLine();
          continue;
        }
      } else if (first && !atEnd && this.mayBegin(text, at)) break;
      at = this.step(text, at);
      if (text.charCodeAt(at - 1) === NEWLINE) {
        line = at;
        this.line = "";
      }
    }
    if (at > from) pieces.push({ kind: "text", text: text.slice(from, at) });
    this.held = text.slice(at);
    if (at > line) this.remember(text.slice(line, at));
    this.offset += at;
    return pieces;
  }

  private remember(text: string): void {
    this.line += text;
    if (this.line.length > LINE * 8) this.line = this.line.slice(-LINE);
  }

  /** Passes a character, or the middle of a line up to what is worth a look. */
  private step(text: string, at: number): number {
    const char = text[at] ?? "";
    if (this.atHead && char.trim() !== "") this.atHead = false;
    this.code.step(char);
    if (!this.code.within || this.atHead) return at + 1;
    WORTH.lastIndex = at + 1;
    return WORTH.exec(text)?.index ?? text.length;
  }

  private candidateAt(text: string, line: number, at: number): Candidate | undefined {
    if (this.code.fenced) return undefined;
    if (this.atHead) {
      const families = headFamilies(text, at, this.declared);
      if (families && families.length > 0) return candidate("calls", families, { last: true });
    }
    if (!this.mayFollow(text, at)) return undefined;
    const heads = this.code.lineStart;
    if (!isWord(text, at)) return heads ? this.unknownAt(text, at) : undefined;
    const before = this.line + text.slice(line, at);
    const families = familiesAt(text, at);
    if (families && heads) return candidate("calls", families, { heads });
    const stands = families !== undefined && mayStandWithin(before, text, at);
    if (families && stands) return candidate("calls", families, { last: true });
    if (families && BRACKETS.test(text[at] ?? "")) {
      this.speaksOfCalls = true;
      return candidate("calls", families, { rejected: true });
    }
    const residue = residueAt(text, at);
    if (residue !== undefined && mayBeResidue(before, residue) && !(this.speaksOfCalls && closesCall(residue)))
      return candidate("residue", []);
    if (opensThought(text, at)) {
      if (this.thinks && heads) return candidate("thought", []);
      this.speaksOfThoughts = true;
    }
    if (!this.speaksOfThoughts && closesThought(text, at) && (heads || mayBeResidue(before, "")))
      return candidate("cut", []);
    return undefined;
  }

  private unknownAt(text: string, at: number): Candidate | undefined {
    UNKNOWN.lastIndex = at;
    return UNKNOWN.test(text) && !maybeMarker(text, at) ? candidate("unknown", [], { heads: true }) : undefined;
  }

  /** Whether anything may begin here; a tag of a markup that is not known only at the head of a line. */
  private mayFollow(text: string, at: number): boolean {
    return mayBegin(text, at) || (this.code.lineStart && text[at] === "<");
  }

  private mayBegin(text: string, at: number): boolean {
    if (this.code.fenced) return false;
    if (this.atHead && headFamilies(text, at, this.declared) === undefined) return true;
    if (maybeMarker(text, at)) return true;
    MAYBE_UNKNOWN.lastIndex = at;
    return this.code.lineStart && MAYBE_UNKNOWN.test(text);
  }

  /** Looks at as much as the candidate's turn is, however much has come: so each cut of the text comes to the same. */
  private read(text: string, at: number, atEnd: boolean, candidate: Candidate): Found | "more" | "none" {
    for (;;) {
      const there = text.length - at;
      const ended = there < candidate.look;
      if (ended && !atEnd) return "more";
      const window = text.slice(at, ended ? undefined : at + candidate.look);
      const found = this.readWindow(window, ended, candidate);
      if (this.spent > COST + (this.offset + at + window.length) * COST_A_CHARACTER) return "none";
      if (found === "none" ? candidate.heads : candidate.rejected && found !== "more")
        this.refuted = candidate.families[0]?.id ?? "unknown";
      if (found === "none" || found === "more") {
        if (found === "none" || ended) return "none";
        candidate.look *= 2;
        continue;
      }
      return { ...found, end: at + found.end };
    }
  }

  private readWindow(text: string, ended: boolean, { kind, families, last }: Candidate): Found | "more" | "none" {
    if (kind === "unknown") return "none";
    if (kind === "thought") {
      this.spent += text.length;
      const read = readThought(text, ended);
      return typeof read === "string" ? read : { end: read.end, piece: { kind, text: read.thought } };
    }
    if (kind === "cut") {
      const end = readOrphan(text);
      return end === "none" ? end : { end, piece: { kind, text: text.slice(0, end) } };
    }
    if (kind === "residue") {
      this.spent += text.length;
      const end = readResidue(text, ended, (text, at) => familiesAt(text, at) !== undefined);
      return typeof end === "number" ? { end, piece: { kind, text: text.slice(0, end) } } : end;
    }
    const { found, cost } = readAt(text, 0, ended, families);
    this.spent += cost;
    if (typeof found === "string") return found;
    return { end: found.end, piece: pieceOf(text.slice(0, found.end), found, last) };
  }
}

function candidate(
  kind: Candidate["kind"],
  families: readonly Family[],
  { last = false, heads = false, rejected = false }: Partial<Pick<Candidate, "last" | "heads" | "rejected">> = {},
): Candidate {
  return { kind, families, last, heads, rejected, look: FIRST_LOOK };
}

function pieceOf(raw: string, { family, calls, residue }: Reading, last: boolean): Piece {
  // Not `[END_TOOL_REQUEST]` and the like.
  const bare = /[}\])]\s*$/.test(raw) && !/\[\/?[A-Za-z_\d]+\]\s*$/.test(raw.slice(-LONGEST_END));
  return {
    kind: "calls",
    raw,
    calls,
    family: family.id,
    ...(bare && { bare }),
    ...(last && { last }),
    ...(residue && { residue }),
  };
}
