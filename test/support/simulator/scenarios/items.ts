/** Items, tools and the envelope of Codex's requests, as the scenarios need them. */
import { sealReasoning } from "../../../../src/core/reasoning-tag.ts";
import type { Json } from "../../response-rules.ts";

const message = (role: string, content: Json[]): Json => ({ type: "message", role, content });
const inputText = (text: string): Json => ({ type: "input_text", text });

export const user = (text: string, ...more: Json[]): Json => message("user", [inputText(text), ...more]);
export const developer = (text: string): Json => message("developer", [inputText(text)]);
export const assistant = (text: string): Json => message("assistant", [{ type: "output_text", text }]);
export const image = (image_url: string): Json => ({ type: "input_image", image_url, detail: "high" });
export const call = (name: string, args: string, call_id: string): Json => ({
  type: "function_call",
  name,
  arguments: args,
  call_id,
});
export const result = (call_id: string, output: string): Json => ({ type: "function_call_output", call_id, output });
export const reasoningOf = (encrypted_content: string): Json => ({ type: "reasoning", summary: [], encrypted_content });
export const ourReasoning = (text: string, model: string): Json =>
  reasoningOf(sealReasoning(text, { field: "reasoning_content", model }));

/** One dot. */
export const PICTURE =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

export const object = (properties: Json, required: readonly string[] = Object.keys(properties)): Json => ({
  type: "object",
  properties,
  required,
  additionalProperties: false,
});

const functionTool = (name: string, description: string, parameters: Json, more: Json = {}): Json => ({
  type: "function",
  name,
  description,
  strict: false,
  parameters,
  ...more,
});

const EXEC = functionTool(
  "exec_command",
  "Runs a command.",
  object({ cmd: { type: "string", description: "Shell command." }, timeout_ms: { type: "number" } }, ["cmd"]),
);

export const BASE_TOOLS: readonly Json[] = [EXEC];
export const VIEW_TOOL = functionTool("view_image", "Shows an image.", object({ path: { type: "string" } }));
export const STRICT_TOOL = functionTool("exec_command", "Runs a command.", object({ cmd: { type: "string" } }), {
  strict: true,
});

export const PATCH_TOOL: Json = {
  type: "custom",
  name: "apply_patch",
  description: "Edits files.",
  format: { type: "grammar", syntax: "lark", definition: 'start: "*** Begin Patch" LF hunk+ "*** End Patch" LF?' },
};
export const PATCH = "*** Begin Patch\n*** Add File: hello.txt\n+hello\n*** End Patch\n";

export const ECHO_NAMESPACE: Json = {
  type: "namespace",
  name: "mcp__tiny",
  description: "A tiny server.",
  tools: [functionTool("echo", "Echoes.", object({ text: { type: "string" } }))],
};

/** What MCP servers really declare: references, tuples, unions, constants. */
export const ODD_TOOLS: readonly Json[] = [
  functionTool("search", "Searches.", {
    $schema: "http://json-schema.org/draft-07/schema#",
    type: "object",
    properties: {
      query: { type: "string", minLength: 1, pattern: "\\S" },
      within: { $ref: "#/$defs/place" },
      range: { type: "array", items: [{ type: "number" }, { type: "number" }] },
      limit: { type: "number", anyOf: [{ minimum: 1 }, { maximum: -1 }], default: 10 },
      order: { oneOf: [{ const: "up" }, { const: "down" }] },
    },
    required: ["query"],
    $defs: { place: { type: "object", properties: { path: { type: "string" } }, additionalProperties: false } },
    additionalProperties: false,
  }),
  functionTool("nothing", "Does nothing.", {}),
];

export const LATIN_TOOLS: readonly Json[] = [
  { type: "namespace", name: "mcp__docs.of.all", tools: [functionTool("search_docs", "Searches.", object({}))] },
];

const INSTRUCTIONS = developer("You are a coding agent.");

/** The body of one request; `tools` are left out where there are none. */
export function envelope(model: string, history: readonly Json[], { tools = BASE_TOOLS, ...more }: Json): Json {
  return {
    model,
    stream: true,
    input: [INSTRUCTIONS, ...history],
    ...((tools as Json[]).length > 0 && { tools }),
    tool_choice: "auto",
    parallel_tool_calls: true,
    reasoning: { summary: "auto" },
    store: false,
    include: ["reasoning.encrypted_content"],
    prompt_cache_key: "thread-1",
    client_metadata: { thread_id: "thread-1" },
    ...more,
  };
}
