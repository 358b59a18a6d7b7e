/** What takes rows away or ends them without a client's word: leases, age, size. */
import { forgetting, statement, type Database, type Row } from "./database.ts";
import { endStatements } from "./responses.ts";
import { RUNNING } from "./running.ts";
import type { Store } from "./store.ts";

/** In one transaction: the others that write wait for no more than that. */
const AT_ONCE = 50;

const OLD = {
  responses: "DELETE FROM responses WHERE (id, owner) IN (SELECT id, owner FROM responses WHERE created_at < $1",
  conversations:
    "DELETE FROM conversations WHERE (id, owner) IN (SELECT id, owner FROM conversations WHERE used_at < $1",
};
/** A running one is not taken from under its client. */
const OLDEST = `SELECT * FROM (
    SELECT 'responses' AS kind, id, owner, created_at AS age, bytes FROM responses WHERE NOT ${RUNNING}
    UNION ALL
    SELECT 'conversations' AS kind, id, owner, used_at AS age, bytes FROM conversations) AS kept
  ORDER BY age, id LIMIT ${AT_ONCE}`;
const USAGE = `SELECT
  (SELECT count(*) FROM responses) AS responses,
  (SELECT count(*) FROM conversations) AS conversations,
  CAST((SELECT coalesce(sum(bytes), 0) FROM responses) + (SELECT coalesce(sum(bytes), 0) FROM conversations) AS $INT) AS bytes`;

type Retention = Pick<Store, "renew" | "reap" | "prune" | "usage">;

export function retentionIn(db: Database): Retention {
  const { now_ms, integer } = db.words;
  const expired = (longest_ms: number | undefined): string =>
    longest_ms === undefined
      ? `lease_until < ${now_ms}`
      : `(lease_until < ${now_ms} OR lease_until > ${now_ms} + ${Math.floor(longest_ms)})`;
  const usage = async (): ReturnType<Store["usage"]> => {
    const [row] = await db.read(USAGE.replace("$INT", integer));
    const number = (name: string): number => Number(row?.[name] ?? 0);
    return { responses: number("responses"), conversations: number("conversations"), bytes: number("bytes") };
  };
  const deleted = async (text: string, ...values: (string | number)[]): Promise<number> => {
    const [rows = []] = await db.write([forgetting(text, ...values)]);
    return rows.length;
  };

  return {
    usage,
    renew: async (replica, running, for_ms) => {
      if (running.length === 0) return [];
      const text = `UPDATE responses SET lease_until = ${now_ms} + $4
        WHERE id = $1 AND owner = $2 AND replica = $3 AND coalesce(nonce, '') = $5 AND ${RUNNING} RETURNING id`;
      const results = await db.write(
        running.map(({ id, owner, nonce = "" }) => statement(text, id, owner, replica, for_ms, nonce)),
      );
      return running.filter((_, index) => results[index]?.length === 0);
    },
    reap: async (response, { alive, longest_ms } = {}) => {
      const passed = expired(longest_ms);
      const text = `SELECT r.id, r.owner, r.nonce, b.response FROM responses r
        JOIN bodies b ON b.id = r.id AND b.owner = r.owner
        WHERE ${passed} AND ${RUNNING} LIMIT $1`;
      let ended = 0;
      for (const row of await db.read(text, AT_ONCE + (alive?.size ?? 0))) {
        if (alive?.has(String(row["nonce"]))) continue;
        const [id, owner] = [String(row["id"]), String(row["owner"])];
        const ending = { status: "failed", response: response(String(row["response"])) } as const;
        // Its replica may have come back to life.
        const [found = []] = await db.write(endStatements(db.words, owner, id, ending, { also: ` AND ${passed}` }));
        ended += found.length;
      }
      return ended;
    },
    prune: async (before, max_bytes) => {
      let pruned = 0;
      for (const text of Object.values(OLD)) {
        for (let more = AT_ONCE; more === AT_ONCE; pruned += more)
          more = await deleted(`${text} LIMIT ${AT_ONCE}) RETURNING id`, before);
      }
      for (let { bytes } = await usage(); bytes > max_bytes; { bytes } = await usage()) {
        const oldest = enough(await db.read(OLDEST), bytes - max_bytes);
        if (oldest.length === 0) break;
        const deletions = oldest.map(({ kind, id, owner }) =>
          forgetting(`DELETE FROM ${kind} WHERE id = $1 AND owner = $2 RETURNING id`, id, owner),
        );
        pruned += (await db.write(deletions)).reduce((sum, rows) => sum + rows.length, 0);
      }
      return pruned;
    },
  };
}

interface Kept {
  kind: string;
  id: string;
  owner: string;
}

/** As many of them as hold `excess` bytes together. */
function enough(rows: readonly Row[], excess: number): Kept[] {
  let left = excess;
  const kept: Kept[] = [];
  for (const { kind, id, owner, bytes } of rows) {
    if (left <= 0) break;
    kept.push({ kind: String(kind), id: String(id), owner: String(owner) });
    left -= Number(bytes);
  }
  return kept;
}
