/** Lowers everything of a turn but its history: tools, choice, formats and limits. */
import type { Dialect } from "../../core/dialect.ts";
import type { Item, MessageItem, Settings, TextFormat, Tool, ToolChoice, Turn } from "../../core/turn.ts";

export function lowerTool(tool: Tool): object {
  return {
    type: "function",
    function: {
      name: tool.name,
      ...(tool.description && { description: tool.description }),
      parameters: tool.parameters ?? { type: "object", properties: {} },
      ...(tool.strict && { strict: true }),
    },
  };
}

/** Without tools nothing is said about their use: many hosts refuse that. */
export function lowerSettings(settings: Settings, dialect: Dialect, hasTools: boolean): Record<string, unknown> {
  const { max_output_tokens, effort, format, tool_choice, parallel_tool_calls, ...same } = settings;
  return {
    ...same,
    ...(max_output_tokens !== undefined && { [dialect.max_tokens_field]: max_output_tokens }),
    ...(effort !== undefined && { reasoning_effort: effort }),
    ...(format && format.type !== "text" && { response_format: lowerFormat(format) }),
    ...(hasTools && tool_choice !== undefined && { tool_choice: lowerChoice(tool_choice) }),
    ...(hasTools && parallel_tool_calls !== undefined && { parallel_tool_calls }),
  };
}

function lowerFormat(format: TextFormat): object {
  if (format.type !== "json_schema") return { type: format.type };
  const { type, ...json_schema } = format;
  return { type, json_schema };
}

function lowerChoice(choice: ToolChoice): unknown {
  return typeof choice === "string" ? choice : { type: "function", function: { name: choice.name } };
}

/**
 * A schema for the answer forbids every tool call on some hosts. There it is told in words, with the instructions,
 * so that the model can act first and answer in that form at the end.
 */
export function schemaInWords(
  { items, settings, tools }: Turn,
  dialect: Dialect,
): { items: Item[]; settings: Settings } {
  const { format, ...others } = settings;
  const send = dialect.schema_with_tools === "send" || tools.length === 0 || settings.tool_choice === "none";
  if (send || format?.type !== "json_schema") return { items, settings };
  const words = `When you have finished and call no more tools, answer with one JSON value and nothing else, without code fences. It must follow this JSON Schema:\n${JSON.stringify(format.schema)}`;
  const told: MessageItem = { type: "message", role: "system", parts: [{ type: "text", text: words }] };
  const head = items.findIndex((item) => item.type !== "message" || item.role !== "system");
  const at = head === -1 ? items.length : head;
  return { items: [...items.slice(0, at), told, ...items.slice(at)], settings: others };
}
