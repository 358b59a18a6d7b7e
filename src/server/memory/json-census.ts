/**
 * How many values a JSON text holds, estimated before it is parsed: `{},` takes three characters and, parsed and read by a
 * schema, some 300 bytes. A long text is looked at in a few places first; only one that may hold too many is counted.
 */
import { ShimError } from "../../core/errors.ts";

/** Agents with a full window of a million tokens send some 50,000. */
export const MOST_VALUES = 500_000;
/** Of each value, parsed and lifted; measured with Bun 1.4.5, from 16 (numbers) to 400 (what a schema finds wrong). */
const VALUE_BYTES = 250;
/** A shorter text cannot hold enough to matter. */
const SHORT = 64 * 1024;
const SAMPLE = 64;
const MOST_SAMPLES = 512;
/** What a sample says may be so far from the truth. */
const DOUBT = 2;

const QUOTE = 34;
const BACKSLASH = 92;
const COMMA = 44;
const BRACKET = 91;
const BRACE = 123;

/** At most so many bytes do the text's values take besides its characters. Throws where there are more than any request has. */
export function bytesOfValues(text: string, whole = "the request"): number {
  if (text.length < SHORT) return 0;
  const guess = guessed(text);
  return guess * DOUBT <= MOST_VALUES ? guess * VALUE_BYTES : bytesOfCounted(text, whole);
}

/** The same for a text that is looked through to its end: up to ten times less, where strings hold code. */
export function bytesOfCounted(text: string, whole = "the request", most = MOST_VALUES): number {
  const values = counted(text, most);
  if (values <= most) return values * VALUE_BYTES;
  throw new ShimError("payload_too_large", `${whole} holds more than ${most} JSON values`);
}

/** Never fewer than there are, but for chance: what stands in strings is counted as well. */
function guessed(text: string): number {
  const samples = Math.min(MOST_SAMPLES, Math.ceil(text.length / SAMPLE / 16));
  let found = 0;
  for (let i = 0; i < samples; i++) {
    const from = Math.floor(Math.random() * (text.length - SAMPLE));
    for (let at = from; at < from + SAMPLE; at++) found += opens(text.charCodeAt(at));
  }
  return Math.ceil((found / (samples * SAMPLE)) * text.length);
}

function opens(code: number): number {
  return code === COMMA || code === BRACE || code === BRACKET ? 1 : 0;
}

/** Strings are passed over from quote to quote. Stops at the first that is too many. */
export function counted(text: string, most: number): number {
  let values = 1;
  for (let at = 0; at < text.length && values <= most; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at);
      if (at === -1) break;
    } else values += opens(code);
  }
  return values;
}

function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let slashes = 0;
    while (text.charCodeAt(at - 1 - slashes) === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return at;
  }
  return -1;
}

/** Counts the values of JSON that goes by as bytes, among whatever else stands between. */
export class ValueCounter {
  values = 0;
  private within = false;
  private escaped = false;

  push(bytes: Uint8Array): void {
    for (const code of bytes) {
      if (this.escaped) this.escaped = false;
      else if (code === QUOTE) this.within = !this.within;
      else if (this.within) this.escaped = code === BACKSLASH;
      else this.values += opens(code);
    }
  }
}
