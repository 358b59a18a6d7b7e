/** Hosted tools as the `tool_choice` of a Responses request names them. */
import { allowedKey, mcpFlatName, type McpAllowed } from "./mcp-tools.ts";
import type { ToolChoiceObject } from "./schema.ts";
import { SEARCH_NAME } from "../../hosted.ts";
import { isSearch } from "./search-tool.ts";
import type { ToolTable } from "./tools.ts";

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
