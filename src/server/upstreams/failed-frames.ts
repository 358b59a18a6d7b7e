/**
 * Secrets in a reply that is forwarded byte for byte: what succeeds is forwarded unchanged, what says that it has failed is
 * searched. Within a stream that is an event; a reply in one piece that is small enough may be nothing else.
 *
 * No client can do anything with half an event, so the rest of one is held until it is whole: then it does not matter how
 * the bytes were cut. Of ordinary events no more than their bytes is looked at.
 */
import { isJsonObject } from "../../core/json-fields.ts";
import type { Redact } from "../access/redact.ts";

interface Searched {
  /** What may be forwarded now; perhaps nothing. `failed`: it is known that something in the bytes says so. */
  push(bytes: Uint8Array, failed?: boolean): Uint8Array;
  /** What was held. */
  end(): Uint8Array;
}

export function searched(stream: boolean, redact: Redact): Searched {
  return stream ? new SearchedStream(redact) : new SearchedBody(redact);
}

export type Reader = Pick<ReadableStreamDefaultReader<Uint8Array>, "read" | "cancel">;
export type Read = Awaited<ReturnType<Reader["read"]>>;

/** The same for a reader of a reply that keeps what it reads. `first` was read already. */
export function searchedReader(reader: Reader, first: Read | undefined, search: Searched): Reader {
  let next = first;
  let over = false;
  return {
    cancel: (reason) => reader.cancel(reason),
    async read() {
      while (!over) {
        const { value, done } = next ?? (await reader.read());
        next = undefined;
        over = done;
        const bytes = value ? search.push(value) : search.end();
        if (bytes.length > 0) return { value: bytes as Uint8Array<ArrayBuffer>, done: false };
      }
      return { value: undefined, done: true };
    },
  };
}

/** The same for a body that nothing else reads. */
export function searchedBody(
  body: ReadableStream<Uint8Array>,
  stream: boolean,
  redact: Redact,
): ReadableStream<Uint8Array> {
  const search = searched(stream, redact);
  const enqueue = (bytes: Uint8Array, controller: TransformStreamDefaultController<Uint8Array>): void => {
    if (bytes.length > 0) controller.enqueue(bytes);
  };
  return body.pipeThrough(
    new TransformStream<Uint8Array, Uint8Array>({
      transform: (bytes, controller) => enqueue(search.push(bytes), controller),
      flush: (controller) => enqueue(search.end(), controller),
    }),
  );
}

const NONE = new Uint8Array();

/** Of `"error"`, whatever stands before it. */
const ERROR = Buffer.from("rror");
/** Other words by which upstreams say that they have failed, hardly ever in an event that says something else. */
const OTHERS = ['"detail"', "status_msg", '"failed"', '{"message"'].map((mark) => Buffer.from(mark));
const [LF, CR, BLANK, QUOTE, COLON, N, S] = [10, 13, 32, 34, 58, 110, 115];

/** Whether it is worth reading: most events that have an error say that it is null. */
function mayHaveFailed(bytes: Uint8Array): boolean {
  const buffer = bufferOf(bytes);
  for (let at = buffer.indexOf(ERROR); at !== -1; at = buffer.indexOf(ERROR, at + 1)) {
    let next = at + ERROR.length;
    if (buffer[next] === LF || buffer[next] === CR) return true;
    if (buffer[next] === S) next++;
    if (buffer[next] !== QUOTE) continue;
    next = pastBlanks(buffer, next + 1);
    if (buffer[next] !== COLON || buffer[pastBlanks(buffer, next + 1)] !== N) return true;
  }
  return OTHERS.some((mark) => buffer.includes(mark));
}

const DELTA = Buffer.from('"delta"');
const LAST_BYTES = 256;
/** Of the blank line at its own end. */
const BLANK_BYTES = 2;

/** The last event is a piece of the reply, as nearly all are: an upstream that has failed says nothing more. */
function goesOn(bytes: Uint8Array): boolean {
  const tail = bytes.length > LAST_BYTES ? bytes.subarray(-LAST_BYTES) : bytes;
  const last = bufferOf(tail.subarray(endOfEvents(tail.subarray(0, -BLANK_BYTES))));
  return last.includes(DELTA) && !last.includes(ERROR);
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function pastBlanks(buffer: Buffer, from: number): number {
  let at = from;
  while (buffer[at] === BLANK) at++;
  return at;
}

/** The bytes without secrets where their text says that it has failed, else the same bytes. */
function redacted(bytes: Uint8Array, hasFailed: (text: string) => boolean, redact: Redact): Uint8Array {
  if (!mayHaveFailed(bytes)) return bytes;
  const text = new TextDecoder().decode(bytes);
  if (!hasFailed(text)) return bytes;
  const clean = redact(text);
  return clean === text ? bytes : new TextEncoder().encode(clean);
}

/** Bytes that wait for more. */
class HeldBytes {
  size = 0;
  private parts: Uint8Array[] = [];

  add(bytes: Uint8Array): void {
    this.parts.push(bytes);
    this.size += bytes.length;
  }

  joined(): Uint8Array {
    return joined(this.parts);
  }

  /** All of them, with these behind. */
  take(bytes?: Uint8Array): Uint8Array {
    const all = joined(bytes ? [...this.parts, bytes] : this.parts);
    this.parts = [];
    this.size = 0;
    return all;
  }
}

/** A larger event is the end of a long reply. One that says that it failed is held whatever its size. */
const MOST_HELD = 1024 * 1024;
const MOST_FAILED = 16 * 1024 * 1024;
const MOST_BREAK = 3;
/** Upstreams write the type of an event at its beginning. */
const HEAD = 4096;

class SearchedStream implements Searched {
  private readonly redact: Redact;
  /** The part of an event that is not whole yet. */
  private readonly held = new HeldBytes();
  /** What is held says at its beginning that it has failed; undefined until that is looked at. */
  private failed: boolean | undefined;
  /** What came last, whose end may be half of what parts two events. */
  private before: Uint8Array = NONE;
  /** So large an event is forwarded as it comes, up to its end. */
  private passing = false;
  private has_failed = false;

  constructor(redact: Redact) {
    this.redact = redact;
  }

  push(bytes: Uint8Array, failed = false): Uint8Array {
    this.has_failed ||= failed;
    const end = endOfEvents(bytes) || this.endAcross(bytes);
    this.before = bytes.length < MOST_BREAK ? joined([this.before.subarray(-MOST_BREAK), bytes]) : bytes;
    if (end === bytes.length && this.held.size === 0 && !this.passing) return this.whole(bytes);
    const out: Uint8Array[] = [];
    if (end > 0) {
      const events = bytes.subarray(0, end);
      out.push(this.passing ? events : this.whole(this.taken(events)));
      this.passing = false;
    }
    const rest = bytes.subarray(end);
    if (this.passing) out.push(rest);
    else if (rest.length > 0) {
      this.held.add(rest);
      const { size } = this.held;
      this.passing = size > MOST_HELD && (size > MOST_FAILED || !this.hasFailed());
      if (this.passing) out.push(this.taken());
    }
    return joined(out);
  }

  end(): Uint8Array {
    return this.whole(this.taken());
  }

  private taken(bytes?: Uint8Array): Uint8Array {
    this.failed = undefined;
    return this.held.take(bytes);
  }

  private hasFailed(): boolean {
    return (this.failed ??= mayHaveFailed(this.held.joined().subarray(0, HEAD)));
  }

  /** Where an event ends of whose end a part came before; 0 where none does. */
  private endAcross(bytes: Uint8Array): number {
    const last = this.before.subarray(-MOST_BREAK);
    const both = joined([last, bytes.subarray(0, MOST_BREAK)]);
    return Math.max(0, endOfEvents(both) - last.length);
  }

  /** Whole events, and whatever a stream ends with. */
  private whole(bytes: Uint8Array): Uint8Array {
    if ((!this.has_failed && goesOn(bytes)) || !mayHaveFailed(bytes)) return bytes;
    const text = bufferOf(bytes).toString("latin1"); // One character for each byte.
    const ends = Array.from(text.matchAll(/\n\n|\r\n\r\n|\r\r|\n\r\n/g), (found) => found.index + found[0].length);
    const events = [...ends, text.length].map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end));
    const clean = events.map((event) => redacted(event, (event) => this.isFailed(event), this.redact));
    return clean.every((event, i) => event === events[i]) ? bytes : joined(clean);
  }

  private isFailed(event: string): boolean {
    const failed = isFailedEvent(event);
    this.has_failed ||= failed;
    return failed;
  }
}

/** Where the last event ends that is whole; 0 where none is. Blank lines end in LF, CRLF or CR. */
export function endOfEvents(bytes: Uint8Array): number {
  for (let at = bytes.length - 1; at > 0; at--) {
    const code = bytes[at];
    if (code === LF) {
      const line = bytes[at - 1] === CR ? at - 2 : at - 1;
      if (bytes[line] === LF || (bytes[line] === CR && line < at - 1)) return at + 1;
    } else if (code === CR && bytes[at - 1] === CR) return at + 1;
  }
  return 0;
}

/** Several lines of data are one text. Some servers drop a bare JSON error into the stream. */
function isFailedEvent(event: string): boolean {
  if (/^event: ?error\s*$/m.test(event)) return true;
  const lines = event.split(/\r\n|\r|\n/);
  const data = lines.flatMap((line) => (line.startsWith("data:") ? [line.slice(5)] : []));
  return [data.join("\n"), ...lines.filter((line) => line.startsWith("{"))].some(isFailedText);
}

/** A larger reply is none that has failed. */
const MOST_BODY = 64 * 1024;

class SearchedBody implements Searched {
  private readonly redact: Redact;
  private readonly held = new HeldBytes();
  private passing = false;

  constructor(redact: Redact) {
    this.redact = redact;
  }

  push(bytes: Uint8Array): Uint8Array {
    // Some upstreams send blanks while they think, as heartbeats.
    if (this.passing || (this.held.size === 0 && bufferOf(bytes).toString("latin1").trim() === "")) return bytes;
    this.held.add(bytes);
    this.passing = this.held.size > MOST_BODY;
    return this.passing ? this.held.take() : NONE;
  }

  end(): Uint8Array {
    return redacted(this.held.take(), isFailedText, this.redact);
  }
}

/** Whether JSON says that something has failed, in any of the shapes that upstreams use. */
function isFailure(read: unknown): boolean {
  const json: unknown = Array.isArray(read) ? read[0] : read;
  if (!isJsonObject(json)) return false;
  const { error, errors, type, object, status, detail, message, base_resp, response, choices } = json;
  if (isSet(error) || type === "error" || object === "error" || status === "failed") return true;
  if (Array.isArray(errors) && errors.length > 0) return true;
  if (isJsonObject(base_resp) && base_resp["status_code"] !== 0 && base_resp["status_code"] !== undefined) return true;
  if (isJsonObject(response) && (isSet(response["error"]) || response["status"] === "failed")) return true;
  // Some upstreams have it within a field of their own.
  const own = Object.keys(json).filter((key) => key.startsWith("x_"));
  if (own.some((key) => isJsonObject(json[key]) && isSet(json[key]["error"]))) return true;
  if (Array.isArray(choices)) return isJsonObject(choices[0]) && isSet(choices[0]["error"]);
  const hasContent = ["content", "output", "data", "delta", "embedding"].some((key) => key in json);
  return !hasContent && (detail !== undefined || typeof message === "string");
}

const isSet = (error: unknown): boolean => error !== undefined && error !== null && error !== "" && error !== false;

/** What looks like JSON and is none is no reply either. */
function isFailedText(text: string): boolean {
  const json = text.trim();
  if (!/^[[{]/.test(json)) return false;
  try {
    return isFailure(JSON.parse(json));
  } catch {
    return true;
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const [only] = parts;
  if (parts.length <= 1) return only ?? NONE;
  return Buffer.concat(parts);
}
