/** Tools, and what is said about their use, in the words of the Responses API. */
import type { FittedTool, FittedTools } from "../../../core/fit/tools.ts";
import type { ToolChoice } from "../../../core/turn.ts";
import type { FunctionToolParam, ToolChoiceParam } from "./body.ts";

export function toolParam({ name, description, parameters, strict }: FittedTool): FunctionToolParam {
  return {
    type: "function",
    name,
    ...(description && { description }),
    parameters,
    // Its absence means true in this API, and most schemas would be refused then.
    strict: strict === true,
  };
}

/** `tool_choice` and `parallel_tool_calls`. */
export function toolFields({ choice, parallel }: FittedTools): Record<string, unknown> {
  return {
    ...(choice !== undefined && { tool_choice: choiceParam(choice) }),
    ...(parallel !== undefined && { parallel_tool_calls: parallel }),
  };
}

function choiceParam(choice: ToolChoice): ToolChoiceParam {
  return typeof choice === "object" ? { type: "function", name: choice.name } : choice;
}
