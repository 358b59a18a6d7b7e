/** What runs in the background lives by its leases, whatever happens to the clock of its database. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LEASE_MS } from "../../../src/server/state/limits.ts";
import { Leases, Reaper } from "../../../src/server/state/leases.ts";
import { State } from "../../../src/server/state/state.ts";
import { sql, type Database } from "../../../src/server/store/database.ts";
import { PostgresDatabase } from "../../../src/server/store/postgres.ts";
import { storeOver } from "../../../src/server/store/sql-store.ts";
import { SqliteDatabase } from "../../../src/server/store/sqlite.ts";
import type { ReapOptions, Store } from "../../../src/server/store/store.ts";
import { ChatUpstream, reply, say, wait } from "../../support/chat-upstream.ts";
import { describeWith } from "../../support/needs.ts";
import { PostgresServer } from "../../support/postgres.ts";
import { foundAt, serving, until, type Serving } from "../serving.ts";

setDefaultTimeout(60_000);

const JUMP_MS = 40_000;

/** A database whose clock can be set: what its statements read is shifted by what stands in a table of its own. */
async function shiftable(db: Database): Promise<{ db: Database; set(ms: number): Promise<void> }> {
  await db.write([
    sql("CREATE TABLE IF NOT EXISTS clock_shift (ms BIGINT)"),
    sql("DELETE FROM clock_shift"),
    sql("INSERT INTO clock_shift VALUES (0)"),
  ]);
  const now_ms = `(${db.words.now_ms} + (SELECT ms FROM clock_shift))`;
  return {
    db: {
      place: db.place,
      words: { ...db.words, now_ms },
      read: (text, ...values) => db.read(text, ...values),
      write: (statements) => db.write(statements),
      clock: async () => Number((await db.read(`SELECT ${now_ms} AS now`))[0]?.["now"]),
      close: () => db.close(),
    },
    set: async (ms) => void (await db.write([sql("UPDATE clock_shift SET ms = :ms", { ms })])),
  };
}

interface Replica extends AsyncDisposable {
  on: Serving;
  store: Store;
}

async function replica(name: string, db: Database, host: ChatUpstream): Promise<Replica> {
  const store = storeOver(db);
  const state = new State(store, name);
  // It has seen the clock before anything happens to it.
  await state.reap();
  const found = [foundAt(host.url, ["chat-model"], "chat", { wires: ["chat"] })];
  const on = await serving(async () => found, { state });
  return {
    on,
    store,
    async [Symbol.asyncDispose]() {
      await on[Symbol.asyncDispose]();
      // The next one gives the same ids.
      await store.prune(4_000_000_000, 0);
      await state.close();
    },
  };
}

async function statusAt(replica: Replica, id: string): Promise<unknown> {
  const answer = await fetch(`${replica.on.url}/responses/${id}`);
  return ((await answer.json()) as { status: unknown }).status;
}

function jumps(open: () => Promise<Database>): void {
  test.each([JUMP_MS, -JUMP_MS, 86_400_000, -86_400_000])(
    "set by %d ms: what runs goes on, by every replica's word, and ends as it should",
    async (ms) => {
      await using host = new ChatUpstream([reply(say("a"), wait(3000), say("b"))], { models: ["chat-model"] });
      const [one, two] = await Promise.all([open(), open()]);
      const clock = await shiftable(one);
      const other = { ...clock.db, read: two.read.bind(two), write: two.write.bind(two), close: () => two.close() };
      await using first = await replica("one", clock.db, host);
      await using second = await replica("two", other, host);
      const body = { model: "chat-model", input: "hi", background: true };
      const made = await fetch(`${first.on.url}/responses`, { method: "POST", body: JSON.stringify(body) });
      const { id } = (await made.json()) as { id: string };
      await until("it runs", async () => (await statusAt(first, id)) === "in_progress");
      await clock.set(ms);
      const end = performance.now() + 2000;
      while (performance.now() < end) {
        expect(await statusAt(first, id)).toBe("in_progress");
        expect(await statusAt(second, id)).toBe("in_progress");
        await Bun.sleep(20);
      }
      await until("it ends", async () => (await statusAt(second, id)) !== "in_progress");
      expect(await statusAt(first, id)).toBe("completed");
      expect(await statusAt(second, id)).toBe("completed");
    },
  );

  test("what a dead replica ran fails all the same, after a jump too", async () => {
    await using host = new ChatUpstream([]);
    const clock = await shiftable(await open());
    await using alive = await replica("two", clock.db, host);
    const id = `resp_dead_${Math.random()}`;
    const dead = { id, owner: "anybody", status: "in_progress", created_at: 5, background: true, input: "[]" } as const;
    const rest = {
      previous_response_id: null,
      conversation_id: null,
      response: '{"status":"in_progress"}',
      provider: null,
    };
    await alive.store.begin({ ...dead, ...rest, nonce: "dead" }, { replica: "one", for_ms: LEASE_MS });
    // Its lease now ends in 50 seconds.
    await clock.set(-JUMP_MS);
    const killed = performance.now();
    expect(await statusAt(alive, id)).toBe("in_progress");
    let status: unknown;
    while (status !== "failed" && performance.now() - killed < 2 * LEASE_MS) {
      await Bun.sleep(100);
      status = await statusAt(alive, id);
    }
    expect(status).toBe("failed");
  });
}

describe("SQLite", () => {
  const folder = mkdtempSync(join(tmpdir(), "juscode-leases-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  jumps(async () => new SqliteDatabase(join(folder, "responses.sqlite")));
});

describeWith("postgres")("PostgreSQL", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  afterAll(() => server[Symbol.asyncDispose]());
  jumps(async () => new PostgresDatabase(server.url(), "PostgreSQL"));
});

describe("the reaper", () => {
  function fake(): { reaper: Reaper; reaps: ReapOptions[]; pass(own_ms: number, database_ms?: number): void } {
    let [own, database] = [1000, 5_000_000];
    const reaps: ReapOptions[] = [];
    const store = {
      clock: async () => database,
      reap: async (_: unknown, options: ReapOptions) => reaps.push(options),
    } as unknown as Store;
    const reaper = new Reaper(store, new Leases(store, "one"), () => own);
    const pass = (own_ms: number, database_ms = own_ms): void => {
      own += own_ms;
      database += database_ms;
    };
    return { reaper, reaps, pass };
  }

  test("waits for the time of a lease after a jump, either way, and not longer", async () => {
    for (const jump of [JUMP_MS, -JUMP_MS]) {
      const { reaper, reaps, pass } = fake();
      await reaper.reap();
      expect(reaps).toHaveLength(1);
      pass(500, 500 + jump);
      await reaper.reap();
      pass(LEASE_MS - 1);
      await reaper.reap();
      expect(reaps).toHaveLength(1);
      pass(2);
      await reaper.reap();
      expect(reaps).toHaveLength(2);
      reaper.close();
    }
  });

  test("takes no slewed clock, and no long silence, for a jump", async () => {
    const { reaper, reaps, pass } = fake();
    for (const [own_ms, database_ms] of [
      [1000, 1001],
      [1000, 0],
      [3_600_000, 3_600_000 * 1.0005],
      [60_000, 60_000 * 0.9995],
    ] as const) {
      const before = reaps.length;
      await reaper.reap();
      pass(own_ms, database_ms);
      await reaper.reap();
      expect(reaps.length - before).toBe(2);
    }
    reaper.close();
  });
});
