/** What befalls the file of costs reaches no request; two programs share it, and one that is killed leaves it whole. */
import { describe, expect, test } from "bun:test";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { dirname, join } from "node:path";
import { openForWriting } from "../../src/server/costs/database.ts";
import { CostStore } from "../../src/server/costs/store.ts";
import { NOW, row, StateFolder, storeIn } from "../support/costs.ts";
import { aWhile, until } from "../support/patience.ts";
import { turnsBeside } from "../support/turns.ts";

/** `until` for what a retry brings. */
const QUICK = { batch_ms: 1, retry_ms: 5 };

describe("what befalls the file", () => {
  test("a folder that cannot be made: one warning, and it is tried again", async () => {
    using folder = new StateFolder();
    const { costs, warnings } = storeIn(folder, QUICK);
    writeFileSync(dirname(folder.file), "a file where the folder should be");
    costs.record(row());
    await until("there is a warning", () => warnings.length > 0);
    costs.record(row());
    await aWhile();
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^costs cannot be written to .*costs\.sqlite \(.*\); requests go on, and it is tried/);
    rmSync(dirname(folder.file));
    await until("both are written", () => folder.rows().length === 2);
    expect(warnings.slice(1)).toEqual([`costs are written to ${folder.file} again`]);
    costs.close();
  });

  test.skipIf(!existsSync("/dev/full"))("a full disk: one warning, also at the end", async () => {
    using folder = new StateFolder();
    const warnings: string[] = [];
    const warn = (text: string): void => void warnings.push(text);
    const costs = new CostStore({ file: "/dev/full", warn, ...QUICK });
    for (let i = 0; i < 500; i++) costs.record(row());
    await aWhile();
    costs.close();
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain("full");
    expect(readdirSync(folder.path)).toEqual([]);
  });

  test("what waits is bounded, and what found no room is told", async () => {
    using folder = new StateFolder();
    writeFileSync(dirname(folder.file), "");
    const { costs, warnings } = storeIn(folder, QUICK);
    costs.record(row());
    await until("there is a warning", () => warnings.length > 0);
    for (let i = 0; i < 10_007; i++) costs.record(row());
    rmSync(dirname(folder.file));
    await until("they are written", () => folder.rows().length === 10_000);
    expect(warnings.slice(1)).toEqual([`costs are written to ${folder.file} again; 8 requests are missing`]);
    costs.close();
  });

  test("a broken file is moved aside, and a new one begun", async () => {
    using folder = new StateFolder();
    mkdirSync(dirname(folder.file));
    writeFileSync(folder.file, "no database at all ".repeat(500));
    const { costs, warnings } = storeIn(folder, QUICK);
    costs.record(row());
    await until("it is written", () => warnings.length > 0 && folder.rows().length === 1);
    const aside = `${folder.file}.broken-${NOW / 1000}`;
    expect(warnings).toEqual([`${folder.file} is broken, and was moved to ${aside}; costs are kept in a new file`]);
    expect(readFileSync(aside, "utf8")).toStartWith("no database at all");
    costs.close();
  });

  test("a file that breaks while it is open", async () => {
    using folder = new StateFolder();
    const first = storeIn(folder, QUICK);
    for (let i = 0; i < 3000; i++) first.costs.record(row());
    first.costs.close();
    const pages = readFileSync(folder.file);
    pages.fill(0x5a, 4096); // All but the first page, which tells the tables.
    writeFileSync(folder.file, pages);
    const { costs, warnings } = storeIn(folder, QUICK);
    costs.record(row());
    await until("it is written", () => warnings.length > 0);
    await until("a new file has it", () => folder.rows().length === 1);
    expect(warnings[0]).toContain("is broken");
    costs.close();
  });

  test("a file of a newer version is left as it is", async () => {
    using folder = new StateFolder();
    mkdirSync(dirname(folder.file));
    const db = new DatabaseSync(folder.file);
    db.exec("CREATE TABLE requests (another INTEGER); PRAGMA user_version = 99");
    const { costs, warnings } = storeIn(folder, QUICK);
    costs.record(row());
    await until("there is a warning", () => warnings.length > 0);
    costs.close();
    expect(warnings[0]).toContain("newer juscode-shim (version 99; this one knows 1)");
    expect(db.prepare("SELECT count(*) AS rows FROM requests").get()).toEqual({ rows: 0 });
    db.close();
  });

  test("a file that is taken away is made again", async () => {
    using folder = new StateFolder();
    const { costs, warnings } = storeIn(folder, QUICK);
    costs.record(row());
    await until("it is written", () => folder.rows().length === 1);
    rmSync(dirname(folder.file), { recursive: true });
    costs.record(row({ request_id: "second" }));
    await until("a new file has the next", () => folder.rows()[0]?.request_id === "second");
    expect(warnings).toEqual([]);
    costs.close();
  });

  test("a lock of another program's is waited for, but not by the streams", async () => {
    using folder = new StateFolder();
    const other = openForWriting(folder.file, 0);
    const { costs, warnings } = storeIn(folder, QUICK);
    other.exec("BEGIN IMMEDIATE");
    costs.record(row());
    // Each try of it takes 5 ms; to wait here until the lock is free would take all of the time.
    expect(await turnsBeside(() => Bun.sleep(120))).toBeGreaterThan(0.3);
    other.exec("COMMIT");
    other.close();
    await until("it is written", () => folder.rows().length === 1);
    expect(warnings).toEqual([]);
    costs.close();
  });
});

describe("two programs and one file", () => {
  const WRITER = join(import.meta.dirname, "costs-writer.ts");
  const start = (folder: StateFolder, ...args: string[]): Bun.Subprocess<"ignore", "pipe", "inherit"> =>
    Bun.spawn([process.execPath, WRITER, folder.file, ...args], { stdin: "ignore", stdout: "pipe", stderr: "inherit" });

  test("both write", async () => {
    using folder = new StateFolder();
    const writers = [start(folder, "3000", "one"), start(folder, "3000", "two")];
    const told = await Promise.all(writers.map((writer) => new Response(writer.stdout).text()));
    expect(told).toEqual(["", ""]);
    const rows = folder.rows();
    expect(rows.filter(({ provider }) => provider === "one")).toHaveLength(3000);
    expect(rows.filter(({ provider }) => provider === "two")).toHaveLength(3000);
  });

  test("one that is killed while it writes leaves whole rows, and another goes on", async () => {
    using folder = new StateFolder();
    const writer = start(folder, "0", "killed");
    try {
      await until("it writes", () => folder.rows().length > 500);
    } finally {
      writer.kill("SIGKILL");
    }
    await writer.exited;
    const before = folder.rows();
    expect(before.map(({ request_id }) => request_id)).toEqual(before.map((_, i) => `killed-${i}`));
    const { costs, warnings } = storeIn(folder);
    costs.record(row());
    costs.close();
    expect(warnings).toEqual([]);
    expect(folder.rows()).toHaveLength(before.length + 1);
    const db = new DatabaseSync(folder.file, { readOnly: true });
    expect(db.prepare("PRAGMA integrity_check").get()).toEqual({ integrity_check: "ok" });
    db.close();
  });
});
