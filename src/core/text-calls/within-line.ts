/**
 * Whether something that stands within a line can be a call, or residue, and no words about such. A model ends its
 * sentence before it calls; who explains a markup puts it into code, into quotes, or into the sentence.
 */
import { isOpened } from "./residue.ts";

/** The last characters of the line that are looked at. */
export const LINE = 400;
/** Markers that hold a tokenizer's special signs: glued to a word they are no part of a sentence. */
const SPECIAL = /(?:<[ ]?[|｜‖]|\]<\])/y;
const SENTENCE_END = /[.!?:;…。！？：；)）»”*_]$/;
/** Code, a quotation, a line of a diff, of a list or with its number. */
const QUOTED_LINE = /^(?: {4}|\t|\s*(?:>|[#+|-]\s|[-+]|\d+[.:|\t→)-]))/;
const EXPLAINS =
  /\b(?:examples?|e\.g|instance|syntax|markup|tags?|tokens?|looks? like|such as|written|(?:do|call|use|write) it like|like (?:this|so|these))\b|例|格式|\b(?:beispiel|z\. ?b|exemple|ejemplo|esempio|пример)/i;

/** Whether a call may begin behind these words of its line. */
export function mayStandWithin(before: string, text: string, at: number): boolean {
  if (!/[<[\]]/.test(text[at] ?? "")) return false;
  const line = before.slice(-LINE);
  const words = line.trimEnd();
  if (words === "" || inCode(line) || (before.length < LINE && QUOTED_LINE.test(before)) || EXPLAINS.test(line))
    return false;
  SPECIAL.lastIndex = at;
  return SENTENCE_END.test(words) || (words === line && SPECIAL.test(text));
}

/** Whether a control token may be residue behind these words: it is glued to them, or begins the line. */
export function mayBeResidue(before: string, residue: string): boolean {
  const line = before.slice(-LINE);
  if (inCode(line) || isOpened(residue, line) || (before.length < LINE && QUOTED_LINE.test(before))) return false;
  return line.trim() === "" || line.trimEnd() === line;
}

function inCode(line: string): boolean {
  let ticks = 0;
  for (let at = line.indexOf("`"); at !== -1; at = line.indexOf("`", at + 1)) ticks++;
  return ticks % 2 === 1;
}
