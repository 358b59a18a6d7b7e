/** Calls the MCP servers of the config. Each response has its own sessions, which no other client shares. */
import type { McpServerSettings } from "../../config/file/config-file.ts";
import { ShimError } from "../../core/errors.ts";
import type { HostedOutcome, McpTool, RequestedMcpServer } from "../../wires/hosted.ts";
import type { Redact } from "../access/redact.ts";
import { asList, asObject, type Json } from "../upstreams/model-list.ts";
import { fieldOf, mcpFailure, statusOf } from "./failure.ts";
import { callTool, connect, end, redactorFor, type Connection } from "./mcp-connection.ts";

const LIST_AGE_MS = 5 * 60_000;
const MOST_TOOLS = 500;
/** JSON-RPC's codes for unknown methods, and unknown parameters such as the name of a tool. */
const UNKNOWN = new Set([-32601, -32602]);
const MOST_OUTPUT = 100_000; // Characters of a call's output that the model gets.
const MOST_WORDS = 500; // Characters of an error.

/** `readKey` reads its key anew, where it is not in the settings. */
type McpServer = { settings: McpServerSettings; readKey?: (() => Promise<string>) | undefined };

export class McpServers {
  readonly byLabel: ReadonlyMap<string, McpServer>;
  readonly lists = new Map<string, { at: number; tools: readonly McpTool[] }>();

  constructor(servers: readonly McpServer[]) {
    this.byLabel = new Map(servers.map((server) => [server.settings.label, server]));
  }

  /** The connections of one response. */
  session(): McpSession {
    return new McpSession(this);
  }
}

export class McpSession {
  private readonly servers: McpServers;
  private readonly connections = new Map<string, Promise<Connection>>();
  private closed = false;

  constructor(servers: McpServers) {
    this.servers = servers;
  }

  /** The server's tools that the config allows. Throws a ShimError whose message may be shown. */
  async list(wish: RequestedMcpServer, signal: AbortSignal): Promise<readonly McpTool[]> {
    const { lists } = this.servers;
    const kept = wish.headers ? undefined : lists.get(wish.server);
    if (kept && performance.now() - kept.at < LIST_AGE_MS) return kept.tools;
    try {
      const { client, settings, redact } = await this.connection(wish, signal);
      const listed = await client.listTools({}, { signal, timeout: settings.timeout_ms });
      const allowed = listed.tools.filter(({ name }) => isAllowed(settings, name));
      if (allowed.length > MOST_TOOLS) {
        const words = `it has ${allowed.length} tools; name at most ${MOST_TOOLS} in allowed_tools`;
        throw new ShimError("unsupported", words);
      }
      const tools = allowed.map(({ name, description = null, inputSchema, annotations }) => ({
        name,
        // It goes to the client and into its history. A schema stays: a common word may be some header's value.
        description: description === null ? null : redact(description),
        input_schema: inputSchema,
        annotations: annotations ? asObject(annotations) : null,
      }));
      if (!wish.headers) lists.set(wish.server, { at: performance.now(), tools });
      return tools;
    } catch (thrown) {
      signal.throwIfAborted();
      throw new ShimError(mcpFailure(thrown).kind, await this.wordsFor(wish, thrown), { cause: thrown });
    }
  }

  /** Throws only when it is aborted. */
  async call(wish: RequestedMcpServer, name: string, args: Json, signal: AbortSignal): Promise<HostedOutcome> {
    try {
      const settings = this.servers.byLabel.get(wish.server)?.settings;
      // The list of tools may have come back from the client, which could have changed it.
      if (!settings || !isAllowed(settings, name)) throw new ShimError("permission", `\`${name}\` may not be called`);
      const connection = await this.connection(wish, signal);
      const result = await callTool(connection, name, args, signal);
      const output = outputOf(result, connection.redact);
      if (result["isError"] !== true) return { kind: "called", output };
      const content = [{ type: "text", text: output }];
      return { kind: "failed", error: output, details: { type: "mcp_tool_execution_error", content } };
    } catch (thrown) {
      signal.throwIfAborted();
      const message = await this.wordsFor(wish, thrown);
      const code = codeOf(thrown);
      // The server's list of tools may have changed.
      if (UNKNOWN.has(code)) this.servers.lists.delete(wish.server);
      const type = code < 0 ? "mcp_protocol_error" : "http_error";
      return { kind: "failed", error: message, details: { type, code, message } };
    }
  }

  /** Makes no further call, and ends the sessions. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    for (const connection of this.connections.values()) void connection.then(end).catch(() => {});
  }

  private connection(wish: RequestedMcpServer, signal: AbortSignal): Promise<Connection> {
    const known = this.connections.get(wish.label);
    if (known) return known;
    const made = this.connect(wish, signal);
    this.connections.set(wish.label, made);
    made.then(
      (connection) => this.closed && void end(connection),
      // The next call tries again.
      () => this.connections.delete(wish.label),
    );
    return made;
  }

  private async connect({ server, headers }: RequestedMcpServer, signal: AbortSignal): Promise<Connection> {
    const { settings, readKey } = this.servers.byLabel.get(server) ?? {};
    if (!settings) throw new ShimError("internal", `there is no MCP server ${server}`);
    return connect({ settings, key: readKey ? await readKey() : settings.api_key, headers }, signal);
  }

  /** What went wrong, for the model and the client, without the server's secrets. */
  private async wordsFor({ server, headers }: RequestedMcpServer, thrown: unknown): Promise<string> {
    const { settings, readKey } = this.servers.byLabel.get(server) ?? {};
    const words = `MCP server ${server}: ${mcpFailure(thrown).words}`;
    if (!settings) return words;
    const key = readKey ? await readKey().catch(() => undefined) : settings.api_key;
    return redactorFor({ settings, key, headers })(words).replaceAll(/\s+/g, " ").slice(0, MOST_WORDS);
  }
}

function isAllowed({ allowed_tools }: McpServerSettings, name: string): boolean {
  return !allowed_tools || allowed_tools.includes(name);
}

/** The HTTP status, or JSON-RPC's code; 0 for neither. */
function codeOf(thrown: unknown): number {
  const code = statusOf(thrown) ?? fieldOf(thrown, "code");
  return typeof code === "number" ? code : 0;
}

/** A result as text: models read nothing else here. What is not text is named. */
function outputOf({ content, structuredContent }: Json, redact: Redact): string {
  const parts = asList(content).map((part) => partText(asObject(part)));
  const whole =
    parts.length === 0 && structuredContent !== undefined ? JSON.stringify(structuredContent) : parts.join("\n");
  // It is redacted before it is cut, since half a secret is hard to find.
  const text = redact(whole);
  if (text.length <= MOST_OUTPUT) return text.toWellFormed();
  const left = text.length - MOST_OUTPUT;
  return `${text.slice(0, MOST_OUTPUT).toWellFormed()}\n[${left} more characters were left out]`;
}

function partText({ type, text, mimeType, uri, data, resource }: Json): string {
  const inner = asObject(resource);
  const words = [text, inner["text"]].find((each) => typeof each === "string");
  if (words !== undefined) return words;
  const size = typeof data === "string" ? `, ${Math.floor((data.length * 3) / 4)} bytes` : "";
  const what = [mimeType ?? inner["mimeType"], uri ?? inner["uri"]].filter((each) => typeof each === "string");
  return `[${[typeof type === "string" ? type : "a part", ...what].join(" ")}${size}; it is no text]`;
}
