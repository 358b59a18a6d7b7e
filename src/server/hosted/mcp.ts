/**
 * Asks the MCP servers of the config. A server's tools are remembered for a while; for calls each answer has a connection
 * of its own, so that no two clients share a session.
 */
import type { McpServerSettings } from "../../config/file/config-file.ts";
import { ShimError } from "../../core/errors.ts";
import type { HostedOutcome, McpTool, McpWish } from "../../wires/hosted.ts";
import { redactor, type Redact } from "../access/redact.ts";
import { asObject, type Json } from "../upstreams/model-list.ts";
import { mcpFailure, statusOf } from "./failure.ts";
import { answerOf, asRepeated, connect, end, secretsOf, type Connection } from "./mcp-connection.ts";

const LIST_AGE_MS = 5 * 60_000;
const MOST_TOOLS = 500;
/** JSON-RPC's codes for what a server does not know: methods, and parameters such as the name of a tool. */
const UNKNOWN = new Set([-32601, -32602]);
/** Characters of a call's output that the model gets. */
const MOST_OUTPUT = 100_000;
/** Of what went wrong. */
const MOST_WORDS = 500;

export interface McpServer {
  settings: McpServerSettings;
  /** Its key, where it is read anew. */
  readKey?: (() => Promise<string>) | undefined;
}

export class McpServers {
  private readonly servers: ReadonlyMap<string, McpServer>;
  private readonly lists = new Map<string, { at: number; tools: readonly McpTool[] }>();

  constructor(servers: readonly McpServer[]) {
    this.servers = new Map(servers.map((server) => [server.settings.label, server]));
  }

  get settings(): McpServerSettings[] {
    return [...this.servers.values()].map(({ settings }) => settings);
  }

  /** The connections of one answer. */
  session(): McpSession {
    return new McpSession(this.servers, this.lists);
  }
}

export class McpSession {
  private readonly servers: ReadonlyMap<string, McpServer>;
  private readonly lists: Map<string, { at: number; tools: readonly McpTool[] }>;
  private readonly connections = new Map<string, Promise<Connection>>();
  private closed = false;

  constructor(servers: ReadonlyMap<string, McpServer>, lists: Map<string, { at: number; tools: readonly McpTool[] }>) {
    this.servers = servers;
    this.lists = lists;
  }

  /** The server's tools, those alone that the config allows. Throws a ShimError whose message may be shown. */
  async list(wish: McpWish, signal: AbortSignal): Promise<readonly McpTool[]> {
    const kept = wish.headers ? undefined : this.lists.get(wish.server);
    if (kept && performance.now() - kept.at < LIST_AGE_MS) return kept.tools;
    try {
      const { client, settings, redact } = await this.connection(wish, signal);
      const { tools } = await client.listTools({}, { signal, timeout: settings.timeout_ms });
      const wanted = tools.filter(({ name }) => isAllowed(settings, name));
      if (wanted.length > MOST_TOOLS)
        throw new ShimError(
          "unsupported",
          `it has ${wanted.length} tools; name at most ${MOST_TOOLS} in allowed_tools`,
        );
      const read = wanted.map(({ name, description = null, inputSchema, annotations = null }) => ({
        name,
        // It goes to the client and into its history. A schema stays: a common word may be some header's value.
        description: description === null ? null : redact(description),
        input_schema: inputSchema as Json,
        annotations: annotations as Json | null,
      }));
      if (!wish.headers) this.lists.set(wish.server, { at: performance.now(), tools: read });
      return read;
    } catch (thrown) {
      signal.throwIfAborted();
      throw new ShimError(mcpFailure(thrown).kind, await this.words(wish, thrown), { cause: thrown });
    }
  }

  /** Never throws but when it is aborted. */
  async call(wish: McpWish, name: string, args: Json, signal: AbortSignal): Promise<HostedOutcome> {
    try {
      const settings = this.servers.get(wish.server)?.settings;
      // What a client sends back as the server's list is the client's word.
      if (!settings || !isAllowed(settings, name)) throw new ShimError("permission", `\`${name}\` may not be called`);
      const connection = await this.connection(wish, signal);
      const { client, redact } = connection;
      const limits = { timeout: settings.timeout_ms, maxTotalTimeout: settings.timeout_ms };
      const result = await answerOf(connection, signal, (signal) =>
        client.callTool({ name, arguments: args }, { signal, ...limits }),
      );
      const output = outputOf(result, redact);
      if (result.isError !== true) return { kind: "called", output };
      const content = [{ type: "text", text: output }];
      return { kind: "failed", error: output, details: { type: "mcp_tool_execution_error", content } };
    } catch (thrown) {
      signal.throwIfAborted();
      const error = await this.words(wish, thrown);
      const code = codeOf(thrown);
      // Such a tool may be gone, and others there.
      if (code !== undefined && UNKNOWN.has(code)) this.lists.delete(wish.server);
      const type = code !== undefined && code < 0 ? "mcp_protocol_error" : "http_error";
      return { kind: "failed", error, details: { type, code: code ?? 0, message: error } };
    }
  }

  /** No further call is made; servers forget the session. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    for (const connection of this.connections.values()) void connection.then(end).catch(() => {});
  }

  private connection(wish: McpWish, signal: AbortSignal): Promise<Connection> {
    const known = this.connections.get(wish.label);
    if (known) return known;
    const made = this.connect(wish, signal);
    this.connections.set(wish.label, made);
    made.then(
      (connection) => this.closed && void end(connection),
      // Another try may be luckier.
      () => this.connections.delete(wish.label),
    );
    return made;
  }

  private async connect({ server, headers }: McpWish, signal: AbortSignal): Promise<Connection> {
    const { settings, readKey } = this.servers.get(server) ?? {};
    if (!settings) throw new ShimError("internal", `there is no MCP server ${server}`);
    return connect(settings, readKey ? await readKey() : settings.api_key, headers, signal);
  }

  /** What went wrong, for the model and the client, without the server's secrets. */
  private async words({ server, headers }: McpWish, thrown: unknown): Promise<string> {
    const { settings, readKey } = this.servers.get(server) ?? {};
    const key = readKey ? await readKey().catch(() => undefined) : settings?.api_key;
    const words = `MCP server ${server}: ${mcpFailure(thrown).words}`;
    const secrets = [
      ...(settings ? secretsOf(settings, key, headers) : [key]),
      ...Object.values(headers ?? {}).flatMap(asRepeated),
    ];
    return redactor(secrets)(words).replaceAll(/\s+/g, " ").slice(0, MOST_WORDS);
  }
}

function isAllowed({ allowed_tools }: McpServerSettings, name: string): boolean {
  return !allowed_tools || allowed_tools.includes(name);
}

function codeOf(thrown: unknown): number | undefined {
  const { code } = (thrown ?? {}) as { code?: unknown };
  return statusOf(thrown) ?? (typeof code === "number" ? code : undefined);
}

/** A result as text: models read nothing else here. What is no text is named. */
function outputOf(result: unknown, redact: Redact): string {
  const { content, structuredContent } = result as { content?: unknown; structuredContent?: unknown };
  const parts = Array.isArray(content) ? (content as unknown[]).map((part) => partText(asObject(part))) : [];
  const whole =
    parts.length === 0 && structuredContent !== undefined ? JSON.stringify(structuredContent) : parts.join("\n");
  // Before it is cut, since half a secret is hard to know.
  const text = redact(whole);
  if (text.length <= MOST_OUTPUT) return text.toWellFormed();
  const left = text.length - MOST_OUTPUT;
  return `${text.slice(0, MOST_OUTPUT).toWellFormed()}\n[${left} more characters were left out]`;
}

function partText(part: Json): string {
  const { type, text, mimeType, uri, data } = part;
  if (typeof text === "string") return text;
  const resource = asObject(part["resource"]);
  if (typeof resource["text"] === "string") return resource["text"];
  const size = typeof data === "string" ? `, ${Math.floor((data.length * 3) / 4)} bytes` : "";
  const what = [mimeType ?? resource["mimeType"], uri ?? resource["uri"]].filter((each) => typeof each === "string");
  return `[${[typeof type === "string" ? type : "a part", ...what].join(" ")}${size}; it is no text]`;
}
