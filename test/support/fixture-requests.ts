/** The request that the recorded replies answer, in the words of each client's wire. */
import type { WireName } from "../../src/core/provider.ts";
import type { Json } from "./response-rules.ts";

const SCHEMA = { type: "object", properties: { cmd: { type: "string" } } };
const PATCH = { type: "object", properties: { input: { type: "string" } } };

export const FIXTURE_REQUESTS: Readonly<Record<WireName, Json>> = {
  responses: {
    model: "m",
    input: "Go on.",
    tools: [
      { type: "function", name: "exec_command", parameters: SCHEMA },
      { type: "function", name: "apply_patch", parameters: PATCH },
      { type: "function", name: "get_goal" },
    ],
  },
  messages: {
    model: "m",
    max_tokens: 4000,
    messages: [{ role: "user", content: "Go on." }],
    tools: [
      { name: "exec_command", input_schema: SCHEMA },
      { name: "apply_patch", input_schema: PATCH },
      { name: "get_goal", input_schema: { type: "object" } },
    ],
  },
  chat: {
    model: "m",
    messages: [{ role: "user", content: "Go on." }],
    stream_options: { include_usage: true },
    tools: [
      { type: "function", function: { name: "exec_command", parameters: SCHEMA } },
      { type: "function", function: { name: "apply_patch", parameters: PATCH } },
      { type: "function", function: { name: "get_goal" } },
    ],
  },
};
