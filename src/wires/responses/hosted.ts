/** Hosted tools as a Responses request declares and chooses them. */
import { ShimError } from "../../core/errors.ts";
import type { Ignored, Turn } from "../../core/turn.ts";
import {
  countryIn,
  domainOf,
  placeIn,
  type HostedCall,
  type HostedExchange,
  type HostedOffer,
  type SearchWish,
} from "../hosted.ts";
import type { Lifted } from "./lift.ts";
import type { ItemTeller } from "./hosted-items.ts";
import { allowedKey, hrefOf, mcpFlatName, type McpAllowed } from "./mcp-tools.ts";
import { nameOf, parseAt } from "../../core/parse.ts";
import { SearchTool, type ToolChoiceObject } from "./schema.ts";
import type { ToolTable } from "./tools.ts";

/** The name under which the search is offered to models. */
export const SEARCH_NAME = "web_search";

/** By any of its names; the date tells which version of OpenAI's. */
export function isSearch(type: unknown): boolean {
  return typeof type === "string" && /^web_search(?:_preview)?(?:_\d{4}_\d{2}_\d{2})?$/.test(type);
}

/**
 * Undefined where the client wants none that asks anybody. A search service is an index: nothing is fetched from the
 * pages themselves, so that Codex's `indexed_web_access` (0.169, in its sandbox) is served by it.
 */
export function readSearchWish(
  tool: Record<string, unknown>,
  at: string,
  ignored: Ignored[],
): { wish: SearchWish; location: string | undefined } | undefined {
  const read = parseAt(SearchTool, tool, at);
  if (!asksNetwork(read)) {
    const why = "no search may ask the network (external_web_access is false)";
    ignored.push({ field: at, what: nameOf(read.type), why });
    return undefined;
  }
  const domains = read.filters?.allowed_domains ?? [];
  if (read.search_content_types?.includes("image"))
    ignored.push({ field: `${at}.search_content_types`, what: "image", why: "only texts are searched for" });
  return {
    wish: {
      size: read.search_context_size ?? "medium",
      ...(domains.length > 0 && { domains: domains.map(domainOf) }),
      ...countryIn(read.user_location),
    },
    location: placeIn(read.user_location),
  };
}

function asksNetwork(tool: Record<string, unknown>): boolean {
  return tool["external_web_access"] !== false || tool["indexed_web_access"] === true;
}

/**
 * Whether a request declares tools that are run here, although it could be handed on. `by_host`: the host runs such
 * tools itself; then only servers that the config alone can know, since the request names them without an address. A
 * thread that the host keeps can go on there alone.
 */
export function wantsHosted(json: unknown, { search, mcp }: HostedOffer, by_host: boolean): boolean {
  const { tools, input, previous_response_id, conversation } = (json ?? {}) as Record<string, unknown>;
  if ((previous_response_id ?? conversation ?? null) !== null) return false;
  const wanted = (tool: Record<string, unknown> | null): boolean => {
    if (tool?.["type"] === "mcp") {
      const { server_label, server_url, connector_id } = tool;
      const href = typeof server_url === "string" ? hrefOf(server_url) : undefined;
      const ours = mcp.some(({ label, url }) => (href === undefined ? label === server_label : url === href));
      return ours && !connector_id && !(by_host && href !== undefined);
    }
    return search && !by_host && isSearch(tool?.["type"]) && asksNetwork(tool ?? {});
  };
  const declare = (list: unknown): boolean => Array.isArray(list) && list.some(wanted);
  if (tools !== undefined && tools !== null) return declare(tools);
  const items = Array.isArray(input) ? (input as ({ type?: unknown; tools?: unknown } | null)[]) : [];
  return items.some((item) => item?.type === "additional_tools" && declare(item.tools));
}

/**
 * What `tool_choice` asks for where it names a hosted tool: its flat name, or `required` for any tool of a server.
 * Undefined for every other choice.
 */
export function hostedChoice(
  { type, server_label, name }: Pick<Partial<ToolChoiceObject>, "type" | "server_label" | "name">,
  { hosted, mcp }: Pick<ToolTable, "hosted" | "mcp">,
): { name: string } | "required" | undefined {
  if (isSearch(type) && hosted.has(SEARCH_NAME)) return { name: SEARCH_NAME };
  if (type !== "mcp" || !server_label || !mcp.has(server_label)) return undefined;
  return name ? { name: mcpFlatName(server_label, name) } : "required";
}

/** The entries of an `allowed_tools` choice that mean tools of MCP servers. */
export function mcpAllowed({ type, tools }: ToolChoiceObject): McpAllowed | undefined {
  if (type !== "allowed_tools") return undefined;
  const named = (tools ?? []).flatMap(({ type, server_label, name }) =>
    type === "mcp" && server_label ? [allowedKey(server_label, name)] : [],
  );
  return new Set(named);
}

/** Undefined where nothing that is run here is asked for. */
export function hostedExchange({ body, table, turn, history }: Lifted, teller: ItemTeller): HostedExchange | undefined {
  const { hosted, mcp, search } = table;
  const wishes = mcp.wishes;
  if (hosted.size === 0 && wishes.length === 0) return undefined;
  return {
    toolOf: (flat) => hosted.get(flat),
    mcp: wishes,
    declare(listed) {
      const choice = body.tool_choice;
      const allowed = typeof choice === "object" && choice ? mcpAllowed(choice) : undefined;
      const taken = new Set([...table.tools.map(({ name }) => name), ...hosted.keys()]);
      for (const { tool, hosted: each } of mcp.declare(listed, taken, allowed)) {
        hosted.set(tool.name, each);
        turn.tools.push(tool);
      }
      settle(turn);
    },
    approved: () =>
      (history?.approved ?? []).map(({ request, label, name, arguments: args, hanging }): HostedCall => {
        const flat = mcpFlatName(label, name);
        const wish = wishes.find((each) => each.label === label) ?? { server: label, label };
        const tool = hosted.get(flat) ?? { kind: "mcp", wish, name, parameters: {}, approval: false };
        return { tool, name: flat, arguments: args, approved: request, ...(hanging && { hanging }) };
      }),
    search,
    ...(body.max_tool_calls && { max_calls: body.max_tool_calls }),
    client_tools: turn.tools.some(({ name }) => !hosted.has(name)),
    teller,
  };
}

/** Settings that mean tools, once it is known which there are. */
function settle({ tools, settings }: Turn): void {
  const { tool_choice } = settings;
  if (typeof tool_choice === "object" && !tools.some(({ name }) => name === tool_choice.name)) {
    const words = `\`tool_choice\` names \`${tool_choice.name}\`, which its server does not have, or may not be called`;
    throw new ShimError("invalid_request", words, { param: "tool_choice" });
  }
  if (tools.length > 0) return;
  delete settings.tool_choice;
  delete settings.parallel_tool_calls;
}
