/** Thoughts, signatures, ids and items of earlier turns that an upstream does not take. */
import { anthropic, flat, google, pydantic, refusals } from "./row.ts";

export const REFUSED_ITEMS = refusals({
  "reasoning-demanded, 2026-08, DeepSeek V4 (anomalyco/opencode#24135); Kimi: is missing in assistant tool call message; Anthropic":
    {
      words: `
        {path} in the thinking mode must be passed back / thinking is enabled but {path} is missing /
        must start with a thinking block / expected 'thinking' or 'redacted_thinking', but found /
        without its required 'reasoning' item / {path} 必须返回给`,
      refusal: { what: "reasoning_field", wants: "present" },
      body: "The `reasoning_content` in the thinking mode must be passed back to the API.",
      with: { code: "invalid_request_error" },
      found: { path: "reasoning_content" },
    },
  "reasoning-alone, 2026-10, OpenAI, Responses API; llama-server b11669, measured": {
    words: "of type 'reasoning' was provided without its required following item / item['content'] is not an array",
    refusal: { what: "reasoning_field", wants: "absent" },
    body: "Item 'rs_1' of type 'reasoning' was provided without its required following item.",
    with: { param: "input" },
    found: { path: "input" },
  },
  "signature-missing, 2026-06, Gemini 3 (Gitlawb/openclaude#67, lbjlaq/Antigravity-Manager#3202)": {
    words: "missing a thought_signature / signature: field required",
    refusal: { what: "signature", wants: "present" },
    body: google(
      400,
      "INVALID_ARGUMENT",
      "Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly. Additional data, function call `default_api:Bash` , position 2.",
    ),
  },
  "signature-code, 2025-12, OpenAI and Azure, Responses API (openai/codex#8145, #8100)": {
    names: "invalid_encrypted_content",
    refusal: { what: "signature", wants: "absent" },
    body: "The encrypted content gAAA...DQ== could not be verified.",
    with: { code: "invalid_encrypted_content" },
  },
  "signature, 2026-10, Anthropic, Messages API; Bedrock, Vertex": {
    words: `
      encrypted content {}could not be {verified|decrypted|parsed} / bound to a different / invalid 'signature' in /
      invalid signature in / thinking' blocks{}cannot be modified / redacted_thinking' blocks{}cannot be modified /
      thought signature is not valid / corrupted thought signature`,
    refusal: { what: "signature", wants: "absent" },
    body: anthropic("messages.1.content.0: Invalid `signature` in `thinking` block"),
  },
  "encrypted-content, 2026-09, OpenAI, models that do not reason": {
    words: "encrypted content is not supported",
    refusal: { what: "field", path: "include" },
    body: "Encrypted content is not supported with this model.",
    with: { param: "include" },
  },
  "id-unknown, 2026-07, OpenAI, Responses API (openai/codex#33176, continuedev/continue#11494)": {
    words: `
      item with id {value} not found / invalid {path}: {} expected an id that begins with /
      expected an id that begins with`,
    refusal: { what: "id" },
    body: "Invalid 'input[371].id': '019f629b-43ee'. Expected an ID that begins with 'msg'.",
    with: { code: "invalid_id_prefix", param: "input[371].id" },
    found: { path: "input[371].id" },
  },
  "id-form, 2026-08, Mistral, and its models at Venice; Anthropic: tool_use.id": {
    words: `
      tool call id was {} but must be {} with a length of {most} / {path}: string should match pattern /
      invalid {path}: string does not match pattern`,
    refusal: { what: "id" },
    body: flat("Tool call id was call_a031 but must be a-z, A-Z, 0-9, with a length of 9.", {
      type: "invalid_function_call",
      code: "3280",
    }),
    found: { most: 9 },
  },
  "item, 2026-10, Ollama 0.33, measured; llama-server b11669, measured": {
    words: `
      unknown input item type: {type} / cannot determine type of 'item' / unsupported content[].type /
      unsupported {input |}item type{:|} {type} / output of tool call should be 'input text' /
      invalid value: {type}. supported values are: 'computer_call`,
    refusal: { what: "item" },
    body: 'input[0]: unknown input item type: "additional_tools"',
    found: { type: "additional_tools" },
  },
  "not-a-string, 2026-11, FastAPI servers": {
    words: "{path}: input should be a valid string",
    refusal: { what: "value" },
    at: 422,
    body: pydantic("string_type", ["body", "tools", 0, "function", "description"], "Input should be a valid string", 7),
    found: { path: "tools[0].function.description" },
  },
});
