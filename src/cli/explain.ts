/** `juscode-shim explain`: whom a request would go to, and why. Nobody is asked for an answer. */
import process from "node:process";
import { IrregularFile, readRegularFile, readStandardInput, whyUnreadable } from "../config/regular-file.ts";
import { ShimError } from "../core/errors.ts";
import { createApp } from "../server/app.ts";
import { SILENT } from "../server/log.ts";
import { MOST_LIST_BYTES, readText } from "../server/upstreams/reading.ts";
import { directly } from "../server/upstreams/transport.ts";
import type { ConfigFile } from "../config/file/config-file.ts";
import type { CommandOutput } from "./check.ts";
import { UsageError } from "./usage-error.ts";
import { type ExplainOptions } from "./options.ts";
import { type ServeFlags } from "./serve-flags.ts";
import { appOptions } from "./serve.ts";
import { settingsOf } from "./settings.ts";

const ASK_MS = 5000;

/** By the shim that runs, which knows who is well and where threads are warm; without one, by the config alone. */
/** For a server that asks for keys. */
function ownKey(): Record<string, string> {
  const key = process.env["JUSCODE_API_KEY"];
  return key === undefined || key === "" ? {} : { authorization: `Bearer ${key}` };
}

export async function explainRoute(
  options: ExplainOptions,
  flags: ServeFlags,
  config: ConfigFile | undefined,
): Promise<CommandOutput> {
  const { route, file, json } = options;
  const body = readRequest(file);
  const settings = settingsOf(flags, config);
  const path = `/v1/routes/${encodeURIComponent(route)}/decision`;
  const init = { method: "POST", headers: { accept: json ? "application/json" : "text/plain", ...ownKey() }, body };
  const running = await fetch(`http://${urlHostOf(settings.host)}:${settings.port}${path}`, {
    ...init,
    ...directly(),
    signal: AbortSignal.timeout(ASK_MS),
  }).catch(() => undefined);
  // Another program may listen there.
  const ours = running?.headers.has("x-juscode-shim") ? running : undefined;
  const answer = ours ?? (await ownAnswer(path, init));
  const text = await readText(answer, { most_bytes: MOST_LIST_BYTES, speaker: "juscode-shim" });
  if (!answer.ok) throw new ShimError("invalid_request", wordsOf(text));
  const from = ours ? "" : "(no juscode-shim runs there: what is well and warm is not known)\n";
  return { text: json ? `${text}\n` : from + text, code: 0 };

  async function ownAnswer(path: string, init: RequestInit): Promise<Response> {
    const app = createApp(
      appOptions({ ...settings, costs: { enabled: false } }, { port: settings.port }, SILENT, undefined),
    );
    return app.request(path, init);
  }
}

const MOST_BYTES = 64 * 1024 * 1024;

function readRequest(file: string): string {
  try {
    return file === "-" ? readStandardInput() : readRegularFile(file, MOST_BYTES);
  } catch (error) {
    if (file === "-")
      throw new UsageError(`the request cannot be read from standard input: ${(error as Error).message}`);
    const from =
      error instanceof IrregularFile
        ? `${error.why}; for a pipe, write - and send it to standard input`
        : whyUnreadable(error);
    throw new UsageError(`the request: ${file} ${from}`);
  }
}

const urlHostOf = (host: string): string => (host.includes(":") ? `[${host}]` : host);

function wordsOf(text: string): string {
  try {
    return (JSON.parse(text) as { error: { message: string } }).error.message;
  } catch {
    return text;
  }
}
