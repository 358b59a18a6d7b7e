/** Responses and their events. The update that finds a response running ends it: no lock is ever held. */
import { addStatements, BY_ID, BY_RESPONSE } from "./conversations.ts";
import { bytesOf, forgetting, rowsOf, sql, type Database, type Row, type Statement } from "./database.ts";
import type { ConversationItems, Ending, Lease, ResponseRecord, Responses, Status, StoredEvent } from "./store.ts";
import { ITSELF, RUNNING, type SqlWords } from "./tables.ts";

const WHOLE = `SELECT r.id, r.owner, r.status, r.created_at, r.previous_response_id, r.conversation_id, r.background,
  r.provider, b.input, b.response, r.nonce, r.previous_nonce
  FROM responses r JOIN bodies b ON b.id = r.id AND b.owner = r.owner`;
/**
 * Links first, each once, so that a circle of them comes to an end. An id alone is no link: its response may be gone,
 * and an upstream may have given the id to another thread since.
 */
const CHAIN = `WITH RECURSIVE chain (id, previous, nonce) AS (
    SELECT id, previous_response_id, previous_nonce FROM responses WHERE owner = :owner AND id = :id
    UNION
    SELECT r.id, r.previous_response_id, r.previous_nonce FROM chain c
      JOIN responses r ON r.id = c.previous AND r.owner = :owner AND (c.nonce IS NULL OR r.nonce = c.nonce))
  ${WHOLE} JOIN chain c ON c.id = r.id WHERE r.owner = :owner`;

const INSERT = `INSERT INTO responses (id, owner, status, created_at, previous_response_id, conversation_id, background,
    provider, bytes, replica, nonce, previous_nonce, lease_until)
  VALUES (:id, :owner, :status, :created_at, :previous_response_id, :conversation_id, :background,
    :provider, :bytes, :replica, :nonce, :previous_nonce, `;
const INSERT_BODY = "INSERT INTO bodies (id, owner, input, response) VALUES (:id, :owner, :input, :response)";
/** Makes room for what the same provider has returned to the same request of the same thread. */
const DELETE_SAME = `DELETE FROM responses WHERE id = :id AND owner = :owner AND provider = :provider
  AND coalesce(previous_response_id, '') = coalesce(:previous_response_id, '')
  AND coalesce(conversation_id, '') = coalesce(:conversation_id, '')
  AND EXISTS (SELECT 1 FROM bodies WHERE id = :id AND owner = :owner AND response = :response)`;
const BODY = "id = :id AND owner = :owner";

export function responsesIn(db: Database): Responses {
  const end = async (owner: string, id: string, ending: Ending, nonce?: string): Promise<Status | undefined> => {
    const results = await db.write(endStatements(db.words, owner, id, ending, nonce));
    return results.at(-1)?.[0]?.["status"] as Status | undefined;
  };
  const get = async (owner: string, id: string): Promise<ResponseRecord | undefined> => {
    const [row] = await rowsOf(db, `${WHOLE} WHERE r.owner = :owner AND r.id = :id`, { owner, id });
    return row && recordOf(row);
  };

  return {
    end,
    get,
    begin: async (record, lease, conversation = {}) => {
      await db.write(beginStatements(db.words, record, lease, conversation));
    },
    chain: async (owner, id) => inOrder(await rowsOf(db, CHAIN, { owner, id }), id),
    remove: async (owner, id, nonce) => {
      const named = { id, owner, nonce: nonce ?? null };
      const deletion = forgetting(`DELETE FROM responses WHERE ${ITSELF} RETURNING id`, named);
      const [rows = []] = await db.write([deletion]);
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
      const text = `SELECT sequence_number, data FROM events
        WHERE owner = :owner AND id = :id AND sequence_number > :sequence_number ORDER BY sequence_number LIMIT :limit`;
      const rows = await rowsOf(db, text, { owner, id, sequence_number, limit });
      return rows.map((row) => ({ sequence_number: Number(row["sequence_number"]), data: String(row["data"]) }));
    },
  };
}

const gains = ({ conversation_items = [], conversation_output = [] }: ConversationItems): boolean =>
  conversation_items.length + conversation_output.length > 0;

const isRunning = (status: Status): boolean => status === "queued" || status === "in_progress";

function beginStatements(
  { now_ms }: SqlWords,
  record: ResponseRecord,
  lease: Lease | undefined,
  conversation: ConversationItems,
): Statement[] {
  const { owner, conversation_id, background, input, response, nonce = null, previous_nonce = null } = record;
  const { replica = null, for_ms = null } = lease ?? {};
  const bytes = bytesOf(input, response);
  const row = { ...record, background: background ? 1 : 0, nonce, previous_nonce, replica, for_ms, bytes };
  return [
    ...(record.provider === null ? [] : [sql(DELETE_SAME, row)]),
    sql(`${INSERT}${lease ? `${now_ms} + ` : ""}:for_ms)`, row),
    sql(INSERT_BODY, row),
    ...(conversation_id !== null && gains(conversation)
      ? addStatements(BY_ID, { id: conversation_id, owner }, conversation, now_ms)
      : []),
  ];
}

/**
 * The first statement makes sure that the response runs, and stays so until the last; its rows tell whether it did. The
 * last one tells the status that counts. `also` is one more condition on the row.
 */
export function endStatements(
  { now_ms }: SqlWords,
  owner: string,
  id: string,
  { status, response, events = [], ...conversation }: Ending,
  nonce: string | null = null,
  also = "",
): Statement[] {
  const running = `${ITSELF} AND ${RUNNING}${also}`;
  const named = { id, owner, nonce, status, response, bytes: bytesOf(response) };
  const grow = `bytes = bytes + :bytes - (SELECT octet_length(response) FROM bodies WHERE ${BODY})`;
  const write = `UPDATE bodies SET response = :response WHERE ${BODY}`;
  return [
    sql(`UPDATE responses SET ${grow} WHERE ${running} RETURNING id`, named),
    ...(gains(conversation) ? addStatements(BY_RESPONSE, named, conversation, now_ms) : []),
    ...(events.length > 0 ? eventStatements(owner, id, events, nonce) : []),
    sql(`${write} AND EXISTS (SELECT 1 FROM responses WHERE ${running})`, named),
    sql(`UPDATE responses SET status = :status, replica = NULL, lease_until = NULL WHERE ${running}`, named),
    sql(`SELECT status FROM responses WHERE ${ITSELF}`, named),
  ];
}

const GROW = `UPDATE responses SET bytes = bytes + :bytes WHERE ${ITSELF} AND ${RUNNING}`;
const INSERT_EVENT = `INSERT INTO events (id, owner, sequence_number, data)
  SELECT id, owner, :sequence_number, :data FROM responses WHERE ${ITSELF} AND ${RUNNING} ON CONFLICT DO NOTHING`;

/** The first makes sure that the response runs until all are added. */
function eventStatements(
  owner: string,
  id: string,
  events: readonly StoredEvent[],
  nonce: string | null = null,
): Statement[] {
  return [
    sql(GROW, { id, owner, nonce, bytes: bytesOf(...events.map(({ data }) => data)) }),
    ...events.map((event) => sql(INSERT_EVENT, { id, owner, nonce, ...event })),
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
