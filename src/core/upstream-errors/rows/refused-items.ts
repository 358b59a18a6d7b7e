/** Thoughts, signatures, ids and items of earlier turns that an upstream does not take. */
import type { RefusalTopic } from "../row.ts";
import { anthropic, flat, google, openai, pydantic } from "./shapes.ts";

export const REFUSED_ITEMS: RefusalTopic = {
  kind: "refused",
  rows: [
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
