/** Conversations and their items, in the order in which they came. */
import { bytesOf, forgetting, rowsOf, sql, type Database, type Statement } from "./database.ts";
import type { ConversationItems, Conversations, ItemPage, Page } from "./store.ts";
import { ITSELF, RUNNING } from "./tables.ts";

/** Conditions on a row of `conversations`: it has this id, or is that of this response, while it runs. */
export const BY_ID = "id = :id AND owner = :owner";
export const BY_RESPONSE = `id = (SELECT conversation_id FROM responses WHERE ${ITSELF} AND ${RUNNING}) AND owner = :owner`;

const INSERT = `INSERT INTO conversations (id, owner, created_at, used_at, metadata, length, bytes)
  VALUES (:id, :owner, :created_at, :created_at, :metadata, 0, :bytes)`;
const GROW = "UPDATE conversations SET length = length + 1, bytes = bytes + :bytes";
const PUT = `INSERT INTO items (conversation_id, owner, position, item_id, item)
  SELECT id, owner, length, :item_id, :item FROM conversations`;
const NOT_THERE = `NOT EXISTS (SELECT 1 FROM items i WHERE i.conversation_id = conversations.id
  AND i.owner = conversations.owner AND i.item_id = :item_id AND i.item IS NOT NULL)`;
/** A deleted item comes back at the end. */
const AGAIN = `ON CONFLICT (conversation_id, owner, item_id)
  DO UPDATE SET position = excluded.position, item = excluded.item`;

const IN = "conversation_id = :id AND owner = :owner";
const ITEM = `${IN} AND item_id = :item_id`;
const SHRINK = `UPDATE conversations
  SET bytes = bytes - coalesce((SELECT octet_length(item) FROM items WHERE ${ITEM}), 0) WHERE ${BY_ID}`;
const EMPTY = `UPDATE items SET item = NULL WHERE ${ITEM} AND item IS NOT NULL RETURNING item_id`;

export function conversationsIn(db: Database): Conversations {
  const { now_ms } = db.words;
  /** Whether the first statement found the conversation. */
  const changed = async (...statements: Statement[]): Promise<boolean> => {
    const [rows = []] = await db.write(statements);
    return rows.length > 0;
  };

  return {
    conversation: async (owner, id) => {
      const text = `SELECT id, owner, created_at, metadata FROM conversations WHERE ${BY_ID}`;
      const [row] = await rowsOf(db, text, { id, owner });
      return row && { id, owner, created_at: Number(row["created_at"]), metadata: String(row["metadata"]) };
    },
    addConversation: async ({ metadata, ...record }, items) => {
      const begin = sql(INSERT, { ...record, metadata, bytes: bytesOf(metadata) });
      await db.write([begin, ...addStatements(BY_ID, record, { conversation_items: items }, now_ms)]);
    },
    setMetadata: (owner, id, metadata) => {
      const text = `UPDATE conversations SET bytes = bytes + :bytes - octet_length(metadata), metadata = :metadata,
        used_at = ${now_ms} / 1000 WHERE ${BY_ID} RETURNING id`;
      return changed(sql(text, { id, owner, metadata, bytes: bytesOf(metadata) }));
    },
    removeConversation: (owner, id) =>
      changed(forgetting(`DELETE FROM conversations WHERE ${BY_ID} RETURNING id`, { id, owner })),
    addItems: (owner, id, items) =>
      changed(...addStatements(BY_ID, { id, owner }, { conversation_items: items }, now_ms)),
    items: async (owner, id, page) => {
      const after = await placeOf(db, { id, owner }, page.after);
      return after === undefined ? undefined : pageOf(db, { id, owner }, page, after);
    },
    item: async (owner, id, item_id) => {
      const [row] = await rowsOf(db, `SELECT item FROM items WHERE ${ITEM}`, { id, owner, item_id });
      const item = row?.["item"];
      return typeof item === "string" ? item : undefined;
    },
    removeItem: async (owner, id, item_id) => {
      const touch = sql(touching(BY_ID, now_ms), { id, owner });
      const named = { id, owner, item_id };
      const results = await db.write([touch, sql(SHRINK, named), forgetting(EMPTY, named)]);
      return results.at(-1)?.length === 1;
    },
  };
}

/** Locks the row, so that each statement after it sees what is there then. */
function touching(where: string, now_ms: string): string {
  return `UPDATE conversations SET used_at = ${now_ms} / 1000 WHERE ${where} RETURNING id`;
}

type Key = { id: string; owner: string; nonce?: string | null };

/** Adds items to the conversation that `where` finds. The first statement's row says whether it is there. */
export function addStatements(
  where: string,
  { id, owner, nonce = null }: Key,
  { conversation_items = [], conversation_output = [] }: ConversationItems,
  now_ms: string,
): Statement[] {
  const put = (item: string, condition: string, again: string): Statement[] => {
    const named = { id, owner, nonce, item_id: idOf(item), item, bytes: bytesOf(item) };
    return [sql(`${GROW} WHERE ${condition}`, named), sql(`${PUT} WHERE ${condition} ${again}`, named)];
  };
  return [
    sql(touching(where, now_ms), { id, owner, nonce }),
    ...conversation_items.flatMap((item) => put(item, `${where} AND ${NOT_THERE}`, AGAIN)),
    ...conversation_output.flatMap((item) => put(item, where, "")),
  ];
}

function idOf(item: string): string {
  const { id }: { id?: unknown } = JSON.parse(item);
  if (typeof id !== "string") throw new TypeError("an item of a conversation needs an id");
  return id;
}

/** Position after which a page begins; undefined: there is no such conversation, or no such item in it. */
async function placeOf(db: Database, key: Key, item_id: string | undefined): Promise<number | null | undefined> {
  if (item_id === undefined) {
    const [row] = await rowsOf(db, `SELECT id FROM conversations WHERE ${BY_ID}`, { ...key });
    return row && null;
  }
  const [row] = await rowsOf(db, `SELECT position FROM items WHERE ${ITEM}`, { ...key, item_id });
  return row && Number(row["position"]);
}

async function pageOf(db: Database, key: Key, { limit, order }: Page, after: number | null): Promise<ItemPage> {
  const [beyond, direction] = order === "asc" ? [">", "ASC"] : ["<", "DESC"];
  const from = after ?? (order === "asc" ? 0 : Number.MAX_SAFE_INTEGER); // The first position is 1.
  const text = `SELECT item FROM items WHERE ${IN} AND position ${beyond} :from AND item IS NOT NULL
    ORDER BY position ${direction} LIMIT :most`;
  const rows = await rowsOf(db, text, { ...key, from, most: limit + 1 });
  return { items: rows.slice(0, limit).map((row) => String(row["item"])), has_more: rows.length > limit };
}
