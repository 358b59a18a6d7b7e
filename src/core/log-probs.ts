/** Reads log probabilities of tokens, which Chat and Responses tell alike. */
import { isJsonObject } from "./json-fields.ts";
import type { LogProb, TokenProb } from "./reply.ts";

/** Entries that are none are left out. */
export function logProbsOf(list: unknown): LogProb[] {
  return objectsIn(list).flatMap((entry): LogProb[] => {
    const token = tokenOf(entry);
    return token
      ? [{ ...token, top_logprobs: objectsIn(entry["top_logprobs"]).flatMap((each) => tokenOf(each) ?? []) }]
      : [];
  });
}

function objectsIn(list: unknown): { readonly [key: string]: unknown }[] {
  return Array.isArray(list) ? (list as unknown[]).filter(isJsonObject) : [];
}

const utf8 = new TextEncoder();

/** Some hosts leave out the bytes of a token, which readers ask for. */
function tokenOf(entry: { readonly [key: string]: unknown }): TokenProb | undefined {
  const { token, logprob, bytes } = entry;
  if (typeof token !== "string" || typeof logprob !== "number") return undefined;
  const told = Array.isArray(bytes) && bytes.every((byte) => typeof byte === "number");
  return { token: token.toWellFormed(), logprob, bytes: told ? (bytes as number[]) : [...utf8.encode(token)] };
}
