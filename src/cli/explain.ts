/** `juscode-shim explain`: where a request would be routed, and why. No model is called. */
import process from "node:process";
import { IrregularFile, readRegularFile, readStandardInput, whyUnreadable } from "../config/regular-file.ts";
import { ShimError } from "../core/errors.ts";
import { isJsonObject } from "../core/json-fields.ts";
import { createApp } from "../server/app.ts";
import { urlHost } from "../server/listen.ts";
import { SILENT } from "../server/log.ts";
import { MOST_LIST_BYTES, readText } from "../server/upstreams/reading.ts";
import { directly } from "../server/upstreams/transport.ts";
import { SHIM_HEADER } from "../server/headers.ts";
import { readSettings } from "./config-here.ts";
import type { ExplainOptions } from "./options.ts";
import type { ServeFlags } from "./serve-flags.ts";
import { commandApp } from "./serve.ts";
import { messageOf, UsageError } from "./usage-error.ts";

const ASK_MS = 5000;
const MOST_BYTES = 64 * 1024 * 1024;

/** A running shim knows health and warm threads, and is asked first; without one the config alone decides. */
export async function explainRoute({ route, file, json }: ExplainOptions, flags: ServeFlags): Promise<string> {
  const settings = await readSettings(flags);
  const path = `/v1/routes/${encodeURIComponent(route)}/decision`;
  const key = process.env["JUSCODE_API_KEY"];
  const headers = { accept: json ? "application/json" : "text/plain", ...(key && { authorization: `Bearer ${key}` }) };
  const init = { method: "POST", headers, body: readRequest(file) };
  const running = await fetch(`http://${urlHost(settings.host)}:${settings.port}${path}`, {
    ...init,
    ...directly(),
    signal: AbortSignal.timeout(ASK_MS),
  }).catch(() => undefined);
  // Another program may listen there.
  const ours = running?.headers.has(SHIM_HEADER) ? running : undefined;
  const reply = ours ?? (await createApp(commandApp(settings, SILENT)).request(path, init));
  const text = await readText(reply, { most_bytes: MOST_LIST_BYTES, speaker: "juscode-shim" });
  if (!reply.ok) throw new ShimError("invalid_request", errorMessage(text));
  const from = ours ? "" : "(no juscode-shim is running: health and warm threads are unknown)\n";
  return json ? `${text}\n` : from + text;
}

function readRequest(file: string): string {
  try {
    return file === "-" ? readStandardInput() : readRegularFile(file, MOST_BYTES);
  } catch (error) {
    if (file === "-") throw new UsageError(`cannot read the request from standard input: ${messageOf(error)}`);
    const pipe = error instanceof IrregularFile ? "; for a pipe, write - and send it to standard input" : "";
    throw new UsageError(`the request: ${file} ${whyUnreadable(error)}${pipe}`);
  }
}

function errorMessage(text: string): string {
  try {
    const body: unknown = JSON.parse(text);
    const error = isJsonObject(body) ? body["error"] : undefined;
    return isJsonObject(error) && typeof error["message"] === "string" ? error["message"] : text;
  } catch {
    return text;
  }
}
