/** Responses and their events. What ends one is decided by whose update finds it running: no lock is ever held. */
import { bytesOf, forgetting, statement, type Database, type Row, type Statement } from "./database.ts";
import { addStatements } from "./conversations.ts";
import { RUNNING } from "./running.ts";
import type { SqlWords } from "./tables.ts";
import type { Ending, Lease, ResponseRecord, Status, Store, StoredEvent } from "./store.ts";

const COLUMNS =
  "r.id, r.owner, r.status, r.created_at, r.previous_response_id, r.conversation_id, r.background, r.provider, b.input, b.response";
const WHOLE = `SELECT ${COLUMNS} FROM responses r JOIN bodies b ON b.id = r.id AND b.owner = r.owner`;

const INSERT = `INSERT INTO responses (id, owner, status, created_at, previous_response_id, conversation_id, background,
  provider, bytes, replica, lease_until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, `;
/** Links first, each once, so that a circle of them (of ids that a provider used twice) comes to an end. */
const CHAIN = `WITH RECURSIVE chain (id, previous) AS (
    SELECT id, previous_response_id FROM responses WHERE owner = $1 AND id = $2
    UNION
    SELECT r.id, r.previous_response_id FROM chain c JOIN responses r ON r.id = c.previous AND r.owner = $1)
  ${WHOLE} JOIN chain c ON c.id = r.id WHERE r.owner = $1`;
type Responses = Pick<Store, "begin" | "end" | "get" | "chain" | "remove" | "cancel" | "addEvents" | "eventsAfter">;

export function responsesIn(db: Database): Responses {
  const end = async (owner: string, id: string, ending: Ending): Promise<Status | undefined> => {
    const results = await db.write(endStatements(db.words, owner, id, ending));
    return results.at(-1)?.[0]?.["status"] as Status | undefined;
  };
  const get = async (owner: string, id: string): Promise<ResponseRecord | undefined> => {
    const [row] = await db.read(`${WHOLE} WHERE r.owner = $1 AND r.id = $2`, owner, id);
    return row && recordOf(row);
  };

  return {
    end,
    get,
    begin: async (record, lease, items = []) => {
      await db.write(beginStatements(db, record, lease, items));
    },
    chain: async (owner, id) => inOrder(await db.read(CHAIN, owner, id), id),
    remove: async (owner, id) => {
      const text = "DELETE FROM responses WHERE owner = $1 AND id = $2 RETURNING id";
      const [rows = []] = await db.write([forgetting(text, owner, id)]);
      return rows.length > 0;
    },
    // Between the two only its end can change what was read, and after its end nothing is written.
    cancel: async (owner, id, response) => {
      const before = await get(owner, id);
      if (!before || !isRunning(before.status)) return before?.status;
      return end(owner, id, { status: "cancelled", response: response(before.response) });
    },
    addEvents: async (id, events) => {
      if (events.length > 0) await db.write(eventStatements(id, events));
    },
    eventsAfter: async (owner, id, sequence_number, limit) => {
      const text = `SELECT sequence_number, data FROM events WHERE owner = $1 AND id = $2 AND sequence_number > $3
        ORDER BY sequence_number LIMIT $4`;
      const rows = await db.read(text, owner, id, sequence_number, limit);
      return rows.map((row) => ({ sequence_number: Number(row["sequence_number"]), data: String(row["data"]) }));
    },
  };
}

const isRunning = (status: Status): boolean => status === "queued" || status === "in_progress";

function beginStatements(
  { words }: Database,
  record: ResponseRecord,
  lease: Lease | undefined,
  items: readonly string[],
): Statement[] {
  const { id, owner, status, created_at, previous_response_id, conversation_id, background, provider } = record;
  const { input, response } = record;
  const until = lease ? `${words.now_ms} + $11)` : "$11)";
  const row = [id, owner, status, created_at, previous_response_id, conversation_id, background ? 1 : 0, provider];
  const again = "DELETE FROM responses WHERE id = $1 AND owner = $2 AND provider IS NOT NULL";
  return [
    ...(provider === null ? [] : [statement(again, id, owner)]),
    statement(INSERT + until, ...row, bytesOf(input, response), lease?.replica ?? null, lease?.for_ms ?? null),
    statement("INSERT INTO bodies (id, owner, input, response) VALUES ($1, $2, $3, $4)", id, owner, input, response),
    ...(conversation_id === null || items.length === 0
      ? []
      : addStatements(owner, { id: conversation_id }, items, words.now_ms)),
  ];
}

/**
 * The first statement makes sure that it runs and stays so until the last; its rows tell whether it did. `also` is a
 * further condition for all of it. The last one tells the status that counts.
 */
export function endStatements({ now_ms }: SqlWords, owner: string, id: string, ending: Ending, also = ""): Statement[] {
  const { status, response, conversation_items = [], events = [] } = ending;
  const itself = "id = $1 AND owner = $2";
  const running = `${itself} AND ${RUNNING}${also}`;
  return [
    statement(
      `UPDATE responses SET bytes = bytes + $3 - (SELECT octet_length(response) FROM bodies WHERE ${itself})
       WHERE ${running} RETURNING id`,
      id,
      owner,
      bytesOf(response),
    ),
    ...(conversation_items.length > 0 ? addStatements(owner, { response: id }, conversation_items, now_ms) : []),
    ...(events.length > 0 ? eventStatements(id, events, owner) : []),
    statement(
      `UPDATE bodies SET response = $3 WHERE ${itself} AND EXISTS (SELECT 1 FROM responses WHERE ${running})`,
      id,
      owner,
      response,
    ),
    statement(
      `UPDATE responses SET status = $3, replica = NULL, lease_until = NULL WHERE ${running}`,
      id,
      owner,
      status,
    ),
    statement(`SELECT status FROM responses WHERE ${itself}`, id, owner),
  ];
}

/** The first makes sure that it runs until all are added. Without an owner: ids that this program makes are unique. */
function eventStatements(id: string, events: readonly StoredEvent[], owner?: string): Statement[] {
  const whose = owner === undefined ? [] : [owner];
  const running = (place: number): string =>
    `id = $1 AND ${RUNNING}${whose.length > 0 ? ` AND owner = $${place}` : ""}`;
  const grow = `UPDATE responses SET bytes = bytes + $2 WHERE ${running(3)}`;
  const insert = `INSERT INTO events (id, owner, sequence_number, data)
    SELECT id, owner, $2, $3 FROM responses WHERE ${running(4)} ON CONFLICT DO NOTHING`;
  return [
    statement(grow, id, bytesOf(...events.map(({ data }) => data)), ...whose),
    ...events.map(({ sequence_number, data }) => statement(insert, id, sequence_number, data, ...whose)),
  ];
}

function recordOf(row: Row): ResponseRecord {
  return {
    ...row,
    created_at: Number(row["created_at"]),
    background: Number(row["background"]) === 1,
  } as unknown as ResponseRecord;
}

function inOrder(rows: readonly Row[], last: string): ResponseRecord[] | undefined {
  const byId = new Map(rows.map((row) => [row["id"], row]));
  const chain: ResponseRecord[] = [];
  for (let id: string | null = last; id !== null;) {
    const row = byId.get(id);
    if (!row) return undefined;
    byId.delete(id);
    const record = recordOf(row);
    chain.push(record);
    id = record.previous_response_id;
  }
  return chain.toReversed();
}
