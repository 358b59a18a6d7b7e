/** The file of costs: where it lies, how it comes to the version that this program knows, and how fast it answers. */
import { describe, expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { dirname } from "node:path";
import { MIGRATIONS, openForReading, openForWriting } from "../../src/server/costs/database.ts";
import { readGroups, readRequests, readTotal } from "../../src/server/costs/report.ts";
import { costsFile, stateFolder } from "../../src/server/state-folder.ts";
import { insertRows, row, StateFolder } from "../support/costs.ts";
import { expectLinear } from "../support/growth.ts";

describe("the state folder", () => {
  test.each([
    ["linux", {}, "/home/me/.local/state/juscode-shim"],
    ["freebsd", {}, "/home/me/.local/state/juscode-shim"],
    ["linux", { XDG_STATE_HOME: "/x" }, "/x/juscode-shim"],
    ["linux", { XDG_STATE_HOME: "relative" }, "/home/me/.local/state/juscode-shim"],
    ["linux", { XDG_STATE_HOME: "" }, "/home/me/.local/state/juscode-shim"],
    ["linux", { XDG_STATE_HOME: "/x", STATE_DIRECTORY: "/var/lib/juscode-shim" }, "/var/lib/juscode-shim"],
    ["linux", { STATE_DIRECTORY: "/var/lib/one:/var/lib/two" }, "/var/lib/one"],
    ["linux", { STATE_DIRECTORY: "relative" }, "/home/me/.local/state/juscode-shim"],
    ["darwin", {}, "/home/me/Library/Application Support/juscode-shim"],
    ["darwin", { XDG_STATE_HOME: "/x" }, "/x/juscode-shim"],
  ] as const)("on %s with %j", (platform, env, folder) => {
    expect(stateFolder({ platform, env, home: "/home/me" })).toBe(folder);
    expect(costsFile({ platform, env, home: "/home/me" })).toBe(`${folder}/costs.sqlite`);
  });

  test.each([
    [{ LOCALAPPDATA: String.raw`D:\Local` }, String.raw`D:\Local\juscode-shim`],
    [{}, String.raw`C:\Users\me\AppData\Local\juscode-shim`],
  ])("on Windows with %j", (env, folder) =>
    expect(stateFolder({ platform: "win32", env, home: String.raw`C:\Users\me` })).toBe(folder),
  );
});

const versionOf = (db: DatabaseSync): unknown => db.prepare("PRAGMA user_version").get();

describe("its version", () => {
  test("an empty file of version 0 comes to the newest, for who only reads too", () => {
    using folder = new StateFolder();
    mkdirSync(dirname(folder.file));
    const empty = new DatabaseSync(folder.file);
    expect(versionOf(empty)).toEqual({ user_version: 0 });
    empty.exec("VACUUM");
    empty.close();
    const db = openForReading(folder.file);
    expect(versionOf(db)).toEqual({ user_version: MIGRATIONS.length });
    expect(readTotal(db, 0).requests).toBe(0);
    expect(() => db.exec("DELETE FROM requests")).toThrow("readonly");
    db.close();
  });

  test("a step to a next one keeps the rows, and is done once", () => {
    using folder = new StateFolder();
    const old = openForWriting(folder.file, 0);
    insertRows(old, [row()]);
    old.close();
    const next = [...MIGRATIONS, "ALTER TABLE requests ADD COLUMN added TEXT"];
    openForWriting(folder.file, 0, next).close();
    const db = openForWriting(folder.file, 0, next);
    expect(versionOf(db)).toEqual({ user_version: next.length });
    expect(db.prepare("SELECT model, added FROM requests").all()).toEqual([{ model: "some-model", added: null }]);
    db.close();
  });

  test("a step that fails changes nothing", () => {
    using folder = new StateFolder();
    openForWriting(folder.file, 0).close();
    const bad = [...MIGRATIONS, "ALTER TABLE requests ADD COLUMN added TEXT; CREATE TABLE requests (again INTEGER)"];
    expect(() => openForWriting(folder.file, 0, bad)).toThrow("already exists");
    const db = openForWriting(folder.file, 0);
    expect(versionOf(db)).toEqual({ user_version: MIGRATIONS.length });
    expect(() => db.prepare("SELECT added FROM requests")).toThrow("no such column");
    db.close();
  });
});

test("100,000 requests are summed, in time that grows with their number only", () => {
  const made: Disposable[] = [];
  const filled = (requests: number) => {
    const folder = new StateFolder();
    made.push(folder);
    const day = 24 * 60 * 60;
    const writing = openForWriting(folder.file, 0);
    insertRows(
      writing,
      Array.from({ length: requests }, (_, i) =>
        row({ at: 1_700_000_000 + (i % 300) * day, request_id: `id-${i}`, model: `model-${i % 20}`, usd: 0.01 }),
      ),
    );
    writing.close();
    const db = openForReading(folder.file);
    made.push({ [Symbol.dispose]: () => db.close() });
    return { db, requests };
  };
  try {
    expectLinear(
      100_000,
      filled,
      ({ db, requests }) => {
        const groups = (["day", "model", "provider", "route"] as const).map((by) => readGroups(db, by, 0));
        const total = readTotal(db, 0);
        expect(groups.map((each) => each.length)).toEqual([300, 20, 1, 1]);
        expect(total).toMatchObject({ requests, input_tokens: requests * 1000, unpriced_requests: 0 });
        expect(total.usd).toBeCloseTo(requests / 100);
        expect(readRequests(db, `id-${requests - 1}`, 5)).toHaveLength(1);
      },
      2,
    );
  } finally {
    for (const each of made.toReversed()) each[Symbol.dispose]();
  }
});
