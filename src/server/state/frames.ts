/** Frames of a forwarded reply's stream: cut where they end, and marked where the reply could not be stored. */
import { randomBytes } from "node:crypto";
import { ShimError } from "../../core/errors.ts";
import { SseDecoder } from "../../core/sse.ts";
import { memberText, withMembers } from "../../wires/index.ts";
import { endOfEvents } from "../upstreams/failed-frames.ts";

const LF = 10;
const LONGEST = 3; // Bytes of the longest blank line, without its last one.
const NONE = new Uint8Array(0);

/** Cuts a stream where frames end: the beginning of a frame waits for its rest. */
export class WholeFrames {
  private held: Uint8Array[] = [];
  private bytes = 0;
  private tail: Uint8Array = NONE; // The last bytes of what is held: a read may cut a blank line.
  private readonly most_bytes: number;

  /** `most_bytes`: a larger frame is an error. */
  constructor(most_bytes: number) {
    this.most_bytes = most_bytes;
  }

  /** The whole frames that there are now; undefined for none. */
  push(bytes: Uint8Array): Uint8Array | undefined {
    // Most reads hold whole frames.
    if (this.held.length === 0 && bytes.at(-1) === LF && bytes.at(-2) === LF) return bytes;
    const seam = this.tail.length === 0 ? bytes : Buffer.concat([this.tail, bytes]);
    const end = endOfEvents(seam) - this.tail.length;
    if (end <= 0) {
      this.hold(bytes);
      return undefined;
    }
    const begin = bytes.subarray(0, end);
    const before = this.rest();
    if (end < bytes.length) this.hold(bytes.subarray(end));
    return before ? Buffer.concat([before, begin]) : begin;
  }

  /** What is left when nothing more comes; undefined for nothing. */
  rest(): Uint8Array | undefined {
    if (this.held.length === 0) return undefined;
    const rest = Buffer.concat(this.held);
    this.held = [];
    this.bytes = 0;
    this.tail = NONE;
    return rest;
  }

  private hold(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.held.push(bytes.slice());
    this.bytes += bytes.length;
    this.tail = Buffer.concat([this.tail, bytes.subarray(-LONGEST)]).subarray(-LONGEST);
    if (this.bytes > this.most_bytes)
      throw new ShimError("upstream_protocol", `the upstream sent a frame of over ${this.most_bytes} bytes`);
  }
}

const FRAME_END = /\r\n\r\n|\n\n|\r\r/g;
const COMMENT = ": not stored: this response cannot be retrieved or continued\n\n";

/** Marks a reply that could not be stored: its bytes stay, except for what would say that it was. */
export interface UnkeptMarker {
  /** The text of a `response` object. */
  body(text: string): Uint8Array;
  /** Whole frames of a stream. */
  frames(bytes: Uint8Array): Uint8Array;
}

/** `collided`: its id names another response, so that it gets a new one. */
export function unkeptMarker(collided: boolean): UnkeptMarker {
  const id = collided && { id: JSON.stringify(`resp_${randomBytes(16).toString("hex")}`) };
  const edited = (response: string): string => withMembers(response, { store: "false", ...id });
  const utf8 = new TextEncoder();
  let comment = COMMENT;
  const frameOf = (frame: string, blank: string): string => {
    const data = dataOf(frame);
    const response = data === undefined ? undefined : memberText(data, "response");
    if (data === undefined || response === undefined || !response.startsWith("{")) return frame + blank;
    const fields = frame.split(/\r\n|\n|\r/).filter((line) => line !== "" && !/^data(?::|$)/.test(line));
    const lines = [...fields, `data: ${withMembers(data, { response: edited(response) })}`];
    const marked = `${comment}${lines.join("\n")}\n\n`;
    comment = "";
    return marked;
  };
  return {
    body: (text) => {
      const at = text.indexOf("{");
      return utf8.encode(text.slice(0, at) + edited(text.slice(at)));
    },
    frames: (bytes) => {
      const text = new TextDecoder().decode(bytes);
      let out = "";
      let from = 0;
      for (const { index, 0: blank } of text.matchAll(FRAME_END)) {
        out += frameOf(text.slice(from, index), blank);
        from = index + blank.length;
      }
      return utf8.encode(from < text.length ? out + frameOf(text.slice(from), "") : out);
    },
  };
}

function dataOf(frame: string): string | undefined {
  let found: string | undefined;
  const sse = new SseDecoder();
  sse.push(new TextEncoder().encode(`${frame}\n\n`), (data) => void (found = data));
  return found?.startsWith("{") ? found : undefined;
}
