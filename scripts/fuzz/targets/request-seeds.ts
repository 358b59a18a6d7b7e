/** Requests in the words of each client's wire, with everything that clients are known to send. */
import type { WireName } from "../../../src/core/provider.ts";
import type { Json } from "../../../test/support/response-rules.ts";
import { CLIENTS } from "../../../test/support/ways/clients.ts";
import { FIXTURE_REQUESTS } from "../../../test/support/fixture-requests.ts";

const SCHEMA = {
  type: "object",
  properties: {
    cmd: { type: "string" },
    n: { type: ["integer", "null"] },
    list: { type: "array", items: { $ref: "#/$defs/a" } },
  },
  required: ["cmd"],
  $defs: { a: { anyOf: [{ const: 1 }, { enum: ["x", "y"] }] } },
  additionalProperties: false,
};
const IMAGE = "data:image/png;base64,AA==";

const RESPONSES: Json = {
  model: "m",
  stream: true,
  instructions: "be brief",
  input: [
    { type: "additional_tools", role: "developer", tools: [{ type: "function", name: "g" }] },
    { type: "message", role: "developer", content: [{ type: "input_text", text: "rules" }] },
    {
      type: "message",
      role: "user",
      content: [
        { type: "input_text", text: "hi" },
        { type: "input_image", image_url: IMAGE, detail: "high" },
        { type: "input_file", filename: "a.pdf", file_data: "data:application/pdf;base64,AA==" },
      ],
    },
    {
      type: "reasoning",
      id: "rs_1",
      summary: [{ type: "summary_text", text: "hm" }],
      encrypted_content: 'juscode1:{"field":"reasoning","text":"hm"}',
    },
    { type: "function_call", call_id: "c1", name: "echo", namespace: "mcp", arguments: '{"a":1}' },
    { type: "custom_tool_call", call_id: "c2", name: "apply_patch", input: "x" },
    { type: "message", role: "assistant", content: [{ type: "output_text", text: "wait", annotations: [] }] },
    { type: "function_call_output", call_id: "c1", output: [{ type: "input_text", text: "ok" }] },
    { type: "custom_tool_call_output", call_id: "c2", output: "done" },
    { type: "tool_search_call", call_id: "c3", execution: "client", arguments: { query: "x" } },
    {
      type: "tool_search_output",
      call_id: "c3",
      tools: [{ type: "namespace", name: "n", tools: [{ type: "function", name: "f" }] }],
    },
    { type: "compaction", encrypted_content: "juscode1c:sum" },
    { type: "agent_message", author: "/root", content: [{ type: "input_text", text: "go" }] },
    { type: "web_search_call", id: "ws_1", status: "completed", action: { type: "search", query: "q" } },
  ],
  tools: [
    { type: "function", name: "exec", description: "d", parameters: SCHEMA, strict: false },
    { type: "custom", name: "apply_patch", format: { type: "grammar", syntax: "lark", definition: "start: x" } },
    { type: "namespace", name: "mcp", description: "m", tools: [{ type: "function", name: "echo" }] },
    { type: "tool_search", execution: "client", description: "s", parameters: { type: "object" } },
    { type: "web_search", search_context_size: "low" },
    { type: "mcp", server_label: "l", server_url: "https://mcp.example/x", require_approval: "never" },
  ],
  tool_choice: "auto",
  parallel_tool_calls: true,
  reasoning: { effort: "high", summary: "auto" },
  text: { format: { type: "json_schema", name: "n", schema: { type: "object" } }, verbosity: "low" },
  include: ["reasoning.encrypted_content"],
  max_output_tokens: 100,
  top_logprobs: 2,
  temperature: 0.5,
  top_p: 0.9,
  metadata: { a: "b" },
  prompt_cache_key: "thread",
  service_tier: "auto",
  truncation: "auto",
  user: "u",
};

const MESSAGES: Json = {
  model: "m",
  max_tokens: 1000,
  stream: true,
  system: [{ type: "text", text: "You are.", cache_control: { type: "ephemeral" } }],
  thinking: { type: "enabled", budget_tokens: 2000 },
  output_config: { effort: "high", format: { type: "json_schema", schema: { type: "object" } } },
  metadata: { user_id: "u" },
  stop_sequences: ["END"],
  temperature: 1,
  top_k: 5,
  top_p: 0.5,
  messages: [
    {
      role: "user",
      content: [
        { type: "text", text: "hi", cache_control: { type: "ephemeral" } },
        { type: "image", source: { type: "base64", media_type: "image/png", data: "AA==" } },
        { type: "document", title: "t", source: { type: "text", media_type: "text/plain", data: "words" } },
        { type: "image", source: { type: "url", url: "https://a.example/b.png" } },
      ],
    },
    { role: "system", content: "# Env" },
    {
      role: "assistant",
      content: [
        { type: "thinking", thinking: "hm", signature: "Eq==" },
        { type: "redacted_thinking", data: "Em==" },
        { type: "text", text: "I look." },
        { type: "tool_use", id: "toolu_1", name: "exec", input: { cmd: "ls", n: 1 } },
        { type: "tool_use", id: "toolu_2", name: "exec", input: {} },
        { type: "server_tool_use", id: "srv_1", name: "web_search", input: { query: "q" } },
        { type: "web_search_tool_result", tool_use_id: "srv_1", content: [] },
      ],
    },
    {
      role: "user",
      content: [
        { type: "tool_result", tool_use_id: "toolu_1", content: "ok" },
        {
          type: "tool_result",
          tool_use_id: "toolu_2",
          is_error: true,
          content: [
            { type: "text", text: "no" },
            { type: "image", source: { type: "base64", media_type: "image/png", data: "AA==" } },
          ],
        },
        { type: "text", text: "go on" },
      ],
    },
  ],
  tools: [
    { name: "exec", description: "d", input_schema: SCHEMA },
    { type: "web_search_20250305", name: "web_search", max_uses: 3 },
    { type: "bash_20250124", name: "bash" },
    { type: "text_editor_20250728", name: "str_replace_based_edit_tool" },
  ],
  tool_choice: { type: "auto", disable_parallel_tool_use: true },
};

const CHAT: Json = {
  model: "m",
  stream: true,
  stream_options: { include_usage: true },
  messages: [
    { role: "developer", content: "rules" },
    { role: "system", content: [{ type: "text", text: "You are." }] },
    {
      role: "user",
      name: "n",
      content: [
        { type: "text", text: "hi" },
        { type: "image_url", image_url: { url: IMAGE, detail: "low" } },
        { type: "file", file: { filename: "a.pdf", file_data: "data:application/pdf;base64,AA==" } },
      ],
    },
    {
      role: "assistant",
      content: null,
      reasoning_content: "hm",
      reasoning_details: [{ type: "reasoning.text", text: "hm", index: 0, signature: "s" }],
      tool_calls: [
        { id: "c1", type: "function", function: { name: "exec", arguments: '{"cmd":"ls"}' } },
        {
          id: "c2",
          type: "function",
          function: { name: "exec", arguments: "{}" },
          extra_content: { google: { thought_signature: "s" } },
        },
        { id: "c3", type: "custom", custom: { name: "raw", input: "x" } },
      ],
    },
    { role: "tool", tool_call_id: "c1", content: "ok" },
    { role: "tool", tool_call_id: "c2", content: [{ type: "text", text: "two" }] },
    { role: "tool", tool_call_id: "c3", content: "three" },
    { role: "assistant", content: [{ type: "text", text: "<think>hm</think>done" }], refusal: null },
    { role: "assistant", content: null, function_call: { name: "exec", arguments: "{}" } },
    { role: "function", name: "exec", content: "old" },
    { role: "user", content: "go on" },
  ],
  tools: [
    { type: "function", function: { name: "exec", description: "d", parameters: SCHEMA, strict: true } },
    { type: "custom", custom: { name: "raw", description: "r", format: { type: "text" } } },
  ],
  tool_choice: { type: "function", function: { name: "exec" } },
  parallel_tool_calls: false,
  reasoning_effort: "high",
  response_format: { type: "json_schema", json_schema: { name: "n", schema: { type: "object" }, strict: true } },
  max_completion_tokens: 100,
  temperature: 0.1,
  top_p: 0.9,
  presence_penalty: 0.1,
  frequency_penalty: 0.2,
  stop: ["a"],
  logprobs: true,
  top_logprobs: 2,
  n: 1,
  seed: 1,
  user: "u",
  verbosity: "low",
  service_tier: "auto",
  metadata: { a: "b" },
};

const CALLS = [
  { id: "call_1", name: "run_one", args: '{"id":"a","words":"b\\n"}' },
  { id: "call_2", name: "run_two", args: '{ "n": 12345678901234567890, "id":"", "words":"" }' },
];
const ROUNDS = [
  { say: "One.", text: "Said.", calls: CALLS, results: ["r1", "r2"] },
  { say: "Two.", text: "", calls: CALLS.slice(0, 1), results: ["r3"] },
  { say: "Three.", text: "Ende 😀", calls: [], results: [] },
];

export const REQUESTS: Readonly<Record<WireName, readonly Json[]>> = {
  responses: [RESPONSES, ...common("responses")],
  messages: [MESSAGES, ...common("messages")],
  chat: [CHAT, ...common("chat")],
};

function common(wire: WireName): Json[] {
  const thread = CLIENTS[wire].request({ model: "m", stream: true, rounds: ROUNDS, say: "Four." });
  return [FIXTURE_REQUESTS[wire], thread];
}
