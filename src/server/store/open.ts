/**
 * Opens the store that the config names, and keeps it within its bounds. The parts that know a database are loaded
 * only here, when they are needed.
 */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import process from "node:process";
import { setTimeout as pause } from "node:timers/promises";
import type { StoreConfig, StorePlace } from "../../config/file/config-file.ts";
import { shownPlace } from "../../config/file/resolve-store.ts";
import { storeFile, type Machine } from "../state-folder.ts";
import { SteadyTime } from "../steady-time.ts";
import type { Database } from "./database.ts";
import type { Store } from "./store.ts";

interface StoreSettings extends StoreConfig {
  /** Gets what a client must not read. */
  warn(text: string): void;
}

const FIRST_PRUNE_MS = 60_000;
const PRUNE_MS = 15 * 60_000;
const FIRST_CHECK_MS = 3500;
/** How often a store that fails is tried while no request tries it. */
const CHECK_MS = 5000;
const DAY_S = 24 * 60 * 60;
const MB = 1024 * 1024;

/**
 * Undefined when it is switched off: then nothing is made or loaded. Throws a StoreError for a URL that is not right. A
 * database that cannot be used now is no error: the store says so (`trouble`), and uses it as soon as it can.
 */
export async function openStore(settings: StoreSettings): Promise<Store | undefined> {
  if (!settings.enabled) return undefined;
  const { storeOver } = await import("./sql-store.ts");
  const store = storeOver(await databaseOf(settings.place), settings.warn);
  // The first state shall be known at the start, and is in the log; but a server that does not respond is not waited for.
  await Promise.race([store.check().catch(() => {}), pause(FIRST_CHECK_MS, undefined, { ref: false })]);
  return bounded(store, settings);
}

/** For people: what is kept where, and for how long. */
export function storeLine({ enabled, place, max_age_days, max_mb }: StoreConfig): string {
  if (!enabled) return "responses are not kept ([store] enabled = false)";
  const where = storeFileOf(place) ?? shownPlace(place);
  return `responses with \`store\` and conversations are kept in ${where} for ${max_age_days} days, ${max_mb} MB at most`;
}

/** Undefined for a place that is no file. `machine` decides where it lies when the config does not; it defaults to this one. */
export function storeFileOf(place: StorePlace, machine?: Machine): string | undefined {
  if (place.kind !== "sqlite") return undefined;
  return place.file ?? storeFile(machine ?? { env: process.env, platform: process.platform, home: homedir() });
}

async function databaseOf(place: StorePlace): Promise<Database> {
  if (place.kind === "postgres") {
    const { PostgresDatabase } = await import("./postgres.ts");
    return new PostgresDatabase(place.url, shownPlace(place));
  }
  const { SqliteDatabase } = await import("./sqlite.ts");
  return new SqliteDatabase(storeFileOf(place) ?? "");
}

function bounded(store: Store, { place, max_age_days, max_mb }: StoreSettings): Store {
  const file = storeFileOf(place);
  const time = new SteadyTime();
  let timer: ReturnType<typeof setTimeout>;
  const later = (ms: number): void => {
    timer = setTimeout(() => void prune(), ms);
    timer.unref();
  };
  const prune = async (): Promise<void> => {
    try {
      // A file that nobody has used yet is not made for this.
      if (file === undefined || existsSync(file)) {
        // Setting a clock, here or there, must not make anything old.
        const now_ms = Math.min(time.now(), await store.clock());
        await store.prune(Math.floor(now_ms / 1000) - max_age_days * DAY_S, max_mb * MB);
      }
    } catch {
      // The log has it, and it is tried again.
    }
    later(PRUNE_MS);
  };
  later(FIRST_PRUNE_MS);
  const checking = setInterval(() => {
    if (store.trouble() !== undefined) void store.check().catch(() => {});
  }, CHECK_MS);
  checking.unref();
  return {
    ...store,
    close: () => {
      clearTimeout(timer);
      clearInterval(checking);
      return store.close();
    },
  };
}
