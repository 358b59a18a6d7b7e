/** The store in a SQLite file. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { storeOver } from "../../../src/server/store/sql-store.ts";
import { SqliteDatabase } from "../../../src/server/store/sqlite.ts";
import type { Store } from "../../../src/server/store/store.ts";
import { conformance } from "./conformance.ts";

const folder = mkdtempSync(join(tmpdir(), "juscode-store-"));
const opened: Store[] = [];
const open = async (): Promise<Store> => {
  const store = storeOver(new SqliteDatabase(join(folder, "deep", "responses.sqlite")));
  opened.push(store);
  return store;
};

conformance("a store in SQLite", () => ({
  open,
  again: open,
  close: async () => {
    await opened[0]?.close();
    rmSync(folder, { recursive: true });
  },
}));
