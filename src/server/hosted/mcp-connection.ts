/** One connection to an MCP server, by the official SDK, which is loaded when it is first needed. */
import type { Client, FetchLike } from "@modelcontextprotocol/client";
import type { McpServerSettings } from "../../config/file/config-file.ts";
import { ShimError } from "../../core/errors.ts";
import { redactor, type Redact } from "../access/redact.ts";
import { secretsIn } from "../access/secrets.ts";
import { transportOf } from "../upstreams/transport.ts";
import { boundedFetch } from "./bounded.ts";
import { outputSchemas } from "./output-schemas.ts";

/** Of one answer of a server. */
const MOST_BYTES = 16 * 1024 * 1024;

/** A server that stays away is not waited for: the model is told instead. */
const RECONNECT = {
  maxReconnectionDelay: 1000,
  initialReconnectionDelay: 200,
  reconnectionDelayGrowFactor: 2,
  maxRetries: 1,
};

export interface Connection {
  client: Client;
  settings: McpServerSettings;
  redact: Redact;
  /** Hears when the answer to what is asked meanwhile has ended, whether it was whole or not. One call at a time. */
  onAnswerEnd?: (() => void) | undefined;
}

export async function connect(
  settings: McpServerSettings,
  key: string | undefined,
  headers: Readonly<Record<string, string>> | undefined,
  signal: AbortSignal,
): Promise<Connection> {
  const sent = new Headers(headers);
  for (const [name, value] of Object.entries(settings.headers)) sent.set(name, value);
  if (key !== undefined) sent.set("authorization", `Bearer ${key}`);
  const { Client, StreamableHTTPClientTransport } = await import("@modelcontextprotocol/client");
  const client = new Client(
    { name: "juscode-shim", version: "1" },
    { versionNegotiation: { mode: "auto" }, jsonSchemaValidator: outputSchemas() },
  );
  const transport = new StreamableHTTPClientTransport(new URL(settings.url), {
    requestInit: { headers: sent },
    fetch: boundedFetch(MOST_BYTES, settings.label, transportOf(settings)) as FetchLike,
    reconnectionOptions: RECONNECT,
  });
  const redact = redactor([...secretsOf(settings, key, headers), ...[...sent.values()].flatMap(asRepeated)]);
  const connection: Connection = { client, settings, redact };
  const send = transport.send.bind(transport);
  transport.send = (message, options = {}) => {
    const { onAnswerEnd } = connection;
    if (!onAnswerEnd || !("id" in message)) return send(message, options);
    const onRequestStreamEnd = (): void => {
      options.onRequestStreamEnd?.();
      onAnswerEnd();
    };
    return send(message, { ...options, onRequestStreamEnd });
  };
  await client.connect(transport, { signal, timeout: settings.timeout_ms });
  return connection;
}

/**
 * What a server answers. The SDK waits for a stream that has broken off until the time is over; here it has failed as
 * soon as nobody can go on with it.
 */
export async function answerOf<Answer>(
  connection: Connection,
  signal: AbortSignal,
  ask: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  const given_up = new AbortController();
  const broken = Promise.withResolvers<never>();
  // What has come before the end is read first.
  connection.onAnswerEnd = () =>
    void setTimeout(() => {
      broken.reject(new ShimError("upstream_protocol", "the connection ended before the answer was there"));
      given_up.abort();
    }, 0);
  try {
    return await Promise.race([ask(AbortSignal.any([signal, given_up.signal])), broken.promise]);
  } finally {
    connection.onAnswerEnd = undefined;
  }
}

/** A header's value, and what stands behind its scheme: servers repeat either. */
export function asRepeated(value: string): string[] {
  return [value, value.replace(/^\S+\s+/, "")];
}

/** The server forgets the session. */
export async function end({ client }: Connection): Promise<void> {
  const { transport } = client as { transport?: { terminateSession?(): Promise<void> } };
  await transport?.terminateSession?.().catch(() => {});
  await client.close().catch(() => {});
}

/** `headers`: what the client wants to be sent. */
export function secretsOf(
  settings: McpServerSettings,
  key: string | undefined,
  headers: Readonly<Record<string, string>> = {},
): string[] {
  const { url, proxy } = settings;
  return secretsIn({ key, headers: { ...headers, ...settings.headers }, urls: [url, proxy] });
}
