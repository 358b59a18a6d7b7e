/** Reads answers of hosts whole: none may fill the memory, however long it goes on. */
import { ShimError } from "../../core/errors.ts";
import type { ReplyMeter } from "../memory/reply-meter.ts";
import { bytesOfCounted } from "../memory/json-census.ts";

export interface Bound {
  most_bytes: number;
  /** For people: who answers. */
  speaker: string;
  /** What it was asked, for people. */
  asked?: string;
  /** Counts its bytes. */
  meter?: ReplyMeter;
}

/** What is asked of a host besides models' replies: lists of models, windows, counts of tokens. */
export const MOST_LIST_BYTES = 16 * 1024 * 1024;

/** A model's reply in one piece. */
export const MOST_REPLY_BYTES = 64 * 1024 * 1024;

/** Its bytes, their text, and the JSON that it is. */
const WORKING_SHARE = 4;

/** Its text. One that is longer is given up. */
export async function readText(reply: Response, bound: Bound): Promise<string> {
  const reader = reply.body?.getReader();
  const utf8 = new TextDecoder();
  const pieces: string[] = [];
  let bytes = 0;
  try {
    for (;;) {
      const { value, done } = (await reader?.read()) ?? { value: undefined, done: true };
      if (done) break;
      bytes += value.length;
      if (bytes > bound.most_bytes) throw tooLong(bound);
      bound.meter?.add(value.length * WORKING_SHARE);
      pieces.push(utf8.decode(value, { stream: true }));
    }
  } catch (thrown) {
    void reader?.cancel().catch(() => {});
    throw thrown;
  }
  pieces.push(utf8.decode());
  return pieces.join("");
}

/** Its JSON. Throws ShimErrors for what is too long or none, and what the connection throws. */
export async function readJsonReply(reply: Response, bound: Bound): Promise<unknown> {
  const text = await readText(reply, bound);
  refuseManyValues(text, answers(bound));
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new ShimError("upstream_protocol", `${answers(bound)} with something that is no JSON`);
  }
}

/** Throws where a JSON text would take many times its length in memory. `subject` says what it is, for people. */
export function refuseManyValues(text: string, subject: string): void {
  try {
    bytesOfCounted(text, `${subject} with JSON that`);
  } catch (thrown) {
    throw new ShimError("upstream_protocol", (thrown as Error).message);
  }
}

function tooLong(bound: Bound): ShimError {
  const { most_bytes } = bound;
  const most = most_bytes < MB ? `${most_bytes / 1024} kB` : `${most_bytes / MB} MB`;
  return new ShimError("upstream_protocol", `${answers(bound)} with more than ${most}`);
}

const MB = 1024 * 1024;

function answers({ speaker, asked }: Bound): string {
  return `${speaker} answers${asked === undefined ? "" : ` ${asked}`}`;
}
