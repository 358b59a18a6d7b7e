/**
 * The text of a request that is sent to an upstream. A long one is kept as bytes, which the runtime sends without
 * copying them: Bun 1.4.5 copies a string and an array of bytes for as long as the request runs, a Blob it does not.
 */
import { LONG_CHARACTERS } from "../memory/request-body.ts";

export interface Payload {
  /** As it is given to `fetch`. */
  readonly body: string | Blob;
  /** What it takes in memory. */
  readonly bytes: number;
  text(): string | Promise<string>;
}

export function payloadOf(text: string): Payload {
  return text.length < LONG_CHARACTERS ? new ShortPayload(text) : new LongPayload(new Blob([text]));
}

class ShortPayload implements Payload {
  readonly body: string;

  constructor(text: string) {
    this.body = text;
  }

  get bytes(): number {
    return this.body.length;
  }

  text(): string {
    return this.body;
  }
}

/** A class and no closure, which would keep the text of which the Blob was made. */
class LongPayload implements Payload {
  readonly body: Blob;

  constructor(body: Blob) {
    this.body = body;
  }

  get bytes(): number {
    return this.body.size;
  }

  text(): Promise<string> {
    return this.body.text();
  }
}
