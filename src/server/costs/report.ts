/** Sums and rows of the costs database. */
import type { DatabaseSync } from "node:sqlite";
import type { Usage } from "../../core/reply.ts";
import { COLUMNS, type StoredRow } from "./row.ts";

/** Days are those of this machine's clock. */
const KEYS = {
  day: "date(at, 'unixepoch', 'localtime')",
  model: "provider || '/' || model",
  provider: "provider",
  route: "route",
} as const;

type GroupBy = keyof typeof KEYS;
export const GROUPS = Object.keys(KEYS) as GroupBy[];

export interface Sums extends Usage {
  requests: number;
  /** Of the requests whose price is known; null when that is none of them. */
  usd: number | null;
  /** Requests whose tokens are known, but no price. */
  unpriced_requests: number;
  /** Requests that failed or ended before the upstream reported usage: they are in no sum. */
  untold_requests: number;
}

interface Group extends Sums {
  /** Null for requests without a route. */
  key: string | null;
}

const SUMS = `
  count(*) AS requests,
  coalesce(sum(input_tokens), 0) AS input_tokens,
  coalesce(sum(cached_tokens), 0) AS cached_tokens,
  coalesce(sum(cache_write_tokens), 0) AS cache_write_tokens,
  coalesce(sum(output_tokens), 0) AS output_tokens,
  coalesce(sum(reasoning_tokens), 0) AS reasoning_tokens,
  sum(usd) AS usd,
  coalesce(sum(usd IS NULL AND input_tokens IS NOT NULL), 0) AS unpriced_requests,
  coalesce(sum(input_tokens IS NULL), 0) AS untold_requests`;

/** Days in their order, else the most expensive first. `since` is in Unix seconds. */
export function readGroups(db: DatabaseSync, by: GroupBy, since: number): Group[] {
  const order = by === "day" ? "key" : "usd DESC NULLS LAST, input_tokens + output_tokens DESC, key";
  const query = `SELECT ${KEYS[by]} AS key, ${SUMS} FROM requests WHERE at >= ? GROUP BY 1 ORDER BY ${order}`;
  return db.prepare(query).all(since) as unknown as Group[];
}

export function readTotal(db: DatabaseSync, since: number): Sums {
  return db.prepare(`SELECT ${SUMS} FROM requests WHERE at >= ?`).get(since) as unknown as Sums;
}

/** By the id or its beginning; the newest first. */
export function readRequests(db: DatabaseSync, id: string, most: number): StoredRow[] {
  const query = `SELECT ${COLUMNS.join(", ")} FROM requests WHERE substr(request_id, 1, ?) = ? ORDER BY at DESC LIMIT ?`;
  return db.prepare(query).all(id.length, id, most) as unknown as StoredRow[];
}
