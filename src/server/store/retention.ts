/** What deletes rows or ends responses without a client's request: leases, age, size. */
import { forgetting, rowsOf, sql, type Database, type Row } from "./database.ts";
import { endStatements } from "./responses.ts";
import type { Retention } from "./store.ts";
import { RUNNING } from "./tables.ts";

/** Rows in one transaction: other writers wait for no more than that. */
const AT_ONCE = 50;

const DELETE_OLD = [
  "DELETE FROM responses WHERE (id, owner) IN (SELECT id, owner FROM responses WHERE created_at < :before",
  "DELETE FROM conversations WHERE (id, owner) IN (SELECT id, owner FROM conversations WHERE used_at < :before",
];
/** Running responses stay. */
const OLDEST = `SELECT * FROM (
    SELECT 'responses' AS kind, id, owner, created_at AS age, bytes FROM responses WHERE NOT ${RUNNING}
    UNION ALL
    SELECT 'conversations' AS kind, id, owner, used_at AS age, bytes FROM conversations) AS kept
  ORDER BY age, id LIMIT ${AT_ONCE}`;
const USAGE = `SELECT
  (SELECT count(*) FROM responses) AS responses,
  (SELECT count(*) FROM conversations) AS conversations,
  CAST((SELECT coalesce(sum(bytes), 0) FROM responses) + (SELECT coalesce(sum(bytes), 0) FROM conversations) AS $INT) AS bytes`;

export function retentionIn(db: Database): Retention {
  const { now_ms, integer } = db.words;
  const expired = (longest_ms: number | undefined): string =>
    longest_ms === undefined
      ? `lease_until < ${now_ms}`
      : `(lease_until < ${now_ms} OR lease_until > ${now_ms} + ${Math.floor(longest_ms)})`;
  const usage = async (): ReturnType<Retention["usage"]> => {
    const [row] = await rowsOf(db, USAGE.replace("$INT", integer));
    const number = (name: string): number => Number(row?.[name] ?? 0);
    return { responses: number("responses"), conversations: number("conversations"), bytes: number("bytes") };
  };
  return {
    usage,
    renew: async (replica, running, for_ms) => {
      if (running.length === 0) return [];
      const text = `UPDATE responses SET lease_until = ${now_ms} + :for_ms WHERE id = :id AND owner = :owner
        AND replica = :replica AND coalesce(nonce, '') = :nonce AND ${RUNNING} RETURNING id`;
      const results = await db.write(
        running.map(({ nonce = "", ...each }) => sql(text, { ...each, replica, for_ms, nonce })),
      );
      return running.filter((_, index) => results[index]?.length === 0);
    },
    reap: async (response, { alive, longest_ms } = {}) => {
      const passed = expired(longest_ms);
      const text = `SELECT r.id, r.owner, r.nonce, b.response FROM responses r
        JOIN bodies b ON b.id = r.id AND b.owner = r.owner
        WHERE ${passed} AND ${RUNNING} LIMIT :most`;
      let ended = 0;
      for (const row of await rowsOf(db, text, { most: AT_ONCE + (alive?.size ?? 0) })) {
        if (alive?.has(String(row["nonce"]))) continue;
        const [id, owner] = [String(row["id"]), String(row["owner"])];
        const ending = { status: "failed", response: response(String(row["response"])) } as const;
        // Its replica may have come back to life.
        const [found = []] = await db.write(endStatements(db.words, owner, id, ending, null, ` AND ${passed}`));
        ended += found.length;
      }
      return ended;
    },
    prune: async (before, max_bytes) => {
      let pruned = 0;
      for (const text of DELETE_OLD) {
        const deletion = forgetting(`${text} LIMIT ${AT_ONCE}) RETURNING id`, { before });
        for (let count = AT_ONCE; count === AT_ONCE; pruned += count)
          count = (await db.write([deletion]))[0]?.length ?? 0;
      }
      for (let { bytes } = await usage(); bytes > max_bytes; { bytes } = await usage()) {
        const oldest = enough(await rowsOf(db, OLDEST), bytes - max_bytes);
        if (oldest.length === 0) break;
        const deletions = oldest.map(({ kind, id = null, owner = null }) =>
          forgetting(`DELETE FROM ${kind} WHERE id = :id AND owner = :owner RETURNING id`, { id, owner }),
        );
        pruned += (await db.write(deletions)).reduce((sum, rows) => sum + rows.length, 0);
      }
      return pruned;
    },
  };
}

/** The first rows, as many as hold `excess` bytes together. */
function enough(rows: readonly Row[], excess: number): readonly Row[] {
  let left = excess;
  const last = rows.findIndex(({ bytes }) => (left -= Number(bytes)) <= 0);
  return last === -1 ? rows : rows.slice(0, last + 1);
}
