/** What doctor finds of the store. */
import { Database } from "bun:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import type { StoreConfig, StorePlace } from "../../src/config/file/config-file.ts";
import type { Judged } from "../../src/server/doctor/finding.ts";
import { storeFinding } from "../../src/server/doctor/store.ts";
import { openStore } from "../../src/server/store/open.ts";
import { describeWith } from "../support/needs.ts";
import { PASSWORD, PostgresServer } from "../support/postgres.ts";
import { freePort } from "../support/shim.ts";

const folder = mkdtempSync(join(tmpdir(), "juscode-doctor-store-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const config = (place: StorePlace): StoreConfig => ({ enabled: true, place, max_age_days: 30, max_mb: 10 });
const found = (place: StorePlace): Promise<Judged> => storeFinding(config(place));
/** With one conversation in it. */
async function make(place: StorePlace): Promise<void> {
  const store = await openStore({ ...config(place), warn: () => {} });
  await store?.addConversation({ id: "conv_1", owner: "me", created_at: 1, metadata: "{}" }, []);
  await store?.close();
}

function problem(finding: Judged, words: string, fix: string): void {
  expect(finding).toMatchObject({ what: "store", verdict: "problem" });
  expect(finding.found).toContain(words);
  expect(finding.fix).toContain(fix);
  expect(JSON.stringify(finding)).not.toMatch(/planted/);
}

describe("the file", () => {
  const at = (name: string): StorePlace & { file: string } => ({ kind: "sqlite", file: join(folder, name) });

  test("switched off, not there yet, and with something in it", async () => {
    expect((await storeFinding({ ...config(at("a")), enabled: false })).found).toContain("not kept");
    expect(await found(at("a.sqlite"))).toMatchObject({ verdict: "ok" });
    await make(at("b.sqlite"));
    expect((await found(at("b.sqlite"))).found).toContain("0 responses and 1 conversations");
  });

  test("no database, and one of a newer version", async () => {
    const { file } = at("c.sqlite");
    writeFileSync(file, "no database at all, but long enough to be looked at".repeat(100));
    problem(await found(at("c.sqlite")), "cannot be written or read", file);
    await make(at("d.sqlite"));
    const database = new Database(at("d.sqlite").file);
    database.run("PRAGMA user_version = 99");
    database.close();
    problem(await found(at("d.sqlite")), "newer", "newer");
    mkdirSync(join(folder, "e.sqlite"));
    problem(await found(at("e.sqlite")), "cannot be written or read", "e.sqlite");
  });
});

describeWith("postgres")("PostgreSQL", () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  afterAll(() => server[Symbol.asyncDispose]());
  const at = (url: string): Promise<Judged> => found({ kind: "postgres", url });

  test("well, with its tables made", async () => {
    const finding = await at(server.url());
    expect(finding).toMatchObject({ verdict: "ok" });
    expect(finding.found).toContain("0 responses");
    expect(JSON.stringify(finding)).not.toContain(PASSWORD);
  });

  test("a wrong password, no such database, nobody there, no PostgreSQL", async () => {
    const wrong = server.url().replace(encodeURIComponent(PASSWORD), "wrong-planted");
    problem(await at(wrong), "password authentication failed", "password");
    problem(await at(server.url("nothing")), 'database "nothing" does not exist', "createdb");
    const port = String(await freePort());
    problem(await at(server.url().replace(String(server.port), port)), "ECONNREFUSED", "start that server");
    problem(
      await at(server.url().replace("127.0.0.1", "no-such-host.invalid")),
      "no-such-host",
      "no host has this name",
    );
    using web = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response("") });
    problem(await at(server.url().replace(String(server.port), String(web.port))), "PostgreSQL at", "is it PostgreSQL");
  });

  test("a user who may make no tables, and tables of a newer version", async () => {
    const client = new Client(server.url());
    await client.connect();
    await client.query("CREATE ROLE guest LOGIN PASSWORD 'planted'");
    await client.query("CREATE DATABASE bare");
    await client.query("CREATE DATABASE newer");
    await client.end();
    const guest = server.url("bare").replace(`shim:${encodeURIComponent(PASSWORD)}`, "guest:planted");
    problem(await at(guest), "permission denied", "GRANT CREATE");
    await make({ kind: "postgres", url: server.url("newer") });
    const newer = new Client(server.url("newer"));
    await newer.connect();
    await newer.query("UPDATE juscode_shim_store SET version = 99");
    await newer.end();
    problem(await at(server.url("newer")), "newer", "newer");
  });
});
