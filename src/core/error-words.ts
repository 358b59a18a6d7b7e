/** What upstreams say when they fail, made fit to be read: without keys, tags and endless pages. */
import { quotingError, type ShimError } from "./errors.ts";

const MAX_QUOTE = 1000;

/** Some hosts repeat the key they refuse, and others the whole request. */
const KEYS = /\b(?:sk|gsk|xai|csk|nvapi|hf)[-_][\w*-]{8,}|\bBearer\s+[\w.~+/=-]{8,}/gi;

export function quote(message: string): string {
  const text = message.trim().replaceAll(KEYS, "[key]");
  return text.length > MAX_QUOTE ? `${text.slice(0, MAX_QUOTE).toWellFormed()}…` : text;
}

/** A frame of a stream that cannot be read. */
export function notJson(data: string): ShimError {
  return quotingError("upstream_protocol", "the upstream sent something that is not JSON: ", data.slice(0, MAX_FRAME));
}

const MAX_FRAME = 200;

/** More of a page is not looked at. */
export const MAX_PAGE = 8192;

/** An HTML page or other text, shortened to what can be read. */
export function plainText(whole: string): string {
  const body = whole.slice(0, MAX_PAGE);
  const title = /<title>([^<]*)<\/title>/i.exec(body)?.[1];
  const words = title ?? body.replaceAll(/<[^>]*>/g, " ");
  return words.replaceAll(/\s+/g, " ").trim();
}

/** `retry-after-ms`, or `retry-after` in seconds or as a date (relative to the reply's own `date`). */
export function retryAfter(headers: Headers): number | undefined {
  const ms = Number(headers.get("retry-after-ms") ?? Number.NaN);
  if (Number.isFinite(ms) && ms >= 0) return ms;
  const given = headers.get("retry-after");
  if (given === null || given.trim() === "") return undefined;
  if (Number.isFinite(Number(given))) return Math.max(0, Number(given) * 1000);
  const wait = Date.parse(given) - Date.parse(headers.get("date") ?? "");
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined;
}
