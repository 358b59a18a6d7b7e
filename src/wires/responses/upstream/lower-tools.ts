/** Tools, and what is said about their use, in the words of the Responses API. */
import type { Dialect } from "../../../core/dialect.ts";
import { subsetSchema } from "../../../core/schema-subset.ts";
import type { Ignored, Settings, Tool, ToolChoice } from "../../../core/turn.ts";
import type { FunctionToolParam, ToolChoiceParam } from "./body.ts";

export interface LoweredTools {
  tools: FunctionToolParam[];
  /** `tool_choice` and `parallel_tool_calls`. */
  fields: Record<string, unknown>;
  /** The model may call a tool. */
  mayCall: boolean;
}

type ToolDialect = Pick<Dialect, "tool_schema" | "tool_choice" | "strict_tools" | "parallel_tool_calls">;

/** Without tools nothing is said about their use. */
export function lowerTools(
  tools: readonly Tool[],
  settings: Settings,
  dialect: ToolDialect,
  ignored: Ignored[],
): LoweredTools {
  const { offered, choice } = chooseTools(tools, settings.tool_choice, dialect, ignored);
  if (offered.length === 0) return { tools: [], fields: {}, mayCall: false };
  if (!dialect.strict_tools && offered.some(({ strict }) => strict))
    ignored.push({
      field: "tools",
      what: "strict",
      why: "this upstream cannot promise it; arguments are checked here",
    });
  const parallel = parallelCalls(settings.parallel_tool_calls, dialect, ignored);
  return {
    tools: offered.map((tool) => lowerTool(tool, dialect)),
    fields: {
      ...(choice !== undefined && { tool_choice: choice }),
      ...(parallel !== undefined && { parallel_tool_calls: parallel }),
    },
    mayCall: choice !== "none",
  };
}

function lowerTool(
  { name, description, parameters, strict }: Tool,
  { strict_tools, tool_schema }: ToolDialect,
): FunctionToolParam {
  return {
    type: "function",
    name,
    ...(description && { description }),
    parameters: parameters ? subsetSchema(parameters, tool_schema) : { type: "object", properties: {} },
    // Its absence means true in this API, and most schemas would be refused then.
    strict: strict_tools && strict === true,
  };
}

interface Choice {
  offered: readonly Tool[];
  choice: ToolChoiceParam | undefined;
}

/**
 * What a host cannot be told is brought about by what it is shown: one tool alone is the one to be called, and without
 * tools none is.
 */
function chooseTools(
  tools: readonly Tool[],
  asked: ToolChoice | undefined,
  { tool_choice: forms }: ToolDialect,
  ignored: Ignored[],
): Choice {
  if (asked === undefined) return { offered: tools, choice: undefined };
  if (asked === "auto") return { offered: tools, choice: forms === "none" ? undefined : "auto" };
  if (asked === "none")
    return forms === "none" ? { offered: [], choice: undefined } : { offered: tools, choice: "none" };
  const named = typeof asked === "object" ? asked.name : undefined;
  const only = named === undefined ? tools : tools.filter(({ name }) => name === named);
  if (forms === "none" || (forms === "no_required" && named === undefined)) {
    ignored.push({ field: "tool_choice", what: named ?? "required", why: "this upstream cannot force a call" });
    return { offered: only, choice: forms === "none" ? undefined : "auto" };
  }
  if (named === undefined) return { offered: tools, choice: "required" };
  if (forms === "strings") return { offered: only, choice: "required" };
  return { offered: tools, choice: { type: "function", name: named } };
}

function parallelCalls(asked: boolean | undefined, dialect: ToolDialect, ignored: Ignored[]): boolean | undefined {
  if (dialect.parallel_tool_calls !== "never")
    return asked ?? (dialect.parallel_tool_calls === "always" ? true : undefined);
  if (asked === false)
    ignored.push({ field: "parallel_tool_calls", what: "false", why: "this upstream has no such setting" });
  return undefined;
}
