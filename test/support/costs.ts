/** Rows and files of costs for tests. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CostStore, type CostStoreOptions } from "../../src/server/costs/store.ts";
import { valuesOf, COLUMNS, type CostRow, type StoredRow } from "../../src/server/costs/row.ts";

export const row = (more: Partial<CostRow> = {}): CostRow => ({
  at: 1_700_000_000,
  request_id: "0123456789abcdef0123456789abcdef",
  provider: "some-host",
  model: "some-model",
  route: null,
  client: "codex",
  usage: { input_tokens: 1000, cached_tokens: 600, cache_write_tokens: 0, output_tokens: 50, reasoning_tokens: 20 },
  usd: 0.0125,
  outcome: "ok",
  duration_ms: 1234.5,
  first_ms: 321.4,
  ...more,
});

export class StateFolder implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), "juscode-costs-"));
  readonly file = join(this.path, "juscode-shim", "costs.sqlite");

  rows(): StoredRow[] {
    if (!existsSync(this.file)) return [];
    const db = new DatabaseSync(this.file, { readOnly: true });
    try {
      db.exec("PRAGMA busy_timeout = 2000");
      return db.prepare("SELECT * FROM requests ORDER BY rowid").all() as unknown as StoredRow[];
    } catch (error) {
      if (String(error).includes("no such table")) return []; // It is just being made.
      throw error;
    } finally {
      db.close();
    }
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Without the store: many at once, of any age. */
export function insertRows(db: DatabaseSync, rows: Iterable<CostRow>): void {
  const insert = db.prepare(`INSERT INTO requests VALUES (${COLUMNS.map(() => "?").join(", ")})`);
  db.exec("BEGIN");
  for (const each of rows) insert.run(...valuesOf(each));
  db.exec("COMMIT");
}

export const NOW = 1_700_000_000_000;

export function storeIn(
  folder: StateFolder,
  more: Partial<CostStoreOptions> = {},
): { costs: CostStore; warnings: string[] } {
  const warnings: string[] = [];
  const warn = (text: string): void => void warnings.push(text);
  return { costs: new CostStore({ file: folder.file, warn, now: () => NOW, ...more }), warnings };
}
