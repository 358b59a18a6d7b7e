/** What a server needs besides its models: client keys, certificate, log, metrics, recordings. */
import { homedir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import type { ConfigFile, StoreConfig } from "../config/file/config-file.ts";
import { isLoopback } from "../core/addresses.ts";
import { Access, listenProblem } from "../server/access/access.ts";
import { AccessGuard } from "../server/access/guard.ts";
import { exposedState } from "../server/access/exposed-path.ts";
import { KEY_FILE, readKeys, watchKeys } from "../server/access/key-file.ts";
import { readTls, watchTls } from "../server/access/tls.ts";
import { stateFolder, type Machine } from "../server/state-folder.ts";
import type { Listening } from "../server/listen.ts";
import { allLogs, atLevel, jsonLog, textLog } from "../server/log.ts";
import { storeFileOf } from "../server/store/open.ts";
import type { Gauges } from "../server/telemetry/metrics.ts";
import { Metrics } from "../server/telemetry/metrics.ts";
import { Recorder } from "../server/telemetry/record.ts";
import { TURNS_FILE, TurnsFile } from "../server/telemetry/turns.ts";
import type { ServeFlags } from "./serve-flags.ts";
import { forUser, UsageError } from "./usage-error.ts";

type OperationSettings = ReturnType<typeof operationSettings>;

export function operationSettings(flags: ServeFlags, host: string, config?: ConfigFile) {
  const server = config?.server;
  const { cert_file, key_file, allowed_hosts = [], allowed_origins = [] } = server ?? {};
  return {
    host,
    guard: { open: !isLoopback(host), allowed_hosts, allowed_origins },
    keys_file: keysFile(server?.keys_file),
    require_keys: server?.require_keys ?? false,
    tls: cert_file !== undefined && key_file !== undefined ? { cert_file, key_file } : undefined,
    log_level: flags.quiet ? ("quiet" as const) : (flags.log_level ?? server?.log_level ?? "info"),
    log_format: flags.log_format ?? server?.log_format ?? "text",
    metrics: server?.metrics ?? true,
    keep_turns: server?.keep_turns ?? true,
    record: flags.record === undefined ? undefined : { dir: flags.record, texts: flags.record_texts },
  };
}

/** Where this program keeps its state. */
export function machineHere(): Machine {
  const { env, platform } = process;
  return { env, platform, home: homedir() };
}

const stateFile = (name: string): string => join(stateFolder(machineHere()), name);

export const keysFile = (named: string | undefined): string => named ?? stateFile(KEY_FILE);
export const turnsFile = (): string => stateFile(TURNS_FILE);

/** How many client keys there are: whether other machines may connect depends on it. An invalid file holds none. */
export const countKeys = (file: string | undefined): number => keysIn(file).length;

/** How many of them may use every model. */
export const countUnboundKeys = (file: string | undefined): number =>
  keysIn(file).filter(({ use, models }) => use === "models" && models === undefined).length;

function keysIn(file: string | undefined): NonNullable<ReturnType<typeof readKeys>> {
  try {
    return readKeys(keysFile(file)) ?? [];
  } catch {
    return [];
  }
}

/** Throws a UsageError where others could change the keys, or what else is stored. */
export function refuseExposed({ keys_file }: OperationSettings, store: StoreConfig): void {
  const store_file = store.enabled ? storeFileOf(store.place) : undefined;
  const found = exposedState({ state_folder: stateFile(""), keys_file, store_file });
  if (found.length === 0) return;
  const lines = found.flatMap(({ path, why, fix }) => [`  ${path} ${why}`, `    fix: ${fix}`]);
  throw new UsageError("other users could change the client keys, or what is stored", ...lines);
}

export type Operations = ReturnType<typeof openOperations>;

/** Throws a UsageError for what must not be served. */
export function openOperations(settings: OperationSettings, write: (line: string) => void, gauges: Gauges) {
  const { host, guard, tls, record, require_keys, keys_file } = settings;
  const keys = forUser(() => readKeys(keys_file)) ?? [];
  const problem = listenProblem(host, keys.length);
  if (problem) throw new UsageError(problem.message, `  ${problem.fix}`);
  const metrics = settings.metrics ? new Metrics(gauges) : undefined;
  const lines = settings.log_format === "json" ? jsonLog(write, () => new Date()) : textLog(write, () => new Date());
  const shown = atLevel(settings.log_level, lines);
  const warn = (text: string): void => shown.warning(text);
  const turns = settings.keep_turns ? [new TurnsFile(turnsFile(), warn)] : [];
  return {
    log: allLogs(shown, ...turns, ...(metrics ? [metrics] : [])),
    door: new AccessGuard(new Access(keys, require_keys || guard.open, () => performance.now()), guard),
    metrics,
    recorder: record && forUser(() => new Recorder({ ...record, version: gauges.version, warn })),
    tls: tls && forUser(() => readTls(tls)),
    /** Resolves when the last turns are in their file. */
    flushed: (): Promise<unknown> => Promise.all(turns.map((each) => each.flushed())),
  };
}

/** Watches the files of keys and certificate while the server runs; the function reads the keys at once. */
export function watchOperations(
  { log, door }: Operations,
  { keys_file, tls }: OperationSettings,
  server: Listening,
): { reload(): void } {
  const warn = (text: string): void => log.warning(text);
  if (tls) watchTls(tls, (renewed) => server.renew(renewed), warn);
  return watchKeys(keys_file, door.access, warn);
}
