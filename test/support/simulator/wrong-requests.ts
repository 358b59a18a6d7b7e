/** Requests that break one thing each, so that every rule can be shown to find what it is there to find. */
import type { Json } from "../response-rules.ts";
import { object } from "./scenarios/items.ts";
import { toolsOf } from "./replies.ts";
import type { Asked, Message, Said } from "./types.ts";

const CALL = { id: "call12345", type: "function", function: { name: "exec_command", arguments: '{"cmd":"ls"}' } };
const SYSTEM = { role: "system", content: "You are a coding agent." };
const USER = { role: "user", content: "Look." };
const CALLS = { role: "assistant", content: null, tool_calls: [CALL] };
const RESULT = { role: "tool", tool_call_id: CALL.id, content: "a.txt" };
const ANSWER = { role: "assistant", content: "One file." };
const PARAMETERS = object({ cmd: { type: "string" } });

const tool = (more: Json): Json => ({
  type: "function",
  function: { name: "exec_command", parameters: PARAMETERS, ...more },
});
const TOOLS = [tool({})];
const history = (...messages: Json[]): Json => ({ tools: TOOLS, messages: [SYSTEM, USER, ...messages] });
const image = (role: string, url: string): Json => ({ role, content: [{ type: "image_url", image_url: { url } }] });
const DATA = "data:image/png;base64,AAAA";

/** Bodies, besides `model` and `stream`. */
const BODIES: readonly Json[] = [
  { messages: [] },
  { model: "", messages: [USER] },
  { stream: false, stream_options: {}, messages: [USER] },
  history({ role: "alien", content: "x" }, USER),
  history({ role: "developer", content: "x" }),
  history({ ...ANSWER, alien: 1 }),
  ...["reasoning_content", "reasoning", "reasoning_details"].map((field) => history({ ...CALLS, [field]: "" }, RESULT)),
  ...["assistant", "tool"].map((role) => history(CALLS, { ...RESULT, role, content: [{ type: "text", text: "x" }] })),
  { messages: [{ role: "system", content: [{ type: "alien" }] }, USER] },
  history(CALLS, RESULT),
  history({ role: "assistant" }),
  history({ role: "assistant", tool_calls: [] }),
  history({ ...CALLS, content: "Text.", reasoning_content: "Hm." }, RESULT),
  history({ ...CALLS, tool_calls: [CALL, { ...CALL, id: "other6789" }] }, RESULT, {
    ...RESULT,
    tool_call_id: "other6789",
  }),
  history(CALLS),
  history(CALLS, RESULT, SYSTEM),
  history(CALLS, RESULT, USER),
  history(USER),
  history(ANSWER, ANSWER),
  history({ ...CALLS, tool_calls: [{ ...CALL, id: "!".repeat(60) }] }, { ...RESULT, tool_call_id: "!".repeat(60) }),
  history({ ...CALLS, tool_calls: [{ ...CALL, function: { name: "exec_command", arguments: "[" } }] }, RESULT),
  history(image("user", "https://example.com/dot.png")),
  history(image("user", DATA)),
  history(CALLS, { ...RESULT, ...image("tool", DATA) }),
  { tools: [], messages: [USER] },
  { tools: [tool({ strict: true, parameters: { type: "object", properties: { a: {} } } })], messages: [USER] },
  { tools: [tool({ parameters: {} })], messages: [USER] },
  { tools: [tool({ parameters: { type: "object", properties: { a: { $ref: "#" } } } })], messages: [USER] },
  ...["alien", "required", { type: "function", function: { name: "exec_command" } }].map((tool_choice) => ({
    ...history(),
    tool_choice,
  })),
  { ...history(), parallel_tool_calls: false },
  ...[
    "alien",
    "max_tokens",
    "temperature",
    "parallel_tool_calls",
    "tool_choice",
    "reasoning_effort",
    "thinking",
    "response_format",
  ].map((field) => ({ ...history(), [field]: "alien" })),
  ...["thinking", "reasoning"].map((field) => ({ ...history(), [field]: { type: "alien", effort: "alien" } })),
  { ...history(), reasoning_effort: "high", thinking: { type: "enabled" } },
  { ...history(), enable_thinking: "alien" },
  { ...history(), enable_thinking: true, tool_choice: "required" },
  { ...history(), context_length_exceeded_behavior: "alien" },
  { ...history(), stop: "alien" },
  { messages: [USER], response_format: { type: "json_object" } },
  { messages: [USER], response_format: { type: "json_schema" } },
];

const THOUGHT: Said = {
  thought: "Hm.",
  details: [{ type: "reasoning.text", text: "Hm." }],
  calls: [{ id: CALL.id, name: "exec_command", arguments: "{}", extra: { google: {} } }],
};

/** The host has thought before each of them. */
export const WRONG: readonly Asked[] = BODIES.map((given) => {
  const body: Json = { model: "m", stream: true, ...given };
  const headers = new Headers({ "x-session-id": "x".repeat(1000) });
  return { body, messages: body["messages"] as Message[], tools: toolsOf(body), headers, said: [THOUGHT] };
});
