/** What befalls the store's file is told, loses nothing that was acknowledged, and is over when its cause is. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { openStore } from "../../../src/server/store/open.ts";
import type { StoreError } from "../../../src/server/store/store-error.ts";
import type { Store } from "../../../src/server/store/store.ts";
import { MIGRATIONS, SQLITE_WORDS } from "../../../src/server/store/tables.ts";
import { turnsBeside } from "../../support/turns.ts";
import { newId, record } from "./conformance.ts";

let folder: string;
let file: string;
let warnings: string[];
let store: Store;

async function opened(path: string): Promise<Store> {
  const warn = (text: string): void => void warnings.push(text);
  const place = { kind: "sqlite", file: path } as const;
  const made = await openStore({ enabled: true, place, max_age_days: 30, max_mb: 100, warn });
  if (!made) throw new Error("it is enabled");
  return made;
}

/** What it was refused for. */
const refusal = (promise: Promise<unknown>): Promise<StoreError | undefined> =>
  promise.then(
    () => undefined,
    (error: StoreError) => error,
  );

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "juscode-store-"));
  file = join(folder, "state", "responses.sqlite");
  warnings = [];
  store = await opened(file);
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

test("nothing is made before it is used, and it is for its owner alone", async () => {
  expect(await store.get("owner-one", "resp_unknown")).toBeUndefined();
  expect(await store.reap((before) => before)).toBe(0);
  expect(await store.usage()).toEqual({ responses: 0, conversations: 0, bytes: 0 });
  expect(existsSync(dirname(file))).toBe(false);
  await store.begin(record());
  const modes = [dirname(file), file, `${file}-wal`].map((path) => statSync(path).mode & 0o077);
  expect(modes).toEqual([0, 0, 0]);
});

/** All of it that is on the disk. */
function onDisk(): string {
  const folder = dirname(file);
  return readdirSync(folder)
    .map((name) => readFileSync(join(folder, name), "latin1"))
    .join("\n");
}

describe("what is deleted is nowhere on the disk any more, while the store goes on", () => {
  const long = (word: string): string => `["${`${word} `.repeat(1000)}"]`;

  test("a response, a conversation, one of its items", async () => {
    const kept = record({ response: '{"text":"a-kept-word"}' });
    const gone = record({ response: '{"text":"a-forgotten-word"}', input: long("a-forgotten-word") });
    const item = (id: string, word: string): string => JSON.stringify({ id, type: "message", content: long(word) });
    const conversation = { id: newId("conv"), owner: "owner-one", created_at: 1, metadata: "{}" };
    await store.begin(kept);
    await store.begin(gone);
    await store.addConversation(conversation, [item("i1", "a-forgotten-word"), item("i2", "another-forgotten")]);
    await store.remove("owner-one", gone.id);
    await store.removeItem("owner-one", conversation.id, "i1");
    expect(onDisk()).toContain("a-kept-word");
    expect(onDisk()).toContain("another-forgotten");
    expect(onDisk()).not.toContain("a-forgotten-word");
    await store.removeConversation("owner-one", conversation.id);
    expect(onDisk()).not.toContain("another-forgotten");
    await store.close();
    expect(existsSync(`${file}-wal`)).toBe(false);
  });

  test("what was too old", async () => {
    await store.begin(record({ created_at: 1000, input: long("a-forgotten-word") }));
    expect(onDisk()).toContain("a-forgotten-word");
    expect(await store.prune(2000, 1_000_000)).toBe(1);
    expect(onDisk()).not.toContain("a-forgotten-word");
  });

  test("once another program has read to its end", async () => {
    const gone = record({ input: long("a-forgotten-word") });
    await store.begin(gone);
    const other = new DatabaseSync(file);
    other.exec("BEGIN; SELECT count(*) FROM responses");
    expect(await store.remove("owner-one", gone.id)).toBe(true);
    other.exec("COMMIT");
    other.close();
    await store.begin(record());
    expect(onDisk()).not.toContain("a-forgotten-word");
  });
});

describe("another program's lock", () => {
  test("is waited for, and reads go on meanwhile; the streams never stand still", async () => {
    const first = record();
    await store.begin(first);
    const turns = await turnsBeside(async () => {
      const other = new DatabaseSync(file);
      other.exec("BEGIN IMMEDIATE");
      const second = record();
      const written = store.begin(second);
      await Bun.sleep(200);
      expect(await store.get("owner-one", first.id)).toEqual(first);
      expect(await store.get("owner-one", second.id)).toBeUndefined();
      other.exec("COMMIT");
      other.close();
      await written;
      expect(await store.get("owner-one", second.id)).toEqual(second);
    });
    // Each try of the thread's waits for 50 ms of 70: waited for here, some 0.3 would be left.
    expect(turns).toBeGreaterThan(0.5);
    expect(warnings).toEqual([]);
  });

  test("is not waited for without end", async () => {
    await store.begin(record());
    const other = new DatabaseSync(file);
    other.exec("BEGIN IMMEDIATE");
    const begun = performance.now();
    const error = await refusal(store.begin(record()));
    expect(performance.now() - begun).toBeGreaterThan(4500);
    expect(error).toMatchObject({ failure: "unavailable", kind: "overloaded" });
    expect(error?.message).toBe("the store is locked by another program; try again later");
    other.exec("COMMIT");
    other.close();
    await store.begin(record());
    expect(warnings).toEqual([expect.stringContaining(file), "the store works again"]);
  });
});

test("a write of many megabytes does not hold up the streams", async () => {
  await store.begin(record());
  const text = JSON.stringify([{ id: "i", content: "x".repeat(8_000_000) }]);
  const turns = await turnsBeside(async () => {
    const records = Array.from({ length: 4 }, () => record({ input: text }));
    await Promise.all(records.map((each) => store.begin(each)));
  });
  // Written here, hardly any would be left.
  expect(turns).toBeGreaterThan(0.2);
});

test("a full disk: a clear error, what was acknowledged stays, and it goes on when there is room", async () => {
  const kept = record();
  await store.begin(kept);
  await store.close();
  // A limit of the file's own is met as the disk's is; in the thread it cannot be set, so a program of its own has it.
  const script = join(import.meta.dirname, "full-disk.ts");
  const done = Bun.spawnSync(["sh", "-c", `ulimit -f 600; exec "$0" "$1" "$2"`, process.execPath, script, file]);
  const told = done.stdout.toString().trim().split("\n");
  const acknowledged = told.filter((line) => line.startsWith("kept ")).map((line) => line.slice("kept ".length));
  expect(told.at(-1)).toMatch(/^failed broken the store cannot be written or read \(.*(?:full|I\/O).*\)$/);
  expect(acknowledged.length).toBeGreaterThan(3);
  store = await opened(file);
  for (const id of [kept.id, ...acknowledged]) expect((await store.get("owner-one", id))?.id).toBe(id);
  await store.begin(record());
});

test("a folder that cannot be made: refused, and tried anew the next time", async () => {
  writeFileSync(dirname(file), "a file where the folder should be");
  const error = await refusal(store.begin(record()));
  expect(error).toMatchObject({ failure: "broken", kind: "overloaded" });
  expect(error?.message).toMatch(/^the store cannot be written or read \(E[A-Z]+\)$/);
  rmSync(dirname(file));
  await store.begin(record());
  expect(warnings).toEqual([expect.stringContaining(file), "the store works again"]);
});

test("a file that is no database, or of a newer version, is left as it is", async () => {
  mkdirSync(dirname(file));
  writeFileSync(file, "no database at all ".repeat(500));
  const broken = await refusal(store.begin(record()));
  expect(broken?.message).not.toContain(folder);
  expect(warnings).toEqual([expect.stringContaining("move the file away")]);
  expect(readFileSync(file, "utf8")).toStartWith("no database at all");
  rmSync(file);
  const db = new DatabaseSync(file);
  db.exec("CREATE TABLE responses (another INTEGER); PRAGMA user_version = 99");
  const newer = await refusal(store.begin(record()));
  expect(newer?.message).toContain("written by a newer juscode-shim (version 99; this one knows 2)");
  expect(db.prepare("SELECT count(*) AS rows FROM responses").get()).toEqual({ rows: 0 });
  db.close();
});

test("a file of the first version is brought up to date, with what is in it", async () => {
  mkdirSync(dirname(file));
  const db = new DatabaseSync(file);
  db.exec(`${MIGRATIONS[0]?.(SQLITE_WORDS) ?? ""}; PRAGMA user_version = 1`);
  db.exec(`INSERT INTO responses VALUES ('resp_old', 'owner-one', 'in_progress', 5, NULL, NULL, 1, NULL, 'a', 0, 9);
    INSERT INTO bodies VALUES ('resp_old', 'owner-one', '[]', '{}')`);
  db.close();
  expect(await store.get("owner-one", "resp_old")).toMatchObject({ status: "in_progress", background: true });
  await store.begin(record({ id: "resp_next", previous_response_id: "resp_old" }));
  expect(await store.chain("owner-one", "resp_next")).toHaveLength(2);
  expect(await store.reap(() => '{"status":"failed"}')).toBe(1);
  expect((await store.get("owner-one", "resp_old"))?.status).toBe("failed");
});

test("a file that is taken away is made again", async () => {
  await store.begin(record());
  rmSync(dirname(file), { recursive: true });
  const made = record();
  await store.begin(made);
  expect(await store.get("owner-one", made.id)).toEqual(made);
  const db = new DatabaseSync(file, { readOnly: true });
  expect(db.prepare("SELECT id FROM responses").all()).toEqual([{ id: made.id }]);
  db.close();
});

test("two stores on one file write at once", async () => {
  const other = await opened(file);
  const ids = Array.from({ length: 200 }, () => newId());
  await Promise.all(ids.map((id, n) => (n % 2 === 0 ? store : other).begin(record({ id }))));
  expect((await store.usage()).responses).toBe(200);
  expect((await other.chain("owner-one", ids[0] ?? ""))?.length).toBe(1);
  await other.close();
});

test("after it was closed it refuses, and what was asked for before is written", async () => {
  const made = record();
  const written = store.begin(made);
  await store.close();
  await written;
  expect(await refusal(store.begin(record()))).toMatchObject({ failure: "unavailable" });
  store = await opened(file);
  expect(await store.get("owner-one", made.id)).toEqual(made);
});
