/**
 * Where responses and conversations are kept: one small interface over the same tables in SQLite and in PostgreSQL.
 * Whatever resolves is durable: it survives kill -9 of the process. Whatever cannot be done, or not in time, throws a
 * StoreError. Nothing of another `owner` is ever found.
 */
export type Status = "queued" | "in_progress" | "completed" | "incomplete" | "failed" | "cancelled";

export interface ResponseRecord {
  id: string;
  owner: string;
  status: Status;
  /** Seconds since 1970. */
  created_at: number;
  previous_response_id: string | null;
  conversation_id: string | null;
  background: boolean;
  /** JSON text of the input items of this request alone (an array); each item has an id. */
  input: string;
  /** JSON text of the `response` object as it is known now. */
  response: string;
  /** Provider that made the id and keeps the response itself; null for what is kept here. */
  provider: string | null;
  /** Identifies the response: an upstream may give one id twice. Absent in rows of older versions. */
  nonce?: string;
  /** The nonce of the previous response. */
  previous_nonce?: string;
}

/** A running response, and no other one of the same id. */
export type RunningResponse = Pick<ResponseRecord, "id" | "owner" | "nonce">;

/** What a conversation gains by a response: JSON texts with ids. */
export interface ConversationItems {
  /** Items of the request. Those that are in the conversation already stay. */
  conversation_items?: readonly string[];
  /** Items of the reply. One that is in the conversation already is a conflict. */
  conversation_output?: readonly string[];
}

/** What ends a response. All of it is written, or nothing. */
export interface Ending extends ConversationItems {
  status: Exclude<Status, "queued" | "in_progress">;
  response: string;
  /** Its last events, the terminal one among them. */
  events?: readonly StoredEvent[];
}

export interface StoredEvent {
  sequence_number: number;
  /** JSON text. */
  data: string;
}

export interface ConversationRecord {
  id: string;
  owner: string;
  /** Seconds since 1970. */
  created_at: number;
  /** JSON text. */
  metadata: string;
}

export interface Page {
  /** Id of the item after which it begins; one that was deleted since counts too. */
  after?: string;
  limit: number;
  order: "asc" | "desc";
}

/** Items as JSON texts. */
export interface ItemPage {
  items: readonly string[];
  has_more: boolean;
}

/** How long, by the database's clock, a running response counts as alive unless its replica renews the lease. */
export interface Lease {
  replica: string;
  for_ms: number;
}

export interface ReapOptions {
  /** Nonces of the responses that this process runs itself: it knows that they live. */
  alive?: ReadonlySet<string>;
  /** The length of the longest lease. */
  longest_ms?: number;
}

export interface Responses {
  /**
   * Keeps a response that begins, or a whole one; with a lease when this replica produces it. An id that is there
   * already is a conflict, unless the same `provider` returned the same response to the same request again.
   */
  begin(record: ResponseRecord, lease?: Lease, conversation?: ConversationItems): Promise<void>;
  /**
   * Ends a response that has not ended yet; with a nonce only that one, and no other of the same id. Returns the status
   * that counts now, since somebody else may have cancelled it; undefined when it is gone.
   */
  end(owner: string, id: string, ending: Ending, nonce?: string): Promise<Status | undefined>;
  get(owner: string, id: string): Promise<ResponseRecord | undefined>;
  /** The response and those before it, the oldest first; undefined when one of them is missing. */
  chain(owner: string, id: string): Promise<readonly ResponseRecord[] | undefined>;
  /** Deletes row, input and events, with a nonce only of that response; returns whether there was one. */
  remove(owner: string, id: string, nonce?: string): Promise<boolean>;
  /** Sets `cancelled` unless the response has ended, without locks; returns the status that counts now. */
  cancel(owner: string, id: string, response: (before: string) => string): Promise<Status | undefined>;
  /** Adds events of a background response, in order. After its end nothing is added, which is no error. */
  addEvents(owner: string, id: string, events: readonly StoredEvent[]): Promise<void>;
  eventsAfter(owner: string, id: string, sequence_number: number, limit: number): Promise<readonly StoredEvent[]>;
}

export interface Retention {
  /** Renews the leases of this replica's running responses; returns those that run no longer (cancelled, deleted). */
  renew(replica: string, running: readonly RunningResponse[], for_ms: number): Promise<readonly RunningResponse[]>;
  /**
   * Running responses become `failed` when their lease has passed, or ends later than any lease can, since then the
   * database's clock was set back. Returns how many.
   */
  reap(response: (before: string) => string, options?: ReapOptions): Promise<number>;
  /**
   * Deletes what is older than `before` (seconds), then the oldest until no more than `max_bytes` are used. A
   * conversation is as old as its last change. Returns how many responses and conversations it deleted.
   */
  prune(before: number, max_bytes: number): Promise<number>;
  /** `bytes` are those of the texts; the file is somewhat larger. */
  usage(): Promise<{ responses: number; conversations: number; bytes: number }>;
}

export interface Conversations {
  addConversation(record: ConversationRecord, items: readonly string[]): Promise<void>;
  conversation(owner: string, id: string): Promise<ConversationRecord | undefined>;
  setMetadata(owner: string, id: string, metadata: string): Promise<boolean>;
  removeConversation(owner: string, id: string): Promise<boolean>;
  /** Keeps items whose ids are in the conversation already. False: there is no such conversation. */
  addItems(owner: string, id: string, items: readonly string[]): Promise<boolean>;
  /** Undefined when there is no such conversation, or `after` was never an item of it. */
  items(owner: string, id: string, page: Page): Promise<ItemPage | undefined>;
  item(owner: string, id: string, item_id: string): Promise<string | undefined>;
  removeItem(owner: string, id: string, item_id: string): Promise<boolean>;
}

export interface Store extends Responses, Retention, Conversations {
  /** Where it is, without secrets: for the start-up line. */
  readonly place: string;
  /** What is wrong with it now, for whoever runs this program; undefined when it works, as far as is known. */
  trouble(): string | undefined;
  /** Throws a StoreError when it cannot be used now, where that can be checked. */
  check(): Promise<void>;
  /** The database's clock, in milliseconds since 1970. */
  clock(): Promise<number>;
  /** Finishes what was begun first. */
  close(): Promise<void>;
}
