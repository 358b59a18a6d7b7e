/** What is kept of one request. Counts and names only: no prompt, answer, key, address or id of a conversation. */
import type { Usage } from "../../core/reply.ts";

type CostOutcome = "ok" | "incomplete" | "failed" | "aborted";

export interface CostRow {
  /** Unix seconds. */
  at: number;
  /** The shim's own id of the request, as its header and its line in the log have it. */
  request_id: string;
  provider: string;
  /** By its host's name. */
  model: string;
  /** Null when the client named the model itself. */
  route: string | null;
  client: "codex" | "client";
  /** Null when the upstream told nothing. */
  usage: Usage | null;
  /** Null when nobody knows the price. */
  usd: number | null;
  outcome: CostOutcome;
  duration_ms: number;
  /** Until something of the answer was there; null when nothing came. */
  first_ms: number | null;
}

/** As they lie in the file. */
export interface StoredRow extends Omit<CostRow, "usage"> {
  input_tokens: number | null;
  cached_tokens: number | null;
  cache_write_tokens: number | null;
  output_tokens: number | null;
  reasoning_tokens: number | null;
}

/** In the order of `valuesOf`. */
export const COLUMNS = [
  "at",
  "request_id",
  "provider",
  "model",
  "route",
  "client",
  "input_tokens",
  "cached_tokens",
  "cache_write_tokens",
  "output_tokens",
  "reasoning_tokens",
  "usd",
  "outcome",
  "duration_ms",
  "first_ms",
] as const satisfies readonly (keyof StoredRow)[];

/** Field by field: what else an object may carry never gets into the file. */
export function valuesOf(row: CostRow): (string | number | null)[] {
  const { usage } = row;
  return [
    whole(row.at) ?? 0,
    text(row.request_id),
    text(row.provider),
    text(row.model),
    row.route === null ? null : text(row.route),
    text(row.client),
    whole(usage?.input_tokens),
    whole(usage?.cached_tokens),
    whole(usage?.cache_write_tokens),
    whole(usage?.output_tokens),
    whole(usage?.reasoning_tokens),
    row.usd !== null && Number.isFinite(row.usd) ? row.usd : null,
    text(row.outcome),
    whole(row.duration_ms) ?? 0,
    whole(row.first_ms),
  ];
}

/** Sums of more would be no numbers that JavaScript can read. */
const MOST = 1e12;

/** The columns are strict: one odd count of an upstream's must not keep the rows beside it out of the file. */
function whole(value: number | null | undefined): number | null {
  return typeof value === "number" && value >= 0 ? Math.min(Math.round(value), MOST) : null;
}

/** Names come from hosts and clients. */
function text(value: string): string {
  return String(value).slice(0, 200).toWellFormed();
}

/** `outcome` as the log tells it: an end reason, a status of the Responses API, or an error in words. */
export function outcomeOf(outcome: string | undefined): CostOutcome {
  if (outcome === undefined || outcome.startsWith("aborted")) return "aborted";
  if (["stop", "tool_calls", "completed"].includes(outcome)) return "ok";
  return ["length", "content_filter", "incomplete"].includes(outcome) ? "incomplete" : "failed";
}
