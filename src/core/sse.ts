/** Decodes server-sent events: bytes, cut anywhere, become `data:` payloads; all other fields are skipped. */
import { ShimError } from "./errors.ts";
import { parsedJson } from "./json-fields.ts";

const MAX_FRAME = 64 * 1024 * 1024; // A frame larger than this, in characters, is no reply of a model.
const LF = 10;

export class SseDecoder {
  private readonly utf8 = new TextDecoder();
  /** Pieces of a line whose end has not come; joined only when it comes, so that long lines cost linear time. */
  private pieces: string[] = [];
  private cr = false; // What has come ends with a CR, which may be the first half of CRLF: what follows it decides.
  private size = 0;
  private data: string | undefined;
  private readonly max_frame: number;

  /** In characters. */
  constructor(max_frame = MAX_FRAME) {
    this.max_frame = max_frame;
  }

  /** Throws a ShimError `upstream_protocol` when a frame outgrows every limit. */
  push(bytes: Uint8Array, onData: (data: string) => void): void {
    const text = this.utf8.decode(bytes, { stream: true });
    this.size += text.length;
    if (this.size > this.max_frame)
      throw new ShimError("upstream_protocol", `the upstream sent a frame of over ${this.max_frame} characters`);
    if (text === "") return;
    if (this.cr || text.includes("\n") || text.includes("\r")) this.lines(this.whole(text), onData);
    else this.pieces.push(text);
  }

  /** The bytes have ended. A last frame without its blank line counts when it is whole. */
  end(onData: (data: string) => void): void {
    const rest = this.whole(this.utf8.decode());
    if (rest.endsWith("\r")) this.line(rest.slice(0, -1), onData);
    else if (rest !== "" && isWhole(rest)) this.line(rest, onData);
    this.line("", onData);
  }

  private whole(text: string): string {
    if (this.pieces.length === 0) return text;
    this.pieces.push(text);
    const joined = this.pieces.join("");
    this.pieces = [];
    return joined;
  }

  private lines(text: string, onData: (data: string) => void): void {
    this.cr = text.endsWith("\r");
    if (text.includes("\r")) {
      if (this.cr) text = text.slice(0, -1);
      text = text.replaceAll("\r\n", "\n").replaceAll("\r", "\n");
    }
    let from = 0;
    for (let to = text.indexOf("\n"); to !== -1; to = text.indexOf("\n", from)) {
      // Most frames are one line of data, and the blank one that ends it.
      if (this.data === undefined && text.charCodeAt(to + 1) === LF && text.startsWith("data: ", from)) {
        this.size = 0;
        onData(text.slice(from + 6, to));
        from = to + 2;
        continue;
      }
      this.line(text.slice(from, to), onData);
      from = to + 1;
    }
    const rest = this.cr ? `${text.slice(from)}\r` : text.slice(from);
    if (rest !== "") this.pieces.push(rest);
  }

  private line(line: string, onData: (data: string) => void): void {
    if (line === "") {
      const data = this.data;
      this.data = undefined;
      this.size = 0;
      if (data !== undefined) onData(data);
    } else if (line.startsWith("data:")) {
      const value = line.slice(line.charCodeAt(5) === 32 ? 6 : 5);
      this.data = this.data === undefined ? value : `${this.data}\n${value}`;
    } else if (line.charCodeAt(0) === 123 /* { */) {
      // Not an event at all: some servers drop a bare JSON error into the stream.
      onData(line);
    }
  }
}

/** Whether a line that was cut off by the end of the bytes still says something whole. */
function isWhole(line: string): boolean {
  const data = line.startsWith("data:") ? line.slice(5).trim() : line.trim();
  return data === "[DONE]" || parsedJson(data) !== undefined;
}
