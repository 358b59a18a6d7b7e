/** Whether a JSON text that comes in pieces is whole: each piece is scanned once, and the text parsed at most once. */
import { parsedJson } from "./json-fields.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

export class JsonProgress {
  private depth = 0;
  private quoted = false;
  private escaped = false;
  /** `over`: the brackets are closed. `broken`: it is no object or list, or something follows it. */
  private state: "blank" | "open" | "over" | "broken" = "blank";
  private valid: boolean | undefined;
  private readonly pieces: string[] = []; // Pieces that are not looked at yet.

  add(piece: string): void {
    if (this.state !== "broken") this.pieces.push(piece);
  }

  /** Whether what has come, which is this text, is one whole object or list. */
  isWhole(text: string): boolean {
    for (const piece of this.pieces)
      for (let i = 0; i < piece.length && this.state !== "broken"; i++) this.step(piece.charCodeAt(i));
    this.pieces.length = 0;
    if (this.state !== "over") return false;
    return (this.valid ??= parsedJson(text) !== undefined);
  }

  private step(code: number): void {
    if (this.quoted) {
      if (this.escaped) this.escaped = false;
      else if (code === BACKSLASH) this.escaped = true;
      else if (code === QUOTE) this.quoted = false;
      return;
    }
    if (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) return;
    if (this.state !== "open" && (this.state !== "blank" || (code !== 0x7b && code !== 0x5b))) {
      this.state = "broken";
      return;
    }
    this.state = "open";
    if (code === QUOTE) this.quoted = true;
    else if (code === 0x7b || code === 0x5b) this.depth++;
    else if ((code === 0x7d || code === 0x5d) && --this.depth === 0) this.state = "over";
  }
}
