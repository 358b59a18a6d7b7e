/** Tools, and what is said about their use, in the words of the Messages API. */
import { subsetSchema } from "../../../core/schema-subset.ts";
import type { Dialect } from "../../../core/dialect.ts";
import type { Ignored, Settings, Tool, ToolChoice } from "../../../core/turn.ts";
import type { ToolChoiceParam, ToolParam } from "./body.ts";

export interface LoweredTools {
  tools: ToolParam[];
  choice: ToolChoiceParam | undefined;
  /** The model may call a tool. */
  mayCall: boolean;
  /** It must. */
  forced: boolean;
}

type ToolDialect = Pick<Dialect, "tool_schema" | "tool_choice" | "strict_tools" | "parallel_tool_calls">;

/** Without tools nothing is said about their use. */
export function lowerTools(
  tools: readonly Tool[],
  settings: Settings,
  dialect: ToolDialect,
  ignored: Ignored[],
): LoweredTools {
  const { offered, choice: asked } = chooseTools(tools, settings.tool_choice, dialect, ignored);
  if (offered.length === 0) return { tools: [], choice: undefined, mayCall: false, forced: false };
  if (!dialect.strict_tools && offered.some(({ strict }) => strict))
    ignored.push({
      field: "tools",
      what: "strict",
      why: "this upstream cannot promise it; arguments are checked here",
    });
  const choice = oneByOne(asked, settings.parallel_tool_calls, dialect, ignored);
  return {
    tools: offered.map((tool) => lowerTool(tool, dialect)),
    choice,
    mayCall: choice?.type !== "none",
    forced: choice?.type === "any" || choice?.type === "tool",
  };
}

function lowerTool(
  { name, description, parameters, strict }: Tool,
  { strict_tools, tool_schema }: ToolDialect,
): ToolParam {
  return {
    name,
    ...(description && { description }),
    // A schema without its type is refused, though arguments cannot be anything but an object.
    input_schema: { ...subsetSchema(parameters ?? { properties: {} }, tool_schema), type: "object" },
    ...(strict_tools && strict && { strict: true }),
  };
}

interface Choice {
  offered: readonly Tool[];
  choice: ToolChoiceParam | undefined;
}

/**
 * What a host cannot be told is brought about by what it is shown: one tool alone is the one to be called, and without
 * tools none is. A host that knows no forced call (`no_required`) knows no forced call of one tool either: both are one
 * mechanism here, which models that always think do not have.
 */
function chooseTools(
  tools: readonly Tool[],
  asked: ToolChoice | undefined,
  { tool_choice: forms }: ToolDialect,
  ignored: Ignored[],
): Choice {
  if (asked === undefined) return { offered: tools, choice: undefined };
  if (asked === "auto") return { offered: tools, choice: forms === "none" ? undefined : { type: "auto" } };
  if (asked === "none")
    return forms === "none" ? { offered: [], choice: undefined } : { offered: tools, choice: { type: "none" } };
  const named = typeof asked === "object" ? asked.name : undefined;
  const offered = named === undefined ? tools : tools.filter(({ name }) => name === named);
  if (forms === "none" || forms === "no_required") {
    ignored.push({ field: "tool_choice", what: named ?? "required", why: "this upstream cannot force a call" });
    return { offered, choice: forms === "none" ? undefined : { type: "auto" } };
  }
  if (named === undefined) return { offered, choice: { type: "any" } };
  if (forms === "strings") return { offered, choice: { type: "any" } };
  return { offered: tools, choice: { type: "tool", name: named } };
}

/** That calls come one by one is part of the choice here. */
function oneByOne(
  choice: ToolChoiceParam | undefined,
  parallel: boolean | undefined,
  dialect: ToolDialect,
  ignored: Ignored[],
): ToolChoiceParam | undefined {
  if (parallel !== false || choice?.type === "none") return choice;
  if (dialect.parallel_tool_calls === "never" || dialect.tool_choice === "none") {
    ignored.push({ field: "parallel_tool_calls", what: "false", why: "this upstream has no such setting" });
    return choice;
  }
  return { ...(choice ?? { type: "auto" }), disable_parallel_tool_use: true };
}
