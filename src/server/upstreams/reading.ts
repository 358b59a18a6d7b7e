/** Reads replies of upstreams whole: none may fill the memory, however long it goes on. */
import { asShimError, ShimError } from "../../core/errors.ts";
import type { ReplyMeter } from "../memory/reply-meter.ts";
import { bytesOfCounted } from "../memory/json-census.ts";

interface Bound {
  most_bytes: number;
  /** The upstream, for people. */
  speaker: string;
  /** The question, for people. */
  asked?: string;
  /** Counts its bytes. */
  meter?: ReplyMeter;
}

/** For replies besides those of models: lists of models, windows, counts of tokens. */
export const MOST_LIST_BYTES = 16 * 1024 * 1024;

/** A model's reply in one piece. */
export const MOST_REPLY_BYTES = 64 * 1024 * 1024;

/** Its bytes, their text, and the JSON that it is. */
const WORKING_SHARE = 4;

/** Its text. Throws a ShimError where it is longer. */
export async function readText(reply: Response, bound: Bound): Promise<string> {
  const utf8 = new TextDecoder();
  const pieces: string[] = [];
  let bytes = 0;
  for await (const piece of reply.body ?? []) {
    bytes += piece.length;
    if (bytes > bound.most_bytes) throw tooLong(bound);
    bound.meter?.add(piece.length * WORKING_SHARE);
    pieces.push(utf8.decode(piece, { stream: true }));
  }
  pieces.push(utf8.decode());
  return pieces.join("");
}

const MOST_ERROR_CHARACTERS = 64 * 1024;
const ERROR_BODY_MS = 2000;

/** What an error reply says. An upstream that goes on for ever, or stops in the middle, is not waited for. */
export async function errorText(reply: Response): Promise<string> {
  const reader = reply.body?.getReader();
  if (!reader) return "";
  const leave = (): void => void reader.cancel().catch(() => {});
  const timer = setTimeout(leave, ERROR_BODY_MS);
  const utf8 = new TextDecoder();
  let text = "";
  try {
    while (text.length < MOST_ERROR_CHARACTERS) {
      const { value, done } = await reader.read();
      if (done) break;
      text += utf8.decode(value, { stream: true });
    }
  } catch {
    // Half of it says more than nothing.
  }
  clearTimeout(timer);
  leave();
  return text;
}

/** Its JSON. Throws ShimErrors for what is too long or none, and what the connection throws. */
export async function readJsonReply(reply: Response, bound: Bound): Promise<unknown> {
  const text = await readText(reply, bound);
  refuseManyValues(text, answers(bound));
  try {
    const json: unknown = JSON.parse(text);
    return json;
  } catch {
    throw new ShimError("upstream_protocol", `${answers(bound)} with something that is no JSON`);
  }
}

/** Throws where a JSON text would take many times its length in memory. `subject` says what it is, for people. */
export function refuseManyValues(text: string, subject: string): void {
  try {
    bytesOfCounted(text, `${subject} with JSON that`);
  } catch (thrown) {
    throw new ShimError("upstream_protocol", asShimError(thrown).message);
  }
}

const MB = 1024 * 1024;

function tooLong(bound: Bound): ShimError {
  const { most_bytes } = bound;
  const most = most_bytes < MB ? `${most_bytes / 1024} kB` : `${most_bytes / MB} MB`;
  return new ShimError("upstream_protocol", `${answers(bound)} with more than ${most}`);
}

function answers({ speaker, asked }: Bound): string {
  return `${speaker} answers${asked === undefined ? "" : ` ${asked}`}`;
}
