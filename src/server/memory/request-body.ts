/**
 * The body of a request. A short one is kept as its text and its JSON. Of a long one the bytes alone are kept, and read
 * anew when somebody asks what is in it: text and JSON together would take five times as much for as long as the reply
 * runs.
 */

/** In characters. What is shorter costs less memory than the work of reading it again. */
export const LONG_CHARACTERS = 1024 * 1024;

export interface RequestBody {
  readonly text: string;
  readonly json: unknown;
  /** Length of the text. */
  readonly characters: number;
  /** What the body itself takes in memory while the reply runs. */
  readonly kept_bytes: number;
  readonly long: boolean;
}

/** `json` is what the text says, where somebody has read it already. */
export function requestBody(text: string, json?: unknown): RequestBody {
  return text.length < LONG_CHARACTERS ? shortBody(text, json ?? JSON.parse(text)) : new LongBody(text, json);
}

function shortBody(text: string, json: unknown): RequestBody {
  return { text, json, characters: text.length, kept_bytes: 2 * text.length, long: false };
}

class LongBody implements RequestBody {
  readonly long = true;
  readonly characters: number;
  private readonly bytes: Uint8Array;
  /** Until it is collected the text need not be read again. */
  private read: WeakRef<object> | undefined;

  constructor(text: string, json: unknown) {
    this.characters = text.length;
    this.bytes = new TextEncoder().encode(text);
    this.remember(json);
  }

  get kept_bytes(): number {
    return this.bytes.length;
  }

  get text(): string {
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(this.bytes);
  }

  get json(): unknown {
    const known = this.read?.deref();
    if (known) return known;
    const json: unknown = JSON.parse(this.text);
    this.remember(json);
    return json;
  }

  private remember(json: unknown): void {
    if (typeof json === "object" && json !== null) this.read = new WeakRef(json);
  }
}
