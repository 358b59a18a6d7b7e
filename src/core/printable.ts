/** Makes names and texts of strangers safe for terminals and logs: no cursor movement, forged lines or turned text. */

/**
 * Controls (C0, DEL, and C1 with the one-byte CSI U+009B), separators of lines and paragraphs, halves of surrogate pairs,
 * what turns the direction of writing, and what nobody sees: zero width, soft hyphens, annotations, tags.
 */
const UNSAFE =
  "\\p{Cc}\\p{Zl}\\p{Zp}\\p{Cs}\\u{ad}\\u{61c}\\u{180e}\\u{200b}\\u{200e}\\u{200f}\\u{202a}-\\u{202e}\\u{2060}-\\u{206f}\\u{feff}\\u{fff9}-\\u{fffb}\\u{e0000}-\\u{e007f}";

const ANY_UNSAFE = new RegExp(`[${UNSAFE}]`, "gu");
const UNSAFE_IN_TEXT = new RegExp(`(?![\\n\\t])[${UNSAFE}]`, "gu");
const FIRST_UNSAFE = new RegExp(`[${UNSAFE}]`, "u");

/** A name, or a sentence, as one line. */
export const printable = (text: string): string => text.replaceAll(ANY_UNSAFE, "?");

/** Text that has lines of its own. What it holds of names must have been made one line each by `printable`. */
export const printableText = (text: string): string => text.replaceAll("\r\n", "\n").replaceAll(UNSAFE_IN_TEXT, "?");

/** Each of these becomes one line, whatever names it holds. */
export const printableLines = (lines: readonly string[]): string => lines.map(printable).join("\n");

/** Whether `printable` would change it. */
export const isPrintable = (text: string): boolean => !FIRST_UNSAFE.test(text);

type Replacer = (key: string, value: unknown) => unknown;

/** JSON that means the same to programs, with `\uXXXX` for whatever would steer a terminal. */
export function printableJson(value: unknown, space?: number, replacer?: Replacer): string {
  return JSON.stringify(value, replacer, space).replaceAll(UNSAFE_IN_TEXT, escaped);
}

function escaped(character: string): string {
  return Array.from({ length: character.length }, (_, i) => `\\u${hex(character.charCodeAt(i))}`).join("");
}

const hex = (unit: number): string => unit.toString(16).padStart(4, "0");
