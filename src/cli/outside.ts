/** What a server needs to be safe and to be seen from outside: keys, certificate, logs, metrics, recordings. */
import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { ConfigFile, StoreConfig } from "../config/file/config-file.ts";
import { isLoopback } from "../core/addresses.ts";
import { Access, listenProblem } from "../server/access/access.ts";
import type { ClientKey } from "../server/access/client-keys.ts";
import { Door } from "../server/access/guard.ts";
import { exposedState } from "../server/access/exposed-path.ts";
import { KEY_FILE, readKeys, watchKeys } from "../server/access/key-file.ts";
import { readTls, watchTls, type Tls, type TlsFiles } from "../server/access/tls.ts";
import type { GuardRules } from "../server/access/browser-guard.ts";
import { stateFolder } from "../server/state-folder.ts";
import type { Listening } from "../server/listen.ts";
import { storeFileOf } from "../server/store/open.ts";
import { allLogs, atLevel, jsonLog, textLog, type Log, type LogLevel } from "../server/log.ts";
import type { Gauges } from "../server/telemetry/metrics.ts";
import { Metrics } from "../server/telemetry/metrics.ts";
import { Recorder } from "../server/telemetry/record.ts";
import { TURNS_FILE, TurnsFile } from "../server/telemetry/turns.ts";
import { UsageError } from "./usage-error.ts";

/** What the command line says of it. */
export interface OutsideFlags {
  log_level: LogLevel | undefined;
  log_format: "text" | "json" | undefined;
  /** Folder for transcripts. */
  record: string | undefined;
  record_texts: boolean;
}

export interface OutsideSettings {
  host: string;
  guard: GuardRules;
  keys_file: string;
  require_keys: boolean;
  tls: TlsFiles | undefined;
  log_level: LogLevel;
  log_format: "text" | "json";
  metrics: boolean;
  keep_turns: boolean;
  record: { dir: string; texts: boolean } | undefined;
}

export function outsideOf(
  flags: OutsideFlags & { quiet: boolean },
  host: string,
  config?: ConfigFile,
): OutsideSettings {
  const server = config?.server;
  const { cert_file, key_file } = server ?? {};
  return {
    host,
    guard: {
      open: !isLoopback(host),
      allowed_hosts: server?.allowed_hosts ?? [],
      allowed_origins: server?.allowed_origins ?? [],
    },
    keys_file: keysFile(server?.keys_file),
    require_keys: server?.require_keys ?? false,
    tls: cert_file !== undefined && key_file !== undefined ? { cert_file, key_file } : undefined,
    log_level: flags.quiet ? "quiet" : (flags.log_level ?? server?.log_level ?? "info"),
    log_format: flags.log_format ?? server?.log_format ?? "text",
    metrics: server?.metrics ?? true,
    keep_turns: server?.keep_turns ?? true,
    record: flags.record === undefined ? undefined : { dir: flags.record, texts: flags.record_texts },
  };
}

const stateFile = (name: string): string =>
  join(stateFolder({ env: process.env, platform: process.platform, home: homedir() }), name);

export const keysFile = (named: string | undefined): string => named ?? stateFile(KEY_FILE);
export const turnsFile = (): string => stateFile(TURNS_FILE);

/** For the config: whether other machines may be let in depends on it. A file that is wrong holds none. */
export function countKeys(file: string | undefined): number {
  try {
    return readKeys(keysFile(file))?.length ?? 0;
  } catch {
    return 0;
  }
}

/** Those whose clients may ask for every model. */
export function countUnboundKeys(file: string | undefined): number {
  try {
    const keys = readKeys(keysFile(file)) ?? [];
    return keys.filter(({ use, models }) => use === "models" && models === undefined).length;
  } catch {
    return 0;
  }
}

export interface Outside {
  log: Log;
  door: Door;
  metrics: Metrics | undefined;
  recorder: Recorder | undefined;
  tls: Tls | undefined;
  /** Resolves when the last turns are in their file. */
  flushed(): Promise<unknown>;
}

/** Throws a UsageError where others could change the keys, or what else is kept. */
export function refuseExposed({ keys_file }: OutsideSettings, store: StoreConfig): void {
  const store_file = store.enabled ? storeFileOf(store.place) : undefined;
  const found = exposedState({ state_folder: stateFile(""), keys_file, store_file });
  if (found.length === 0) return;
  const lines = found.map(({ path, why, fix }) => `\n  ${path} ${why}\n    to set it right: ${fix}`);
  throw new UsageError(`others could change the keys of clients, or what is kept${lines.join("")}`);
}

/** Throws a UsageError for what must not be served. */
export function openOutside(settings: OutsideSettings, write: (line: string) => void, gauges: Gauges): Outside {
  const keys = keysOf(settings);
  const { host, guard, tls, record, require_keys } = settings;
  const problem = listenProblem(host, keys.length);
  if (problem) throw new UsageError(problem.message, `  ${problem.fix}`);
  const metrics = settings.metrics ? new Metrics(gauges) : undefined;
  const lines = settings.log_format === "json" ? jsonLog(write, () => new Date()) : textLog(write, () => new Date());
  const told = atLevel(settings.log_level, lines);
  const turns = settings.keep_turns ? [new TurnsFile(turnsFile(), (text) => told.warning(text))] : [];
  return {
    log: allLogs(told, ...turns, ...(metrics ? [metrics] : [])),
    door: new Door(new Access(keys, require_keys || guard.open, () => performance.now()), guard),
    metrics,
    recorder: record && recorderFor(record, told, gauges.version),
    tls: tls && forPeople(() => readTls(tls)),
    flushed: () => Promise.all(turns.map((each) => each.flushed())),
  };
}

/** Follows the files of keys and certificate while the server runs; the function reads the keys at once. */
export function followOutside(
  { log, door }: Outside,
  { keys_file, tls }: OutsideSettings,
  server: Listening,
): { reload(): void } {
  const warn = (text: string): void => log.warning(text);
  if (tls) watchTls(tls, (renewed) => server.renew(renewed), warn);
  return watchKeys(keys_file, door.access, warn);
}

/** Names of settings that count only after the next start. */
export function afterNextStart(before: OutsideSettings, now: OutsideSettings): string[] {
  const fixed = ["keys_file", "require_keys", "tls", "log_level", "log_format", "metrics", "keep_turns"] as const;
  return fixed
    .filter((name) => JSON.stringify(before[name]) !== JSON.stringify(now[name]))
    .map((name) => (name === "tls" ? "cert_file and key_file" : name));
}

function keysOf({ keys_file }: OutsideSettings): readonly ClientKey[] {
  return forPeople(() => readKeys(keys_file)) ?? [];
}

function recorderFor({ dir, texts }: { dir: string; texts: boolean }, log: Log, version: string): Recorder {
  return forPeople(() => new Recorder({ dir, texts, version, warn: (text) => log.warning(text) }));
}

function forPeople<Value>(run: () => Value): Value {
  try {
    return run();
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}
