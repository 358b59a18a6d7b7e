/** Where in a Markdown text a line begins, and what stands in code, fenced or indented. Fed one character at a time. */

const MAX_INDENT = 3;
const MIN_FENCE = 3;

/** So many of one sign. A blank behind them is the end of it. */
interface Fence {
  char: string;
  length: number;
  over: boolean;
}

const NO_FENCE: Fence = { char: "", length: 0, over: false };

export class CodeFences {
  /** At the head of a line, or behind a blank or three there; four or a tab make code. */
  lineStart = true;
  private indent = 0;
  /** The fence that opened the code we are in. */
  private opened = NO_FENCE;
  /** The line so far, as long as it may be a code fence. */
  private fence: Fence | undefined = NO_FENCE;

  /** Within a fence that was opened. */
  get fenced(): boolean {
    return this.opened !== NO_FENCE;
  }

  /** In the middle of a line that is no code fence: only its end matters. */
  get within(): boolean {
    return !this.lineStart && this.fence === undefined;
  }

  /** Passes one character. */
  step(char: string): void {
    if (char === "\n") {
      if (this.fence !== undefined) this.passFence(this.fence);
      this.beginLine();
      return;
    }
    const blank = char === " " || char === "\t" || char === "\r";
    if (this.fence !== undefined) this.stepFence(this.fence, char, blank);
    if (!blank || char === "\t" || ++this.indent > MAX_INDENT) this.lineStart = false;
  }

  /** What follows stands as if at the head of a line. */
  beginLine(): void {
    this.lineStart = true;
    this.indent = 0;
    this.fence = NO_FENCE;
  }

  private stepFence(fence: Fence, char: string, blank: boolean): void {
    if (blank) {
      if (fence.length > 0 && !fence.over) this.fence = { ...fence, over: true };
      return;
    }
    if ((char === "`" || char === "~") && (fence.length === 0 || (fence.char === char && !fence.over))) {
      this.fence = { char, length: fence.length + 1, over: false };
      return;
    }
    // Words after a fence: what opens may have them, what closes may not.
    if (!this.fenced) this.passFence(fence);
    this.fence = undefined;
  }

  /** Code is closed by its own kind of fence only, no shorter than the one that opened it. */
  private passFence(fence: Fence): void {
    if (fence.length < MIN_FENCE) return;
    if (!this.fenced) this.opened = fence;
    else if (fence.char === this.opened.char && fence.length >= this.opened.length) this.opened = NO_FENCE;
  }
}
