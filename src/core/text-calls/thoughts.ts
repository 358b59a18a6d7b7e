/**
 * Splits thoughts off the head of a message's content. Only there do the tags mean thinking; later they are text that
 * talks about such tags. Pieces may be cut anywhere, also within a tag.
 */
import { ANSWERS, isSpecial, ORPHANS, STRIPPED, THOUGHTS, type ThoughtTag } from "./thought-tags.ts";

const OPENINGS = THOUGHTS.flatMap((thought) => thought.open.map((open) => ({ open, thought })));
const TAG_HEADS = [...OPENINGS.map(({ open }) => open), ...ANSWERS, ...ORPHANS];
const ALL_HEADS = [...TAG_HEADS, STRIPPED.open];
const ORPHAN = new RegExp(ORPHANS.map((tag) => RegExp.escape(tag)).join("|"), "g");
const LONGEST_ORPHAN = Math.max(...ORPHANS.map(({ length }) => length));
/** Four blanks or a tab at the head of a line make code. */
const CODE = / {4}|\t/;
const QUOTE = /["'“‘(]$/;
/** A longer thought that came in a field is not compared with one in tags. In characters. */
const MOST_ECHO = 16_384;

type TellText = (text: string) => void;

interface Expected {
  /** So many characters may turn out to be a thought that only its end tells. */
  hold?: number;
  /** Neither tools nor thinking were asked for: a letter that may begin a channel's word is not held back. */
  plain?: boolean;
  /** Whether the request speaks of such a tag, so that it is part of the answer. */
  asked?: (tag: string) => boolean;
}

export class ThinkSplitter {
  /** Thoughts come in fields of their own. */
  tellsApart = false;
  /** The thought in tags that was not closed; undefined where it was, or there is none. */
  unclosed: string | undefined;
  private state: "head" | "unsure" | "thinking" | "echo" | "gap" | "text" = "head";
  /** A thought in tags, or its end, has come. */
  private thought = false;
  /** What may yet become a tag. */
  private held = "";
  /** White space before the first word or tag. */
  private blank = "";
  private tag: ThoughtTag | undefined;
  /** What came in a field of its own; it may come in tags once more. */
  private field = "";
  private searched = 0;
  /** It begins with the word of a channel whose markers were stripped. */
  private stripped = false;
  private readonly hold: number;
  private readonly heads: readonly string[];
  private readonly asked: (tag: string) => boolean;

  constructor({ hold = 0, plain = false, asked = () => false }: Expected = {}) {
    this.hold = hold;
    this.heads = plain ? TAG_HEADS : ALL_HEADS;
    this.asked = asked;
  }

  /** No thinking will come in the content any more. */
  disable(): void {
    if (this.state !== "head" && this.state !== "unsure") return;
    this.state = "text";
    this.held = this.blank + this.held;
    this.blank = "";
  }

  /** A thought came in a field of its own, before any content. */
  thoughtInField(text: string): void {
    if (this.state === "head") this.field += text;
  }

  /** True while nothing needs to be looked at. */
  get passing(): boolean {
    return this.state === "text" && this.held === "";
  }

  get holding(): boolean {
    return this.held !== "" || this.blank !== "";
  }

  /** Within a thought, or between it and the answer. */
  get thinking(): boolean {
    return this.state === "thinking" || this.state === "echo" || this.state === "gap";
  }

  /** A thought in tags has come, or the end of one. */
  get thoughtInTags(): boolean {
    return this.thought;
  }

  /** All that has come is held back, since it may be a thought. */
  get unsure(): boolean {
    return this.state === "unsure";
  }

  feed(piece: string, onThought: TellText, onText: TellText): void {
    let text = this.held + piece;
    this.held = "";
    for (;;) {
      const rest = this.step(text, false, onThought, onText);
      if (rest === undefined) return;
      text = rest;
    }
  }

  /** The content has ended: an unclosed thought was a thought, half a tag was text. */
  end(onThought: TellText, onText: TellText): void {
    let text = this.blank + this.held;
    this.blank = this.held = "";
    if (this.state === "unsure") {
      const close = this.stripped ? undefined : this.orphanIn(text, true);
      if (close) {
        this.state = "text";
        onThought(text.slice(0, close.at));
        text = text.slice(close.end).replace(/^[\r\n]+/, "");
      }
    }
    if (this.state === "thinking" || this.state === "echo") {
      if (text !== "") onThought(text);
      this.unclosed = (this.unclosed ?? "") + text;
    } else if (text !== "") onText(text);
    if (this.state !== "thinking" && this.state !== "echo") this.unclosed = undefined;
  }

  /** What is left to look at in another state; undefined for nothing. */
  private step(text: string, ended: boolean, onThought: TellText, onText: TellText): string | undefined {
    switch (this.state) {
      case "head":
        return this.head(text);
      case "unsure":
        return this.seek(text, onThought);
      case "thinking":
      case "echo":
        return this.think(text, onThought);
      case "gap": {
        // The blank lines between thought and answer belong to neither.
        const rest = text.replace(/^[\r\n]+/, "");
        if (rest === "" && !ended) return undefined;
        this.state = "head";
        return rest;
      }
      case "text":
        if (text !== "") onText(text);
        return undefined;
    }
  }

  private head(text: string): string | undefined {
    const trimmed = text.trimStart();
    const lead = text.slice(0, text.length - trimmed.length);
    if (trimmed === "") {
      this.blank += text;
      return undefined;
    }
    const opening = OPENINGS.find(({ open }) => trimmed.startsWith(open));
    if (opening) {
      const opened = trimmed.slice(opening.open.length);
      // A longer tag may begin alike.
      if (opened === "" && ALL_HEADS.some((head) => head !== trimmed && head.startsWith(trimmed)))
        return this.wait(lead, trimmed);
      this.blank = "";
      this.thought = true;
      this.tag = opening.thought;
      this.state = this.field.trim() === "" || this.field.length > MOST_ECHO ? "thinking" : "echo";
      this.unclosed = "";
      return opened;
    }
    const passed = [...ANSWERS, ...ORPHANS].find((word) => trimmed.startsWith(word));
    if (this.heads.some((head) => head.length > trimmed.length && head.startsWith(trimmed)))
      return this.wait(lead, trimmed);
    const indent = /[^\n]*$/.exec(this.blank + lead)?.[0] ?? "";
    if (passed !== undefined && !CODE.test(indent) && !this.asked(passed.trim())) {
      this.blank = "";
      this.thought = true;
      this.state = "gap";
      return trimmed.slice(passed.length);
    }
    const behind = trimmed.startsWith(STRIPPED.open) ? trimmed.slice(STRIPPED.open.length) : undefined;
    if (behind === "" && this.heads === ALL_HEADS) return this.wait(lead, trimmed);
    const whole = this.blank + text;
    this.blank = "";
    if (behind !== undefined && STRIPPED.next.test(behind)) {
      this.stripped = true;
      this.state = "unsure";
      return trimmed;
    }
    this.state = this.hold > 0 && this.field === "" && !this.thought && !this.tellsApart ? "unsure" : "text";
    return whole;
  }

  private wait(lead: string, trimmed: string): undefined {
    this.blank += lead;
    this.held = trimmed;
  }

  private seek(text: string, onThought: TellText): string | undefined {
    const close = this.stripped ? this.strippedIn(text) : this.orphanIn(text, false);
    if (close) {
      onThought(text.slice(this.stripped ? STRIPPED.open.length : 0, close.at));
      this.thought = true;
      this.state = "gap";
      return text.slice(close.end);
    }
    if (text.length > (this.stripped ? MOST_ECHO : this.hold)) {
      this.state = "text";
      return text;
    }
    this.held = text;
    return undefined;
  }

  /** Where the answer's channel begins. */
  private strippedIn(text: string): { at: number; end: number } | undefined {
    STRIPPED.close.lastIndex = this.searched;
    const found = STRIPPED.close.exec(text);
    const end = STRIPPED.close.lastIndex;
    if (found && end < MOST_ECHO) return { at: found.index, end };
    this.searched = Math.max(this.searched, text.length - STRIPPED.longest, 0);
    return undefined;
  }

  /** A tag that closes a thought nothing has opened: it stands at the head or at the end of a line, and not in code. */
  private orphanIn(text: string, ended: boolean): { at: number; end: number } | undefined {
    ORPHAN.lastIndex = this.searched;
    for (let found = ORPHAN.exec(text); found; found = ORPHAN.exec(text)) {
      const end = found.index + found[0].length;
      if ((!ended && end === text.length) || end >= this.hold) break;
      if (isOrphan(text, found.index, end) && !this.asked(found[0])) return { at: found.index, end };
      this.searched = end;
    }
    this.searched = Math.max(this.searched, text.length - LONGEST_ORPHAN - 1, 0);
    return undefined;
  }

  private think(text: string, onThought: TellText): string | undefined {
    const closes = this.tag?.close ?? [];
    let first: { at: number; tag: string } | undefined;
    for (const tag of closes) {
      const at = text.indexOf(tag);
      if (at !== -1 && (!first || at < first.at)) first = { at, tag };
    }
    if (!first) {
      const keep = this.state === "echo" && this.mayEcho(text) ? text.length : partialEnd(text, closes);
      if (keep < text.length) this.state = "thinking";
      this.held = text.slice(text.length - keep);
      const said = text.slice(0, text.length - keep);
      if (said !== "") onThought(said);
      this.unclosed = (this.unclosed ?? "") + said;
      return undefined;
    }
    const said = text.slice(0, first.at);
    // The same thought once more, in tags.
    const echo = this.state === "echo" && said.trim() === this.field.trim();
    if (said !== "" && !echo) onThought(said);
    this.unclosed = undefined;
    this.field = "";
    this.state = "gap";
    return text.slice(first.at + first.tag.length);
  }

  /** Not longer than what came in the field: the comparison itself waits for the end of the thought. */
  private mayEcho(text: string): boolean {
    return text.length <= this.field.length + LONGEST_ORPHAN;
  }
}

function isOrphan(text: string, at: number, end: number): boolean {
  const before = text.slice(0, at);
  const line = before.slice(before.lastIndexOf("\n") + 1);
  if (count(line, "`") % 2 === 1 || QUOTE.test(line) || CODE.test(line.slice(0, 4)) || isFenced(before)) return false;
  return (
    isSpecial(text.slice(at, end)) ||
    line.trim() === "" ||
    (text[end] === undefined ? true : /[\r\n]/.test(text[end]) && !/\s$/.test(line))
  );
}

function count(text: string, sign: string): number {
  return text.split(sign).length - 1;
}

function isFenced(text: string): boolean {
  return (text.match(/^ {0,3}(?:```|~~~)/gm)?.length ?? 0) % 2 === 1;
}

/** How many characters at the end of the text may be the beginning of one of the tags. */
function partialEnd(text: string, closes: readonly string[]): number {
  let most = 0;
  for (const tag of closes) {
    for (let length = Math.min(tag.length - 1, text.length); length > most; length--) {
      if (text.endsWith(tag.slice(0, length))) most = length;
    }
  }
  return most;
}
