/**
 * Splits `<think>…</think>` off the head of a message's content. Only there does the tag mean thinking; later
 * it is text that talks about such tags. Pieces may be cut anywhere, also within a tag.
 */

const OPEN = "<think>";
const CLOSE = "</think>";

export class ThinkSplitter {
  private state: "head" | "thinking" | "gap" | "text" = "head";
  /** What may yet become a tag. */
  private held = "";
  /** White space before the first word or tag. */
  private blank = "";

  /** No thinking will come in the content any more: it came in a field of its own. */
  disable(): void {
    if (this.state !== "head") return;
    this.state = "text";
    this.held = this.blank + this.held;
    this.blank = "";
  }

  /** True while nothing needs to be looked at. */
  get passing(): boolean {
    return this.state === "text" && this.held === "";
  }

  /** Within a thought, or between it and the answer. */
  get thinking(): boolean {
    return this.state === "thinking" || this.state === "gap";
  }

  feed(piece: string, onThought: (text: string) => void, onText: (text: string) => void): void {
    let text = this.held + piece;
    this.held = "";
    if (this.state === "head") {
      const trimmed = text.trimStart();
      if (OPEN.startsWith(trimmed) && trimmed !== OPEN) {
        this.blank += text.slice(0, text.length - trimmed.length);
        this.held = trimmed;
        return;
      }
      const whole = this.blank + text;
      this.blank = "";
      if (!trimmed.startsWith(OPEN)) {
        this.state = "text";
        onText(whole);
        return;
      }
      this.state = "thinking";
      text = trimmed.slice(OPEN.length);
    }
    if (this.state === "thinking") {
      const close = text.indexOf(CLOSE);
      if (close === -1) {
        const keep = partialEnd(text, CLOSE);
        this.held = text.slice(text.length - keep);
        if (text.length > keep) onThought(text.slice(0, text.length - keep));
        return;
      }
      if (close > 0) onThought(text.slice(0, close));
      this.state = "gap";
      text = text.slice(close + CLOSE.length);
    }
    if (this.state === "gap") {
      // The blank lines between thought and answer belong to neither.
      text = text.replace(/^[\r\n]+/, "");
      if (text === "") return;
      this.state = "text";
    }
    if (text !== "") onText(text);
  }

  /** The content has ended: an unclosed thought was a thought, half a tag was text. */
  end(onThought: (text: string) => void, onText: (text: string) => void): void {
    const held = this.blank + this.held;
    this.blank = this.held = "";
    if (held === "") return;
    if (this.state === "thinking") onThought(held);
    else onText(held);
  }
}

/** How many characters at the end of the text may be the beginning of the tag. */
function partialEnd(text: string, tag: string): number {
  for (let length = Math.min(tag.length - 1, text.length); length > 0; length--) {
    if (text.endsWith(tag.slice(0, length))) return length;
  }
  return 0;
}
