/** The tables, the same in both databases. */

/** Condition on a row of `responses`: it has not ended yet. */
export const RUNNING = "status IN ('queued', 'in_progress')";
/** Condition on a row of `responses`: it has this id and, where `nonce` is not null, is no other one of the same id. */
export const ITSELF = "id = :id AND owner = :owner AND coalesce(:nonce, nonce, '') = coalesce(nonce, '')";

/** SQL that differs between the databases. */
export interface SqlWords {
  /** Type of a number that may be large. */
  integer: string;
  /** What follows a table's columns. */
  table_end: string;
  /** Milliseconds since 1970 by the database's clock, at this moment. */
  now_ms: string;
}

export const SQLITE_WORDS: SqlWords = {
  integer: "INTEGER",
  table_end: " STRICT",
  now_ms: "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
};

/** Each leads from the version of its place to the next; never edit one that was released, add another. */
export const MIGRATIONS: readonly ((words: SqlWords) => string)[] = [
  // Long texts have tables of their own: a change of a lease or a status then rewrites a short row. A deleted item
  // leaves its id and place, from which a page can go on.
  ({ integer, table_end }) => `
    CREATE TABLE responses (
      id TEXT NOT NULL, owner TEXT NOT NULL, status TEXT NOT NULL, created_at ${integer} NOT NULL,
      previous_response_id TEXT, conversation_id TEXT, background ${integer} NOT NULL, provider TEXT,
      replica TEXT, lease_until ${integer}, bytes ${integer} NOT NULL,
      PRIMARY KEY (id, owner)
    )${table_end};
    CREATE INDEX responses_age ON responses (created_at, bytes);
    CREATE INDEX responses_lease ON responses (lease_until) WHERE lease_until IS NOT NULL;

    CREATE TABLE bodies (
      id TEXT NOT NULL, owner TEXT NOT NULL, input TEXT NOT NULL, response TEXT NOT NULL,
      PRIMARY KEY (id, owner),
      FOREIGN KEY (id, owner) REFERENCES responses (id, owner) ON DELETE CASCADE
    )${table_end};

    CREATE TABLE events (
      id TEXT NOT NULL, owner TEXT NOT NULL, sequence_number ${integer} NOT NULL, data TEXT NOT NULL,
      PRIMARY KEY (id, owner, sequence_number),
      FOREIGN KEY (id, owner) REFERENCES responses (id, owner) ON DELETE CASCADE
    )${table_end};

    CREATE TABLE conversations (
      id TEXT NOT NULL, owner TEXT NOT NULL, created_at ${integer} NOT NULL, used_at ${integer} NOT NULL,
      metadata TEXT NOT NULL, length ${integer} NOT NULL, bytes ${integer} NOT NULL,
      PRIMARY KEY (id, owner)
    )${table_end};
    CREATE INDEX conversations_age ON conversations (used_at, bytes);

    CREATE TABLE items (
      conversation_id TEXT NOT NULL, owner TEXT NOT NULL, position ${integer} NOT NULL, item_id TEXT NOT NULL, item TEXT,
      PRIMARY KEY (conversation_id, owner, position),
      UNIQUE (conversation_id, owner, item_id),
      FOREIGN KEY (conversation_id, owner) REFERENCES conversations (id, owner) ON DELETE CASCADE
    )${table_end};`,
  // Upstreams give ids, and may give one twice: the nonce says which response is meant. Older rows have none.
  () => `
    ALTER TABLE responses ADD COLUMN nonce TEXT;
    ALTER TABLE responses ADD COLUMN previous_nonce TEXT;`,
];
