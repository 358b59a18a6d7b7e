/** The cost row of one request. Counts and names only: no prompt, reply, key, address or id of a conversation. */
import type { Usage } from "../../core/reply.ts";

type CostOutcome = "ok" | "incomplete" | "failed" | "aborted";

export interface CostRow {
  /** Unix seconds. */
  at: number;
  /** The shim's own id of the request, as in its header and its line in the log. */
  request_id: string;
  provider: string;
  /** By the upstream's name. */
  model: string;
  /** Null when the client named the model itself. */
  route: string | null;
  client: "codex" | "client";
  /** Null when the upstream reported none. */
  usage: Usage | null;
  /** Null when the price is unknown. */
  usd: number | null;
  outcome: CostOutcome;
  duration_ms: number;
  /** Until the first item of the reply; null when nothing came. */
  first_ms: number | null;
}

/** A row of the file. */
export type StoredRow = Omit<CostRow, "usage"> & { [Count in keyof Usage]: number | null };

type Value = string | number | null;

/** How each column is filled. Whatever else an object may carry never gets into the file. */
const VALUES: { readonly [Column in keyof StoredRow]: (row: CostRow) => Value } = {
  at: ({ at }) => whole(at) ?? 0,
  request_id: ({ request_id }) => text(request_id),
  provider: ({ provider }) => text(provider),
  model: ({ model }) => text(model),
  route: ({ route }) => (route === null ? null : text(route)),
  client: ({ client }) => text(client),
  input_tokens: ({ usage }) => whole(usage?.input_tokens),
  cached_tokens: ({ usage }) => whole(usage?.cached_tokens),
  cache_write_tokens: ({ usage }) => whole(usage?.cache_write_tokens),
  output_tokens: ({ usage }) => whole(usage?.output_tokens),
  reasoning_tokens: ({ usage }) => whole(usage?.reasoning_tokens),
  usd: ({ usd }) => (usd !== null && Number.isFinite(usd) ? usd : null),
  outcome: ({ outcome }) => text(outcome),
  duration_ms: ({ duration_ms }) => whole(duration_ms) ?? 0,
  first_ms: ({ first_ms }) => whole(first_ms),
};

export const COLUMNS: readonly string[] = Object.keys(VALUES);

/** In the order of `COLUMNS`. */
export function valuesOf(row: CostRow): Value[] {
  return Object.values(VALUES).map((valueOf) => valueOf(row));
}

/** Sums of larger numbers could not be read by JavaScript. */
const MOST = 1e12;

/** The columns are strict: one odd count of an upstream must not keep the rows beside it out of the file. */
function whole(value: number | null | undefined): number | null {
  return typeof value === "number" && value >= 0 ? Math.min(Math.round(value), MOST) : null;
}

/** Names come from upstreams and clients. */
function text(value: string): string {
  return String(value).slice(0, 200).toWellFormed();
}

/** `outcome` as in the log: an end reason, a status of the Responses API, or an error in words. */
export function outcomeOf(outcome: string | undefined): CostOutcome {
  if (outcome === undefined || outcome.startsWith("aborted")) return "aborted";
  if (["stop", "tool_calls", "completed"].includes(outcome)) return "ok";
  return ["length", "content_filter", "incomplete"].includes(outcome) ? "incomplete" : "failed";
}
