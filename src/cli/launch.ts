/** `juscode-shim launch AGENT`: runs the agent on the running shim, or on one that lives as long as the agent. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { claudeLaunch } from "../agents/claude-code.ts";
import { codexArguments, codexCatalogText } from "../agents/codex-config.ts";
import { KEY_VARIABLE, NO_KEY, type Launch } from "../agents/endpoint.ts";
import { opencodeLaunch } from "../agents/opencode.ts";
import { createApp } from "../server/app.ts";
import { listen, type Listening } from "../server/listen.ts";
import { SILENT } from "../server/log.ts";
import { readSettings } from "./config-here.ts";
import type { ServeFlags } from "./serve-flags.ts";
import { appOptions } from "./serve.ts";
import type { Settings } from "./settings.ts";
import { endpointOf, ownBaseUrl, servedModels, servedTo, withoutProxy, type ServedTo } from "./setup/models.ts";
import type { LaunchOptions } from "./setup/options.ts";
import { findProgram } from "./setup/program.ts";
import { UsageError } from "./usage-error.ts";

/** The agent's exit code, or the signal that ended it. */
type Ended = { code: number } | { signal: NodeJS.Signals };

export async function launch(options: LaunchOptions, flags: ServeFlags): Promise<Ended> {
  const { agent } = options;
  const program = findProgram(agent);
  if (program === undefined)
    throw new UsageError(`${agent} is not on PATH; install it first, or see juscode-shim setup --list`);
  const shim = await shimFor(options, flags, await readSettings(flags));
  const folder = mkdtempSync(join(tmpdir(), "juscode-launch-"));
  try {
    return await run(program, launchOf(options, shim, folder));
  } finally {
    rmSync(folder, { recursive: true, force: true });
    await shim.own?.stop(true);
  }
}

/** Everything is given by arguments and environment; only Codex's model catalog needs a file, in `folder`. */
function launchOf(options: LaunchOptions, { base_url, served, key, key_env }: RunningShim, folder: string): Launch {
  const { agent, args } = options;
  const endpoint = endpointOf({ ...options, key_env }, base_url, served.list);
  switch (agent) {
    case "codex": {
      const catalog = codexCatalogText(served.list);
      const catalog_file = join(folder, "models.json");
      if (catalog !== undefined) writeFileSync(catalog_file, catalog, { mode: 0o600 });
      const own = codexArguments({ ...endpoint, ...(catalog !== undefined && { catalog_file }) });
      // A provider of our name in the user's config may name this variable: Codex merges the two.
      return { args: [...own, ...args], env: { [key_env ?? KEY_VARIABLE]: key ?? NO_KEY } };
    }
    case "claude":
      return claudeLaunch(endpoint, args, key);
    case "opencode":
      return opencodeLaunch(endpoint, args);
  }
}

/** Ends this program as the agent ended, so that its caller sees no difference. */
export function endAs(ended: Ended): never {
  if ("code" in ended) process.exit(ended.code);
  process.kill(process.pid, ended.signal);
  // Where the signal is ignored.
  process.exit(128 + constants.signals[ended.signal]);
}

interface RunningShim extends ServedTo {
  base_url: string;
  /** The one that was started for this agent alone. */
  own?: Listening;
}

async function shimFor(options: LaunchOptions, flags: ServeFlags, settings: Settings): Promise<RunningShim> {
  const { base_url, key_env } = options;
  // Options that name upstreams or a free port do not mean the running shim; an address may.
  const wants_own = flags.upstream !== undefined || flags.discover === false || flags.listen?.port === 0;
  const address = base_url ?? ownBaseUrl(settings);
  if (!wants_own || base_url !== undefined) {
    const found = await servedTo(key_env, (key) => servedModels(address, key, true, settings));
    const { list, running, note } = found.served;
    if (running && list !== undefined) return { base_url: address, ...found };
    if (base_url !== undefined || running)
      throw new UsageError(note ?? `the shim at ${address} does not list its models`);
  }
  return startOwn(key_env, settings, flags.listen?.port ?? 0);
}

/** On a port of its own: another agent must not come to depend on a shim that ends with this one. */
async function startOwn(key_env: string | undefined, settings: Settings, port: number): Promise<RunningShim> {
  const address = { port: 0 };
  const app = createApp(appOptions(settings, address, SILENT));
  const limits = { max_message_bytes: settings.max_body_bytes };
  const own = await listen(app.fetch, "127.0.0.1", port, limits).catch((error: Error) => {
    throw new UsageError(error.message);
  });
  address.port = own.port;
  const base_url = `http://127.0.0.1:${own.port}/v1`;
  return { base_url, own, ...(await servedTo(key_env, (key) => servedModels(base_url, key, true, settings))) };
}

/** A terminal's signals reach the agent by themselves; those sent to this process alone are forwarded. */
const FORWARDED: readonly NodeJS.Signals[] = ["SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT", "SIGUSR1", "SIGUSR2"];
const FROM_TERMINAL: readonly NodeJS.Signals[] = ["SIGINT", "SIGQUIT"];

function run(program: string, { args, env }: Launch): Promise<Ended> {
  const merged = { ...process.env, ...env };
  withoutProxy(merged);
  const child = spawn(program, [...args], { stdio: "inherit", env: merged });
  const handlers = FORWARDED.map((signal) => {
    const handler = (): void => {
      if (!(process.stdin.isTTY && FROM_TERMINAL.includes(signal))) child.kill(signal);
    };
    process.on(signal, handler);
    return () => process.off(signal, handler);
  });
  return new Promise<Ended>((resolve, reject) => {
    child.on("error", (error) => reject(new UsageError(`${program} cannot be started: ${error.message}`)));
    child.on("exit", (code, signal) => resolve(signal === null ? { code: code ?? 0 } : { signal }));
  }).finally(() => {
    for (const remove of handlers) remove();
  });
}
