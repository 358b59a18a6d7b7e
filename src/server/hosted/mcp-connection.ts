/** One connection to an MCP server, by the official SDK, which is loaded when it is first needed. */
import type { Client, FetchLike, jsonSchemaValidator } from "@modelcontextprotocol/client";
import type { McpServerSettings } from "../../config/file/config-file.ts";
import { ShimError } from "../../core/errors.ts";
import { SchemaCheck } from "../../core/schema/check.ts";
import { WorkBudget } from "../../core/work-budget.ts";
import type { RequestedMcpServer } from "../../wires/hosted.ts";
import { redactor, type Redact } from "../access/redact.ts";
import { secretsIn } from "../access/secrets.ts";
import { MOST_VALUES, ValueCounter } from "../memory/json-census.ts";
import type { Init } from "../upstreams/fetching.ts";
import { asObject, type Json } from "../upstreams/model-list.ts";
import { fetchPlain } from "../upstreams/plain.ts";
import { transportOf } from "../upstreams/transport.ts";

const MOST_BYTES = 16 * 1024 * 1024; // Limit of one reply of a server.
/** A server that stays away is not waited for: the model gets an error instead. */
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
  terminate(): Promise<void>;
  /** Called when the running request's reply has ended, whole or not. There is one request at a time. */
  onReplyEnd?: (() => void) | undefined;
}

/** What opens a server: its settings, its key, and headers that the client wants to be sent. */
type McpAccess = { settings: McpServerSettings; key: string | undefined; headers: RequestedMcpServer["headers"] };

export async function connect(access: McpAccess, signal: AbortSignal): Promise<Connection> {
  const { settings, key, headers } = access;
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
    fetch: boundedFetch(settings.label, transportOf(settings)),
    reconnectionOptions: RECONNECT,
  });
  const terminate = (): Promise<void> => transport.terminateSession();
  const connection: Connection = { client, settings, redact: redactorFor(access), terminate };
  const send = transport.send.bind(transport);
  transport.send = (message, options = {}) => {
    const { onReplyEnd } = connection;
    if (!onReplyEnd || !("id" in message)) return send(message, options);
    const onRequestStreamEnd = (): void => {
      options.onRequestStreamEnd?.();
      onReplyEnd();
    };
    return send(message, { ...options, onRequestStreamEnd });
  };
  await client.connect(transport, { signal, timeout: settings.timeout_ms });
  return connection;
}

/** A `fetch` whose replies break off when they grow too long, and that follows no redirect. */
function boundedFetch(speaker: string, transport: Init): FetchLike {
  return async (url, init) => {
    const reply = await fetchPlain(url, { ...init, ...transport, redirect: "manual" }, speaker);
    if (!reply.body) return reply;
    let bytes = 0;
    const counter = new ValueCounter();
    const limit = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, controller) {
        bytes += chunk.length;
        counter.push(chunk);
        if (bytes <= MOST_BYTES && counter.values <= MOST_VALUES) return controller.enqueue(chunk);
        const what = bytes > MOST_BYTES ? `${MOST_BYTES / 1024 / 1024} MB` : `${MOST_VALUES} JSON values`;
        controller.error(new ShimError("upstream_protocol", `${speaker} answers with more than ${what}`));
      },
    });
    const { status, statusText, headers } = reply;
    return new Response(reply.body.pipeThrough(limit), { status, statusText, headers });
  };
}

const STEPS = 1_000_000; // Steps for all schema checks of one connection: some hundredths of a second.

/** Checks tools' outputs by their schemas. What cannot be decided within the budget is taken as it is. */
function outputSchemas(): jsonSchemaValidator {
  const budget = new WorkBudget(STEPS);
  return {
    getValidator<T>(schema: unknown) {
      const check = new SchemaCheck(schema, budget);
      return (output) =>
        check.fit(output) === "breaks"
          ? { valid: false, data: undefined, errorMessage: "it does not fit the schema" }
          : { valid: true, data: output as T, errorMessage: undefined };
    },
  };
}

/** Calls a tool. The SDK would wait for a broken stream until the time is over; here that fails at once. */
export async function callTool(connection: Connection, name: string, args: Json, signal: AbortSignal): Promise<Json> {
  const { client, settings } = connection;
  const given_up = new AbortController();
  const broken = Promise.withResolvers<never>();
  // What has come before the end is read first.
  connection.onReplyEnd = () =>
    void setTimeout(() => {
      broken.reject(new ShimError("upstream_protocol", "the connection ended before the reply was complete"));
      given_up.abort();
    }, 0);
  try {
    const limits = { timeout: settings.timeout_ms, maxTotalTimeout: settings.timeout_ms };
    const options = { signal: AbortSignal.any([signal, given_up.signal]), ...limits };
    return asObject(await Promise.race([client.callTool({ name, arguments: args }, options), broken.promise]));
  } finally {
    connection.onReplyEnd = undefined;
  }
}

/** Takes out the secrets of a server. Servers repeat a header's value, or what stands behind its scheme. */
export function redactorFor({ settings: { url, proxy, headers: own }, key, headers }: McpAccess): Redact {
  const all = { ...headers, ...own };
  const values = [...Object.values(all), ...Object.values(headers ?? {})];
  const repeated = values.flatMap((value) => [value, value.replace(/^\S+\s+/, "")]);
  return redactor([...secretsIn({ key, headers: all, urls: [url, proxy] }), ...repeated]);
}

/** Ends the session at the server, too. */
export async function end({ client, terminate }: Connection): Promise<void> {
  await terminate().catch(() => {});
  await client.close().catch(() => {});
}
