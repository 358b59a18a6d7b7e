/** `juscode-shim serve`: starts the server, prints what it found, reloads its config, and drains on a signal. */
import { randomBytes } from "node:crypto";
import { isAbsolute, join, relative } from "node:path";
import process from "node:process";
import type { Hono } from "hono";
import type { ConfigFile } from "../config/file/config-file.ts";
import { isCompiled } from "../config/file/locate.ts";
import { problemLine, problemText, warningsText, type Problem } from "../config/file/problem.ts";
import { printable } from "../core/printable.ts";
import { RefusalMemory } from "../core/refusals/memory.ts";
import { shellWord } from "../core/shell-word.ts";
import { AccessGuard } from "../server/access/guard.ts";
import type { AppOptions } from "../server/app-options.ts";
import { createApp } from "../server/app.ts";
import { Capabilities, capabilitiesFile } from "../server/doctor/capabilities.ts";
import { ITSELF, ProviderSearch } from "../server/provider-search.ts";
import { costsFile } from "../server/state-folder.ts";
import { CostStore, NO_COSTS } from "../server/costs/store.ts";
import { hostedTools } from "../server/hosted/tools.ts";
import { MemoryBudget } from "../server/memory/budget.ts";
import { listen, urlHost, type Listening } from "../server/listen.ts";
import type { Log } from "../server/log.ts";
import { supervisor, type Supervisor } from "../server/notify.ts";
import { PrefixWatch } from "../server/relay/prefix.ts";
import { PromptWatch } from "../server/relay/prompts.ts";
import { Router } from "../server/relay/router.ts";
import { ConcurrencyLimit } from "../server/room.ts";
import { State } from "../server/state/state.ts";
import { openStore, storeLine } from "../server/store/open.ts";
import { Catalog } from "../server/upstreams/catalog.ts";
import { readConfig } from "./config-here.ts";
import { agentLines, NOTHING_FOUND, upstreamTable } from "./greeting.ts";
import {
  countKeys,
  machineHere,
  openOperations,
  refuseExposed,
  watchOperations,
  type Operations,
} from "./operations.ts";
import { surviveLostOutput, writeError, writeOut } from "./output.ts";
import { fitToFiles, openFiles, raiseRequestLimit } from "./request-limit.ts";
import type { ServeFlags } from "./serve-flags.ts";
import { afterNextStart, settingsOf, type Settings } from "./settings.ts";
import { messageOf, UsageError } from "./usage-error.ts";
import { VERSION } from "./version.ts";

/** How long running requests may go on after the first signal. */
const DRAIN_MS = 10_000;
/** How long before that what runs in the background is given up, so that its end can be stored. */
const LAST_WRITES_MS = 2000;
/** After which the user is informed why it does not end. */
const DRAIN_NOTICE_MS = 200;
/** The share of file descriptors for connections whose requests have no valid key and wait for a response. */
const STRANGERS_SHARE = 1 / 8;
const DRAINING = `Shutting down: waiting for running requests, ${DRAIN_MS / 1000} s at most; a second signal ends it at once\n`;

export async function serve(flags: ServeFlags): Promise<void> {
  const config = await readConfig(flags.config);
  const settings = settingsOf(flags, config);
  const { host, store, operations: wanted } = settings;
  raiseRequestLimit(settings.room.places);
  const descriptors = openFiles();
  const { limit, warning } = fitToFiles(settings.room.places, descriptors);
  surviveLostOutput();
  refuseExposed(wanted, store);
  const address = { port: settings.port };
  let live: LiveApp | undefined;
  const operations = openOperations(wanted, (line) => writeError(`${line}\n`), {
    running: () => live?.options.room.taken ?? 0,
    breakers: () => live?.options.router.health.list(performance.now()) ?? [],
    version: VERSION,
  });
  const { log, tls } = operations;
  const warn = (text: string): void => log.warning(text);
  if (warning !== undefined) warn(warning);
  const fitted = { ...settings, room: { ...settings.room, places: limit } };
  const options = appOptions(fitted, address, log, operations);
  const state = await stateOf(settings, options.instance, warn);
  const most_strangers = descriptors === undefined ? {} : { most_strangers: Math.floor(descriptors * STRANGERS_SHARE) };
  const app = (live = new LiveApp({ ...options, ...most_strangers, state }));
  const server = await listen((...args) => app.fetch(...args), host, settings.port, {
    max_message_bytes: settings.max_body_bytes,
    descriptors,
    warn,
    ...(tls && { tls }),
  }).catch((error: Error) => {
    throw new UsageError(error.message);
  });
  address.port = server.port;
  const manager = supervisor({ env: process.env, warn });
  endOnSignal(server, manager, state, operations);
  process.on("exit", () => options.costs.close());
  const keys = watchOperations(operations, wanted, server);
  process.on("SIGHUP", () => keys.reload());
  const url = `${tls ? "https" : "http"}://${urlHost(host)}:${server.port}`;
  writeOut(`juscode-shim ${VERSION} listens on ${url}\n`);
  const trouble = state.kept?.store.trouble();
  manager.ready(`listens on ${url}${trouble === undefined ? "" : "; its store is not available yet"}`);
  if (config) {
    writeOut(`config: ${printable(config.file)}\n`);
    if (config.warnings.length > 0) writeOut(`${warningsText(config.warnings)}\n`);
    const reload = (now: ConfigFile): void => app.reload(now, settings, settingsOf(flags, now), address);
    const keep = (problems: readonly Problem[]): void => app.keep(config.file, problems);
    const { watchConfig } = await import("./reload.ts");
    const watch = watchConfig(config.file, reload, keep, { reads: config.reads, client_keys: countKeys });
    process.on("SIGHUP", () => watch.reload());
  }
  const stored = storeLine(store) + (trouble === undefined ? "" : `\n  not available now: ${trouble}`);
  await greet(options.catalog, `${url}/v1`, flags, stored);
}

/** The running app. A reload swaps it as a whole: requests in flight keep the options that they began with. */
class LiveApp {
  options: AppOptions;
  private app: Hono;

  constructor(options: AppOptions) {
    this.options = options;
    this.app = createApp(options, () => this.options);
  }

  fetch(...args: Parameters<Hono["fetch"]>): ReturnType<Hono["fetch"]> {
    return this.app.fetch(...args);
  }

  reload(config: ConfigFile, before: Settings, now: Settings, address: { port: number }): void {
    const { log, instance, router, door } = this.options;
    const { file, warnings } = config;
    for (const what of afterNextStart(before, now))
      log.warning(`${file}: the new ${what} takes effect after a restart`);
    router.configure(now);
    this.swap({
      ...reloadable(now, address, instance),
      ...(door && { door: new AccessGuard(door.access, now.operations.guard) }),
      config: { file, problems: [] },
    });
    log.info(`${file} reloaded`);
    for (const warning of warnings) log.warning(warningsText([warning]).trim());
  }

  /** An invalid change is reported, and the config in use stays. */
  keep(file: string, problems: readonly Problem[]): void {
    this.swap({ config: { file, problems: problems.map(problemText) } });
    for (const problem of problems)
      this.options.log.warning(`${problemLine(problem)}; the previous config stays in use`);
  }

  private swap(changes: Partial<AppOptions>): void {
    this.options = { ...this.options, ...changes };
    this.app = createApp(this.options, () => this.options);
  }
}

/** All that a server is made of, but for its socket. `address` has its port once it listens. */
export function appOptions(
  settings: Settings,
  address: { port: number },
  log: Log,
  { door, metrics, recorder }: Partial<Operations> = {},
): AppOptions {
  const instance = hex(8);
  const warn = (text: string): void => log.warning(text);
  const prompts = new PromptWatch(warn);
  const { routes, local_only, file } = settings;
  return {
    ...reloadable(settings, address, instance),
    log,
    instance,
    prefixes: new PrefixWatch(),
    counters: {},
    prompts,
    router: new Router({ routes, local_only, calibration: prompts.calibration }),
    costs: settings.costs.enabled ? new CostStore({ file: costsFile(machineHere()), warn }) : NO_COSTS,
    nextId: () => hex(16),
    memory: new MemoryBudget(settings.memory_bytes),
    ...(door && { door }),
    ...(metrics && { metrics }),
    recorder,
    room: new ConcurrencyLimit(settings.room),
    version: VERSION,
    ...(file !== undefined && { config: { file, problems: [] } }),
  };
}

/** An app for a command's own questions: it has no socket, and what it sends is not among the user's costs. */
export function commandApp(settings: Settings, log: Log): AppOptions {
  return appOptions({ ...settings, costs: { enabled: false } }, { port: settings.port }, log);
}

/** What a reload of the config replaces. Refusals are forgotten: the same names may mean other upstreams now. */
function reloadable(settings: Settings, address: { port: number }, instance: string) {
  const { hold_ms, heartbeat_ms, max_body_bytes, max_answer_bytes, body_times } = settings;
  const limits = { hold_ms, heartbeat_ms, max_body_bytes, max_answer_bytes, body_times };
  const refusals = new RefusalMemory(() => performance.now());
  const catalog = catalogOf(settings, address, instance);
  return { ...limits, catalog, refusals, hosted: hostedTools(settings) };
}

/** A database that is down delays nobody: the log, /health and doctor report it until it is back. */
async function stateOf({ store }: Settings, instance: string, warn: (text: string) => void): Promise<State> {
  try {
    return new State(await openStore({ ...store, warn }), instance);
  } catch (error) {
    throw new UsageError(`${messageOf(error)}; or turn it off: [store] enabled = false in the config`);
  }
}

function catalogOf(settings: Settings, address: { port: number }, instance: string): Catalog {
  const { discover, common, one_upstream, models, excluded } = settings;
  const asks_where = settings.local_only || settings.routes.some(({ local_only }) => local_only);
  const capabilities = new Capabilities(capabilitiesFile(machineHere()));
  const named = settings.named.filter(({ input }) => !excluded.includes(input.id));
  const ownPort = (): number => address.port;
  const search = new ProviderSearch({ named, discover, common, ownPort, instance, capabilities, asks_where });
  return new Catalog(() => search.search(), { one_upstream, models, excluded });
}

async function greet(
  catalog: Catalog,
  base_url: string,
  { config, listen }: ServeFlags,
  stored: string,
): Promise<void> {
  const found = await catalog.list();
  const [only] = found;
  if (found.length === 1 && only?.problem === ITSELF) throw new UsageError(`${only.provider.base_url} ${ITSELF}`);
  const table = catalog.isDemo(found) ? NOTHING_FOUND : upstreamTable(found);
  const where = [
    config === undefined ? "" : ` --config ${shellWord(config)}`,
    listen ? ` --listen ${new URL(base_url).host}` : "",
  ];
  writeOut(`\n${table}\n\n${printable(stored)}\n\n${agentLines(base_url, shellWord(ownName()), where.join(""))}\n`);
}

/** This program's name as it can be typed here. */
function ownName(): string {
  const { execPath } = process;
  if (!isCompiled(execPath)) return "juscode-shim";
  const here = relative(process.cwd(), execPath);
  return here.startsWith("..") || isAbsolute(here) ? execPath : join(".", here);
}

/** The first signal drains, the second ends the process at once. */
function endOnSignal(server: Listening, manager: Supervisor, state: State, operations: Operations): void {
  let signals = 0;
  const end = (): void => {
    signals++;
    if (signals > 1) process.exit(0);
    manager.stopping();
    setTimeout(() => process.exit(0), DRAIN_MS).unref();
    const drained = state.kept?.background.drain(DRAIN_MS - LAST_WRITES_MS);
    setTimeout(() => writeError(DRAINING), DRAIN_NOTICE_MS).unref();
    void Promise.all([server.stop(false), drained])
      .then(() => state.close())
      .catch(() => {}) // It was reported where it happened.
      .then(() => operations.flushed())
      .then(() => process.exit(0));
  };
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
}

const hex = (bytes: number): string => randomBytes(bytes).toString("hex");
