/** Examines the shim itself: its folders, its port, and whether it works at all on this machine. */
import { accessSync, constants, existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import process from "node:process";
import type { Hono } from "hono";
import { listen, urlHost } from "../listen.ts";
import { DEMO_MODEL } from "../upstreams/demo.ts";
import { asList, asObject, type Json } from "../upstreams/model-list.ts";
import { MOST_LIST_BYTES, readJsonReply } from "../upstreams/reading.ts";
import { directly } from "../upstreams/transport.ts";
import { SHIM_HEADER } from "../headers.ts";
import { ProbeClient, type LastRequestLog, type ProbedApp } from "./ask.ts";
import { about, judged, ok, shown, type Judged } from "./finding.ts";

const ASK_MS = 2000;

/** Whether costs and capabilities can be kept. The folder is made when it is first needed. */
export function stateFinding(folder: string): Judged {
  try {
    accessSync(nearestThere(folder), constants.W_OK | constants.X_OK);
    return ok("state folder", folder);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : error;
    const why = "costs and what doctor has found are not kept";
    const fix = `make it yours: mkdir -p ${folder}, or name another by XDG_STATE_HOME`;
    return about("state folder").warning(`${folder} cannot be written (${String(code)})`, why, fix);
  }
}

function nearestThere(folder: string): string {
  let at = folder;
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at);
  return at;
}

/** Files that hold a key must be readable by their owner alone. */
export function privateFinding(what: string, file: string): Judged | undefined {
  if (process.platform === "win32") return undefined;
  let mode: number;
  try {
    ({ mode } = statSync(file));
  } catch {
    return undefined; // Whoever reads the file reports that.
  }
  if ((mode & 0o077) === 0) return undefined;
  return about(what).warning(
    `${file} holds a key, and others may read it (mode ${(mode & 0o777).toString(8)})`,
    "every user and program of this machine may use your key",
    `chmod 600 ${file}`,
  );
}

/** Who has the port: a shim of this version, of another one, another program, or nobody. */
export async function portFindings(host: string, port: number, version: string): Promise<Judged[]> {
  const at = `${urlHost(host)}:${port}`;
  const init = { ...directly(), signal: AbortSignal.timeout(ASK_MS) };
  const reply = await fetch(`http://${at}/health`, init).catch(() => undefined);
  if (reply?.headers.has(SHIM_HEADER)) {
    const health = await readJsonReply(reply, { most_bytes: MOST_LIST_BYTES, speaker: at }).catch(() => ({}));
    return running(at, asObject(health), version);
  }
  const blocked = reply ? "another program answers there" : await whyNotFree(host, port);
  if (blocked === undefined) return [ok("port", `${at} is free; juscode-shim does not run`)];
  const fix = "stop that program, or choose another port by --listen or `listen` in the config";
  return [judged("port", "problem", `${at}: ${shown(blocked)}`, "juscode-shim cannot start there", fix)];
}

async function whyNotFree(host: string, port: number): Promise<string | undefined> {
  try {
    const server = await listen(() => new Response(), host, port);
    await server.stop(true);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function running(at: string, health: Json, version: string): Judged[] {
  // Whoever has no key gets less from /health.
  const other = typeof health["version"] === "string" ? health["version"] : undefined;
  const findings = [ok("port", `juscode-shim ${other === undefined ? "" : `${shown(other)} `}runs at ${at}`)];
  if (other !== undefined && other !== version) {
    const why = "what doctor finds may not hold for the one that runs";
    findings.push(judged("version", "warning", `${shown(other)} runs, and this is ${version}`, why, "restart it"));
  }
  for (const { model, field, times } of asList(health["learned"]).map(asObject)) {
    const refused = `its upstream refused it (${Number(times)} requests since)`;
    const found = `${shown(String(model))} gets no ${shown(String(field))}: ${refused}`;
    const fix = "if the upstream takes it in another form, set the provider's `dialect`";
    findings.push(judged("refused setting", "note", found, "each response lists it as ignored", fix));
  }
  const [problem] = asList(asObject(health["config"])["problems"]);
  if (problem !== undefined) {
    const found = `the running shim could not load the newest one: ${shown(String(problem))}`;
    const why = "it goes on with an older config";
    findings.push(judged("config in use", "warning", found, why, "juscode-shim check"));
  }
  const store = asObject(health["store"]);
  if (store["status"] === "degraded") {
    const found = `the running shim cannot use its store: ${shown(String(store["problem"]), 300)}`;
    const why = "nothing is stored, and what needs the store gets 503, until it can be used";
    findings.push(judged("store in use", "problem", found, why, "fix what it names; the shim retries by itself"));
  }
  for (const { warning } of asList(health["truncated"]).map(asObject))
    findings.push(judged("prompts", "problem", shown(String(warning), 300), "agents lose instructions and messages"));
  return findings;
}

/** The whole loop by the built-in demo: a request over a socket, a tool call, its result, a reply. */
export async function selfTest(app: Pick<Hono, "fetch">, chart: LastRequestLog, now: () => number): Promise<Judged> {
  const server = await listen((request) => app.fetch(request), "127.0.0.1", 0).catch((error: Error) => error.message);
  if (typeof server === "string") return broken(server);
  try {
    const request = (path: string, init: RequestInit): Promise<Response> =>
      fetch(`http://127.0.0.1:${server.port}${path}`, { ...init, ...directly() });
    return await demoTurns({ request }, chart, now);
  } finally {
    await server.stop(true);
  }
}

async function demoTurns(clinic: ProbedApp, chart: LastRequestLog, now: () => number): Promise<Judged> {
  const client = new ProbeClient({ clinic, chart, name: DEMO_MODEL, now, limit_ms: 10_000 });
  const asked: Json = { input: "hello", tools: [EXEC] };
  const first = await client.ask(asked);
  const [call] = first.calls;
  if (first.failure) return broken(`${first.failure.kind}: ${first.failure.message}`);
  if (call?.["name"] !== "exec_command") return broken("the demo's call did not come through");
  const result = { type: "function_call_output", call_id: call["call_id"], output: "hello from doctor" };
  const input = [{ type: "message", role: "user", content: "hello" }, ...first.output, result];
  const { failure, text } = await client.ask({ ...asked, input });
  if (failure) return broken(`${failure.kind}: ${failure.message}`);
  return text.includes("hello from doctor")
    ? ok("self-test", "a call and its result went through the built-in demo")
    : broken("the demo never got the result of its call");
}

const EXEC = {
  type: "function",
  name: "exec_command",
  parameters: { type: "object", properties: { cmd: { type: "string" } }, required: ["cmd"] },
};

function broken(how: string): Judged {
  const fix = "does a firewall block 127.0.0.1? Otherwise report this";
  return judged("self-test", "problem", shown(how), "juscode-shim does not work on this machine", fix);
}
