/** `juscode-shim serve`: starts the server, says what it found, follows its config, and ends in order. */
import { randomBytes } from "node:crypto";
import { homedir } from "node:os";
import { isAbsolute, join, relative } from "node:path";
import process from "node:process";
import { isDeepStrictEqual } from "node:util";
import type { ConfigFile } from "../config/file/config-file.ts";
import { isCompiled } from "../config/file/find.ts";
import { problemText, warningsText, type Problem } from "../config/file/problem.ts";
import { printable } from "../core/printable.ts";
import { shellWord } from "../core/shell-word.ts";
import type { AppOptions } from "../server/app-options.ts";
import { createApp } from "../server/app.ts";
import { Capabilities, capabilitiesFile } from "../server/doctor/capabilities.ts";
import { Catalog } from "../server/upstreams/catalog.ts";
import { costsFile } from "../server/costs/state-folder.ts";
import { CostStore, NO_COSTS, type Costs } from "../server/costs/store.ts";
import type { Gauges } from "../server/telemetry/gauges.ts";
import { RefusalMemory } from "../core/refusals/memory.ts";
import { hostedTools } from "../server/hosted/tools.ts";
import { MemoryBudget } from "../server/memory/budget.ts";
import { listen, urlHost, type Listening } from "../server/listen.ts";
import type { Log } from "../server/log.ts";
import { PrefixWatch } from "../server/relay/prefix.ts";
import { supervisor, type Supervisor } from "../server/notify.ts";
import { PromptWatch } from "../server/relay/prompts.ts";
import { ITSELF, ProviderSearch } from "../server/provider-search.ts";
import { Router } from "../server/relay/router.ts";
import { Room } from "../server/room.ts";
import { State } from "../server/state/state.ts";
import { openStore, storeLine } from "../server/store/open.ts";
import { readConfig } from "./config-here.ts";
import { agentLines, NOTHING_FOUND, upstreamTable } from "./greeting.ts";
import { surviveLostOutput, writeError, writeOut } from "./output.ts";
import { afterNextStart, countKeys, followOutside, openOutside, refuseExposed, type Outside } from "./outside.ts";
import { UsageError } from "./usage-error.ts";
import { type ServeFlags } from "./serve-flags.ts";
import { fitToFiles, openFiles, raiseRequestLimit } from "./request-limit.ts";
import { roomAfterNextStart, settingsOf, type Settings } from "./settings.ts";
import { VERSION } from "./version.ts";

/** How long running answers may go on after the first signal to end. */
const DRAIN_MS = 10_000;
/** How long before that what runs in the background is given up, so that this can be written. */
const LAST_WRITES_MS = 2000;
/** After which the user is told why it does not end. */
const DRAIN_NOTICE_MS = 200;
/** Of the file descriptors that there may be, for connections of who has no valid key and waits for an answer. */
const STRANGERS_SHARE = 1 / 8;
const DRAINING = `juscode-shim ends when the running answers have, in ${DRAIN_MS / 1000} s at most; a second signal ends it at once\n`;

export async function serve(flags: ServeFlags): Promise<void> {
  const config = await readConfig(flags.config);
  const settings = settingsOf(flags, config);
  raiseRequestLimit(settings.room.places);
  const descriptors = openFiles();
  const crowded = fitToFiles(settings.room, descriptors);
  surviveLostOutput();
  refuseExposed(settings.outside, settings.store);
  const running: Running = { port: settings.port };
  const outside = openOutside(settings.outside, toStderr, gaugesOf(running));
  const { log, tls } = outside;
  if (crowded !== undefined) log.warning(crowded);
  const app = (running.app = appOptions(settings, running, log, config?.file, outside));
  app.state = await stateOf(settings, app, log);
  if (descriptors !== undefined) app.most_strangers = Math.floor(descriptors * STRANGERS_SHARE);
  const server = await listen(createApp(app).fetch, settings.host, settings.port, {
    max_message_bytes: settings.max_body_bytes,
    descriptors,
    warn: (text) => log.warning(text),
    ...(tls && { tls }),
  }).catch((error: Error) => {
    throw new UsageError(error.message);
  });
  running.port = server.port;
  const manager = supervisor({ env: process.env, warn: (text) => log.warning(text) });
  endOnSignal(server, manager, app, outside);
  process.on("exit", () => app.costs.close());
  const keys = followOutside(outside, settings.outside, server);
  process.on("SIGHUP", () => keys.reload());
  const address = `${tls ? "https" : "http"}://${urlHost(settings.host)}:${server.port}`;
  writeOut(`juscode-shim ${VERSION} listens on ${address}\n`);
  const degraded = app.state?.kept?.store.trouble() === undefined ? "" : "; its store cannot be used yet";
  manager.ready(`listens on ${address}${degraded}`);
  if (config) {
    writeOut(`its config is ${printable(config.file)}\n`);
    if (config.warnings.length > 0) writeOut(`${warningsText(config.warnings)}\n`);
    await follow(config, flags, settings, app, running, log);
  }
  const trouble = app.state?.kept?.store.trouble();
  const kept = storeLine(settings.store) + (trouble === undefined ? "" : `\n  but not now: ${trouble}`);
  await greet(app.catalog, `${address}/v1`, flags, kept);
}

interface Running {
  port: number;
  app?: AppOptions;
}

function gaugesOf(running: Running): Gauges {
  return {
    running: () => running.app?.room.taken ?? 0,
    breakers: () => running.app?.router.health.list(performance.now()) ?? [],
    version: VERSION,
  };
}

/** All that a server is made of, but for its socket. */
export function appOptions(
  settings: Settings,
  running: Running,
  log: Log,
  file: string | undefined,
  { door, metrics, recorder }: Partial<Outside> = {},
): AppOptions {
  const instance = hex(8);
  const prompts = new PromptWatch((line) => log.warning(line));
  const { routes, local_only } = settings;
  return {
    catalog: catalogOf(settings, running, instance),
    log,
    instance,
    prefixes: new PrefixWatch(),
    counters: {},
    refusals: new RefusalMemory(() => performance.now()),
    prompts,
    router: new Router({ routes, local_only, calibration: prompts.calibration }),
    costs: costsFor(settings, log),
    hosted: hostedTools(settings),
    nextId: () => hex(16),
    hold_ms: settings.hold_ms,
    heartbeat_ms: settings.heartbeat_ms,
    max_body_bytes: settings.max_body_bytes,
    max_answer_bytes: settings.max_answer_bytes,
    memory: new MemoryBudget(settings.memory_bytes),
    body_times: settings.body_times,
    ...(door && { door }),
    ...(metrics && { metrics }),
    recorder,
    room: new Room(settings.room),
    version: VERSION,
    ...(file !== undefined && { config: { file, problems: [] } }),
  };
}

/** A database that is down keeps nobody waiting: the log, /health and doctor tell of it until it is there. */
async function stateOf({ store }: Settings, { instance }: AppOptions, log: Log): Promise<State> {
  try {
    return new State(await openStore({ ...store, warn: (text) => log.warning(text) }), instance);
  } catch (error) {
    throw new UsageError(`${(error as Error).message}; or switch it off: [store] enabled = false in the config`);
  }
}

function costsFor({ costs }: Settings, log: Log): Costs {
  if (!costs.enabled) return NO_COSTS;
  return new CostStore({ file: costsFileHere(), warn: (text) => log.warning(text) });
}

export function costsFileHere(): string {
  const { env, platform } = process;
  return costsFile({ env, platform, home: homedir() });
}

function catalogOf(settings: Settings, running: { port: number }, instance: string): Catalog {
  const { discover, common, one_upstream, models, excluded } = settings;
  const asks_where = settings.local_only || settings.routes.some(({ local_only }) => local_only);
  const { env, platform } = process;
  const capabilities = new Capabilities(capabilitiesFile({ env, platform, home: homedir() }));
  const named = settings.named.filter(({ input }) => !excluded.includes(input.id));
  const ownPort = (): number => running.port;
  const search = new ProviderSearch({ named, discover, common, ownPort, instance, capabilities, asks_where });
  return new Catalog(() => search.search(), { one_upstream, models, excluded });
}

/** New requests see the new config; running ones end as they began. A bad one changes nothing, and that is told. */
async function follow(
  first: ConfigFile,
  flags: ServeFlags,
  settings: Settings,
  app: AppOptions,
  running: { port: number },
  log: Log,
): Promise<void> {
  const use = (config: ConfigFile): void => {
    const now = settingsOf(flags, config);
    if (now.host !== settings.host || now.port !== settings.port)
      log.warning(`${config.file}: another address to listen on counts after the next start only`);
    const { hold_ms, heartbeat_ms, max_body_bytes, max_answer_bytes, body_times } = now;
    if (app.door) app.door.rules = now.outside.guard;
    for (const name of [...afterNextStart(settings.outside, now.outside), ...roomAfterNextStart(settings, now)])
      log.warning(`${config.file}: another ${name} counts after the next start only`);
    const catalog = catalogOf(now, running, app.instance);
    // Other hosts may stand under the same names now.
    const refusals = new RefusalMemory(() => performance.now());
    if (now.costs.enabled !== settings.costs.enabled)
      log.warning(`${config.file}: whether costs are kept counts after the next start only`);
    if (!isDeepStrictEqual(now.store, settings.store))
      log.warning(`${config.file}: another [store] counts after the next start only`);
    app.router.configure(now);
    Object.assign(app, {
      hold_ms,
      heartbeat_ms,
      max_body_bytes,
      max_answer_bytes,
      body_times,
      catalog,
      refusals,
      hosted: hostedTools(now),
      config: { file: config.file, problems: [] },
    });
    log.info(`${config.file} was read anew`);
    for (const warning of config.warnings) log.warning(warningsText([warning]).trim());
  };
  const keep = (problems: readonly Problem[]): void => {
    app.config = { file: first.file, problems: problems.map(problemText) };
    for (const problem of problems) log.warning(`${problemText(problem)}; the config as it was before stays in use`);
  };
  const { watchConfig } = await import("./reload.ts");
  const watch = watchConfig(first.file, use, keep, { reads: first.reads, client_keys: countKeys });
  process.on("SIGHUP", () => watch.reload());
}

async function greet(catalog: Catalog, base_url: string, { config, listen }: ServeFlags, kept: string): Promise<void> {
  const found = await catalog.list();
  const [only] = found;
  if (found.length === 1 && only?.problem === ITSELF) throw new UsageError(`${only.provider.base_url} ${ITSELF}`);
  const table = catalog.isDemo(found) ? NOTHING_FOUND : upstreamTable(found);
  const where = [
    config === undefined ? "" : ` --config ${shellWord(config)}`,
    listen ? ` --listen ${new URL(base_url).host}` : "",
  ];
  writeOut(`\n${table}\n\n${printable(kept)}\n\n${agentLines(base_url, shellWord(ownName()), where.join(""))}\n`);
}

/** As it can be typed here. */
function ownName(): string {
  const { execPath } = process;
  if (!isCompiled(execPath)) return "juscode-shim";
  const here = relative(process.cwd(), execPath);
  return here.startsWith("..") || isAbsolute(here) ? execPath : join(".", here);
}

function toStderr(line: string): void {
  writeError(`${line}\n`);
}

/** The first signal lets running answers end, the second does not wait for them. */
function endOnSignal(server: Listening, manager: Supervisor, { state }: AppOptions, outside: Outside): void {
  let signals = 0;
  const end = (): void => {
    signals++;
    if (signals > 1) process.exit(0);
    manager.stopping();
    setTimeout(() => process.exit(0), DRAIN_MS).unref();
    const drained = state?.kept?.background.drain(DRAIN_MS - LAST_WRITES_MS);
    setTimeout(() => writeError(DRAINING), DRAIN_NOTICE_MS).unref();
    void Promise.all([server.stop(false), drained])
      .then(() => state?.close())
      .catch(() => {}) // Told where it happened.
      .then(() => outside.flushed())
      .then(() => process.exit(0));
  };
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
}

function hex(bytes: number): string {
  return randomBytes(bytes).toString("hex");
}
