/**
 * The tools of a Responses request: functions, freeform tools, namespaces and client-side tool search become
 * flat functions upstream, and a call of one is restored to the kind that the client declared.
 */
import { freeformAsFunction } from "../../../core/freeform.ts";
import { flatToolName } from "../../../core/tool-names.ts";
import type { Ignored, Tool } from "../../../core/turn.ts";
import { searchTool, type HostedOffer, type HostedTool, type SearchWish } from "../../hosted.ts";
import { isSearch, readSearchWish, SEARCH_NAME } from "./search-tool.ts";
import { McpTable } from "./mcp-tools.ts";
import { missing, nameOf, parseAt } from "../../../core/parse.ts";
import { CustomTool, FunctionTool, NamespaceTool } from "./schema.ts";

export type ToolKind = "function" | "custom" | "tool_search";

export interface DeclaredTool {
  kind: ToolKind;
  name: string;
  namespace: string | undefined;
  declared: boolean;
  /** JSON Schema of a function's arguments. */
  parameters?: Record<string, unknown> | undefined;
  /** Grammar of a freeform tool. */
  grammar?: string | undefined;
}

/** The name under which client-side tool search is offered upstream. */
const TOOL_SEARCH = "tool_search";

/** Namespace whose tools models know, and Codex takes, by their bare names (Codex 0.169, code mode). */
const BARE_NAMESPACE = "functions";

export class ToolTable {
  readonly tools: Tool[] = [];
  private readonly byFlat = new Map<string, DeclaredTool>();
  private readonly flatOf = new Map<string, string>();
  private readonly forms = new Map<DeclaredTool, string>();
  private readonly ignored: Ignored[];
  private readonly offer: HostedOffer | undefined;
  /** Tools that are run here, by their flat names. */
  readonly hosted = new Map<string, HostedTool>();
  readonly mcp: McpTable;
  search: SearchWish = { size: "medium" };

  constructor(ignored: Ignored[], offer?: HostedOffer) {
    this.ignored = ignored;
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
      case "function": {
        const { name, description, parameters, strict } = parseAt(FunctionTool, tool, at);
        const declared: DeclaredTool = {
          kind: "function",
          name,
          namespace,
          declared: true,
          parameters: parameters ?? undefined,
        };
        this.add(declared, at, (flat) => ({
          name: flat,
          ...(description && { description }),
          ...(parameters && { parameters }),
          // Codex says `strict: false` of every tool; hosts that do not know the field had better not see it.
          ...(strict && { strict }),
        }));
        return;
      }
      case "custom": {
        const { name, description, format } = parseAt(CustomTool, tool, at);
        const grammar = format?.definition ?? undefined;
        this.add({ kind: "custom", name, namespace, declared: true, grammar }, at, (flat) =>
          freeformAsFunction(flat, description ?? undefined, format ?? undefined),
        );
        return;
      }
      case "namespace":
        return this.declareNamespace(tool, at);
      case "tool_search":
        if (tool.execution === "client") {
          const { name: _, ...rest } = parseAt(FunctionTool, { ...tool, name: TOOL_SEARCH }, at);
          this.add({ kind: "tool_search", name: TOOL_SEARCH, namespace: undefined, declared: true }, at, (flat) => ({
            name: flat,
            ...(rest.description && { description: rest.description }),
            ...(rest.parameters && { parameters: rest.parameters }),
          }));
          return;
        }
    }
    if (tool.type === undefined || tool.type === null) throw missing(`${at}.type`);
    if (tool.type === "mcp" && this.offer && this.offer.mcp.length > 0) return this.mcp.ask(tool, at);
    if (this.offer?.search && isSearch(tool.type)) return this.addSearch(tool, at);
    this.ignored.push({ field: at, what: nameOf(tool.type), why: "a hosted tool: this upstream cannot run it" });
  }

  private addSearch(tool: Record<string, unknown>, at: string): void {
    const read = readSearchWish(tool, at, this.ignored);
    if (!read || this.hosted.has(SEARCH_NAME)) return;
    if (this.byFlat.has(SEARCH_NAME)) {
      const why = "the client has a tool of this name that it runs itself";
      this.ignored.push({ field: at, what: nameOf(tool.type), why });
      return;
    }
    this.search = read.wish;
    this.hosted.set(SEARCH_NAME, { kind: "web_search" });
    this.tools.push(searchTool(SEARCH_NAME, read.location));
  }

  private add(declared: DeclaredTool, at: string, build: (flat: string) => Tool): void {
    const key = keyOf(declared.namespace, declared.name);
    const first = this.byFlat.get(this.flatOf.get(key) ?? "");
    if (first) {
      // The same tool is declared again by clients that load it in mid-conversation.
      if (this.formOf(first) !== formOf(declared))
        this.ignored.push({
          field: at,
          what: declared.name,
          why: `a ${first.kind} tool of this name is declared already`,
        });
      return;
    }
    const space = declared.namespace === BARE_NAMESPACE ? undefined : declared.namespace;
    let flat = flatToolName(space, declared.name);
    for (let n = 1; this.byFlat.has(flat) || this.hosted.has(flat); n++) flat = flatToolName(space, declared.name, n);
    this.byFlat.set(flat, declared);
    this.flatOf.set(key, flat);
    this.tools.push(build(flat));
  }

  /** Of one that is declared: written once, however often it is declared again. */
  private formOf(declared: DeclaredTool): string {
    const form = this.forms.get(declared) ?? formOf(declared);
    this.forms.set(declared, form);
    return form;
  }

  /** Whether a tool has this flat name, be it the client's own or one that is run here. */
  isDeclared(flat: string): boolean {
    return this.byFlat.has(flat) || this.hosted.has(flat);
  }

  /** The flat name of a tool that a history or a tool choice mentions, declared or not. */
  flatName(namespace: string | null | undefined, name: string): string {
    const space = namespace === BARE_NAMESPACE ? undefined : (namespace ?? undefined);
    const known = this.flatOf.get(keyOf(namespace ?? undefined, name));
    if (known !== undefined) return known;
    const bare = space === undefined ? this.flatOf.get(keyOf(BARE_NAMESPACE, name)) : undefined;
    return bare ?? flatToolName(space, name);
  }

  /** The flat name of the tool search that the client runs itself. */
  get toolSearchName(): string {
    return this.flatName(undefined, TOOL_SEARCH);
  }

  /** What the client declared under this flat name; an unknown name is a function of that name. */
  resolve(flat: string): DeclaredTool {
    return this.byFlat.get(flat) ?? { kind: "function", name: flat, namespace: undefined, declared: false };
  }
}

function keyOf(namespace: string | undefined, name: string): string {
  return `${namespace ?? ""}\0${name}`;
}

function formOf({ kind, parameters, grammar }: DeclaredTool): string {
  return JSON.stringify([kind, parameters, grammar]);
}
