/** Reads log probabilities of tokens, which Chat and Responses report alike. */
import type { JsonObject } from "./dialect.ts";
import { isJsonObject } from "./json-fields.ts";
import type { LogProb, TokenProb } from "./reply.ts";

/** Entries that are none are left out. */
export function logProbsOf(list: unknown): LogProb[] {
  return entriesOf(list).map(([token, entry]) => ({
    ...token,
    top_logprobs: entriesOf(entry["top_logprobs"]).map(([each]) => each),
  }));
}

const utf8 = new TextEncoder();

/** Some upstreams leave out the bytes of a token, which readers ask for. */
function entriesOf(list: unknown): [TokenProb, JsonObject][] {
  return (Array.isArray(list) ? list : []).filter(isJsonObject).flatMap((entry): [TokenProb, JsonObject][] => {
    const { token, logprob, bytes } = entry;
    if (typeof token !== "string" || typeof logprob !== "number") return [];
    const is_reported = Array.isArray(bytes) && bytes.every((byte) => typeof byte === "number");
    return [[{ token: token.toWellFormed(), logprob, bytes: is_reported ? bytes : [...utf8.encode(token)] }, entry]];
  });
}
