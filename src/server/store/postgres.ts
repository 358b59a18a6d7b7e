/**
 * The store's tables in PostgreSQL, for several replicas of this program.
 *
 * It uses `pg`, and neither the runtime's own SQL client nor `postgres`. All three were tried against a server that was
 * restarted, killed in mid-query and frozen. `pg` says which host did not respond and why, gives up a query after a time,
 * and its pool drops a connection when told to; it runs under every runtime. The runtime's own is faster (a transaction
 * of three statements: 0.8 ms; `pg` 1.5), but calls a name that cannot be resolved a refused connection, has no time
 * limit for a query, and is bound to that runtime. `postgres` (0.7 ms) threw out of reach of any handler when a
 * connection broke while it wrote, which ends the process.
 *
 * A write that failed is tried again for a while: a restart of the server is a pause. Where it broke off at the commit,
 * the server is asked what became of the transaction; only when it cannot say, the client gets "unknown". A server that
 * has crashed meanwhile cannot say "committed": it may have given the number of a lost transaction to a later one.
 *
 * The server need not be there when this program starts: the first use that reaches it brings the tables up to date.
 */
import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import { Pool, type PoolClient } from "pg";
import { errorCode } from "../../core/thrown.ts";
import { redactor, type Redact } from "../access/redact.ts";
import type { Database, Row, Statement, Value } from "./database.ts";
import { connectionOf, serverOf } from "./postgres-url.ts";
import { StoreError } from "./store-error.ts";
import { MIGRATIONS, type SqlWords } from "./tables.ts";

const WORDS: SqlWords = {
  integer: "BIGINT",
  table_end: "",
  now_ms: "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)",
};

/** Connections of a replica; a query that finds none free waits for CONNECT_MS. */
const CONNECTIONS = 10;
const CONNECT_MS = 3000;
const STATEMENT_MS = 4000;
/** How long the client waits: the server's own limit comes first, where the server still responds. */
const ANSWER_MS = STATEMENT_MS + 1000;
const RETRY_MS = 100;
/** A server that could not be used is left alone for so long, however many requests need it. */
const AGAIN_MS = 1000;
/** How long a failed try is repeated; each try may last as long as its own limits. */
const PATIENCE_MS = 4000;

/** Since when the server counts: it begins again after a crash and on another server, not after an orderly restart. */
const SINCE = "CAST(pg_stat_get_bgwriter_stat_reset_time() AS text)";
/** In one message, and for this transaction only, since a pooler may stand between here and the server. */
const BEGIN = `BEGIN; SET LOCAL statement_timeout = ${STATEMENT_MS}; SET LOCAL lock_timeout = ${STATEMENT_MS};
  SET LOCAL idle_in_transaction_session_timeout = ${2 * STATEMENT_MS}; SELECT txid_current() AS xid, ${SINCE} AS since`;
const STATUS = `SELECT txid_status(CAST($1 AS bigint)) AS status, ${SINCE} AS since`;
/** Number of the lock by which one replica at a time migrates; any number that nobody else takes. */
const MIGRATION_LOCK = 5_872_001;
const VERSION_TABLE = "juscode_shim_store";

/** A commit that was sent: its result if it succeeds, and how the server identifies it. */
interface Commit<Result> {
  xid: string;
  since: string;
  result: Result;
}

export class PostgresDatabase implements Database {
  readonly words = WORDS;
  readonly place: string;
  private readonly patience_ms: number;
  private readonly pool: Pool;
  private readonly server: string;
  /** Brings its tables up to date, or has done so. */
  private preparing: Promise<void> | undefined;
  private refused: { at_ms: number; error: StoreError } | undefined;
  /** Servers and poolers may repeat the password. */
  private readonly redact: Redact;

  /** Throws a StoreError for a URL that is not right, or names a file that cannot be read. */
  constructor(url: string, place: string, patience_ms = PATIENCE_MS) {
    this.patience_ms = patience_ms;
    this.place = place;
    this.server = serverOf(url);
    const connection = connectionOf(url);
    const { password } = connection;
    this.redact = redactor([typeof password === "string" ? password : process.env["PGPASSWORD"]]);
    this.pool = new Pool({
      ...connection,
      max: CONNECTIONS,
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: ANSWER_MS,
      keepAlive: true,
      fallback_application_name: "juscode-shim",
    });
    // Whoever waits for a result gets the error by its own promise. One without a listener would end the process.
    this.pool.on("error", () => {});
    this.pool.on("connect", (client) => client.on("error", () => {}));
  }

  async read(text: string, ...values: Statement["values"]): Promise<readonly Row[]> {
    await this.prepare();
    return this.tried((client) => rowsOf(client, text, values));
  }

  async write(statements: readonly Statement[]): Promise<readonly (readonly Row[])[]> {
    await this.prepare();
    return this.tried((client, committing) => transaction(client, statements, committing));
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

  /** `work` calls its second parameter before it sends a commit. */
  private async tried<Result>(
    work: (client: PoolClient, committing: (commit: Commit<Result>) => void) => Promise<Result>,
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

  /** What became of a transaction whose commit got no response; undefined when the server cannot say it in time. */
  private async statusOf({ xid, since }: Commit<unknown>): Promise<string | undefined> {
    const until = performance.now() + this.patience_ms;
    while (performance.now() < until) {
      try {
        const [row] = await this.withClient((client) => rowsOf(client, STATUS, [xid]));
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

  /** A connection is used again only when it works, or its error is the server's own. */
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

  /** One try serves all requests that wait for it, and those that come soon after it has failed. */
  private async prepare(): Promise<void> {
    const { refused } = this;
    if (!this.preparing && refused && performance.now() - refused.at_ms < AGAIN_MS) throw refused.error;
    this.preparing ??= this.migrate().catch((thrown: unknown) => {
      const error = this.failure(thrown, "nothing");
      this.refused = { at_ms: performance.now(), error };
      this.preparing = undefined;
      throw error;
    });
    await this.preparing;
  }

  private async migrate(): Promise<void> {
    const steps = MIGRATIONS.map((step) => step(WORDS));
    await this.withClient(async (client) => {
      await client.query(`BEGIN; SELECT pg_advisory_xact_lock(${MIGRATION_LOCK})`);
      try {
        await client.query(`CREATE TABLE IF NOT EXISTS ${VERSION_TABLE} (version BIGINT NOT NULL)`);
        const { rows } = await client.query<{ version: string }>(`SELECT version FROM ${VERSION_TABLE}`);
        const version = Number(rows[0]?.version ?? 0);
        if (version > steps.length) {
          const words = `was written by a newer juscode-shim (version ${version}; this one knows ${steps.length})`;
          throw new StoreError("broken", `the store ${words}`, new Error(`PostgreSQL at ${this.server} ${words}`));
        }
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

  private failure(error: unknown, done: "nothing" | "unknown"): StoreError {
    if (error instanceof StoreError) return error;
    const code = errorCode(error);
    if (code === "23505") return new StoreError("conflict", "there is such an id already", error);
    const words = (error instanceof Error && error.message) || (code ?? "no answer");
    const detail = new Error(`PostgreSQL at ${this.server}: ${this.redact(words)}`, { cause: error });
    if (done === "unknown")
      return new StoreError("unavailable", "the store broke off; whether it has kept this is unknown", detail);
    if (mayPass(error)) return new StoreError("unavailable", "the store cannot be reached; try again later", detail);
    return new StoreError("broken", "the store refused it", detail);
  }
}

async function transaction(
  client: PoolClient,
  statements: readonly Statement[],
  committing: (commit: Commit<readonly (readonly Row[])[]>) => void,
): Promise<readonly (readonly Row[])[]> {
  // For several statements in one message it returns a list of results, which its types do not know.
  const begun = (await client.query(BEGIN)) as unknown as readonly { rows: { xid: string; since: string }[] }[];
  const result: (readonly Row[])[] = [];
  try {
    for (const { text, values } of statements) result.push(await rowsOf(client, text, values));
  } catch (error) {
    if (isStatementError(error)) await client.query("ROLLBACK");
    throw error;
  }
  const { xid = "", since = "" } = begun.at(-1)?.rows[0] ?? {};
  committing({ xid, since, result });
  await client.query("COMMIT");
  return result;
}

async function rowsOf(client: PoolClient, text: string, values: readonly Value[]): Promise<readonly Row[]> {
  const { rows } = await client.query<Record<string, Row[string]>>(text, values.map(storable));
  return rows;
}

/** An id that a client asks for may hold NUL, which no text of PostgreSQL's can; JSON escapes it. */
const storable = (value: Value): Value =>
  typeof value === "string" && value.includes("\0") ? value.replaceAll("\0", "\u{fffd}") : value;

/** The server's own code of an error; empty where there is none. */
const sqlStateOf = (error: unknown): string => /^[0-9A-Z]{5}$/.exec(errorCode(error) ?? "")?.[0] ?? "";

/** The server says that this statement failed, and goes on. */
function isStatementError(error: unknown): boolean {
  const state = sqlStateOf(error);
  // 57P0x: the server goes down, or is not up yet; 08: the connection.
  return state !== "" && !/^(?:57P0|08)/.test(state);
}

/** Another try may help: no connection, a server that starts or has no free connection, a deadlock. */
function mayPass(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state === "" || /^(?:08|40|53|55P03|57)/.test(state);
}
