/**
 * A text that grows by thousands of small pieces. JavaScriptCore joins strings only when somebody looks into them, and
 * a piece that was cut out of a frame keeps all of that frame: without joining now and then an open stream holds some
 * 700 bytes for each token (measured with Bun 1.4.5).
 */

const PIECES = 16; // Pieces between two joins: few enough to hold little, many enough to cost nothing.

export class GrowingText {
  private joined = "";
  private recent = "";
  private pieces = 0;
  private last = ""; // The last character of what is joined.

  add(piece: string): void {
    this.recent += piece;
    if (++this.pieces < PIECES) return;
    const text = joined(this.recent);
    this.joined += text;
    this.last = text.at(-1) ?? this.last;
    this.recent = "";
    this.pieces = 0;
  }

  get length(): number {
    return this.joined.length + this.recent.length;
  }

  /** Whether it ends in white space; found out without joining all of it. */
  get ends_blank(): boolean {
    const last = this.recent.at(-1) ?? this.last;
    return last !== "" && last.trim() === "";
  }

  get value(): string {
    return this.joined + this.recent;
  }
}

/** To look at one of its characters is what joins a text; its result has to be used, or it is optimized away. */
const joined = (text: string): string => (text.charCodeAt(0) >= 0 ? text : "");
