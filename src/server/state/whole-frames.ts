/** Cuts a stream of server-sent events where frames end: what comes of one that is not whole waits for the rest. */
import { ShimError } from "../../core/errors.ts";

/** A blank line, as the three kinds of line ends make it. */
const BLANK_LINES = ["\n\n", "\r\n\r\n", "\r\r"] as const;

const LF = 10;
/** Of a blank line but for its last byte. */
const LONGEST = 3;
const NOTHING = new Uint8Array(0);

export class WholeFrames {
  private held: Uint8Array[] = [];
  private bytes = 0;
  /** The last bytes of what is held: a blank line may be cut. */
  private tail: Uint8Array = NOTHING;
  private readonly most_bytes: number;

  /** A frame may be so large. */
  constructor(most_bytes: number) {
    this.most_bytes = most_bytes;
  }

  /** The whole frames that there are now; undefined for none. */
  push(bytes: Uint8Array): Uint8Array | undefined {
    // Most reads hold whole frames.
    if (this.held.length === 0 && bytes.at(-1) === LF && bytes.at(-2) === LF) return bytes;
    const seam = this.tail.length === 0 ? bufferOf(bytes) : Buffer.concat([this.tail, bytes]);
    const end = lastEnd(seam) - this.tail.length;
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
    this.tail = NOTHING;
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

const bufferOf = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);

/** Where the last frame ends; 0 for nowhere. */
function lastEnd(bytes: Buffer): number {
  let end = 0;
  for (const blank of BLANK_LINES) {
    const at = bytes.lastIndexOf(blank);
    if (at !== -1) end = Math.max(end, at + blank.length);
  }
  return end;
}
