/** Tools, and what is said about their use, in the form that one upstream's dialect asks for. */
import type { Dialect } from "../../core/dialect.ts";
import type { Ignored, Settings, Tool, ToolChoice } from "../../core/turn.ts";
import { subsetSchema } from "../../core/schema-subset.ts";

export interface AdaptedTools {
  tools: object[];
  /** `tool_choice` and `parallel_tool_calls`. */
  fields: Record<string, unknown>;
}

/** Without tools nothing is said about their use: many hosts refuse that. */
export function adaptTools(
  tools: readonly Tool[],
  { tool_choice, parallel_tool_calls }: Settings,
  dialect: Dialect,
  ignored: Ignored[],
): AdaptedTools {
  const { offered, choice } = chooseTools(tools, tool_choice, dialect, ignored);
  if (offered.length === 0) return { tools: [], fields: {} };
  if (!dialect.strict_tools && offered.some(({ strict }) => strict))
    ignored.push({
      field: "tools",
      what: "strict",
      why: "this upstream cannot promise it; arguments are checked here",
    });
  return {
    tools: offered.map((tool) => lowerTool(tool, dialect)),
    fields: {
      ...(choice !== undefined && { tool_choice: choice }),
      ...parallel(parallel_tool_calls, dialect, ignored),
    },
  };
}

function lowerTool(tool: Tool, { strict_tools, tool_schema }: Dialect): object {
  return {
    type: "function",
    function: {
      name: tool.name,
      ...(tool.description && { description: tool.description }),
      parameters: tool.parameters ? subsetSchema(tool.parameters, tool_schema) : { type: "object", properties: {} },
      ...(strict_tools && tool.strict && { strict: true }),
    },
  };
}

interface Choice {
  offered: readonly Tool[];
  choice: unknown;
}

/**
 * What a host cannot be told is brought about by what it is shown: one tool alone is the one to be called, and without
 * tools none is.
 */
function chooseTools(
  tools: readonly Tool[],
  asked: ToolChoice | undefined,
  { tool_choice: forms }: Dialect,
  ignored: Ignored[],
): Choice {
  if (asked === undefined) return { offered: tools, choice: undefined };
  if (forms === "none") return hinted(tools, asked, ignored);
  const word = (choice: "auto" | "required"): string => (choice === "required" && forms === "any" ? "any" : choice);
  if (typeof asked === "object") {
    if (forms !== "strings") return { offered: tools, choice: { type: "function", function: { name: asked.name } } };
    return { offered: only(tools, asked.name), choice: "required" };
  }
  if (asked === "required" && forms === "no_required") {
    ignored.push({ field: "tool_choice", what: "required", why: "this upstream cannot force a call" });
    return { offered: tools, choice: "auto" };
  }
  return { offered: tools, choice: asked === "none" ? "none" : word(asked) };
}

function hinted(tools: readonly Tool[], asked: ToolChoice, ignored: Ignored[]): Choice {
  if (asked === "none") return { offered: [], choice: undefined };
  if (asked === "auto") return { offered: tools, choice: undefined };
  const what = typeof asked === "object" ? asked.name : asked;
  ignored.push({ field: "tool_choice", what, why: "this upstream cannot force a call" });
  return { offered: typeof asked === "object" ? only(tools, asked.name) : tools, choice: undefined };
}

function only(tools: readonly Tool[], name: string): readonly Tool[] {
  return tools.filter((tool) => tool.name === name);
}

function parallel(asked: boolean | undefined, dialect: Dialect, ignored: Ignored[]): Record<string, unknown> {
  if (dialect.parallel_tool_calls !== "never") {
    const sent = asked ?? (dialect.parallel_tool_calls === "always" ? true : undefined);
    return sent === undefined ? {} : { parallel_tool_calls: sent };
  }
  if (asked === false)
    ignored.push({ field: "parallel_tool_calls", what: "false", why: "this upstream has no such setting" });
  return {};
}
