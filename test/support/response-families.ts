/** Which events of the Responses API tell what: the ends of an answer, and the families of events that tell one text. */

export const TERMINAL = {
  "response.completed": "completed",
  "response.incomplete": "incomplete",
  "response.failed": "failed",
} as const;

export const isTerminal = (type: string): type is keyof typeof TERMINAL => type in TERMINAL;

/** Where text of an item is told: the event family, and the field of the part or item that must hold it at the end. */
export interface Family {
  text: string;
  index?: "content_index" | "summary_index";
}

export const FAMILIES: Record<string, Family> = {
  "response.output_text": { text: "text", index: "content_index" },
  "response.refusal": { text: "refusal", index: "content_index" },
  "response.reasoning_text": { text: "text", index: "content_index" },
  "response.reasoning_summary_text": { text: "text", index: "summary_index" },
  "response.function_call_arguments": { text: "arguments" },
  "response.custom_tool_call_input": { text: "input" },
};

export const PART_OF: Record<string, string> = {
  output_text: "response.output_text",
  refusal: "response.refusal",
  reasoning_text: "response.reasoning_text",
  summary_text: "response.reasoning_summary_text",
};

export const CALL_TEXT: Record<string, "arguments" | "input"> = {
  function_call: "arguments",
  custom_tool_call: "input",
  mcp_call: "arguments",
};
