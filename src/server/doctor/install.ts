/** The shim itself: its folders, its port, and whether it works at all on this machine. */
import { accessSync, constants, existsSync, statSync } from "node:fs";
import process from "node:process";
import { dirname } from "node:path";
import { DEMO_MODEL } from "../upstreams/demo.ts";
import { listen, urlHost } from "../listen.ts";
import { asList, asObject, type Json } from "../upstreams/model-list.ts";
import { MOST_LIST_BYTES, readJsonReply } from "../upstreams/reading.ts";
import { directly } from "../upstreams/transport.ts";
import { SHIM_HEADER } from "../headers.ts";
import { Chart, Patient, type Clinic } from "./ask.ts";
import { judged, ok, shown, type Judged } from "./finding.ts";

const ASK_MS = 2000;

/** Whether costs and capabilities can be kept. The folder is made when it is first needed. */
export function stateFinding(folder: string): Judged {
  try {
    accessSync(nearestThere(folder), constants.W_OK | constants.X_OK);
    return ok("state folder", folder);
  } catch (error) {
    return judged(
      "state folder",
      "warning",
      `${folder} cannot be written (${String((error as { code?: unknown }).code ?? error)})`,
      "costs and what doctor has found are not kept",
      `make it yours: mkdir -p ${folder}, or name another by XDG_STATE_HOME`,
    );
  }
}

function nearestThere(folder: string): string {
  let at = folder;
  while (!existsSync(at) && dirname(at) !== at) at = dirname(at);
  return at;
}

/** Files that hold a key are their owner's alone. */
export function privateFinding(what: string, file: string): Judged | undefined {
  if (process.platform === "win32") return undefined;
  let mode: number;
  try {
    ({ mode } = statSync(file));
  } catch {
    return undefined; // Whoever reads it says so.
  }
  if ((mode & 0o077) === 0) return undefined;
  return judged(
    what,
    "warning",
    `${file} holds a key, and others may read it (mode ${(mode & 0o777).toString(8)})`,
    "every user and program of this machine may use your key",
    `chmod 600 ${file}`,
  );
}

/** Who has the port: a shim of this version, of another one, another program, or nobody. */
export async function portFindings(host: string, port: number, version: string): Promise<Judged[]> {
  const at = `${urlHost(host)}:${port}`;
  const reply = await fetch(`http://${at}/health`, { ...directly(), signal: AbortSignal.timeout(ASK_MS) }).catch(
    () => undefined,
  );
  if (reply?.headers.has(SHIM_HEADER))
    return running(
      at,
      asObject(await readJsonReply(reply, { most_bytes: MOST_LIST_BYTES, speaker: at }).catch(() => ({}))),
      version,
    );
  const blocked = reply ? "another program answers there" : await whyNotFree(host, port);
  if (blocked === undefined) return [ok("port", `${at} is free; juscode-shim does not run`)];
  return [
    judged(
      "port",
      "problem",
      `${at}: ${shown(blocked)}`,
      "juscode-shim cannot start there",
      "stop that program, or choose another port by --listen or `listen` in the config",
    ),
  ];
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

/** Fields that only tune, which hosts have refused and so do not get. */
function refusals(health: Json): Judged[] {
  return asList(health["learned"]).map((each) => {
    const { model, field, times } = asObject(each);
    return judged(
      "refused setting",
      "note",
      `${shown(String(model))} gets no ${shown(String(field))}: its host refused it (${Number(times)} requests since)`,
      "each answer lists it as ignored",
      "if the host takes it in another form, say so in the provider's `dialect`",
    );
  });
}

function running(at: string, health: Json, version: string): Judged[] {
  const { version: other } = health;
  // Whoever has no key is told less.
  const told: Judged[] = [
    ok("port", `juscode-shim ${typeof other === "string" ? `${shown(other)} ` : ""}runs at ${at}`),
  ];
  if (typeof other === "string" && other !== version)
    told.push(
      judged(
        "version",
        "warning",
        `${shown(other)} runs, and this is ${version}`,
        "what doctor finds may not hold for the one that runs",
        "restart it",
      ),
    );
  told.push(...refusals(health));
  const problems = asList(asObject(health["config"])["problems"]);
  if (problems.length > 0)
    told.push(
      judged(
        "config in use",
        "warning",
        `the running shim could not read the newest one: ${shown(String(problems[0]))}`,
        "it goes on with an older config",
        "juscode-shim check",
      ),
    );
  const store = asObject(health["store"]);
  if (store["status"] === "degraded")
    told.push(
      judged(
        "store in use",
        "problem",
        `the running shim cannot use its store: ${shown(String(store["problem"]), 300)}`,
        "nothing is stored, and what needs the store gets 503, until it can be used",
        "set right what it names; it is tried again by itself",
      ),
    );
  for (const each of asList(health["truncated"]).map(asObject))
    told.push(judged("prompts", "problem", shown(String(each["warning"]), 300), "agents lose what they were told"));
  return told;
}

interface Served {
  fetch(request: Request): Response | Promise<Response>;
}

/** The whole loop by the built-in demo: a request over a socket, a call, its result, an answer. */
export async function selfTest(app: Served, chart: Chart, now: () => number): Promise<Judged> {
  const over = await overSocket(app);
  if (typeof over === "string") return broken(over);
  try {
    const patient = new Patient({ clinic: over.clinic, chart, name: DEMO_MODEL, now, limit_ms: 10_000 });
    const asked: Json = { input: "hello", tools: [EXEC] };
    const first = await patient.ask(asked);
    const [call] = first.calls;
    if (first.failure) return broken(`${first.failure.kind}: ${first.failure.message}`);
    if (call?.["name"] !== "exec_command") return broken("the demo's call did not come through");
    const result = { type: "function_call_output", call_id: call["call_id"], output: "hello from doctor" };
    const input = [{ type: "message", role: "user", content: "hello" }, ...first.output, result];
    const { failure, text } = await patient.ask({ ...asked, input });
    if (failure) return broken(`${failure.kind}: ${failure.message}`);
    return text.includes("hello from doctor")
      ? ok("self-test", "a call and its result went through the built-in demo")
      : broken("the demo never got the result of its call");
  } finally {
    await over.stop();
  }
}

const EXEC = {
  type: "function",
  name: "exec_command",
  parameters: { type: "object", properties: { cmd: { type: "string" } }, required: ["cmd"] },
};

function broken(how: string): Judged {
  return judged(
    "self-test",
    "problem",
    shown(how),
    "juscode-shim does not work on this machine",
    "does a firewall reach for 127.0.0.1? Otherwise report this",
  );
}

async function overSocket(app: Served): Promise<{ clinic: Clinic; stop(): Promise<void> } | string> {
  try {
    const server = await listen((request) => app.fetch(request), "127.0.0.1", 0);
    const request = (path: string, init: RequestInit): Promise<Response> =>
      fetch(`http://127.0.0.1:${server.port}${path}`, { ...init, ...directly() });
    return { clinic: { request }, stop: () => server.stop(true) };
  } catch (error) {
    return (error as Error).message;
  }
}
