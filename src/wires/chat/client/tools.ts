/**
 * The tools of a Chat request: functions, legacy functions and freeform (custom) tools become functions of the turn,
 * and a call of one is restored to the kind that the client declared.
 */
import { freeformAsFunction } from "../../../core/freeform.ts";
import { nameOf, parseAt } from "../../../core/parse.ts";
import { flatToolName } from "../../../core/tool-names.ts";
import type { Ignored, Tool } from "../../../core/turn.ts";
import { CustomTool, FunctionTool } from "./schema.ts";

export interface DeclaredTool {
  kind: "function" | "custom";
  /** As the client calls it. */
  name: string;
  declared: boolean;
  /** JSON Schema of a function's arguments. */
  parameters?: Record<string, unknown> | undefined;
  /** Grammar of a freeform tool. */
  grammar?: string | undefined;
}

export class ToolTable {
  readonly tools: Tool[] = [];
  private readonly byFlat = new Map<string, DeclaredTool>();
  private readonly flatOf = new Map<string, string>();
  private readonly ignored: Ignored[];

  constructor(ignored: Ignored[]) {
    this.ignored = ignored;
  }

  declare(tools: readonly Record<string, unknown>[]): void {
    for (const [i, tool] of tools.entries()) this.declareOne(tool, `tools[${i}]`);
  }

  /** The older form, without a type around each. */
  declareLegacy(functions: readonly Record<string, unknown>[]): void {
    for (const [i, each] of functions.entries()) this.declareFunction(each, `functions[${i}]`, `functions[${i}]`);
  }

  private declareOne(tool: Record<string, unknown>, at: string): void {
    const { type, custom } = tool;
    // Some clients put the name beside the type, as in the Responses API.
    const inner = tool.function ?? (tool.name === undefined ? undefined : tool);
    if ((type === "function" || type === undefined) && inner !== undefined)
      this.declareFunction(inner, inner === tool ? at : `${at}.function`, at);
    else if (type === "function") this.declareFunction(undefined, `${at}.function`, at);
    else if (type === "custom") this.declareCustom(custom, at);
    else {
      const why = "a hosted tool: this upstream cannot run it";
      this.ignored.push({ field: at, what: nameOf(type), why });
    }
  }

  private declareFunction(value: unknown, inner: string, at: string): void {
    const { name, description, parameters, strict } = parseAt(FunctionTool, value, inner);
    this.add({ kind: "function", name, declared: true, parameters: parameters ?? undefined }, at, (flat) => ({
      name: flat,
      ...(description && { description }),
      ...(parameters && { parameters }),
      // Many clients say `strict: false` of every tool; hosts that do not know the field had better not see it.
      ...(strict && { strict }),
    }));
  }

  private declareCustom(value: unknown, at: string): void {
    const { name, description, format } = parseAt(CustomTool, value, `${at}.custom`);
    const grammar = format?.grammar ?? undefined;
    this.add({ kind: "custom", name, declared: true, grammar: grammar?.definition ?? undefined }, at, (flat) =>
      freeformAsFunction(flat, description ?? undefined, grammar),
    );
  }

  private add(declared: DeclaredTool, at: string, build: (flat: string) => Tool): void {
    const { name } = declared;
    if (this.flatOf.has(name)) {
      this.ignored.push({ field: at, what: name, why: "a tool of this name is declared already" });
      return;
    }
    let flat = flatToolName(undefined, name);
    for (let n = 1; this.byFlat.has(flat); n++) flat = flatToolName(undefined, name, n);
    this.byFlat.set(flat, declared);
    this.flatOf.set(name, flat);
    this.tools.push(build(flat));
  }

  isDeclared(name: string): boolean {
    return this.flatOf.has(name);
  }

  /** The flat name of a tool that a history or a tool choice mentions, declared or not. */
  flatName(name: string): string {
    return this.flatOf.get(name) ?? flatToolName(undefined, name);
  }

  /** What the client declared under this flat name; an unknown name is a function of that name. */
  resolve(flat: string): DeclaredTool {
    return this.byFlat.get(flat) ?? { kind: "function", name: flat, declared: false };
  }
}
