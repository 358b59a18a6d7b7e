/** Roles, order and contents of messages that an upstream does not take. */
import { anthropic, flat, llama, refusals } from "./row.ts";

export const REFUSED_THREAD = refusals({
  "order-user-after-tool, 2026-08, Mistral's models at NIM, vLLM, OpenRouter (NousResearch/hermes-agent#84944)": {
    words: "unexpected role 'user' after role 'tool'",
    refusal: { what: "order", rule: "user_after_tool" },
    body: flat("Unexpected role 'user' after role 'tool'", { type: "invalid_request_message_order", code: "3230" }),
  },
  "order-system-first, 2026-09, Qwen's templates at llama-server, vLLM and Fireworks (vLLM#41114, litellm PR#39282)": {
    words: `
      system message must be {at the beginning|the first|first} / unexpected role 'system' after /
      only the first message can have role 'system' / 'system' messages must precede`,
    refusal: { what: "order", rule: "system_first" },
    at: 500,
    body: llama(500, "server_error", "Jinja Exception: System message must be at the beginning."),
  },
  "order-alternate, 2026-05, templates of Mistral and Gemma at vLLM and llama-server (earendil-works/pi#4514)": {
    words: `
      roles must alternate / roles should alternate / must alternate between / unexpected role {role} after /
      multiple consecutive {user|assistant}`,
    refusal: { what: "order", rule: "alternate" },
    body: "After the optional system message, conversation roles must alternate user and assistant roles except for tool calls and results.",
    with: { type: "BadRequestError", code: 400 },
  },
  "order-assistant-last, 2026-09, Anthropic, since Claude Opus 4.6; llama-server b11669; Mistral: Expected last role": {
    words: `
      does not support assistant message prefill / assistant response prefill is incompatible /
      2 or more assistant messages at the end / expected last role {} but got {'|}assistant /
      conversation must end with a user message / final position must be 'user'`,
    refusal: { what: "order", rule: "assistant_last" },
    body: anthropic(
      "This model does not support assistant message prefill. The conversation must end with a user message.",
    ),
  },
  "order-needs-user, 2026-07, Z.ai (free-claude-code#1136); Qwen's templates: No user query found in messages": {
    words: "no user query found / messages parameter is illegal / at least one user message / must contain a user",
    refusal: { what: "order", rule: "needs_user" },
    body: { error: { code: "1214", message: "The messages parameter is illegal. Please check the documentation." } },
  },
  "order-results, 2026-08, DeepSeek (diegosouzapw/OmniRoute#2893); OpenAI; DashScope (QwenLM/qwen-code#606); Anthropic; Mistral":
    {
      words: `
        role 'tool' must be a response to / must be followed by tool messages responding /
        'tool_use' ids were found without 'tool_result' / unexpected 'tool_use_id' found / no tool output found for /
        no tool call found for / not the same number of function calls and responses`,
      refusal: { what: "order", rule: "results_follow_calls" },
      body: "Messages with role 'tool' must be a response to a preceding message with 'tool_calls'",
      with: { code: "invalid_request_error" },
    },
  "role, 2026-06, DeepSeek and other serde servers; Gemma's template: System role not supported": {
    words: `
      unknown variant {role}, expected one of 'system' / {role} is not one of ['system' / system role not supported /
      {unsupported|unknown|unexpected|invalid} {message |}role{:|} {role} / unexpected message role /
      role {role} is not supported / does not support {role} role`,
    refusal: { what: "role" },
    at: 422,
    text: "Failed to deserialize the JSON body into the target type: messages[0].role: unknown variant `developer`, expected one of `system`, `user`, `assistant`, `tool` at line 1 column 60",
    found: { role: "developer" },
  },
  "content-parts, 2026-06, serde and pydantic servers (anomalyco/opencode#5034)": {
    words: `
      invalid type: sequence, expected a string / content: input should be a valid string (got a list) /
      content {must|should} be a {string|text} / input should be a valid string: messages`,
    refusal: { what: "content", form: "parts" },
    at: 422,
    text: "Failed to deserialize the JSON body into the target type: messages[1].content: invalid type: sequence, expected a string",
  },
  "content-null, 2026-11, llama-cpp-python 0.3.36, measured": {
    words: `
      content: input should be a valid {string|list} (got null) / invalid type: null, expected a string /
      none is not an allowed value / 'content' {cannot|must not} be null / messages must contain 'content' /
      expected a string, got null`,
    refusal: { what: "content", form: "null" },
    at: 500,
    body: '[{"type":"string_type","loc":["body","messages",2,"assistant","content"],"msg":"Input should be a valid string","input":null}]',
    with: { type: "internal_server_error" },
  },
  "content-empty, 2026-08, Mistral (hermes-agent#23435); Anthropic": {
    words: `
      must have either content or tool_calls / text content blocks must be non-empty / must have non-empty content /
      content {cannot|must not|should not} be empty`,
    refusal: { what: "content", form: "empty" },
    body: flat("Assistant message must have either content or tool_calls, but not none.", {
      type: "invalid_request_assistant_message",
      code: "3240",
    }),
  },
});
