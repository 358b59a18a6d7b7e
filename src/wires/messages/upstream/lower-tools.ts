/** Tools, and what is said about their use, in the words of the Messages API. */
import type { FittedTool, FittedTools } from "../../../core/fit/tools.ts";
import type { ToolChoice } from "../../../core/turn.ts";
import type { ToolChoiceParam, ToolParam } from "./body.ts";

export function toolParam({ name, description, parameters, strict }: FittedTool): ToolParam {
  return {
    name,
    ...(description && { description }),
    // A schema without its type is refused, though arguments cannot be anything but an object.
    input_schema: { ...parameters, type: "object" },
    ...(strict && { strict: true }),
  };
}

/** That calls come one by one is part of the choice here. */
export function choiceParam({ choice, parallel }: FittedTools): ToolChoiceParam | undefined {
  if (choice === "none") return { type: "none" };
  const param = choice === undefined ? undefined : forcedOrAuto(choice);
  return parallel === false ? { ...(param ?? { type: "auto" }), disable_parallel_tool_use: true } : param;
}

function forcedOrAuto(choice: Exclude<ToolChoice, "none">): Exclude<ToolChoiceParam, { type: "none" }> {
  if (typeof choice === "object") return { type: "tool", name: choice.name };
  return { type: choice === "required" ? "any" : "auto" };
}
