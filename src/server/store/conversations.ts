/** Conversations and their items, in the order in which they came. */
import { bytesOf, forgetting, statement, type Database, type Statement } from "./database.ts";
import { RUNNING } from "./running.ts";
import type { ConversationRecord, ItemPage, Page, Store } from "./store.ts";

type Conversations = Pick<
  Store,
  | "addConversation"
  | "conversation"
  | "setMetadata"
  | "removeConversation"
  | "addItems"
  | "items"
  | "item"
  | "removeItem"
>;

const ITSELF = "id = $1 AND owner = $2";
const INSERT = `INSERT INTO conversations (id, owner, created_at, used_at, metadata, length, bytes)
  VALUES ($1, $2, $3, $3, $4, 0, $5)`;

/** Which conversation: by its own id, or as that of a response, while it runs. */
const BY_ID = "$1";
const BY_RESPONSE = `(SELECT conversation_id FROM responses WHERE ${ITSELF} AND ${RUNNING})`;
/** `place` is where the response's nonce stands among the values. */
const byNonce = (place: number): string =>
  `(SELECT conversation_id FROM responses WHERE ${ITSELF} AND ${RUNNING} AND nonce = $${place})`;

/** The first takes hold of the row, and each after it sees what is there then. */
const touch = (conversation: string, now_ms: string): string =>
  `UPDATE conversations SET used_at = ${now_ms} / 1000 WHERE id = ${conversation} AND owner = $2 RETURNING id`;
const notThere = (conversation: string): string =>
  `NOT EXISTS (SELECT 1 FROM items i
    WHERE i.conversation_id = ${conversation} AND i.owner = $2 AND i.item_id = $3 AND i.item IS NOT NULL)`;
const grow = (conversation: string): string => `UPDATE conversations SET length = length + 1, bytes = bytes + $4
  WHERE id = ${conversation} AND owner = $2 AND ${notThere(conversation)}`;
const put = (conversation: string): string => `INSERT INTO items (conversation_id, owner, position, item_id, item)
  SELECT id, owner, length, $3, $4 FROM conversations
    WHERE id = ${conversation} AND owner = $2 AND ${notThere(conversation)}
  ON CONFLICT (conversation_id, owner, item_id) DO UPDATE SET position = excluded.position, item = excluded.item`;

/** The same for what must be new. */
const growByNew = (conversation: string): string =>
  `UPDATE conversations SET length = length + 1, bytes = bytes + $3 WHERE id = ${conversation} AND owner = $2`;
const putNew = (conversation: string): string => `INSERT INTO items (conversation_id, owner, position, item_id, item)
  SELECT id, owner, length, $3, $4 FROM conversations WHERE id = ${conversation} AND owner = $2`;

const IN = "conversation_id = $1 AND owner = $2";
const SHRINK = `UPDATE conversations
  SET bytes = bytes - coalesce((SELECT octet_length(item) FROM items WHERE ${IN} AND item_id = $3), 0) WHERE ${ITSELF}`;
const EMPTY = `UPDATE items SET item = NULL WHERE ${IN} AND item_id = $3 AND item IS NOT NULL RETURNING item_id`;

export function conversationsIn(db: Database): Conversations {
  const { now_ms } = db.words;
  /** Whether the first statement found the conversation. */
  const changed = async (...statements: Statement[]): Promise<boolean> => {
    const [rows = []] = await db.write(statements);
    return rows.length > 0;
  };
  const conversation = async (owner: string, id: string): Promise<ConversationRecord | undefined> => {
    const text = `SELECT id, owner, created_at, metadata FROM conversations WHERE ${ITSELF}`;
    const [row] = await db.read(text, id, owner);
    return row && ({ ...row, created_at: Number(row["created_at"]) } as unknown as ConversationRecord);
  };

  return {
    conversation,
    addConversation: async ({ id, owner, created_at, metadata }, items) => {
      const begin = statement(INSERT, id, owner, created_at, metadata, bytesOf(metadata));
      await db.write([begin, ...touched(owner, { id }, items, now_ms)]);
    },
    setMetadata: (owner, id, metadata) =>
      changed(
        statement(
          `UPDATE conversations SET bytes = bytes + $3 - octet_length(metadata), metadata = $4, used_at = ${now_ms} / 1000
           WHERE ${ITSELF} RETURNING id`,
          id,
          owner,
          bytesOf(metadata),
          metadata,
        ),
      ),
    removeConversation: (owner, id) =>
      changed(forgetting(`DELETE FROM conversations WHERE ${ITSELF} RETURNING id`, id, owner)),
    addItems: (owner, id, items) => changed(...touched(owner, { id }, items, now_ms)),
    items: async (owner, id, page) => {
      const after = await placeOf(db, owner, id, page.after);
      return after === undefined ? undefined : pageOf(db, owner, id, page, after);
    },
    item: async (owner, id, item_id) => {
      const text = "SELECT item FROM items WHERE conversation_id = $1 AND owner = $2 AND item_id = $3";
      const [row] = await db.read(text, id, owner, item_id);
      return (row?.["item"] as string | null | undefined) ?? undefined;
    },
    removeItem: async (owner, id, item_id) => {
      const results = await db.write([
        statement(touch(BY_ID, now_ms), id, owner),
        statement(SHRINK, id, owner, item_id),
        forgetting(EMPTY, id, owner, item_id),
      ]);
      return results.at(-1)?.length === 1;
    },
  };
}

type Target = { id: string } | { response: string; nonce: string | undefined };

/** None where nothing is added. Those of `output` must not be there yet: else nothing of the batch is done. */
export function addStatements(
  owner: string,
  to: Target,
  items: readonly string[],
  output: readonly string[],
  now_ms: string,
): Statement[] {
  if (items.length + output.length === 0) return [];
  const { id, which, values } = targetOf(to);
  return [
    ...touched(owner, to, items, now_ms),
    ...output.flatMap((item) => [
      statement(growByNew(which(4)), id, owner, bytesOf(item), ...values),
      statement(putNew(which(5)), id, owner, idOf(item), item, ...values),
    ]),
  ];
}

/** The first one's row tells whether the conversation is there. */
function touched(owner: string, to: Target, items: readonly string[], now_ms: string): Statement[] {
  const { id, which, values } = targetOf(to);
  return [
    statement(touch(which(3), now_ms), id, owner, ...values),
    ...items.flatMap((item) => {
      const item_id = idOf(item);
      return [
        statement(grow(which(5)), id, owner, item_id, bytesOf(item), ...values),
        statement(put(which(5)), id, owner, item_id, item, ...values),
      ];
    }),
  ];
}

function targetOf(to: Target): { id: string; which(place: number): string; values: readonly string[] } {
  if ("id" in to) return { id: to.id, which: () => BY_ID, values: [] };
  const { response: id, nonce } = to;
  if (nonce === undefined) return { id, which: () => BY_RESPONSE, values: [] };
  return { id, which: byNonce, values: [nonce] };
}

function idOf(item: string): string {
  const { id } = JSON.parse(item) as { id?: unknown };
  if (typeof id !== "string") throw new TypeError("an item of a conversation needs an id");
  return id;
}

/** Position after which a page begins; undefined: there is no such conversation, or no such item in it. */
async function placeOf(
  db: Database,
  owner: string,
  id: string,
  after: string | undefined,
): Promise<number | null | undefined> {
  if (after === undefined) {
    const [row] = await db.read(`SELECT id FROM conversations WHERE ${ITSELF}`, id, owner);
    return row && null;
  }
  const [row] = await db.read(`SELECT position FROM items WHERE ${IN} AND item_id = $3`, id, owner, after);
  return row && Number(row["position"]);
}

async function pageOf(
  db: Database,
  owner: string,
  id: string,
  { limit, order }: Page,
  after: number | null,
): Promise<ItemPage> {
  const [beyond, direction] = order === "asc" ? [">", "ASC"] : ["<", "DESC"];
  const from = after ?? (order === "asc" ? 0 : Number.MAX_SAFE_INTEGER); // The first position is 1.
  const text = `SELECT item FROM items WHERE ${IN} AND position ${beyond} $3 AND item IS NOT NULL
    ORDER BY position ${direction} LIMIT $4`;
  const rows = await db.read(text, id, owner, from, limit + 1);
  return { items: rows.slice(0, limit).map((row) => String(row["item"])), has_more: rows.length > limit };
}
