/**
 * The store's tables in PostgreSQL, for several replicas of this program.
 *
 * By `pg`, and not by the runtime's own SQL client nor by `postgres`. All three were tried against a server that was
 * restarted, killed in mid-query and frozen. `pg` says which host did not answer and why, gives up a query after a
 * time, and its pool forgets a connection that it is told to; it runs under every runtime. The runtime's own is faster
 * (a transaction of three statements: 0.8 ms; `pg` 1.5), but calls a name that cannot be resolved a refused
 * connection, has no limit of time for a query, and is bound to that runtime. `postgres` (0.7 ms) threw out of reach
 * of any handler when a connection broke while it wrote, which ends the process.
 *
 * A write that failed is tried again for a while: a restart of the server is a pause. Where it broke off at the commit,
 * the server is asked what became of that transaction; only when it cannot say, nobody knows, and that is told. A server
 * that has crashed meanwhile cannot say "committed": it may have given the number of a lost transaction to a later one.
 *
 * It need not be there when this program starts: the tables are made, or brought up to date, by whoever first reaches it.
 */
import process from "node:process";
import { Pool, type ClientConfig, type PoolClient } from "pg";
import { redactor, type Redact } from "../access/redact.ts";
import { statement, type Database, type Row, type Statement, type Value } from "./database.ts";
import { connectionOf, serverOf } from "./postgres-url.ts";
import { StoreError } from "./store-error.ts";
import { MIGRATIONS, type SqlWords } from "./tables.ts";

const WORDS: SqlWords = {
  integer: "BIGINT",
  table_end: "",
  now_ms: "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)",
};

/** A replica's; what finds none free waits for CONNECT_MS. */
const CONNECTIONS = 10;
const CONNECT_MS = 3000;
const STATEMENT_MS = 4000;
/** How long the client waits: the server's own limit comes first, where the server still answers. */
const ANSWER_MS = STATEMENT_MS + 1000;
const RETRY_MS = 100;
/** A server that could not be used is left alone for so long, however many requests ask for it. */
const AGAIN_MS = 1000;
/** From the first try; each try may last as long as its own limits. */
const PATIENCE_MS = 4000;

/** Since when the server counts: from anew after a crash and on another server, on after an orderly restart. */
const SINCE = "CAST(pg_stat_get_bgwriter_stat_reset_time() AS text)";
/** In one message, and for this transaction alone: between here and the server may stand a pooler. */
const BEGIN = `BEGIN; SET LOCAL statement_timeout = ${STATEMENT_MS}; SET LOCAL lock_timeout = ${STATEMENT_MS};
  SET LOCAL idle_in_transaction_session_timeout = ${2 * STATEMENT_MS}; SELECT txid_current() AS xid, ${SINCE} AS since`;
const STATUS = `SELECT txid_status(CAST($1 AS bigint)) AS status, ${SINCE} AS since`;
/** Of the lock that lets one replica at a time bring the tables up to date; any number that nobody else takes. */
const MIGRATION_LOCK = 5_872_001;
const VERSION_TABLE = "juscode_shim_store";

/** What it comes to if it succeeds, and how the server knows it. */
interface Commit<Result> {
  xid: string;
  since: string;
  result: Result;
}

export class PostgresDatabase implements Database {
  private readonly patience_ms: number;
  readonly words = WORDS;
  readonly place: string;
  private readonly pool: Pool;
  private readonly server: string;
  /** Its tables are known to be as this program needs them. */
  private prepared = false;
  private preparing: Promise<void> | undefined;
  private refused: { at_ms: number; error: StoreError } | undefined;
  /** Servers and poolers may repeat what they were sent. */
  private readonly redact: Redact;

  /** Throws a StoreError for a URL that is not right, or names a file that cannot be read. */
  constructor(url: string, place: string, patience_ms = PATIENCE_MS) {
    this.patience_ms = patience_ms;
    this.place = place;
    this.server = serverOf(url);
    const connection = connectionOf(url);
    this.redact = redactor([passwordOf(connection)]);
    this.pool = new Pool({
      ...connection,
      max: CONNECTIONS,
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: ANSWER_MS,
      keepAlive: true,
      fallback_application_name: "juscode-shim",
    });
    // Whoever waits for an answer is told by its own promise. An error that nobody listens for would end the process.
    this.pool.on("error", () => {});
    this.pool.on("connect", (client) => client.on("error", () => {}));
  }

  async read(text: string, ...values: Statement["values"]): Promise<readonly Row[]> {
    await this.prepare();
    return this.tried((client) => rowsOf(client, { text, values }));
  }

  async write(statements: readonly Statement[]): Promise<readonly (readonly Row[])[]> {
    await this.prepare();
    return this.tried((client, asked) => transaction(client, statements, asked));
  }

  async check(): Promise<void> {
    await this.read("SELECT 1");
  }

  async clock(): Promise<number> {
    const [row] = await this.read(`SELECT ${WORDS.now_ms} AS now`);
    return Number(row?.["now"]);
  }

  async close(): Promise<void> {
    await this.pool.end();
  }

  private async tried<Result>(
    work: (client: PoolClient, asked: (commit: Commit<Result>) => void) => Promise<Result>,
  ): Promise<Result> {
    const until = performance.now() + this.patience_ms;
    for (;;) {
      let commit: Commit<Result> | undefined;
      try {
        return await this.withClient((client) => work(client, (each) => (commit = each)));
      } catch (error) {
        const status = commit && (await this.statusOf(commit));
        if (commit && status === "committed") return commit.result;
        if (commit && status !== "aborted") throw this.failure(error, "unknown");
        if (!mayPass(error) || performance.now() > until) throw this.failure(error, "nothing");
      }
      await pause(RETRY_MS);
    }
  }

  /** What became of a transaction whose commit was not answered; undefined when that cannot be told in time. */
  private async statusOf({ xid, since }: Commit<unknown>): Promise<string | undefined> {
    const until = performance.now() + this.patience_ms;
    while (performance.now() < until) {
      try {
        const [row] = await this.withClient((client) => rowsOf(client, statement(STATUS, xid)));
        const status = String(row?.["status"]);
        if (status === "committed" && row?.["since"] !== since) return undefined;
        if (status !== "in progress") return status;
      } catch (error) {
        if (!mayPass(error)) return undefined;
      }
      await pause(RETRY_MS);
    }
    return undefined;
  }

  /** A connection that has failed in any other way than by the server's own word is not used again. */
  private async withClient<Result>(work: (client: PoolClient) => Promise<Result>): Promise<Result> {
    const client = await this.pool.connect();
    let broken = true;
    try {
      const result = await work(client);
      broken = false;
      return result;
    } catch (error) {
      broken = !isStatementError(error);
      throw error;
    } finally {
      client.release(broken);
    }
  }

  /** One try serves all who ask meanwhile, and those who ask soon after it has failed. */
  private async prepare(): Promise<void> {
    if (this.prepared) return;
    const { refused } = this;
    if (!this.preparing && refused && performance.now() - refused.at_ms < AGAIN_MS) throw refused.error;
    this.preparing ??= this.prepareNow();
    await this.preparing;
  }

  private async prepareNow(): Promise<void> {
    try {
      await this.migrate();
      this.prepared = true;
    } catch (thrown) {
      const error = this.failure(thrown, "nothing");
      this.refused = { at_ms: performance.now(), error };
      throw error;
    } finally {
      this.preparing = undefined;
    }
  }

  private async migrate(): Promise<void> {
    const steps = MIGRATIONS.map((step) => step(WORDS));
    await this.withClient(async (client) => {
      await client.query(`BEGIN; SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`);
      try {
        await client.query(`CREATE TABLE IF NOT EXISTS ${VERSION_TABLE} (version BIGINT NOT NULL)`);
        const { rows } = await client.query<{ version: string }>(`SELECT version FROM ${VERSION_TABLE}`);
        const version = Number(rows[0]?.version ?? 0);
        if (version > steps.length) throw this.newer(version, steps.length);
        for (const step of steps.slice(version)) await client.query(step);
        if (version < steps.length)
          await client.query(`DELETE FROM ${VERSION_TABLE}; INSERT INTO ${VERSION_TABLE} VALUES (${steps.length})`);
        await client.query("COMMIT");
      } catch (error) {
        await client.query("ROLLBACK").catch(() => {});
        throw error;
      }
    });
  }

  private wordsOf(error: unknown): string {
    const { message, code } = error as { message?: string; code?: string };
    const told = message === undefined || message === "" ? (code ?? "no answer") : message;
    return `PostgreSQL at ${this.server}: ${this.redact(told)}`;
  }

  private newer(version: number, known: number): StoreError {
    const words = `was written by a newer juscode-shim (version ${version}; this one knows ${known})`;
    const detail = new Error(`PostgreSQL at ${this.server} ${words}`);
    return new StoreError("broken", `the store ${words}`, detail);
  }

  private failure(error: unknown, done: "nothing" | "unknown"): StoreError {
    if (error instanceof StoreError) return error;
    const { code } = error as { code?: unknown };
    if (code === "23505") return new StoreError("conflict", "there is such an id already", error);
    const detail = new Error(this.wordsOf(error), { cause: error });
    if (done === "unknown")
      return new StoreError("unavailable", "the store broke off; whether it has kept this is unknown", detail);
    if (mayPass(error)) return new StoreError("unavailable", "the store cannot be reached; try again later", detail);
    return new StoreError("broken", "the store refused it", detail);
  }
}

function passwordOf({ password }: ClientConfig): string | undefined {
  return typeof password === "string" ? password : process.env["PGPASSWORD"];
}

/** Calls `asked` before it asks for the commit. */
async function transaction(
  client: PoolClient,
  statements: readonly Statement[],
  asked: (commit: Commit<readonly (readonly Row[])[]>) => void,
): Promise<readonly (readonly Row[])[]> {
  // Of several statements in one message it gives a list of results, which its types do not know.
  const begun = (await client.query(BEGIN)) as unknown as readonly { rows: { xid: string; since: string }[] }[];
  const result: (readonly Row[])[] = [];
  try {
    for (const each of statements) result.push(await rowsOf(client, each));
  } catch (error) {
    if (isStatementError(error)) await client.query("ROLLBACK");
    throw error;
  }
  const { xid = "", since = "" } = begun.at(-1)?.rows[0] ?? {};
  asked({ xid, since, result });
  await client.query("COMMIT");
  return result;
}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

async function rowsOf(client: PoolClient, { text, values }: Statement): Promise<readonly Row[]> {
  const { rows } = await client.query<Record<string, Row[string]>>(text, values.map(storable));
  return rows;
}

/** What no text of PostgreSQL's may have, an id that a client asks for can: there is none such. JSON escapes it. */
const storable = (value: Value): Value =>
  typeof value === "string" && value.includes("\0") ? value.replaceAll("\0", "\u{fffd}") : value;

const sqlStateOf = (error: unknown): string => {
  const { code } = error as { code?: unknown };
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) ? code : "";
};

/** The server says that this statement failed, and goes on. */
function isStatementError(error: unknown): boolean {
  const state = sqlStateOf(error);
  // 57P0x: the server goes down, or is not up yet; 08: the connection.
  return state !== "" && !state.startsWith("57P0") && !state.startsWith("08");
}

/** Another try may help: no connection, a server that starts or has no room, a deadlock. */
function mayPass(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state === "" || /^(?:08|40|53|55P03|57)/.test(state);
}
