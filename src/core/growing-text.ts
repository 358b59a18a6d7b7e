/**
 * A text that grows by thousands of small pieces. JavaScriptCore joins strings only when somebody looks into them, and
 * a piece that was cut out of a frame keeps all of that frame: without joining now and then an open stream holds some
 * 700 bytes for each token (measured with Bun 1.4.5).
 */

/** Pieces between two joins: few enough to hold little, many enough to cost nothing. */
const PIECES = 16;

export class GrowingText {
  private joined = "";
  private recent = "";
  private pieces = 0;
  /** Of its last character. */
  private last = Number.NaN;
  length = 0;

  add(piece: string): void {
    if (piece === "") return;
    this.recent += piece;
    this.length += piece.length;
    this.last = piece.charCodeAt(piece.length - 1);
    if (++this.pieces < PIECES) return;
    this.joined += joined(this.recent);
    this.recent = "";
    this.pieces = 0;
  }

  /** Whether it ends in white space; found out without joining it. */
  get ends_blank(): boolean {
    return this.length > 0 && String.fromCharCode(this.last).trim() === "";
  }

  get value(): string {
    return this.joined + this.recent;
  }
}

/** To look at one of its characters is what joins a text; the answer has to count, or it is not looked at at all. */
function joined(text: string): string {
  return text.charCodeAt(0) >= 0 ? text : "";
}
