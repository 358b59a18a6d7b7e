/** An HTTP/1.1 answer as it comes off a socket: only so can a cut be told from an end. */

export interface RawAnswer {
  /** Zero until the head is there. */
  status: number;
  /** Names in lower case. */
  headers: Record<string, string>;
  body: Buffer[];
  size: number;
  /** It has come to the end that its head or its last chunk announces. */
  whole: boolean;
}

const EMPTY = Buffer.alloc(0);

export class AnswerParser {
  readonly answer: RawAnswer = { status: 0, headers: {}, body: [], size: 0, whole: false };
  private rest: Buffer = EMPTY;
  /** Bytes that are still to come of the body or of the chunk; undefined: unknown, a chunk's head comes first. */
  private left: number | undefined;
  private chunked = false;
  private headed = false;

  feed(bytes: Buffer): void {
    this.rest = this.rest.length === 0 ? bytes : Buffer.concat([this.rest, bytes]);
    if (!this.headed && !this.head()) return;
    while (!this.answer.whole && this.step()) {
      // Chunk by chunk.
    }
  }

  private head(): boolean {
    const end = this.rest.indexOf("\r\n\r\n");
    if (end === -1) return false;
    const [first = "", ...lines] = this.rest.subarray(0, end).toString("latin1").split("\r\n");
    const { answer } = this;
    answer.status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(first)?.[1] ?? 0);
    for (const line of lines) {
      const at = line.indexOf(":");
      answer.headers[line.slice(0, at).toLowerCase()] = line.slice(at + 1).trim();
    }
    this.rest = this.rest.subarray(end + 4);
    this.headed = true;
    this.chunked = answer.headers["transfer-encoding"] === "chunked";
    if (!this.chunked) this.left = Number(answer.headers["content-length"] ?? 0);
    if (this.left === 0) answer.whole = true;
    return true;
  }

  /** Whether there may be more to read in what has come. */
  private step(): boolean {
    if (this.left === undefined) {
      const end = this.rest.indexOf("\r\n");
      if (end === -1) return false;
      this.left = Number.parseInt(this.rest.subarray(0, end).toString("latin1"), 16);
      this.rest = this.rest.subarray(end + 2);
      if (this.left === 0) this.answer.whole = true;
      return this.rest.length > 0;
    }
    const piece = this.rest.subarray(0, this.left);
    if (piece.length > 0) this.answer.body.push(piece);
    this.answer.size += piece.length;
    this.left -= piece.length;
    this.rest = this.rest.subarray(piece.length);
    if (this.left > 0) return false;
    if (!this.chunked) {
      this.answer.whole = true;
      return false;
    }
    if (this.rest.length < 2) {
      // The chunk's own line end has not come.
      this.left = 0;
      return false;
    }
    this.rest = this.rest.subarray(2);
    this.left = undefined;
    return this.rest.length > 0;
  }
}

export const bodyOf = ({ body }: RawAnswer): string => Buffer.concat(body).toString("utf8");
