/** A body that goes by, kept until its end to be read then. */
import { parsedJson } from "./json-fields.ts";

const MAX_BODY_BYTES = 16 * 1024 * 1024; // What is larger is not kept: it is not worth the memory.

export class KeptBody {
  private chunks: Uint8Array[] = []; // As they came, without a copy.
  private size = 0;

  push(bytes: Uint8Array): void {
    this.size += bytes.length;
    if (this.size > MAX_BODY_BYTES) this.chunks = [];
    else this.chunks.push(bytes);
  }

  /** Of a body that was too large nothing is left. */
  get too_large(): boolean {
    return this.size > MAX_BODY_BYTES;
  }

  text(): string {
    const utf8 = new TextDecoder();
    return this.chunks.map((chunk) => utf8.decode(chunk, { stream: true })).join("") + utf8.decode();
  }

  /** Undefined where it is no JSON object. */
  json(): { [field: string]: unknown } | undefined {
    return objectIn(this.text());
  }
}

/** The JSON object, or list, that a text is; undefined where it is none. */
export function objectIn(text: string): { [field: string]: unknown } | undefined {
  const value = parsedJson(text);
  return typeof value === "object" && value !== null ? (value as { [field: string]: unknown }) : undefined;
}
