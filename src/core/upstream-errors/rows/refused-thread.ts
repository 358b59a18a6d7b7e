/** Roles, order, ids and thoughts of a thread that an upstream does not take. */
import type { RefusalTopic } from "../row.ts";
import { anthropic, flat, google, llama, openai, pydantic } from "./shapes.ts";

export const REFUSED_THREAD: RefusalTopic = {
  kind: "refused",
  rows: [
    {
      id: "order-user-after-tool",
      words: ["unexpected role 'user' after role 'tool'"],
      refusal: { what: "order", rule: "user_after_tool" },
      sample: {
        status: 400,
        body: flat("Unexpected role 'user' after role 'tool'", { type: "invalid_request_message_order", code: "3230" }),
        refusal: { what: "order", rule: "user_after_tool" },
      },
      source: "Mistral's models at NIM, vLLM, OpenRouter (NousResearch/hermes-agent#84944)",
      date: "2026-08",
    },
    {
      id: "order-system-first",
      words: [
        "system message must be {at the beginning|the first|first}",
        "unexpected role 'system' after",
        "only the first message can have role 'system'",
        "'system' messages must precede",
      ],
      refusal: { what: "order", rule: "system_first" },
      sample: {
        status: 500,
        body: llama(500, "server_error", "Jinja Exception: System message must be at the beginning."),
        refusal: { what: "order", rule: "system_first" },
      },
      source: "Qwen's templates at llama-server, vLLM and Fireworks (vLLM#41114, litellm PR#39282)",
      date: "2026-09",
    },
    {
      id: "order-alternate",
      words: [
        "roles must alternate",
        "roles should alternate",
        "must alternate between",
        "unexpected role {role} after",
        "multiple consecutive {user|assistant}",
      ],
      refusal: { what: "order", rule: "alternate" },
      sample: {
        status: 400,
        body: openai(
          "After the optional system message, conversation roles must alternate user and assistant roles except for tool calls and results.",
          { type: "BadRequestError", code: 400 },
        ),
        refusal: { what: "order", rule: "alternate" },
      },
      source: "templates of Mistral and Gemma at vLLM and llama-server (earendil-works/pi#4514)",
      date: "2026-05",
    },
    {
      id: "order-assistant-last",
      words: [
        "does not support assistant message prefill",
        "assistant response prefill is incompatible",
        "2 or more assistant messages at the end",
        "expected last role {} but got {'|}assistant",
        "conversation must end with a user message",
        "final position must be 'user'",
      ],
      refusal: { what: "order", rule: "assistant_last" },
      sample: {
        status: 400,
        body: anthropic(
          "invalid_request_error",
          "This model does not support assistant message prefill. The conversation must end with a user message.",
        ),
        refusal: { what: "order", rule: "assistant_last" },
      },
      source: "Anthropic, since Claude Opus 4.6; llama-server b11669; Mistral: Expected last role",
      date: "2026-09",
    },
    {
      id: "order-needs-user",
      words: [
        "no user query found",
        "messages parameter is illegal",
        "at least one user message",
        "must contain a user",
      ],
      refusal: { what: "order", rule: "needs_user" },
      sample: {
        status: 400,
        body: {
          error: { code: "1214", message: "The messages parameter is illegal. Please check the documentation." },
        },
        refusal: { what: "order", rule: "needs_user" },
      },
      source: "Z.ai (free-claude-code#1136); Qwen's templates: No user query found in messages",
      date: "2026-07",
    },
    {
      id: "order-results",
      words: [
        "role 'tool' must be a response to",
        "must be followed by tool messages responding",
        "'tool_use' ids were found without 'tool_result'",
        "unexpected 'tool_use_id' found",
        "no tool output found for",
        "no tool call found for",
        "not the same number of function calls and responses",
      ],
      refusal: { what: "order", rule: "results_follow_calls" },
      sample: {
        status: 400,
        body: openai("Messages with role 'tool' must be a response to a preceding message with 'tool_calls'", {
          code: "invalid_request_error",
        }),
        refusal: { what: "order", rule: "results_follow_calls" },
      },
      source: "DeepSeek (diegosouzapw/OmniRoute#2893); OpenAI; DashScope (QwenLM/qwen-code#606); Anthropic; Mistral",
      date: "2026-08",
    },
    {
      id: "role",
      words: [
        "unknown variant {role}, expected one of 'system'",
        "{role} is not one of ['system'",
        "system role not supported",
        "{unsupported|unknown|unexpected|invalid} {message |}role{:|} {role}",
        "unexpected message role",
        "role {role} is not supported",
        "does not support {role} role",
      ],
      refusal: { what: "role" },
      sample: {
        status: 422,
        body: "Failed to deserialize the JSON body into the target type: messages[0].role: unknown variant `developer`, expected one of `system`, `user`, `assistant`, `tool` at line 1 column 60",
        refusal: { what: "role", role: "developer" },
      },
      source: "DeepSeek and other serde servers; Gemma's template: System role not supported",
      date: "2026-06",
    },
    {
      id: "content-parts",
      words: [
        "invalid type: sequence, expected a string",
        "content: input should be a valid string (got a list)",
        "content {must|should} be a {string|text}",
        "input should be a valid string: messages",
      ],
      refusal: { what: "content", form: "parts" },
      sample: {
        status: 422,
        body: "Failed to deserialize the JSON body into the target type: messages[1].content: invalid type: sequence, expected a string",
        refusal: { what: "content", form: "parts" },
      },
      source: "serde and pydantic servers (anomalyco/opencode#5034)",
      date: "2026-06",
    },
    {
      id: "content-null",
      words: [
        "content: input should be a valid {string|list} (got null)",
        "invalid type: null, expected a string",
        "none is not an allowed value",
        "'content' {cannot|must not} be null",
        "messages must contain 'content'",
        "expected a string, got null",
      ],
      refusal: { what: "content", form: "null" },
      sample: {
        status: 500,
        body: {
          error: {
            message: JSON.stringify([
              {
                type: "string_type",
                loc: ["body", "messages", 2, "assistant", "content"],
                msg: "Input should be a valid string",
                input: null,
              },
            ]),
            type: "internal_server_error",
            param: null,
            code: null,
          },
        },
        refusal: { what: "content", form: "null" },
      },
      source: "llama-cpp-python 0.3.36, measured",
      date: "2026-11",
    },
    {
      id: "content-empty",
      words: [
        "must have either content or tool_calls",
        "text content blocks must be non-empty",
        "must have non-empty content",
        "content {cannot|must not|should not} be empty",
      ],
      refusal: { what: "content", form: "empty" },
      sample: {
        status: 400,
        body: flat("Assistant message must have either content or tool_calls, but not none.", {
          type: "invalid_request_assistant_message",
          code: "3240",
        }),
        refusal: { what: "content", form: "empty" },
      },
      source: "Mistral (hermes-agent#23435); Anthropic",
      date: "2026-08",
    },
    {
      id: "reasoning-demanded",
      words: [
        "{path} in the thinking mode must be passed back",
        "thinking is enabled but {path} is missing",
        "must start with a thinking block",
        "expected 'thinking' or 'redacted_thinking', but found",
        "without its required 'reasoning' item",
        "{path} 必须返回给",
      ],
      refusal: { what: "reasoning_field", wants: "present" },
      sample: {
        status: 400,
        body: openai("The `reasoning_content` in the thinking mode must be passed back to the API.", {
          code: "invalid_request_error",
        }),
        refusal: { what: "reasoning_field", path: "reasoning_content", wants: "present" },
      },
      source: "DeepSeek V4 (anomalyco/opencode#24135); Kimi: is missing in assistant tool call message; Anthropic",
      date: "2026-08",
    },
    {
      id: "reasoning-alone",
      words: [
        "of type 'reasoning' was provided without its required following item",
        "item['content'] is not an array",
      ],
      refusal: { what: "reasoning_field", wants: "absent" },
      sample: {
        status: 400,
        body: openai("Item 'rs_1' of type 'reasoning' was provided without its required following item.", {
          param: "input",
        }),
        refusal: { what: "reasoning_field", path: "input", wants: "absent" },
      },
      source: "OpenAI, Responses API; llama-server b11669, measured",
      date: "2026-10",
    },
    {
      id: "signature-missing",
      words: ["missing a thought_signature", "signature: field required"],
      refusal: { what: "signature", wants: "present" },
      sample: {
        status: 400,
        body: google(
          400,
          "INVALID_ARGUMENT",
          "Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly. Additional data, function call `default_api:Bash` , position 2.",
        ),
        refusal: { what: "signature", wants: "present" },
      },
      source: "Gemini 3 (Gitlawb/openclaude#67, lbjlaq/Antigravity-Manager#3202)",
      date: "2026-06",
    },
    {
      id: "signature-code",
      names: ["invalid_encrypted_content"],
      refusal: { what: "signature", wants: "absent" },
      sample: {
        status: 400,
        body: openai("The encrypted content gAAA...DQ== could not be verified.", { code: "invalid_encrypted_content" }),
        refusal: { what: "signature", wants: "absent" },
      },
      source: "OpenAI and Azure, Responses API (openai/codex#8145, #8100)",
      date: "2025-12",
    },
    {
      id: "signature",
      words: [
        "encrypted content {}could not be {verified|decrypted|parsed}",
        "bound to a different",
        "invalid 'signature' in",
        "invalid signature in",
        "thinking' blocks{}cannot be modified",
        "redacted_thinking' blocks{}cannot be modified",
        "thought signature is not valid",
        "corrupted thought signature",
      ],
      refusal: { what: "signature", wants: "absent" },
      sample: {
        status: 400,
        body: anthropic("invalid_request_error", "messages.1.content.0: Invalid `signature` in `thinking` block"),
        refusal: { what: "signature", wants: "absent" },
      },
      source: "Anthropic, Messages API; Bedrock, Vertex",
      date: "2026-10",
    },
    {
      id: "encrypted-content",
      words: ["encrypted content is not supported"],
      refusal: { what: "field", path: "include" },
      sample: {
        status: 400,
        body: openai("Encrypted content is not supported with this model.", { param: "include" }),
        refusal: { what: "field", path: "include" },
      },
      source: "OpenAI, models that do not reason",
      date: "2026-09",
    },
    {
      id: "id-unknown",
      words: [
        "item with id {value} not found",
        "invalid {path}: {} expected an id that begins with",
        "expected an id that begins with",
      ],
      refusal: { what: "id" },
      sample: {
        status: 400,
        body: openai("Invalid 'input[371].id': '019f629b-43ee'. Expected an ID that begins with 'msg'.", {
          param: "input[371].id",
          code: "invalid_id_prefix",
        }),
        refusal: { what: "id", path: "input[371].id" },
      },
      source: "OpenAI, Responses API (openai/codex#33176, continuedev/continue#11494)",
      date: "2026-07",
    },
    {
      id: "id-form",
      words: [
        "tool call id was {} but must be {} with a length of {most}",
        "{path}: string should match pattern",
        "invalid {path}: string does not match pattern",
      ],
      refusal: { what: "id" },
      sample: {
        status: 400,
        body: flat("Tool call id was call_a031 but must be a-z, A-Z, 0-9, with a length of 9.", {
          type: "invalid_function_call",
          code: "3280",
        }),
        refusal: { what: "id", most: 9 },
      },
      source: "Mistral, and its models at Venice; Anthropic: tool_use.id",
      date: "2026-08",
    },
    {
      id: "item",
      words: [
        "unknown input item type: {type}",
        "cannot determine type of 'item'",
        "unsupported content[].type",
        "unsupported {input |}item type{:|} {type}",
        "output of tool call should be 'input text'",
        "invalid value: {type}. supported values are: 'computer_call",
      ],
      refusal: { what: "item" },
      sample: {
        status: 400,
        body: openai('input[0]: unknown input item type: "additional_tools"'),
        refusal: { what: "item", type: "additional_tools" },
      },
      source: "Ollama 0.33, measured; llama-server b11669, measured",
      date: "2026-10",
    },
    {
      id: "not-a-string",
      words: ["{path}: input should be a valid string"],
      refusal: { what: "value" },
      sample: {
        status: 422,
        body: pydantic(
          "string_type",
          ["body", "tools", 0, "function", "description"],
          "Input should be a valid string",
          7,
        ),
        refusal: { what: "value", path: "tools[0].function.description" },
      },
      source: "FastAPI servers",
      date: "2026-11",
    },
  ],
};
