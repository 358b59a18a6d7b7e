/** Takes secrets out of texts that come from elsewhere: a host may repeat the key that it refuses. */

import { ShimError } from "../../core/errors.ts";

/** What is shorter stands in many texts by chance, and protects nothing. */
const SHORTEST = 6;
export const REDACTED = "[secret]";

export type Redact = (text: string) => string;

export function redactor(secrets: Iterable<string | undefined>): Redact {
  const known = [...new Set(secrets)]
    .filter((each): each is string => each !== undefined && each.length >= SHORTEST)
    // The longest first: one may hold another.
    .toSorted((a, b) => b.length - a.length);
  return (text) => known.reduce((left, secret) => left.replaceAll(secret, REDACTED), text);
}

/** The same error, with other words. */
export function redactError(error: unknown, redact: Redact): unknown {
  if (!(error instanceof ShimError)) return error;
  const told = redact(error.message);
  return told === error.message ? error : error.reworded(told);
}
