/** Responses and their events. What ends one is decided by whose update finds it running: no lock is ever held. */
import { bytesOf, forgetting, statement, type Database, type Row, type Statement } from "./database.ts";
import { addStatements } from "./conversations.ts";
import { RUNNING } from "./running.ts";
import type { SqlWords } from "./tables.ts";
import type { Ending, Lease, ResponseRecord, Status, Store, StoredEvent } from "./store.ts";

const COLUMNS =
  "r.id, r.owner, r.status, r.created_at, r.previous_response_id, r.conversation_id, r.background, r.provider, b.input, b.response, r.nonce, r.previous_nonce";
const WHOLE = `SELECT ${COLUMNS} FROM responses r JOIN bodies b ON b.id = r.id AND b.owner = r.owner`;

const INSERT = `INSERT INTO responses (id, owner, status, created_at, previous_response_id, conversation_id, background,
  provider, bytes, replica, nonce, previous_nonce, lease_until)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, `;
/**
 * Links first, each once, so that a circle of them comes to an end. An id alone is no link: its response may be gone,
 * and an upstream may have given the id to another thread since.
 */
const CHAIN = `WITH RECURSIVE chain (id, previous, nonce) AS (
    SELECT id, previous_response_id, previous_nonce FROM responses WHERE owner = $1 AND id = $2
    UNION
    SELECT r.id, r.previous_response_id, r.previous_nonce FROM chain c
      JOIN responses r ON r.id = c.previous AND r.owner = $1 AND (c.nonce IS NULL OR r.nonce = c.nonce))
  ${WHOLE} JOIN chain c ON c.id = r.id WHERE r.owner = $1`;
type Responses = Pick<Store, "begin" | "end" | "get" | "chain" | "remove" | "cancel" | "addEvents" | "eventsAfter">;

export function responsesIn(db: Database): Responses {
  const end = async (owner: string, id: string, ending: Ending, nonce?: string): Promise<Status | undefined> => {
    const results = await db.write(endStatements(db.words, owner, id, ending, { nonce }));
    return results.at(-1)?.[0]?.["status"] as Status | undefined;
  };
  const get = async (owner: string, id: string): Promise<ResponseRecord | undefined> => {
    const [row] = await db.read(`${WHOLE} WHERE r.owner = $1 AND r.id = $2`, owner, id);
    return row && recordOf(row);
  };

  return {
    end,
    get,
    begin: async (record, lease, conversation = {}) => {
      await db.write(beginStatements(db, record, lease, conversation));
    },
    chain: async (owner, id) => inOrder(await db.read(CHAIN, owner, id), id),
    remove: async (owner, id, nonce) => {
      const [also, values] = nonce === undefined ? ["", []] : [" AND nonce = $3", [nonce]];
      const text = `DELETE FROM responses WHERE owner = $1 AND id = $2${also} RETURNING id`;
      const [rows = []] = await db.write([forgetting(text, owner, id, ...values)]);
      return rows.length > 0;
    },
    // Between the two only its end can change what was read, and after its end nothing is written.
    cancel: async (owner, id, response) => {
      const before = await get(owner, id);
      if (!before || !isRunning(before.status)) return before?.status;
      return end(owner, id, { status: "cancelled", response: response(before.response) });
    },
    addEvents: async (owner, id, events) => {
      if (events.length > 0) await db.write(eventStatements(owner, id, events));
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
  { conversation_items = [], conversation_output = [] }: Pick<Ending, "conversation_items" | "conversation_output">,
): Statement[] {
  const { id, owner, status, created_at, previous_response_id, conversation_id, background, provider } = record;
  const { input, response, nonce = null, previous_nonce = null } = record;
  const until = lease ? `${words.now_ms} + $13)` : "$13)";
  const row = [id, owner, status, created_at, previous_response_id, conversation_id, background ? 1 : 0, provider];
  const { replica = null, for_ms = null } = lease ?? {};
  return [
    ...(provider === null ? [] : [againStatement(record, provider)]),
    statement(INSERT + until, ...row, bytesOf(input, response), replica, nonce, previous_nonce, for_ms),
    statement("INSERT INTO bodies (id, owner, input, response) VALUES ($1, $2, $3, $4)", id, owner, input, response),
    ...(conversation_id === null
      ? []
      : addStatements(owner, { id: conversation_id }, conversation_items, conversation_output, words.now_ms)),
  ];
}

/** Makes room for what the same provider has answered to the same request of the same thread. */
function againStatement(
  { id, owner, previous_response_id, conversation_id, response }: ResponseRecord,
  provider: string,
): Statement {
  const text = `DELETE FROM responses WHERE id = $1 AND owner = $2 AND provider = $3
    AND coalesce(previous_response_id, '') = $4 AND coalesce(conversation_id, '') = $5
    AND EXISTS (SELECT 1 FROM bodies WHERE id = $1 AND owner = $2 AND response = $6)`;
  return statement(text, id, owner, provider, previous_response_id ?? "", conversation_id ?? "", response);
}

/** What must hold besides, for the response to be the one that is meant. */
interface Meant {
  nonce?: string | undefined;
  /** A condition. */
  also?: string;
}

/**
 * The first statement makes sure that it runs and stays so until the last; its rows tell whether it did. The last one
 * tells the status that counts.
 */
export function endStatements(
  { now_ms }: SqlWords,
  owner: string,
  id: string,
  ending: Ending,
  { nonce, also = "" }: Meant = {},
): Statement[] {
  const { status, response, conversation_items = [], conversation_output = [], events = [] } = ending;
  const values = nonce === undefined ? [] : [nonce];
  /** `place` is where the nonce stands among the values. */
  const itself = (place: number): string =>
    `id = $1 AND owner = $2${nonce === undefined ? "" : ` AND nonce = $${place}`}`;
  const running = (place: number): string => `${itself(place)} AND ${RUNNING}${also}`;
  const body = "id = $1 AND owner = $2";
  return [
    statement(
      `UPDATE responses SET bytes = bytes + $3 - (SELECT octet_length(response) FROM bodies WHERE ${body})
       WHERE ${running(4)} RETURNING id`,
      id,
      owner,
      bytesOf(response),
      ...values,
    ),
    ...addStatements(owner, { response: id, nonce }, conversation_items, conversation_output, now_ms),
    ...(events.length > 0 ? eventStatements(owner, id, events, nonce) : []),
    statement(
      `UPDATE bodies SET response = $3 WHERE ${body} AND EXISTS (SELECT 1 FROM responses WHERE ${running(4)})`,
      id,
      owner,
      response,
      ...values,
    ),
    statement(
      `UPDATE responses SET status = $3, replica = NULL, lease_until = NULL WHERE ${running(4)}`,
      id,
      owner,
      status,
      ...values,
    ),
    statement(`SELECT status FROM responses WHERE ${itself(3)}`, id, owner, ...values),
  ];
}

/** The first makes sure that it runs until all are added. */
function eventStatements(owner: string, id: string, events: readonly StoredEvent[], nonce?: string): Statement[] {
  const values = nonce === undefined ? [] : [nonce];
  const running = (place: number): string =>
    `id = $1 AND owner = $2 AND ${RUNNING}${nonce === undefined ? "" : ` AND nonce = $${place}`}`;
  const grow = `UPDATE responses SET bytes = bytes + $3 WHERE ${running(4)}`;
  const insert = `INSERT INTO events (id, owner, sequence_number, data)
    SELECT id, owner, $3, $4 FROM responses WHERE ${running(5)} ON CONFLICT DO NOTHING`;
  return [
    statement(grow, id, owner, bytesOf(...events.map(({ data }) => data)), ...values),
    ...events.map(({ sequence_number, data }) => statement(insert, id, owner, sequence_number, data, ...values)),
  ];
}

function recordOf({ nonce, previous_nonce, ...row }: Row): ResponseRecord {
  return {
    ...row,
    created_at: Number(row["created_at"]),
    background: Number(row["background"]) === 1,
    ...(nonce !== null && { nonce }),
    ...(previous_nonce !== null && { previous_nonce }),
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
