/** The tools of a Messages request as flat functions, and the names under which the client knows them. */
import { nameOf, parseAt } from "../../../core/parse.ts";
import type { Ignored } from "../../../core/turn.ts";
import { FlatTools } from "../../tools.ts";
import { ToolInput } from "./schema.ts";
import { isSearch, readWish, type LimitedSearch } from "./search-tool.ts";
import { knownTool } from "./typed-tools.ts";

export class ToolTable extends FlatTools {
  private readonly searches: boolean;
  /** How the web is to be searched; absent where no search is declared. */
  wish: LimitedSearch | undefined;

  /** `searches`: the web can be searched here. */
  constructor(ignored: Ignored[], searches = false) {
    super(ignored);
    this.searches = searches;
  }

  /** Declares tools as they stand at `at` in the body; one that is declared already keeps its first form. */
  declare(tools: readonly Record<string, unknown>[], at: string): void {
    for (const [i, tool] of tools.entries()) this.declareOne(tool, `${at}[${i}]`);
  }

  /** Tools with `defer_loading` are offered like all others: the server that would search them is not here. */
  declareOne(given: Record<string, unknown>, at: string): void {
    const type = given.type ?? "custom";
    if (type === "custom" || given.input_schema) {
      const tool = parseAt(ToolInput, given, at);
      if (!isPlaceholder(tool)) this.addFunction({ ...tool, parameters: tool.input_schema }, at);
      return;
    }
    const known = typeof type === "string" ? knownTool(type) : undefined;
    if (this.searches && isSearch(type)) return this.declareSearch(given, at);
    if (!known) return this.ignore(at, nameOf(type), whyNot(type));
    this.addFunction({ ...parseAt(ToolInput, given, at), ...known }, at);
  }

  private declareSearch(given: Record<string, unknown>, at: string): void {
    if (this.wish) return this.ignore(at, nameOf(given.type), "the search is declared already");
    const wish = readWish(given, at);
    if (this.addSearch(at, nameOf(given.type), wish.location)) this.wish = wish;
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
