/** The tools of a request: flat functions for the upstream, restored to what the client declared. */
import { freeformAsFunction } from "../core/freeform.ts";
import type { Nullish } from "../core/json.ts";
import { flatToolName } from "../core/tool-names.ts";
import type { Ignored, Tool } from "../core/turn.ts";
import { SEARCH_NAME, searchTool, TAKEN, type HostedTool } from "./hosted.ts";

export interface DeclaredTool<Kind extends string> {
  kind: Kind | "function";
  /** As the client calls it. */
  name: string;
  namespace?: string | undefined;
  declared: boolean;
  /** JSON Schema of a function's arguments. */
  parameters?: Tool["parameters"];
  /** Grammar of a freeform tool. */
  grammar?: string | undefined;
}

/** Tools as bodies declare them. */
type GivenFunction = { name: string } & Nullish<Pick<Tool, "description" | "parameters" | "strict">>;
type GivenFreeform = {
  name: string;
  format?: Nullish<{ syntax: string; definition: string }> | null | undefined;
} & Nullish<Pick<Tool, "description">>;

/** Namespace whose tools models know, and Codex takes, by their bare names (Codex 0.169, code mode). */
const BARE_NAMESPACE = "functions";

export class FlatTools<Kind extends string = never> {
  readonly tools: Tool[] = [];
  /** Tools that are run here, by their flat names. */
  readonly hosted = new Map<string, HostedTool>();
  protected readonly ignored: Ignored[];
  private readonly byFlat = new Map<string, DeclaredTool<Kind>>();
  private readonly flatOf = new Map<string, string>();
  private readonly forms = new Map<DeclaredTool<Kind>, string>();

  constructor(ignored: Ignored[]) {
    this.ignored = ignored;
  }

  /** Whether a tool has this flat name, be it the client's own or one that is run here. */
  isDeclared(flat: string): boolean {
    return this.byFlat.has(flat) || this.hosted.has(flat);
  }

  /** The flat name of a tool that a history or a tool choice mentions, declared or not. */
  flatName(namespace: string | null | undefined, name: string): string {
    const space = namespace === BARE_NAMESPACE ? undefined : (namespace ?? undefined);
    const known = this.flatOf.get(keyOf(namespace, name));
    const bare = space === undefined ? this.flatOf.get(keyOf(BARE_NAMESPACE, name)) : undefined;
    return known ?? bare ?? flatToolName(space, name);
  }

  /** What the client declared under this flat name; an unknown name is a function of that name. */
  resolve(flat: string): DeclaredTool<Kind> {
    return this.byFlat.get(flat) ?? { kind: "function", name: flat, declared: false };
  }

  /** A tool that was taken away in mid-conversation. */
  remove(name: string): void {
    const flat = this.flatName(undefined, name);
    const at = this.byFlat.delete(flat) ? this.tools.findIndex((tool) => tool.name === flat) : -1;
    if (at !== -1) this.tools.splice(at, 1);
  }

  protected addFunction(
    given: GivenFunction,
    at: string,
    kind: Kind | "function" = "function",
    namespace?: string,
  ): void {
    const { name, description, parameters, strict } = given;
    this.add({ kind, name, namespace, declared: true, parameters: parameters ?? undefined }, at, (flat) => ({
      name: flat,
      ...(description && { description }),
      ...(parameters && { parameters }),
      // Many clients say `strict: false` of every tool; upstreams that do not know the field had better not see it.
      ...(strict && { strict }),
    }));
  }

  /** A tool that takes a raw text. */
  protected addFreeform(kind: Kind, given: GivenFreeform, at: string, namespace?: string): void {
    const { name, description, format } = given;
    const grammar = format?.definition ?? undefined;
    this.add({ kind, name, namespace, declared: true, grammar }, at, (flat) =>
      freeformAsFunction(flat, description ?? undefined, format ?? undefined),
    );
  }

  /** One that is declared already keeps its first form. */
  private add(declared: DeclaredTool<Kind>, at: string, build: (flat: string) => Tool): void {
    const { name, namespace } = declared;
    const key = keyOf(namespace, name);
    const first = this.byFlat.get(this.flatOf.get(key) ?? "");
    if (first) return this.repeat(first, declared, at);
    const space = namespace === BARE_NAMESPACE ? undefined : namespace;
    let flat = flatToolName(space, name);
    for (let n = 1; this.isDeclared(flat); n++) flat = flatToolName(space, name, n);
    this.byFlat.set(flat, declared);
    this.flatOf.set(key, flat);
    this.tools.push(build(flat));
  }

  /** Clients that load tools in mid-conversation declare the same tool again. */
  protected repeat(first: DeclaredTool<Kind>, again: DeclaredTool<Kind>, at: string): void {
    // Written once, however often it is declared again.
    const form = this.forms.get(first) ?? formOf(first);
    this.forms.set(first, form);
    if (form !== formOf(again)) this.ignore(at, again.name, "a tool of this name is declared already");
  }

  /** Offers the web search that is run here, unless the client has a tool of its name. */
  protected addSearch(at: string, type: string, location: string | undefined): boolean {
    if (this.isDeclared(SEARCH_NAME)) {
      this.ignore(at, type, TAKEN);
      return false;
    }
    this.hosted.set(SEARCH_NAME, { kind: "web_search" });
    this.tools.push(searchTool(location));
    return true;
  }

  protected ignore(field: string, what: string, why: string): void {
    this.ignored.push({ field, what, why });
  }
}

function keyOf(namespace: string | null | undefined, name: string): string {
  return `${namespace ?? ""}\0${name}`;
}

function formOf({ kind, parameters, grammar }: DeclaredTool<string>): string {
  return JSON.stringify([kind, parameters, grammar]);
}
