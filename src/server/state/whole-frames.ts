/** Cuts a stream of server-sent events where frames end: the beginning of a frame waits for its rest. */
import { ShimError } from "../../core/errors.ts";
import { endOfEvents } from "../upstreams/failed-frames.ts";

const LF = 10;
const LONGEST = 3; // Bytes of the longest blank line, without its last one.
const NONE = new Uint8Array(0);

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
