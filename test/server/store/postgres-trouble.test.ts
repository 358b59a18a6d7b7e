/** A server that goes away and comes back, refuses, freezes; several replicas on one. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import { openStore } from "../../../src/server/store/open.ts";
import { MIGRATIONS } from "../../../src/server/store/tables.ts";
import { PostgresDatabase } from "../../../src/server/store/postgres.ts";
import { storeOver } from "../../../src/server/store/sql-store.ts";
import type { StoreError } from "../../../src/server/store/store-error.ts";
import type { Store } from "../../../src/server/store/store.ts";
import { describeWith } from "../../support/needs.ts";
import { aWhile, PATIENCE_MS, until } from "../../support/patience.ts";
import { PASSWORD, PostgresServer } from "../../support/postgres.ts";
import { freePort } from "../../support/shim.ts";
import { FaultProxy, type Mangle } from "../../support/ways/fault-proxy.ts";
import { record } from "./conformance.ts";

describeWith("postgres")("PostgreSQL", () => {
  let server: PostgresServer;
  const warnings: string[] = [];

  const opened = async (url = server.url()): Promise<Store> => {
    const warn = (text: string): void => void warnings.push(text);
    const store = await openStore({
      enabled: true,
      place: { kind: "postgres", url },
      max_age_days: 30,
      max_mb: 100,
      warn,
    });
    if (!store) throw new Error("it is enabled");
    return store;
  };
  const refusal = (promise: Promise<unknown>): Promise<StoreError | undefined> =>
    promise.then(
      () => undefined,
      (error: StoreError) => error,
    );
  const sql = async (text: string): Promise<Record<string, unknown>[]> => {
    const client = new Client(server.url());
    await client.connect();
    const { rows } = await client.query(text);
    await client.end();
    return rows;
  };
  const database = async (name: string): Promise<string> => {
    await sql(`CREATE DATABASE ${name}`);
    return server.url(name);
  };

  beforeAll(async () => {
    server = await PostgresServer.start((folder) => {
      const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
      const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
      const made = Bun.spawnSync(
        [
          "openssl",
          "req",
          "-x509",
          "-newkey",
          "rsa:2048",
          "-nodes",
          "-days",
          "2",
          "-keyout",
          key,
          "-out",
          cert,
          ...subject,
        ],
        { stderr: "ignore" },
      );
      if (!made.success) throw new Error("openssl made no certificate");
      chmodSync(key, 0o600);
      // What is not committed stays in memory, and a crash loses it.
      return ["wal_writer_delay=10s", "ssl=on", `ssl_cert_file=${cert}`, `ssl_key_file=${key}`];
    });
  });
  afterAll(() => server[Symbol.asyncDispose]());

  describe("start-up", () => {
    /** It opens all the same, is refused in time, and says why to whoever runs this program. */
    const nothing = async (url: string): Promise<string> => {
      const store = await opened(url);
      const error = await refusal(store.usage());
      const [trouble = "nothing is wrong", place] = [store.trouble(), store.place];
      expect(error?.kind).toBe("overloaded");
      expect(trouble + place + warnings.join("\n")).not.toMatch(/planted/);
      // A client is told of no server.
      expect(error?.message).not.toMatch(/127\.0\.0\.1|invalid/);
      await store.close();
      return trouble;
    };

    test("names the server that is not there", async () => {
      const port = await freePort();
      const url = server.url().replace(String(server.port), String(port));
      expect(await nothing(url)).toBe(
        `the store cannot be reached; try again later (PostgreSQL at 127.0.0.1:${port}: connect ECONNREFUSED 127.0.0.1:${port})`,
      );
      expect(await nothing(server.url().replace("127.0.0.1", "no-such-host.invalid"))).toContain(
        `PostgreSQL at no-such-host.invalid:${server.port}: getaddrinfo`,
      );
    });

    test("tells a wrong password, user, database", async () => {
      const at = `PostgreSQL at 127.0.0.1:${server.port}:`;
      const wrong = server.url().replace(encodeURIComponent(PASSWORD), "wrong-planted");
      expect(await nothing(wrong)).toContain(`(${at} password authentication failed for user "shim")`);
      expect(await nothing(server.url("nothing"))).toContain(`(${at} database "nothing" does not exist)`);
    });

    test("gives up a server that takes connections and says nothing", async () => {
      using mute = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
      const url = server.url().replace(String(server.port), String(mute.port));
      expect(await nothing(url)).toContain(`PostgreSQL at 127.0.0.1:${mute.port}: `);
    });

    test("refuses tables of a newer version, and leaves them", async () => {
      const url = await database("newer");
      await (await opened(url)).close();
      const client = new Client(url);
      await client.connect();
      await client.query("UPDATE juscode_shim_store SET version = 99");
      await client.end();
      expect(await nothing(url)).toContain("was written by a newer juscode-shim (version 99; this one knows 2)");
    });

    test("is used as soon as it is there, by whoever asks or by itself", async () => {
      const url = server.url("later");
      warnings.length = 0;
      const [asked, idle] = await Promise.all([opened(url), opened(url)]);
      expect(await refusal(asked.begin(record()))).toMatchObject({ failure: "broken", kind: "overloaded" });
      await sql("CREATE DATABASE later");
      const made = record();
      const end = performance.now() + 20_000;
      while ((await refusal(asked.begin(made))) && performance.now() < end) await Bun.sleep(50);
      expect(await asked.get("owner-one", made.id)).toEqual(made);
      expect(asked.trouble()).toBeUndefined();
      while (idle.trouble() !== undefined && performance.now() < end) await Bun.sleep(50);
      expect(idle.trouble()).toBeUndefined();
      expect(await idle.get("owner-one", made.id)).toEqual(made);
      expect(warnings.filter((each) => each.includes('database "later" does not exist'))).toHaveLength(2);
      expect(warnings.filter((each) => each === "the store works again")).toHaveLength(2);
      await Promise.all([asked.close(), idle.close()]);
    }, 60_000);

    test("a thousand requests for one that cannot be used are one try", async () => {
      let connections = 0;
      using closing = Bun.listen({
        hostname: "127.0.0.1",
        port: 0,
        socket: {
          data() {},
          open(socket) {
            connections++;
            socket.end();
          },
        },
      });
      const store = await opened(server.url().replace(String(server.port), String(closing.port)));
      const errors = await Promise.all(Array.from({ length: 1000 }, () => refusal(store.get("owner-one", "resp_a"))));
      expect(new Set(errors.map((error) => error?.failure))).toEqual(new Set(["unavailable"]));
      expect(connections).toBeLessThan(4);
      await store.close();
    }, 30_000);

    test("tables of the first version are brought up to date, with what is in them", async () => {
      const url = await database("first");
      const client = new Client(url);
      await client.connect();
      await client.query(MIGRATIONS[0]?.({ integer: "BIGINT", table_end: "", now_ms: "" }) ?? "");
      await client.query("CREATE TABLE juscode_shim_store (version BIGINT NOT NULL)");
      await client.query("INSERT INTO juscode_shim_store VALUES (1)");
      await client.query(
        "INSERT INTO responses VALUES ('resp_old', 'owner-one', 'completed', 5, NULL, NULL, 0, NULL, NULL, NULL, 9)",
      );
      await client.query("INSERT INTO bodies VALUES ('resp_old', 'owner-one', '[]', '{}')");
      await client.end();
      const store = await opened(url);
      await store.begin(record({ id: "resp_next", previous_response_id: "resp_old", nonce: "next" }));
      expect((await store.chain("owner-one", "resp_next"))?.map(({ id }) => id)).toEqual(["resp_old", "resp_next"]);
      await store.close();
    }, 20_000);

    test("a URL that is not right is no matter of time", async () => {
      for (const [more, words] of [
        ["?sslmode=prefer", "sslmode=prefer is not known"],
        ["?ssl_mode=require", "has a parameter ssl_mode"],
        ["?sslrootcert=/nowhere/ca.pem", "/nowhere/ca.pem cannot be read (ENOENT)"],
        ["?sslrootcert=/dev/zero", "/dev/zero is a device"],
      ] as const)
        expect((await refusal(opened(server.url("postgres", more))))?.message).toContain(words);
    });

    test("ten replicas at once make the tables once", async () => {
      const url = await database("fresh");
      const stores = await Promise.all(Array.from({ length: 10 }, () => opened(url)));
      const made = record();
      await stores[0]?.begin(made);
      for (const each of stores) expect(await each.get("owner-one", made.id)).toEqual(made);
      await Promise.all(stores.map((each) => each.close()));
    });
  });

  test("by its socket", async () => {
    const { folder, port } = server;
    const password = encodeURIComponent(PASSWORD);
    const store = await opened(`postgres:///postgres?host=${folder}&port=${port}&user=shim&password=${password}`);
    const made = record();
    await store.begin(made);
    expect(await store.get("owner-one", made.id)).toEqual(made);
    expect(store.place).toBe(`postgres://shim@${folder}/postgres`);
    await store.close();
  });

  describe("TLS", () => {
    const secured = (more: string): string => server.url().replace("127.0.0.1", "localhost") + more;
    const isSecured = async (url: string): Promise<unknown> => {
      const store = await opened(url);
      await store.usage();
      const rows = await sql(
        "SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'juscode-shim'",
      );
      await store.close();
      return rows.at(-1)?.["ssl"];
    };

    test("as sslmode says", async () => {
      const ca = `&sslrootcert=${join(server.folder, "cert.pem")}`;
      expect(await isSecured(secured(""))).toBe(false);
      expect(await isSecured(secured("?sslmode=require"))).toBe(true);
      expect(await isSecured(secured(`?sslmode=verify-full${ca}`))).toBe(true);
      expect(await isSecured(server.url("postgres", `?sslmode=verify-ca${ca}`))).toBe(true);
    });

    test("an authority or a name that is not right is refused", async () => {
      const ca = `&sslrootcert=${join(server.folder, "cert.pem")}`;
      for (const [url, words] of [
        [secured("?sslmode=verify-full"), /self.signed/],
        [server.url("postgres", `?sslmode=verify-full${ca}`), /127\.0\.0\.1.*altnames/],
      ] as const) {
        const store = await opened(url);
        expect(store.trouble()).toMatch(words);
        expect(await refusal(store.usage())).toMatchObject({ failure: "unavailable" });
        await store.close();
      }
    });
  });

  describe("trouble", () => {
    test("a restart is a pause, and loses nothing", async () => {
      // As patient as this machine is slow: a write waits for a server that starts.
      const store = storeOver(new PostgresDatabase(server.url(), "PostgreSQL", PATIENCE_MS));
      const acknowledged: string[] = [];
      let back = false;
      const writing = (async () => {
        for (let after = 0; after < 20; after += back ? 1 : 0) {
          const made = record();
          await store.begin(made);
          acknowledged.push(made.id);
          await Bun.sleep(10);
        }
      })();
      await until("some are written", () => acknowledged.length > 5);
      server.down();
      await aWhile();
      server.up();
      back = true;
      await writing;
      for (const id of acknowledged) expect((await store.get("owner-one", id))?.id).toBe(id);
      await store.close();
    });

    test("a crash in the midst of many writes: what was acknowledged is there", async () => {
      const store = await opened();
      const acknowledged: string[] = [];
      const writing = Promise.allSettled(
        Array.from({ length: 300 }, async () => {
          const made = record();
          await store.begin(made);
          acknowledged.push(made.id);
        }),
      );
      await until("some are written", () => acknowledged.length > 0);
      server.down("immediate");
      await aWhile();
      server.up();
      const outcomes = await writing;
      for (const outcome of outcomes)
        if (outcome.status === "rejected") expect((outcome.reason as StoreError).failure).toBe("unavailable");
      for (const id of acknowledged) expect((await store.get("owner-one", id))?.id).toBe(id);
      await store.close();
    });

    test("a crash before a commit, whose number goes to another transaction: it does not pass for kept", async () => {
      using proxy = new FaultProxy(server.port);
      const url = server.url().replace(String(server.port), String(proxy.port));
      // The commit is held back on its way; whoever connects after that is turned away, until the number is taken.
      const held = Promise.withResolvers<void>();
      let armed = false;
      const up: Mangle = (bytes) => {
        if (!armed || !bytes.includes("COMMIT")) return [bytes];
        held.resolve();
        proxy.fault = { up: () => ["reset"] };
        return ["stall"];
      };
      proxy.fault = { up };
      const store = storeOver(new PostgresDatabase(url, "PostgreSQL", PATIENCE_MS));
      await store.usage();
      armed = true;
      const made = record();
      const written = refusal(store.begin(made));
      await held.promise;
      server.down("immediate");
      server.up();
      for (let n = 0; n < 20; n++) await sql("SELECT txid_current()");
      proxy.fault = {};
      expect((await written)?.message).toContain("whether it has kept this is unknown");
      expect(await store.get("owner-one", made.id)).toBeUndefined();
      await store.close();
    });

    test("a server that stays away: refused in time, told once, and well again with it", async () => {
      const store = await opened();
      const made = record();
      await store.begin(made);
      server.down();
      warnings.length = 0;
      const errors = await Promise.all([refusal(store.get("owner-one", made.id)), refusal(store.begin(record()))]);
      for (const error of errors) {
        expect(error).toMatchObject({ failure: "unavailable", kind: "overloaded" });
        expect(error?.message).toBe("the store cannot be reached; try again later");
      }
      server.up();
      expect(await store.get("owner-one", made.id)).toEqual(made);
      expect(warnings).toEqual([
        expect.stringContaining(`(PostgreSQL at 127.0.0.1:${server.port}: `),
        "the store works again",
      ]);
      await store.close();
    });

    test("a row that another transaction holds: refused in time", async () => {
      const store = await opened();
      const made = record({ status: "in_progress" });
      await store.begin(made);
      const other = new Client(server.url());
      await other.connect();
      await other.query("BEGIN");
      await other.query("SELECT 1 FROM responses WHERE id = $1 FOR UPDATE", [made.id]);
      // The other one never ends: without a limit of time this would wait for ever.
      const error = await refusal(store.end("owner-one", made.id, { status: "completed", response: "{}" }));
      expect(error?.failure).toBe("unavailable");
      await other.end();
      expect(await store.end("owner-one", made.id, { status: "completed", response: "{}" })).toBe("completed");
      await store.close();
    });
  });

  describe("two replicas", () => {
    const REPLICA = join(import.meta.dirname, "replica.ts");
    const start = async (
      name: string,
      for_ms: number,
    ): Promise<{ id: string; next(): Promise<string>; kill(): Promise<unknown> }> => {
      const program = Bun.spawn([process.execPath, REPLICA, server.url(), name, String(for_ms)], {
        stdin: "ignore",
        stdout: "pipe",
        stderr: "inherit",
      });
      const reader = program.stdout.pipeThrough(new TextDecoderStream()).getReader();
      let text = "";
      const next = async (): Promise<string> => {
        while (!text.includes("\n")) {
          const { value, done } = await reader.read();
          if (done) throw new Error(`the replica has ended: ${text}`);
          text += value;
        }
        const [line = "", ...rest] = text.split("\n");
        text = rest.join("\n");
        return line;
      };
      const kill = (): Promise<unknown> => {
        program.kill("SIGKILL");
        return program.exited;
      };
      return { id: await next(), next, kill };
    };

    test("what one wrote the other reads, and its cancel reaches the one that works", async () => {
      const store = await opened();
      const replica = await start("one", 500);
      expect(await store.get("owner-one", replica.id)).toMatchObject({ status: "in_progress", background: true });
      const events = await store.eventsAfter("owner-one", replica.id, -1, 10);
      expect(events).toEqual([{ sequence_number: 0, data: '{"by":"one"}' }]);
      expect(await store.cancel("owner-one", replica.id, () => '{"by":"other"}')).toBe("cancelled");
      let last = "";
      await until("the replica hears of it", async () => (last = await replica.next()) !== "renewed");
      expect(last).toBe("runs no longer");
      await replica.kill();
      await store.close();
    });

    test("what a killed one had begun fails within its lease, and what it had written is there", async () => {
      const store = await opened();
      const replica = await start("two", 2000);
      // Renewed every 400 ms: seven times is longer than the lease that it began with.
      for (let times = 0; times < 7; times++) expect(await replica.next()).toBe("renewed");
      expect(await store.reap((before) => before)).toBe(0);
      await replica.kill();
      await until("it is given up", async () => (await store.reap(() => '{"error":"its replica is gone"}')) === 1);
      expect(await store.get("owner-one", replica.id)).toMatchObject({
        status: "failed",
        response: '{"error":"its replica is gone"}',
      });
      expect(await store.eventsAfter("owner-one", replica.id, -1, 10)).toHaveLength(1);
      await store.close();
    });
  });
});
