/** Finds where the frames of zstd-compressed bytes end (RFC 8878), without inflating them. */

const FRAME = 0xfd2fb528;
/** Of sixteen kinds. */
const SKIPPABLE = 0x184d2a50;

/** Each costs more than its bytes. */
const MOST_FRAMES = 1000;

/** Each frame as its own bytes, to be read before the next is requested. Throws where they are no frames, or are cut off. */
export async function* zstdFrames(
  bytes: AsyncIterable<Uint8Array>,
): AsyncGenerator<AsyncIterable<Uint8Array>, void, void> {
  const reader = new Reader(bytes);
  for (let frames = 1; await reader.more(); frames++) {
    if (frames > MOST_FRAMES) throw new Error(`it has more than ${MOST_FRAMES} frames`);
    const frame = frameOf(reader);
    yield frame;
    // A reader that saw its end may leave the checksum.
    for await (const _ of frame);
  }
}

async function* frameOf(reader: Reader): AsyncGenerator<Uint8Array, void, void> {
  const magic = await reader.take(4);
  yield magic;
  const kind = number(magic);
  if (kind >= SKIPPABLE && kind < SKIPPABLE + 16) {
    const size = await reader.take(4);
    yield size;
    return yield* reader.pass(number(size));
  }
  if (kind !== FRAME) throw new Error("unknown frame");
  const descriptor = await reader.take(1);
  yield descriptor;
  const flags = descriptor[0] ?? 0;
  const single = (flags & 0x20) !== 0;
  const content = [single ? 1 : 0, 2, 4, 8][flags >> 6] ?? 0;
  const dictionary = [0, 1, 2, 4][flags & 3] ?? 0;
  yield await reader.take((single ? 0 : 1) + dictionary + content);
  for (let last = false; !last;) {
    const head = await reader.take(3);
    yield head;
    const block = number(head);
    last = (block & 1) === 1;
    // One that repeats a byte holds it once.
    yield* reader.pass(((block >> 1) & 3) === 1 ? 1 : block >>> 3);
  }
  if ((flags & 4) !== 0) yield await reader.take(4);
}

/** Little end first. */
function number(bytes: Uint8Array): number {
  let sum = 0;
  for (let i = bytes.length - 1; i >= 0; i--) sum = sum * 256 + (bytes[i] ?? 0);
  return sum;
}

class Reader {
  private readonly chunks: AsyncIterator<Uint8Array>;
  private rest: Uint8Array = new Uint8Array();

  constructor(bytes: AsyncIterable<Uint8Array>) {
    this.chunks = bytes[Symbol.asyncIterator]();
  }

  /** Whether there is anything left. */
  async more(): Promise<boolean> {
    while (this.rest.length === 0) {
      const { value, done } = await this.chunks.next();
      if (done) return false;
      this.rest = value;
    }
    return true;
  }

  /** A few bytes, joined. */
  async take(count: number): Promise<Uint8Array> {
    const taken = new Uint8Array(count);
    let at = 0;
    for await (const part of this.pass(count)) {
      taken.set(part, at);
      at += part.length;
    }
    return taken;
  }

  /** So many bytes, as they come. */
  async *pass(count: number): AsyncGenerator<Uint8Array, void, void> {
    for (let left = count; left > 0;) {
      if (!(await this.more())) throw new Error("it is cut off");
      const part = this.rest.subarray(0, left);
      this.rest = this.rest.subarray(part.length);
      left -= part.length;
      yield part;
    }
  }
}
