/** Error messages of upstreams, made readable: without keys, tags and endless pages. */
import { quotingError, type ShimError } from "./errors.ts";

const MAX_QUOTE = 1000;

/** Some upstreams repeat the key they refuse, and others the whole request. */
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

const MAX_PAGE = 8192; // More of a page is not looked at.

/** An HTML page or other text, shortened to what can be read. */
export function plainText(whole: string): string {
  const body = whole.slice(0, MAX_PAGE);
  const title = /<title>([^<]*)<\/title>/i.exec(body)?.[1];
  const words = title ?? body.replaceAll(/<[^<>]*>/g, " ");
  return words.replaceAll(/\s+/g, " ").trim();
}
