/** MCP servers as a Responses request declares them, and their tools as models get them. */
import { ShimError } from "../../../core/errors.ts";
import { parseAt } from "../../../core/parse.ts";
import { flatToolName } from "../../../core/tool-names.ts";
import type { Ignored, Tool } from "../../../core/turn.ts";
import { invalid } from "../../errors.ts";
import type { McpHosted, McpListed, McpOffer, McpTool, RequestedMcpServer } from "../../hosted.ts";
import { McpServer, type ToolFilter } from "./schema.ts";

interface RequestedServer {
  wish: RequestedMcpServer;
  at: string;
  description: string | undefined;
  allows(tool: McpTool): boolean;
  needsApproval(tool: McpTool): boolean;
}

/** Tells which tools of which servers an `allowed_tools` choice lets through; absent for all. */
export type McpAllowed = ReadonlySet<string>;

export const allowedKey = (label: string, name?: string | null): string => (name ? `${label}\0${name}` : label);

/** The flat name of a server's tool: the same whether the server is known or not. */
export const mcpFlatName = (label: string, name: string): string => flatToolName(label, name);

export class McpTable {
  /** What servers said, for the client. */
  readonly told: { label: string; listed: McpListed }[] = [];
  private readonly asked: RequestedServer[] = [];
  private readonly ignored: Ignored[];
  private readonly offers: readonly McpOffer[];
  /** Lists that the history holds, by label. */
  private readonly known = new Map<string, readonly McpTool[]>();

  constructor(offers: readonly McpOffer[], ignored: Ignored[]) {
    this.offers = offers;
    this.ignored = ignored;
  }

  get wishes(): RequestedMcpServer[] {
    return this.asked.map(({ wish }) => {
      const known = this.known.get(wish.label);
      return known ? { ...wish, known } : wish;
    });
  }

  has(label: string): boolean {
    return this.asked.some(({ wish }) => wish.label === label);
  }

  /** A list of tools that the client sends back: it is what the model was told. */
  remember(label: string, tools: readonly McpTool[]): void {
    this.known.set(label, tools);
  }

  /** Takes an entry of `tools`. Throws where it names a server that the config does not. */
  ask(tool: Record<string, unknown>, at: string): void {
    const read = parseAt(McpServer, tool, at);
    const label = read.server_label;
    const offer = this.offerFor(label, read.server_url ?? undefined, at);
    if (read.connector_id || read.tunnel_id) throw unknown(`${at}.connector_id`, "OpenAI's connectors are not here");
    if (this.has(label)) {
      this.ignored.push({ field: at, what: label, why: "a server of this label is declared already" });
      return;
    }
    const headers = this.headersOf(read, offer, at);
    this.asked.push({
      at,
      wish: { server: offer.label, label, ...(headers && { headers }) },
      description: read.server_description ?? undefined,
      allows: filterOf(read.allowed_tools),
      needsApproval: approvalOf(read.require_approval, offer),
    });
  }

  /** By label, or by exactly its address: a request names no server of its own. */
  private offerFor(label: string, url: string | undefined, at: string): McpOffer {
    const named = this.offers.find((each) => each.label === label);
    if (url === undefined) {
      if (named) return named;
      throw unknown(`${at}.server_label`, `\`${label}\` is none of this server's MCP servers`);
    }
    const href = hrefOf(url);
    const found =
      this.offers.find((each) => each.url === href && each.label === label) ??
      this.offers.find((each) => each.url === href);
    if (found) return found;
    throw unknown(`${at}.server_url`, `no MCP server of this address is known here`);
  }

  private headersOf(
    { authorization, headers }: McpServer,
    { client_authorization }: McpOffer,
    at: string,
  ): Record<string, string> | undefined {
    if (!authorization && !headers) return undefined;
    if (client_authorization) return { ...headers, ...(authorization && { authorization: `Bearer ${authorization}` }) };
    const why = "the config says what this server is sent (client_authorization)";
    for (const [field, given] of Object.entries({ authorization, headers }))
      if (given) this.ignored.push({ field: `${at}.${field}`, what: field, why });
    return undefined;
  }

  /** Makes tools of what the servers said, in the order of `wishes`; those of them that may be called. */
  declare(
    listed: readonly McpListed[],
    taken: ReadonlySet<string>,
    allowed: McpAllowed | undefined,
  ): { tool: Tool; hosted: McpHosted }[] {
    const declared: { tool: Tool; hosted: McpHosted }[] = [];
    const names = new Set(taken);
    const wishes = this.wishes;
    for (const [i, asked] of this.asked.entries()) {
      const said = listed[i];
      const wish = wishes[i];
      if (!said || !wish) continue;
      const { label } = wish;
      const tools = "tools" in said ? said.tools.filter((tool) => asked.allows(tool)) : [];
      if (!wish.known) this.told.push({ label, listed: "tools" in said ? { tools } : said });
      let first = true;
      for (const tool of tools) {
        const flat = mcpFlatName(label, tool.name);
        if (names.has(flat)) {
          this.ignored.push({ field: asked.at, what: `${label}.${tool.name}`, why: "another tool has its name" });
          continue;
        }
        names.add(flat);
        if (allowed && !allowed.has(label) && !allowed.has(allowedKey(label, tool.name))) continue;
        const parameters = tool.input_schema;
        declared.push({
          tool: { name: flat, ...describe(tool, first ? asked.description : undefined, label), parameters },
          hosted: { kind: "mcp", wish, name: tool.name, parameters, approval: asked.needsApproval(tool) },
        });
        first = false;
      }
    }
    return declared;
  }
}

/** As the config's addresses are written. */
export function hrefOf(url: string): string {
  return URL.canParse(url) ? new URL(url).href : url;
}

function describe({ description }: McpTool, server: string | undefined, label: string): { description?: string } {
  const about = server === undefined ? "" : `\n\n(About \`${label}\`, which it belongs to: ${server})`;
  const text = `${description ?? ""}${about}`.trim();
  return text === "" ? {} : { description: text };
}

function filterOf(allowed: McpServer["allowed_tools"]): (tool: McpTool) => boolean {
  return allowed ? matcherOf(Array.isArray(allowed) ? { tool_names: allowed } : allowed) : () => true;
}

function matcherOf({ tool_names, read_only }: ToolFilter): (tool: McpTool) => boolean {
  const names = tool_names && new Set(tool_names);
  return ({ name, annotations }) => {
    if (names && !names.has(name)) return false;
    return typeof read_only !== "boolean" || (annotations?.readOnlyHint === true) === read_only;
  };
}

/** The client decides, and always where it says nothing; a config that says "always" is never overruled. */
function approvalOf(wish: McpServer["require_approval"], { require_approval }: McpOffer): (tool: McpTool) => boolean {
  if (require_approval === "always") return () => true;
  if (!wish) return () => require_approval !== "never";
  if (typeof wish === "string") return () => wish === "always";
  const always = wish.always && matcherOf(wish.always);
  const never = wish.never && matcherOf(wish.never);
  return (tool) => always?.(tool) === true || never?.(tool) !== true;
}

function unknown(param: string, what: string): ShimError {
  const fix = "name one of those in the config by its label, without server_url or with exactly its own";
  return invalid(`\`${param}\`: ${what}; ${fix}`, param);
}
