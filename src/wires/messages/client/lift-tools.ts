/** The tools of a Messages request as flat functions, and the names under which the client knows them. */
import { nameOf, parseAt } from "../../../core/parse.ts";
import { flatToolName } from "../../../core/tool-names.ts";
import type { Ignored, Tool } from "../../../core/turn.ts";
import { ToolInput } from "./schema.ts";
import { searchTool } from "../../hosted.ts";
import { isSearch, readWish, SEARCH_NAME, type Wish } from "./search-tool.ts";
import { knownTool } from "./typed-tools.ts";

export interface DeclaredTool {
  name: string;
  declared: boolean;
  /** JSON Schema of the arguments. */
  parameters?: Record<string, unknown> | undefined;
}

export class ToolTable {
  private readonly byFlat = new Map<string, { declared: DeclaredTool; tool: Tool; form?: string | undefined }>();
  private readonly flatOf = new Map<string, string>();
  private readonly ignored: Ignored[];
  private readonly searches: boolean;
  /** How the web is to be searched; absent where no search is declared. */
  wish: Wish | undefined;

  /** `searches`: the web can be searched here. */
  constructor(ignored: Ignored[], searches = false) {
    this.ignored = ignored;
    this.searches = searches;
  }

  get tools(): Tool[] {
    return [...this.byFlat.values()].map(({ tool }) => tool);
  }

  /** Declares tools as they stand at `at` in the body; one that is declared already keeps its first form. */
  declare(tools: readonly Record<string, unknown>[], at: string): void {
    for (const [i, tool] of tools.entries()) this.declareOne(tool, `${at}[${i}]`);
  }

  /**
   * Tools whose loading is put off are offered like all others: the server that would search them is not here, and a
   * client that searches itself sends only those that were found.
   */
  declareOne(given: Record<string, unknown>, at: string): void {
    const type = given.type ?? "custom";
    if (type === "custom" || given.input_schema) {
      const tool = parseAt(ToolInput, given, at);
      if (!isPlaceholder(tool)) this.add(tool, tool.description ?? undefined, tool.input_schema ?? undefined, at);
      return;
    }
    const known = typeof type === "string" ? knownTool(type) : undefined;
    if (this.searches && isSearch(type)) return this.addSearch(given, at);
    if (!known) return void this.ignored.push({ field: at, what: nameOf(type), why: whyNot(type) });
    const tool = parseAt(ToolInput, given, at);
    this.add(tool, known.description, known.parameters, at);
  }

  /** A tool that was taken away in mid-conversation. */
  remove(name: string): void {
    this.byFlat.delete(this.flatName(name));
  }

  /** The flat name of a tool that a history or a tool choice mentions, declared or not. */
  flatName(name: string): string {
    return this.flatOf.get(name) ?? flatToolName(undefined, name);
  }

  /** What the client declared under this flat name; an unknown name is a tool of that name. */
  resolve(flat: string): DeclaredTool {
    return this.byFlat.get(flat)?.declared ?? { name: flat, declared: false };
  }

  private addSearch(given: Record<string, unknown>, at: string): void {
    if (this.byFlat.has(SEARCH_NAME)) {
      const why = this.wish
        ? "the search is declared already"
        : "the client has a tool of this name that it runs itself";
      this.ignored.push({ field: at, what: nameOf(given.type), why });
      return;
    }
    this.wish = readWish(given, at);
    const tool = searchTool(SEARCH_NAME, this.wish.location);
    this.byFlat.set(SEARCH_NAME, { declared: { name: SEARCH_NAME, declared: true }, tool });
  }

  private add(tool: ToolInput, description: string | undefined, parameters: Tool["parameters"], at: string): void {
    const { name, strict } = tool;
    const first = this.byFlat.get(this.flatOf.get(name) ?? "");
    if (first) {
      // Written once, however often it is declared again.
      first.form ??= JSON.stringify(first.tool.parameters) ?? "";
      if (first.form !== (JSON.stringify(parameters) ?? ""))
        this.ignored.push({ field: at, what: name, why: "a tool of this name is declared already" });
      return;
    }
    let flat = flatToolName(undefined, name);
    for (let n = 1; this.byFlat.has(flat); n++) flat = flatToolName(undefined, name, n);
    this.flatOf.set(name, flat);
    this.byFlat.set(flat, {
      declared: { name, declared: true, parameters },
      tool: {
        name: flat,
        ...(description && { description }),
        ...(parameters && { parameters }),
        ...(strict && { strict: true }),
      },
    });
  }
}

/** Claude Code 2.1.330 keeps Anthropic's own search for tools awake by a tool that is never to be called. */
function isPlaceholder({ defer_loading, name }: ToolInput): boolean {
  return defer_loading === true && name === "DeferredToolPlaceholder";
}

function whyNot(type: unknown): string {
  return typeof type === "string" && /^(?:computer|browser)_/.test(type)
    ? "it wants a model that has learnt to work at a screen"
    : "a tool that the server runs: this one cannot";
}
