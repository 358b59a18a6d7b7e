/** Tools and settings of their use, as one upstream takes them. */
import { subsetSchema } from "../schema-subset.ts";
import type { Settings, Tool, ToolChoice } from "../turn.ts";
import type { FitScope } from "./wire-abilities.ts";

export interface FittedTool extends Tool {
  parameters: Record<string, unknown>;
}

export interface FittedTools {
  offered: FittedTool[];
  /** Undefined: nothing is sent about it. */
  choice: ToolChoice | undefined;
  /** Undefined: nothing is sent about it. */
  parallel: boolean | undefined;
  /** The model may call a tool. */
  may_call: boolean;
  /** It must. */
  forced: boolean;
}

const NO_TOOLS: FittedTools = { offered: [], choice: undefined, parallel: undefined, may_call: false, forced: false };

/** Without tools nothing is sent about their use: many upstreams refuse that. */
export function fitTools(
  tools: readonly Tool[],
  { tool_choice, parallel_tool_calls }: Settings,
  scope: FitScope,
): FittedTools {
  const { strict_tools, tool_schema } = scope.dialect;
  const { offered, choice } = chooseTools(tools, tool_choice, scope);
  if (offered.length === 0) return NO_TOOLS;
  if (!strict_tools && offered.some(({ strict }) => strict))
    scope.ignored.push({ field: "tools", what: "strict", why: UNCHECKED });
  return {
    offered: offered.map(({ name, description, parameters, strict }) => ({
      name,
      ...(description && { description }),
      parameters: parameters ? subsetSchema(parameters, tool_schema) : { type: "object", properties: {} },
      ...(strict_tools && strict && { strict }),
    })),
    choice,
    parallel: fitParallel(parallel_tool_calls, choice, scope),
    may_call: choice !== "none",
    forced: choice === "required" || typeof choice === "object",
  };
}

const UNCHECKED = "this upstream cannot promise it; arguments are checked here";

/** A choice that an upstream does not take is enforced by the tools that are sent: the single one, or none. */
function chooseTools(
  tools: readonly Tool[],
  requested: ToolChoice | undefined,
  { dialect: { tool_choice: forms }, wire, ignored }: FitScope,
): { offered: readonly Tool[]; choice: ToolChoice | undefined } {
  if (requested === undefined) return { offered: tools, choice: undefined };
  if (requested === "auto") return { offered: tools, choice: forms === "none" ? undefined : "auto" };
  if (requested === "none")
    return forms === "none" ? { offered: [], choice: undefined } : { offered: tools, choice: "none" };
  const named = typeof requested === "object" ? requested.name : undefined;
  const offered = named === undefined ? tools : tools.filter(({ name }) => name === named);
  if (forms === "none" || (forms === "no_required" && (named === undefined || wire.one_forced_choice))) {
    ignored.push({ field: "tool_choice", what: named ?? "required", why: "this upstream cannot force a call" });
    return { offered, choice: forms === "none" ? undefined : "auto" };
  }
  if (named !== undefined && forms === "strings") return { offered, choice: "required" };
  return { offered: tools, choice: requested };
}

function fitParallel(
  requested: boolean | undefined,
  choice: ToolChoice | undefined,
  { dialect, wire: { parallel_in_choice }, ignored }: FitScope,
): boolean | undefined {
  if (parallel_in_choice && choice === "none") return undefined;
  const possible = dialect.parallel_tool_calls !== "never" && !(parallel_in_choice && dialect.tool_choice === "none");
  if (possible) return requested ?? (dialect.parallel_tool_calls === "always" ? true : undefined);
  if (requested === false)
    ignored.push({ field: "parallel_tool_calls", what: "false", why: "this upstream has no such setting" });
  return undefined;
}
