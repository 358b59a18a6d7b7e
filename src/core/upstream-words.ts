/** What upstreams say in their errors beside its kind, and what people are told to do about it. */
import { MAX_PAGE } from "./error-words.ts";
import type { ErrorKind } from "./errors.ts";

/** ms. Hosts that send no `retry-after` may say it: `Please try again in 7.6s`. Longer waits are not worth telling. */
export function waitInWords(message: string): number | undefined {
  const found = /(?:try again|retry) in (\d{1,6}(?:\.\d{1,6})?) ?(ms|s)\b/i.exec(message.slice(0, MAX_PAGE));
  return found ? Math.ceil(Number(found[1]) * (found[2]?.toLowerCase() === "ms" ? 1 : 1000)) : undefined;
}

const HINTS: Partial<Record<ErrorKind, string>> = {
  authentication: "check the upstream's key",
  context_overflow: "shorten the conversation, or give the model a larger window where it is served",
  model_not_found: "ask for a model that the upstream has",
  quota: "the upstream's account is used up",
};

/** Put after the message; empty where there is nothing to advise. */
export function hintFor(kind: ErrorKind): string {
  const hint = HINTS[kind];
  return hint === undefined ? "" : ` (${hint})`;
}
