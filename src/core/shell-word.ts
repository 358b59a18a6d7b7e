/** Commands that people copy into a shell. */
import { printable } from "./printable.ts";

/** As one word there, whatever it holds; a name that cannot be shown is none that can be typed. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${printable(word).replaceAll("'", `'\\''`)}'`;
}
