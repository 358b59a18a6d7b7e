/** Which models the shim serves: asked of the one that runs, or of one that is made for this question alone. */
import process from "node:process";
import { KEY_VARIABLE } from "../../agents/endpoint.ts";
import type { ConfigFile } from "../../config/file/config-file.ts";
import { createApp } from "../../server/app.ts";
import { urlHost } from "../../server/listen.ts";
import { SILENT } from "../../server/log.ts";
import { MOST_LIST_BYTES, readJsonReply } from "../../server/upstreams/reading.ts";
import { SHIM_HEADER } from "../../server/headers.ts";
import { appOptions } from "../serve.ts";
import { type ServeFlags } from "../serve-flags.ts";
import { settingsOf } from "../settings.ts";

const ASK_MS = 10_000;
const OWN_LIST = { most_bytes: MOST_LIST_BYTES, speaker: "juscode-shim", asked: "GET /models" };

interface Served {
  /** What it answers to `GET /v1/models`; undefined where nobody could be asked. */
  list: unknown;
  running: boolean;
  /** Why there is no list, or what to think of it. */
  note?: string;
  /** It wants a key, or another one. */
  asks_key?: true;
}

/** What it serves to whom has this key. */
export interface ServedTo {
  served: Served;
  /** Environment variable that holds the key, which agents read too; absent where the shim asks for none. */
  key_env: string | undefined;
  key: string | undefined;
}

/** One that asks for a key, of which nobody said where it is, is asked again with the one in the usual variable. */
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

/** Where the shim of this config listens. */
export function ownBaseUrl(flags: ServeFlags, config: ConfigFile | undefined): string {
  const { host, port } = settingsOf(flags, config);
  const everywhere = ["0.0.0.0", "::", ""].includes(host);
  return `http://${everywhere ? "127.0.0.1" : urlHost(host)}:${port}/v1`;
}

/** `elsewhere`: the address was named, so that a shim of this machine's config would not be the same one. */
export async function servedModels(
  base_url: string,
  key: string | undefined,
  elsewhere: boolean,
  flags: ServeFlags,
  config: ConfigFile | undefined,
): Promise<Served> {
  withoutProxy(process.env);
  const asked = await askRunning(base_url, key);
  if (asked) return asked;
  if (elsewhere)
    return {
      list: undefined,
      running: false,
      note: `Nobody answers at ${base_url}, so that its models are not known; run setup again when it runs.`,
    };
  return { list: await askOwn(flags, config), running: false };
}

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
    return { list: undefined, running: false, note: `At ${base_url} another program answers, and no juscode-shim.` };
  if (reply.status === 401 || reply.status === 403)
    return {
      list: undefined,
      running: true,
      asks_key: true,
      note:
        key === undefined
          ? `The shim asks for a key: make one by juscode-shim key add NAME, and export it as ${KEY_VARIABLE} (or name another variable by --key-env).`
          : "The shim does not take this key; see juscode-shim key list.",
    };
  return { list: reply.ok ? await readJsonReply(reply, OWN_LIST) : undefined, running: true };
}

/** An app without a socket, which looks for hosts as a running one does. */
async function askOwn(flags: ServeFlags, config: ConfigFile | undefined): Promise<unknown> {
  const settings = { ...settingsOf(flags, config), costs: { enabled: false } };
  const app = createApp(appOptions(settings, { port: settings.port }, SILENT, config?.file));
  const reply = await app.fetch(new Request("http://127.0.0.1/v1/models"));
  return reply.ok ? await readJsonReply(reply, OWN_LIST) : undefined;
}

/** What is on this machine is asked directly, whatever proxy the environment names. */
export function withoutProxy(env: Record<string, string | undefined>): void {
  for (const name of ["NO_PROXY", "no_proxy"]) {
    const hosts = (env[name] ?? "").split(",").filter((host) => host !== "");
    env[name] = [...new Set([...hosts, "localhost", "127.0.0.1", "::1"])].join(",");
  }
}
