/** `juscode-shim serve`: starts the server, says what it found, and ends in order. */
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { presetByOwner } from "../config/presets/index.ts";
import { asShimError, ShimError } from "../core/errors.ts";
import { createApp } from "../server/app.ts";
import { Catalog } from "../server/catalog.ts";
import { Healing } from "../server/healing.ts";
import { listen, urlHost, type Listening } from "../server/listen.ts";
import { SILENT, textLog } from "../server/log.ts";
import { PrefixWatch } from "../server/prefix.ts";
import { probeLocal, type Found } from "../server/probe.ts";
import type { ProviderInput } from "../config/resolve.ts";
import { httpProvider, type ModelList, type Provider } from "../server/upstream.ts";
import { codexLines, NOTHING_FOUND, upstreamTable } from "./greeting.ts";
import { UsageError, type ServeOptions, type UpstreamOption } from "./options.ts";
import { VERSION } from "./version.ts";

/** How long running answers may go on after the first signal to end. */
const DRAIN_MS = 10_000;
/** After which the user is told why it does not end. */
const DRAIN_NOTICE_MS = 200;
const DRAINING = `juscode-shim ends when the running answers have, in ${DRAIN_MS / 1000} s at most; a second signal ends it at once\n`;
const LIST_TIMEOUT_MS = 3000;

export async function serve(options: ServeOptions): Promise<void> {
  bypassProxyForLoopback();
  surviveClosedOutput();
  const instance = hex(8);
  const { host } = options;
  let port = options.port;
  const catalog = new Catalog(() => search(options, port, instance), { one_upstream: options.upstream !== undefined });
  const log = options.quiet
    ? SILENT
    : textLog(
        (line) => void process.stderr.write(`${line}\n`),
        () => new Date(),
      );
  const { hold_ms, heartbeat_ms } = options;
  const app = createApp({
    catalog,
    log,
    instance,
    prefixes: new PrefixWatch(),
    counters: {},
    healing: new Healing(() => performance.now()),
    nextId: () => hex(16),
    hold_ms,
    heartbeat_ms,
    version: VERSION,
  });
  const server = await listen(app.fetch, host, port).catch((error: Error) => {
    throw new UsageError(error.message);
  });
  port = server.port;
  endOnSignal(server);
  const address = `http://${urlHost(host)}:${port}`;
  process.stdout.write(`juscode-shim ${VERSION} listens on ${address}\n`);
  await greet(catalog, `${address}/v1`);
}

async function greet(catalog: Catalog, base_url: string): Promise<void> {
  const found = await catalog.list();
  const model = found.find((each) => each.models.length > 0)?.models[0]?.id;
  const table = catalog.isDemo(found) ? NOTHING_FOUND : upstreamTable(found);
  process.stdout.write(`\n${table}\n\n${codexLines(base_url, model, codexHome())}\n`);
}

async function search(options: ServeOptions, ownPort: number, instance: string): Promise<Found[]> {
  const { upstream, discover, heal, idle_ms } = options;
  const common: Partial<ProviderInput> = {
    stream_idle_timeout_ms: idle_ms,
    ...(heal === "off" && { dialect: { heal } }),
  };
  if (!upstream) return discover ? probeLocal(ownPort, common) : [];
  const input: ProviderInput = { ...common, id: "upstream", ...namedBy(upstream) };
  const provider = httpProvider(input);
  // Not every host lists its models, and it may not be up yet: it is served all the same.
  const { models, shim, problem } = await provider
    .listModels(instance, AbortSignal.timeout(LIST_TIMEOUT_MS))
    .catch((error: unknown): ModelList => ({ models: [], shim: null, problem: problemOf(error, provider) }));
  if (shim === instance)
    throw new UsageError(
      `--upstream ${upstream.base_url} is this juscode-shim itself; give the address of a model host`,
    );
  const named = provider.record.preset === undefined ? presetByOwner(models[0]?.owned_by) : undefined;
  const known = named ? httpProvider({ ...input, preset: named.id }) : provider;
  return [{ provider: known, models, ...(problem !== undefined && { problem }) }];
}

function namedBy({ base_url, api_key, preset, wire }: UpstreamOption): Partial<ProviderInput> {
  return {
    base_url,
    ...(api_key !== undefined && { api_key }),
    // Who has a preset is known by its name.
    ...(preset === undefined ? { name: "the upstream" } : { id: preset, preset }),
    ...(wire && { wires: [wire] }),
  };
}

/** The table's other columns say whose problem it is. */
function problemOf(error: unknown, { speaker }: Provider): string {
  const { message } = asShimError(error);
  return message.startsWith(`${speaker} `) ? message.slice(speaker.length + 1) : message;
}

function codexHome(): string {
  const set = process.env["CODEX_HOME"];
  return set ? resolve(set) : join(homedir(), ".codex");
}

/** Bun and Deno send even loopback requests through a proxy that the environment names. */
function bypassProxyForLoopback(): void {
  const loopback = "localhost,127.0.0.1,::1";
  for (const name of ["NO_PROXY", "no_proxy"]) {
    const before = process.env[name];
    process.env[name] = before ? `${before},${loopback}` : loopback;
  }
}

/** A log reader that ends (`juscode-shim | head`) must not take the server with it. */
function surviveClosedOutput(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: { code?: string }) => {
      if (error.code !== "EPIPE") throw error;
    });
  }
}

/** The first signal lets running answers end, the second does not wait for them. */
function endOnSignal(server: Listening): void {
  let signals = 0;
  const end = (): void => {
    signals++;
    if (signals > 1) process.exit(0);
    setTimeout(() => process.exit(0), DRAIN_MS).unref();
    setTimeout(() => void process.stderr.write(DRAINING), DRAIN_NOTICE_MS).unref();
    void server.stop(false).then(() => process.exit(0));
  };
  process.on("SIGTERM", end);
  process.on("SIGINT", end);
}

function hex(bytes: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );
}

/** Errors for people: no stack trace. */
export function messageOf(error: unknown): string | undefined {
  return error instanceof UsageError || error instanceof ShimError ? error.message : undefined;
}
