/** How long to wait before the next attempt, in every form in which upstreams say it. In milliseconds. */
import type { JsonObject } from "../dialect.ts";
import { isJsonObject } from "../json-fields.ts";
import type { FaultKind } from "./fault.ts";
import { plainWords } from "./words.ts";

/** From the headers that any reply may have. `now_ms` is our clock; the reply's own `date` counts more. */
export function retryAfter(headers: Headers, now_ms?: number): number | undefined {
  const ms = amount(headers.get("retry-after-ms"));
  if (ms !== undefined) return ms;
  const given = headers.get("retry-after");
  if (given === null || given.trim() === "") return undefined;
  const seconds = amount(given);
  return seconds === undefined ? until(Date.parse(given), clock(headers, now_ms)) : seconds * 1000;
}

/** Also from the body. Headers of rate limits come with every reply, so they count only where that is the failure. */
export function rateWait(
  headers: Headers,
  fields: JsonObject,
  message: string,
  kind: FaultKind,
  now_ms: number | undefined,
): number | undefined {
  const now = clock(headers, now_ms);
  const stated = retryAfter(headers, now_ms) ?? waitInFields(fields, now) ?? waitInWords(message);
  return stated ?? (kind === "rate_limit" ? resetWait(headers, now) : undefined);
}

/** The upstream's own clock, where the reply has its `date`: the times to wait for are by that clock. */
function clock(headers: Headers, now_ms: number | undefined): number {
  const date = Date.parse(headers.get("date") ?? "");
  return Number.isFinite(date) ? date : (now_ms ?? Number.NaN);
}

function until(at_ms: number, now_ms: number): number | undefined {
  const wait = at_ms - now_ms;
  return Number.isFinite(wait) ? Math.max(0, Math.ceil(wait)) : undefined;
}

function amount(text: unknown): number | undefined {
  const number = typeof text === "string" && text.trim() !== "" ? Number(text) : text;
  return typeof number === "number" && Number.isFinite(number) && number >= 0 ? number : undefined;
}

function waitInFields(fields: JsonObject, now_ms: number): number | undefined {
  const ms = amount(fields["retry_after_ms"]);
  if (ms !== undefined) return ms;
  const seconds = ["retry_after", "retry_after_seconds", "resets_in_seconds", "estimated_time"]
    .map((name) => amount(fields[name]))
    .find((each) => each !== undefined);
  if (seconds !== undefined) return Math.ceil(seconds * 1000);
  const { details, metadata, resets_at } = fields;
  const delays = (Array.isArray(details) ? details : [])
    .filter(isJsonObject)
    .map((each) => duration(each["retryDelay"]));
  const delay = delays.find((each) => each !== undefined);
  if (delay !== undefined) return delay;
  const inner = isJsonObject(metadata) && isJsonObject(metadata["headers"]) ? metadata["headers"] : {};
  const kept = Object.entries(inner).map(([name, value]): [string, string] => [name.toLowerCase(), String(value)]);
  return resetWait(new Map(kept), now_ms) ?? until(moment(resets_at), now_ms);
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `7m12.5s`, `20ms`, `1h2m3s`, `43s`; undefined for all else. */
function duration(text: unknown): number | undefined {
  if (typeof text !== "string" || text.length > 40) return undefined;
  const parts = [...text.matchAll(/(\d{1,9}(?:\.\d{1,9})?)(ms|s|m|h|d)/g)];
  if (parts.map(([part]) => part).join("") !== text || parts.length === 0) return undefined;
  return Math.ceil(parts.reduce((sum, [, number, unit = ""]) => sum + Number(number) * (UNITS[unit] ?? 0), 0));
}

/** From this size on a number is a moment, in seconds or milliseconds since 1970, and not a span of seconds. */
const EPOCH_S = 1e9;
const EPOCH_MS = 1e11;

function moment(value: unknown): number {
  const number = amount(value);
  if (number === undefined) return typeof value === "string" ? Date.parse(value) : Number.NaN;
  return number >= EPOCH_MS ? number : number * 1000;
}

/** The time until the limit that is used up is reset. */
function resetWait(headers: Headers | ReadonlyMap<string, string>, now_ms: number): number | undefined {
  const resets: { wait: number; used_up: boolean | undefined }[] = [];
  for (const [name, value] of headers) {
    if (!name.includes("ratelimit-") || !name.includes("reset")) continue;
    const wait = resetIn(value.trim(), now_ms);
    const left = headers.get(name.replace("reset", "remaining")) ?? undefined;
    if (wait !== undefined) resets.push({ wait, used_up: left === undefined ? undefined : Number(left) <= 0 });
  }
  const used_up = resets.filter((each) => each.used_up);
  if (used_up.length > 0) return Math.max(...used_up.map(({ wait }) => wait));
  // Of several limits it is unknown which one was reached.
  const [only, ...others] = resets;
  return only && others.length === 0 && only.used_up === undefined ? only.wait : undefined;
}

function resetIn(value: string, now_ms: number): number | undefined {
  const seconds = amount(value);
  if (seconds !== undefined && seconds < EPOCH_S) return Math.ceil(seconds * 1000);
  return duration(value) ?? until(moment(value), now_ms);
}

/** `try again in 7m12.5s`, `retry after 30 seconds`, `wait 2 minutes`, `retry in 43.28s`. */
function waitInWords(message: string): number | undefined {
  const text = plainWords(message);
  const start = START.exec(text);
  if (!start) return undefined;
  const part = new RegExp(PART, "iy");
  part.lastIndex = start.index + start[0].length;
  let total: number | undefined;
  for (let found = part.exec(text); found; found = part.exec(text)) {
    const unit = (found[2] ?? "").toLowerCase();
    const size = UNITS[unit.startsWith("mil") ? "ms" : unit === "ms" ? unit : unit.slice(0, 1)] ?? 0;
    total = (total ?? 0) + Number(found[1]) * size;
  }
  return total === undefined ? undefined : Math.ceil(total);
}

const START = /\b(?:try again|retry|retrying|wait|resets?|available)(?: in| after| for)? (?:about |another )?(?=\d)/i;
const PART =
  /(\d{1,9}(?:\.\d{1,9})?) ?(milliseconds?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d)(?![a-z])(?:,? and |, | |)/
    .source;
