/** What upstreams have refused, for an hour, by provider, model and client key: no client affects another. */
import type { RefusalRow } from "./rows.ts";

const REMEMBERED_MS = 60 * 60_000;
const MAX_ENTRIES = 1000;
const MAX_FIELDS = 40; // Of one model and client: each is applied to every request.

interface LearnedRefusal {
  model: string; // `provider/model`.
  field: string;
  times: number; // How often a request was changed for it since.
}

/** Of whom a refusal is remembered. */
interface RefusalScope {
  model: string; // `provider/model`.
  client: string | undefined; // Id of the client's key; undefined where no keys are required.
}

interface Entry {
  scope: RefusalScope;
  row: RefusalRow;
  until_ms: number;
  times: number;
}

export class RefusalMemory {
  private readonly scopes = new Map<string, Map<string, Entry>>();
  private entries = 0;
  private readonly now: () => number;

  /** `now` counts milliseconds. */
  constructor(now: () => number) {
    this.now = now;
  }

  /** The rows whose remedies are applied from the start. */
  learned(scope: RefusalScope): readonly RefusalRow[] {
    const known = this.scopes.get(keyOf(scope));
    if (!known) return NONE;
    const now = this.now();
    const rows: RefusalRow[] = [];
    for (const { row, until_ms } of known.values()) if (until_ms > now) rows.push(row);
    return rows;
  }

  /** The same request was answered once it went out with this remedy. */
  remember(scope: RefusalScope, row: RefusalRow): void {
    if (row.once) return;
    const key = keyOf(scope);
    const known = this.scopes.get(key) ?? new Map<string, Entry>();
    const before = known.get(row.field);
    if (!before && known.size >= MAX_FIELDS) return;
    if (!before) this.entries++;
    known.set(row.field, { scope, row, until_ms: this.now() + REMEMBERED_MS, times: before?.times ?? 0 });
    this.scopes.set(key, known);
    for (const [oldest, { size }] of this.scopes) {
      if (this.entries <= MAX_ENTRIES) return;
      this.entries -= size;
      this.scopes.delete(oldest);
    }
  }

  /** Remedies that changed a request which goes out. */
  used(scope: RefusalScope, rows: readonly RefusalRow[]): void {
    if (rows.length === 0) return;
    const known = this.scopes.get(keyOf(scope));
    for (const row of rows) {
      const entry = known?.get(row.field);
      if (entry) entry.times++;
    }
  }

  /** All that is remembered, for `/health` and doctor; the same of several clients once. */
  list(): LearnedRefusal[] {
    const now = this.now();
    const found = new Map<string, LearnedRefusal>();
    for (const known of this.scopes.values()) {
      for (const { scope, row, until_ms, times } of known.values()) {
        if (until_ms <= now) continue;
        const key = `${scope.model}\n${row.field}`;
        const same = found.get(key);
        found.set(key, { model: scope.model, field: row.field, times: times + (same?.times ?? 0) });
      }
    }
    return [...found.values()];
  }
}

const NONE: readonly RefusalRow[] = [];

const keyOf = ({ model, client }: RefusalScope): string => JSON.stringify([client, model]);
