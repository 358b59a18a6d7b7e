/**
 * Where responses and conversations are kept. One small interface; the same tables in SQLite and in PostgreSQL.
 * Whatever resolves is durable: what was acknowledged survives kill -9 of the process. What cannot be done in time, or
 * not at all, throws a StoreError.
 * `owner` is whose it is: nothing of another owner is ever found.
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
  /** Provider that minted the id and keeps the response itself; null for what is kept here. */
  provider: string | null;
  /** Says which response it is: an upstream may give one id twice. Absent in rows of older versions. */
  nonce?: string;
  /** The nonce of the response that it goes on from. */
  previous_nonce?: string;
}

/** A running response, and no other one of the same id. */
export type RunningResponse = Pick<ResponseRecord, "id" | "owner" | "nonce">;

/** What ends a response. All of it is written, or nothing. */
export interface Ending {
  status: Exclude<Status, "queued" | "in_progress">;
  response: string;
  /** Items of the request that its conversation gains, JSON texts with ids. Those that are in it already stay. */
  conversation_items?: readonly string[];
  /** Items of the reply that its conversation gains. One that is in it already is a conflict. */
  conversation_output?: readonly string[];
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

export interface Usage {
  responses: number;
  conversations: number;
  /** Of the texts; the file is somewhat larger. */
  bytes: number;
}

/** How long, by the database's clock, a running response counts as alive without a word of its replica. */
export interface Lease {
  replica: string;
  for_ms: number;
}

export interface ReapOptions {
  /** Those that this process runs itself, by their nonces: it knows that they live. */
  alive?: ReadonlySet<string>;
  /** How long a lease can be. */
  longest_ms?: number;
}

export interface Store {
  /** Where it is, without secrets: for the start-up line. */
  readonly place: string;
  /** What is wrong with it now, for whoever runs this program; undefined when it works, as far as is known. */
  trouble(): string | undefined;
  /** Whether it can be used now, where that is worth asking. Throws a StoreError. */
  check(): Promise<void>;
  /**
   * A response that begins, or one that is whole at once; a lease for those that this replica produces. An id that is
   * there already is a conflict. The exception is what a `provider` keeps and answers to the same request again: its
   * record says the same, in `response` too.
   */
  begin(
    record: ResponseRecord,
    lease?: Lease,
    conversation?: Pick<Ending, "conversation_items" | "conversation_output">,
  ): Promise<void>;
  /**
   * Only of what is not ended yet. The status that counts now: another may have won (`cancelled`). Undefined: it is
   * gone. With a nonce: only of that response, and not of another one that has its id.
   */
  end(owner: string, id: string, ending: Ending, nonce?: string): Promise<Status | undefined>;
  get(owner: string, id: string): Promise<ResponseRecord | undefined>;
  /** The response and those before it, the oldest first; undefined when one of them is not there. */
  chain(owner: string, id: string): Promise<readonly ResponseRecord[] | undefined>;
  /** Deletes row, input, and events; whether there was one. With a nonce: only that response. */
  remove(owner: string, id: string, nonce?: string): Promise<boolean>;
  /** Sets `cancelled` where it is not ended yet, without locks; the status that counts now. */
  cancel(owner: string, id: string, response: (before: string) => string): Promise<Status | undefined>;

  /** Events of a background response, in order, batched. After its end nothing is added, and that is no error. */
  addEvents(owner: string, id: string, events: readonly StoredEvent[]): Promise<void>;
  eventsAfter(owner: string, id: string, sequence_number: number, limit: number): Promise<readonly StoredEvent[]>;

  /** Renews the leases of this replica's running responses; returns those that run no longer (cancelled, deleted). */
  renew(replica: string, running: readonly RunningResponse[], for_ms: number): Promise<readonly RunningResponse[]>;
  /**
   * Running responses become `failed` when their lease has passed, or ends later than any lease can: then the
   * database's clock was set back. How many.
   */
  reap(response: (before: string) => string, options?: ReapOptions): Promise<number>;
  /** The database's clock, in milliseconds since 1970. */
  clock(): Promise<number>;
  /**
   * Deletes what is older than `before` (seconds), then the oldest until no more than `max_bytes` are used. A
   * conversation is as old as its last change. How many responses and conversations.
   */
  prune(before: number, max_bytes: number): Promise<number>;

  addConversation(record: ConversationRecord, items: readonly string[]): Promise<void>;
  conversation(owner: string, id: string): Promise<ConversationRecord | undefined>;
  setMetadata(owner: string, id: string, metadata: string): Promise<boolean>;
  removeConversation(owner: string, id: string): Promise<boolean>;
  /** An item whose id is in the conversation already stays as it is. False: there is no such conversation. */
  addItems(owner: string, id: string, items: readonly string[]): Promise<boolean>;
  /** Undefined when there is no such conversation, or `after` was never an item of it. */
  items(owner: string, id: string, page: Page): Promise<ItemPage | undefined>;
  item(owner: string, id: string, item_id: string): Promise<string | undefined>;
  removeItem(owner: string, id: string, item_id: string): Promise<boolean>;

  usage(): Promise<Usage>;
  /** What was begun is ended first. */
  close(): Promise<void>;
}
