/** Most frames of a stream differ in one string alone: once one was parsed, those alike are compared, not parsed. */
import { parsedJson } from "./json-fields.ts";
import { isLiteral } from "./json-string.ts";

/** Where an upstream changes more than one string (a time, a number), learning fails, and is tried less and less often. */
const MOST_SKIPPED = 256;
const WORTH_IT = 4;
const SENTINEL = "\u{1F9E9}juscode"; // Stands nowhere in a frame by chance.

export class RepeatedFrame {
  private before = "";
  private after = "";
  private around = Infinity; // Length of both; no frame is as long before one is learned.
  private hits = 0;
  private skipped = 0;
  private skip = 0;

  /** The string, where all around it is as it was; undefined for a frame that has to be parsed. */
  read(data: string): string | undefined {
    if (data.length <= this.around) return undefined;
    const from = this.before.length;
    const to = data.length - this.after.length;
    if (!data.startsWith(this.before) || !data.endsWith(this.after) || !isLiteral(data, from, to)) return undefined;
    this.hits++;
    return data.slice(from, to);
  }

  /** `text` is the frame's string; `find` reads it from a frame that was parsed, if that frame says nothing else. */
  learn(data: string, text: string, find: (frame: unknown) => string | undefined): void {
    this.unlearn();
    if (this.skipped < this.skip) {
      this.skipped++;
      return;
    }
    this.skip = this.hits >= WORTH_IT ? 0 : Math.min(MOST_SKIPPED, this.skip * 2 + 1);
    this.skipped = this.hits = 0;
    const at = data.lastIndexOf(`"${text}"`) + 1;
    if (at === 0 || text === "") return;
    const before = data.slice(0, at);
    const after = data.slice(at + text.length);
    // Only parsing shows whether this is its string, and not another one with the same text.
    if (find(parsedJson(before + SENTINEL + after)) !== SENTINEL) return;
    this.before = before;
    this.after = after;
    this.around = before.length + after.length;
  }

  /** A frame of another kind may change what those like the last one mean. */
  unlearn(): void {
    this.around = Infinity;
  }

  /** The string stands somewhere else from now on. */
  forget(): void {
    this.around = Infinity;
    this.skip = 0;
  }
}
