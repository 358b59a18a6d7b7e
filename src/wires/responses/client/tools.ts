/** The tools of a Responses request: functions, freeform tools, namespaces and client-side tool search. */
import { assureArguments, parseObject } from "../../../core/arguments.ts";
import { missing, nameOf, parseAt } from "../../../core/parse.ts";
import type { Ignored } from "../../../core/turn.ts";
import { SEARCH_NAME, type HostedOffer, type WebSearchSettings } from "../../hosted.ts";
import { FlatTools, type DeclaredTool } from "../../tools.ts";
import { McpTable } from "./mcp-tools.ts";
import { CustomTool, FunctionTool, NamespaceTool } from "./schema.ts";
import { isSearch, readSearchWish } from "./search-items.ts";

type ToolKind = "custom" | "tool_search";
export type ResponsesTool = DeclaredTool<ToolKind>;

/** The name under which client-side tool search is offered upstream. */
const TOOL_SEARCH = "tool_search";

export class ToolTable extends FlatTools<ToolKind> {
  private readonly offer: HostedOffer | undefined;
  readonly mcp: McpTable;
  search: WebSearchSettings = { size: "medium" };

  constructor(ignored: Ignored[], offer?: HostedOffer) {
    super(ignored);
    this.offer = offer;
    this.mcp = new McpTable(offer?.mcp ?? [], ignored);
  }

  /** Declares tools as they stand at `at` in the body; one that is declared already keeps its first form. */
  declare(tools: readonly Record<string, unknown>[], at: string, namespace?: string): void {
    for (const [i, tool] of tools.entries()) this.declareOne(tool, `${at}[${i}]`, namespace);
  }

  /** What a namespace says of itself is told with the first of its tools, since a flat list has no other place. */
  private declareNamespace(tool: Record<string, unknown>, at: string): void {
    const { name, description, tools } = parseAt(NamespaceTool, tool, at);
    const first = this.tools.length;
    this.declare(tools, `${at}.tools`, name);
    const told = this.tools[first];
    if (!description || !told) return;
    told.description = `${told.description ?? ""}\n\n(About \`${name}\`, which it belongs to: ${description})`.trim();
  }

  private declareOne(tool: Record<string, unknown>, at: string, namespace: string | undefined): void {
    switch (tool.type) {
      case "function":
        return this.addFunction(parseAt(FunctionTool, tool, at), at, "function", namespace);
      case "custom":
        return this.addFreeform("custom", parseAt(CustomTool, tool, at), at, namespace);
      case "namespace":
        return this.declareNamespace(tool, at);
      case "tool_search": {
        if (tool.execution !== "client") break;
        const { description, parameters } = parseAt(FunctionTool, { ...tool, name: TOOL_SEARCH }, at);
        return this.addFunction({ name: TOOL_SEARCH, description, parameters }, at, TOOL_SEARCH);
      }
    }
    if (tool.type === undefined || tool.type === null) throw missing(`${at}.type`);
    if (tool.type === "mcp" && this.offer && this.offer.mcp.length > 0) return this.mcp.ask(tool, at);
    if (this.offer?.search && isSearch(tool.type)) return this.declareSearch(tool, at);
    this.ignore(at, nameOf(tool.type), "a hosted tool: this upstream cannot run it");
  }

  private declareSearch(tool: Record<string, unknown>, at: string): void {
    const read = readSearchWish(tool, at, this.ignored);
    if (!read || this.hosted.has(SEARCH_NAME)) return;
    if (this.addSearch(at, nameOf(tool.type), read.location)) this.search = read.wish;
  }

  /** The flat name of the tool search that the client runs itself. */
  get toolSearchName(): string {
    return this.flatName(undefined, TOOL_SEARCH);
  }
}

export const CALL_TYPES = {
  function: "function_call",
  custom: "custom_tool_call",
  tool_search: "tool_search_call",
} as const;

/** The fields of a call without `type`, `status` and ids; `text` is empty where it is announced and not known yet. */
export function callFields({ kind, name, namespace }: ResponsesTool, text: string): Record<string, unknown> {
  const names = namespace === undefined ? { name } : { name, namespace };
  switch (kind) {
    case "function":
      return { ...names, arguments: text };
    case "custom":
      return { ...names, input: text };
    case "tool_search":
      // Codex needs an object here; text that is none is taken as what is searched for.
      return { execution: "client", arguments: parseObject(assureArguments(text, undefined).text) ?? { query: text } };
  }
}
