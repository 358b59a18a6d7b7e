/** Thoughts behind the first words of an answer, and ends of thoughts that nothing has opened. */
import { ANSWERS, isSpecial, ORPHANS, THOUGHTS } from "./thought-tags.ts";

const OPENINGS = THOUGHTS.flatMap(({ open, close }) => open.map((tag) => ({ tag, closes: close })));
/** What says that a thought is over, or that the answer begins. */
const ENDS = [...ORPHANS, ...ANSWERS.filter(isSpecial)].toSorted((a, b) => b.length - a.length);
export const THOUGHT_WORDS: readonly string[] = [...OPENINGS.map(({ tag }) => tag), ...ENDS];
const END = new RegExp(ENDS.map((tag) => RegExp.escape(tag)).join("|"), "y");

export function opensThought(text: string, at: number): boolean {
  return OPENINGS.some(({ tag }) => text.startsWith(tag, at));
}

export function closesThought(text: string, at: number): boolean {
  END.lastIndex = at;
  return END.test(text);
}

/** The thought at the head of this text, which its tag must close. */
export function readThought(text: string, ended: boolean): { end: number; thought: string } | "more" | "none" {
  const opening = OPENINGS.find(({ tag }) => text.startsWith(tag));
  if (!opening) return "none";
  let first: { at: number; length: number } | undefined;
  for (const close of opening.closes) {
    const at = text.indexOf(close, opening.tag.length);
    if (at !== -1 && (!first || at < first.at)) first = { at, length: close.length };
  }
  if (!first) return ended ? "none" : "more";
  return { end: first.at + first.length, thought: text.slice(opening.tag.length, first.at) };
}

/** The tag at the head of this text; a common one only where nothing else stands in its line behind it. */
export function readOrphan(text: string): number | "none" {
  END.lastIndex = 0;
  const tag = END.exec(text)?.[0];
  if (tag !== undefined && isSpecial(tag)) return tag.length;
  return tag !== undefined && /^[ \t]*(?:[\r\n]|$)/.test(text.slice(tag.length)) ? tag.length : "none";
}
