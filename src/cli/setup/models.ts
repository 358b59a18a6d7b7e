/** Which models the shim serves: as the running one lists them, or one that is made for this question alone. */
import process from "node:process";
import { windowIn } from "../../agents/codex-config.ts";
import { KEY_VARIABLE, type Endpoint } from "../../agents/endpoint.ts";
import { createApp } from "../../server/app.ts";
import { urlHost } from "../../server/listen.ts";
import { SILENT } from "../../server/log.ts";
import { MOST_LIST_BYTES, readJsonReply } from "../../server/upstreams/reading.ts";
import { SHIM_HEADER } from "../../server/headers.ts";
import { commandApp } from "../serve.ts";
import type { Settings } from "../settings.ts";
import type { LaunchOptions } from "./options.ts";

const ASK_MS = 10_000;
const OWN_LIST = { most_bytes: MOST_LIST_BYTES, speaker: "juscode-shim", asked: "GET /models" };

interface Served {
  /** Its reply to `GET /v1/models`; undefined where no shim could be asked. */
  list: unknown;
  running: boolean;
  note?: string;
  /** It needs a key, or another one. */
  asks_key?: true;
}

/** What the shim serves to a client with this key. */
export interface ServedTo {
  served: Served;
  /** Environment variable that holds the key, which agents read too; undefined where the shim needs none. */
  key_env: string | undefined;
  key: string | undefined;
}

/** Where the shim needs a key and none was named, the usual variable is tried. */
export async function servedTo(
  named: string | undefined,
  ask: (key: string | undefined) => Promise<Served>,
): Promise<ServedTo> {
  const key = named === undefined ? undefined : process.env[named];
  const served = await ask(key);
  if (!served.asks_key || named !== undefined) return { served, key_env: named, key };
  const usual = process.env[KEY_VARIABLE];
  return { served: usual === undefined ? served : await ask(usual), key_env: KEY_VARIABLE, key: usual };
}

type EndpointChoice = Pick<LaunchOptions, "model" | "context_window" | "key_env">;

export function endpointOf(
  { model, context_window, key_env }: EndpointChoice,
  base_url: string,
  list: unknown,
): Endpoint {
  const window = context_window ?? windowIn(list, model);
  return {
    base_url,
    model,
    ...(key_env !== undefined && { key_env }),
    ...(window !== undefined && { context_window: window }),
  };
}

/** Where the shim of this config listens. */
export function ownBaseUrl({ host, port }: Settings): string {
  const is_everywhere = ["0.0.0.0", "::", ""].includes(host);
  return `http://${is_everywhere ? "127.0.0.1" : urlHost(host)}:${port}/v1`;
}

/** `elsewhere`: the address was named, so that a shim of this machine's config would be another one. */
export async function servedModels(
  base_url: string,
  key: string | undefined,
  elsewhere: boolean,
  settings: Settings,
): Promise<Served> {
  withoutProxy(process.env);
  const running = await askRunning(base_url, key);
  if (running) return running;
  if (elsewhere) {
    const note = `Nothing is listening at ${base_url}, so its models are unknown; run setup again when it is running.`;
    return { list: undefined, running: false, note };
  }
  // An app without a socket, which discovers model servers as a running shim does.
  const app = createApp(commandApp(settings, SILENT));
  return { list: await listOf(await app.fetch(new Request("http://127.0.0.1/v1/models"))), running: false };
}

const listOf = (reply: Response): Promise<unknown> | undefined =>
  reply.ok ? readJsonReply(reply, OWN_LIST) : undefined;

async function askRunning(base_url: string, key: string | undefined): Promise<Served | undefined> {
  let reply: Response;
  try {
    reply = await fetch(`${base_url}/models`, {
      redirect: "manual",
      signal: AbortSignal.timeout(ASK_MS),
      ...(key !== undefined && { headers: { authorization: `Bearer ${key}` } }),
    });
  } catch {
    return undefined;
  }
  if (!reply.headers.has(SHIM_HEADER))
    return { list: undefined, running: false, note: `Another program is listening at ${base_url}, not juscode-shim.` };
  if (reply.status !== 401 && reply.status !== 403) return { list: await listOf(reply), running: true };
  const note =
    key === undefined
      ? `The shim needs a key: create one with juscode-shim key add NAME, and export it as ${KEY_VARIABLE} (or name another variable by --key-env).`
      : "The shim refuses this key; see juscode-shim key list.";
  return { list: undefined, running: true, asks_key: true, note };
}

/** Requests to this machine bypass whatever proxy the environment names. */
export function withoutProxy(env: Record<string, string | undefined>): void {
  for (const name of ["NO_PROXY", "no_proxy"]) {
    const hosts = (env[name] ?? "").split(",").filter((host) => host !== "");
    env[name] = [...new Set([...hosts, "localhost", "127.0.0.1", "::1"])].join(",");
  }
}
