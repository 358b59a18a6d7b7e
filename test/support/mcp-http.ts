/**
 * A real MCP server over streamable HTTP, made with the official SDK: of the newest protocol, or with sessions as servers
 * had them before. Its tools say what they are asked, fail, are slow, or say very much.
 */
import { createMcpHandler, McpServer, WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/server";
import * as z from "zod";

const KEY = "mcp-key-1234567890";

export type Era = "modern" | "sessions";

export class McpHttp implements AsyncDisposable {
  /** Calls that ran, as `name:text`. */
  readonly calls: string[] = [];
  /** Methods that were asked for, and headers of the requests. */
  readonly methods: string[] = [];
  readonly headers: Headers[] = [];
  readonly problems: string[] = [];
  sessions_ended = 0;
  private readonly server: Bun.Server<undefined>;
  private readonly open = new Map<string, WebStandardStreamableHTTPServerTransport>();

  constructor(era: Era = "modern") {
    const modern = createMcpHandler(() => this.build(), { legacy: "reject" });
    this.server = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      idleTimeout: 0,
      development: false,
      fetch: async (request) => {
        this.headers.push(request.headers);
        if (request.headers.get("authorization") !== `Bearer ${KEY}`) {
          this.problems.push(`the key is ${String(request.headers.get("authorization"))}`);
          return new Response("no", { status: 401 });
        }
        if (request.method === "POST") {
          const { method } = (await request.clone().json()) as { method?: string };
          if (method !== undefined) this.methods.push(method);
        }
        return era === "modern" ? modern.fetch(request) : this.inSession(request);
      },
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.server.port}/mcp`;
  }

  /** Lines of a config that name it. */
  config(label: string, ...more: string[]): string {
    return [`[mcp_servers.${label}]`, `url = "${this.url}"`, `env_key = "MCP_KEY"`, ...more, ""].join("\n");
  }

  check(): void {
    if (this.problems.length > 0) throw new Error(`the MCP server found fault:\n${this.problems.join("\n")}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server.stop(true);
  }

  private async inSession(request: Request): Promise<Response> {
    const id = request.headers.get("mcp-session-id");
    if (request.method === "DELETE") this.sessions_ended++;
    const known = id === null ? undefined : this.open.get(id);
    if (known) return known.handleRequest(request);
    if (id !== null) return new Response("no such session", { status: 404 });
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => crypto.randomUUID(),
      onsessioninitialized: (opened) => void this.open.set(opened, transport),
    });
    await this.build().connect(transport);
    return transport.handleRequest(request);
  }

  private build(): McpServer {
    const server = new McpServer({ name: "scripted", version: "1" });
    const inputSchema = z.object({ text: z.string() });
    const text = (said: string) => ({ content: [{ type: "text" as const, text: said }] });
    const ran = (name: string, said: string): void => void this.calls.push(`${name}:${said}`);
    server.registerTool(
      "echo",
      { description: "Says the text again.", inputSchema, annotations: { readOnlyHint: true } },
      ({ text: said }) => {
        ran("echo", said);
        return text(`echo: ${said}`);
      },
    );
    server.registerTool("fail", { description: "Fails.", inputSchema }, ({ text: said }) => {
      ran("fail", said);
      return { ...text(`no ${said}, and the key is ${KEY}`), isError: true };
    });
    server.registerTool("slow", { description: "Never ends.", inputSchema }, async ({ text: said }) => {
      ran("slow", said);
      await new Promise(() => {});
      return text("");
    });
    server.registerTool("much", { description: "Says 5 MB.", inputSchema }, ({ text: said }) => {
      ran("much", said);
      return text("word ".repeat(1_000_000));
    });
    server.registerTool("picture", { description: "Shows one.", inputSchema }, () => ({
      content: [{ type: "image", data: "AAAA", mimeType: "image/png" }],
    }));
    return server;
  }
}
