/** Hosted tools as a Responses request declares them. */
import type { JsonObject } from "../../../core/dialect.ts";
import { objectOf, objectsIn } from "../../../core/json.ts";
import type { Turn } from "../../../core/turn.ts";
import { invalid } from "../../errors.ts";
import type { HostedCall, HostedExchange, HostedOffer } from "../../hosted.ts";
import type { ItemReporter } from "./hosted-items.ts";
import type { Lifted } from "./lift.ts";
import { allowedKey, hrefOf, mcpFlatName, type McpAllowed } from "./mcp-tools.ts";
import type { ToolChoiceObject } from "./schema.ts";
import { asksNetwork, isSearch } from "./search-items.ts";

/**
 * Whether a request declares tools that are run here, although it could be forwarded. `by_host`: the upstream runs such
 * tools itself; then only servers that the config alone can know, since the request names them without an address. A
 * thread that the upstream keeps can go on there alone.
 */
export function wantsHosted(json: unknown, { search, mcp }: HostedOffer, by_host: boolean): boolean {
  const { tools, input, previous_response_id, conversation } = objectOf(json);
  if ((previous_response_id ?? conversation ?? null) !== null) return false;
  const wanted = (tool: JsonObject): boolean => {
    if (tool.type !== "mcp") return search && !by_host && isSearch(tool.type) && asksNetwork(tool);
    const { server_label, server_url, connector_id } = tool;
    const href = typeof server_url === "string" ? hrefOf(server_url) : undefined;
    const ours = mcp.some(({ label, url }) => (href === undefined ? label === server_label : url === href));
    return ours && !connector_id && !(by_host && href !== undefined);
  };
  const declares = (list: unknown): boolean => objectsIn(list).some(wanted);
  return declares(tools) || objectsIn(input).some((item) => item.type === "additional_tools" && declares(item.tools));
}

/** Undefined where nothing that is run here is asked for. */
export function hostedExchange(
  { body, table, turn, history }: Lifted,
  teller: ItemReporter,
): HostedExchange | undefined {
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
    throw invalid(words, "tool_choice");
  }
  if (tools.length > 0) return;
  delete settings.tool_choice;
  delete settings.parallel_tool_calls;
}

/** The entries of an `allowed_tools` choice that mean tools of MCP servers. */
function mcpAllowed({ type, tools }: ToolChoiceObject): McpAllowed | undefined {
  if (type !== "allowed_tools") return undefined;
  const named = (tools ?? []).flatMap(({ type, server_label, name }) =>
    type === "mcp" && server_label ? [allowedKey(server_label, name)] : [],
  );
  return new Set(named);
}
