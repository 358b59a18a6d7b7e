/** Tools, choices, schemas, images and streams that an upstream does not take. */
import { anthropic, flat, refusals } from "./row.ts";

export const REFUSED_TOOLS = refusals({
  "effort-with-tools, 2026-09, OpenAI, Chat Completions": {
    words: "function tools with {path} are not supported",
    refusal: { what: "combination" },
    body: "Function tools with reasoning_effort are not supported for gpt-5.6 in /v1/chat/completions. To use function tools, use /v1/responses or set reasoning_effort to 'none'.",
    found: { path: "reasoning_effort" },
  },
  "tools-parser, 2026-09, vLLM without a tool parser": {
    words: "--enable-auto-tool-choice / tool choice requires / --tool-call-parser",
    refusal: { what: "tools" },
    body: '"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set',
    with: { type: "BadRequestError", code: 400 },
  },
  "tool-choice-thinking, 2026-08, Moonshot (can1357/oh-my-pi#1077); DeepSeek V4 (deepseek-ai/DeepSeek-V3#1376); DashScope (cloudwego/eino#994); Anthropic":
    {
      words: `
        tool_choice {value} is incompatible with thinking / thinking mode does not support this tool_choice /
        tool_choice parameter does not support being set to {} in thinking mode /
        thinking may not be enabled when tool_choice forces / tool_choice{}thinking{ mode| enabled|}`,
      refusal: { what: "tool_choice", thinking: true },
      body: "tool_choice 'required' is incompatible with thinking enabled",
      found: { value: "required" },
    },
  "tool-choice, 2026-10, llama-server b11669, measured; deepseek-reasoner: does not support this tool_choice; NIM": {
    words: `
      does not support {this |}tool_choice / invalid tool_choice: {value} /
      {unsupported|invalid|unknown} {value|parameter(s)|parameter}: {|'}tool_choice /
      tool_choice{:|} {type |}{value} is not supported / 'tool_choice' {is not supported|must be} /
      tool_choice: unknown value`,
    refusal: { what: "tool_choice" },
    body: flat("Invalid tool_choice: banana", { type: "invalid_request_error" }),
    found: { value: "banana" },
  },
  "tool-kind, 2026-11, NVIDIA Dynamo 1.6.1, measured; vLLM 0.32: Custom tools with a grammar format; llama-server: Unsupported tool type; Foundry Local (microsoft/foundry-local#1080)":
    {
      words: `
        unsupported {responses |}{tools|tool} type{:|} {type} / tool type {type} is not supported /
        unknown variant {type}, expected 'function' / {type} tools with a {value} format are not supported /
        tools{}type{}input should be 'function' / 'function' is a required property / key 'function' not found /
        missing tool function / failed to parse tools: unsupported tool type / unsupported tool /
        {custom|namespace|web_search} tools are not supported`,
      refusal: { what: "tool_kind" },
      body: { message: "Unsupported Responses tools type 'custom'", type: "Bad Request", code: 400 },
      found: { type: "custom" },
    },
  "tools, 2026-10, Ollama 0.33, measured; OpenRouter with 404: No endpoints found that support tool use": {
    words: `
      not support {tools|tool use|tool calls|tool calling|function calling|functions} /
      {tools|tool use|tool calling|function calling} {is|are} not {supported|enabled} /
      no endpoints found that support tool use`,
    refusal: { what: "tools" },
    body: "registry.ollama.ai/library/gemma3:4b does not support tools",
  },
  "schema, 2026-09, OpenAI, strict functions; Moonshot (QwenLM/qwen-code#10227); llama-server: JSON schema error at; vLLM: xgrammar (vllm-project/vllm#16880); Anthropic":
    {
      words: `
        invalid schema for {function|response_format|tool} {value}{:| in} {}{word} is not permitted /
        invalid schema for {function|response_format|tool} / unsupported keywords: {word} /
        is not a valid moonshot flavored json schema /
        JSON schema {conversion failed|error at|contains features not supported} /
        input_schema does not support {word} / JSON schema is invalid / {path}: JSON Schema not supported /
        failed to {convert|compile|parse} {}schema / strict schemas need`,
      refusal: { what: "schema" },
      body: "Invalid schema for function 'update_plan': In context=('properties', 'plan'), 'minItems' is not permitted.",
      with: { code: "invalid_function_parameters", param: "tools[1].function.parameters" },
      found: { path: "tools[1].function.parameters", word: "minItems" },
    },
  "image-none, 2026-10, Ollama 0.33 over llama-server, measured; vLLM: At most 0 image(s); DeepSeek: unknown variant; OpenRouter":
    {
      words: `
        image input is not supported / {does not|doesn't|not} support {image|images|vision|multimodal|multi-modal} /
        images {are |}not supported / no endpoints found that support image / is not a multimodal model /
        at most 0 image / unknown variant 'image_url', expected 'text' / this model {only supports|accepts only} text /
        only 'text' content type is supported`,
      refusal: { what: "image", why: "not_taken" },
      body: '{"error":{"code":500,"message":"image input is not supported - hint: if this is unexpected, you may need to provide the mmproj","type":"server_error"}}',
    },
  "image-address, 2026-08, Ollama, source of 2026-08-21; Fireworks": {
    words: `
      image URLs are not {currently |}supported / image_url must be a data URL /
      failed to {download|fetch|load} image`,
    refusal: { what: "image", why: "address" },
    body: "image URLs are not currently supported, please use base64 encoded data instead",
  },
  "image-format, 2026-09, Anthropic, Messages API; OpenAI: Unsupported MIME type": {
    words: `
      but the image appears to be / could not process image /
      {invalid|unsupported} image {data|format|type|media type} / not represent a valid image /
      unsupported mime type`,
    refusal: { what: "image", why: "format" },
    body: anthropic(
      "messages.32.content.0.image.source.base64: The image was specified using the image/png media type, but the image appears to be a image/jpeg image",
    ),
  },
  "image-size, 2026-09, Anthropic, Messages API": {
    words: "image exceeds {}maximum / image {is |}too large / image dimensions exceed",
    refusal: { what: "image", why: "too_large" },
    body: anthropic(
      "messages.4.content.1.image.source.base64: image exceeds 5 MB maximum: 6291456 bytes > 5242880 bytes",
    ),
  },
  "image-number, 2026-06, vLLM 0.9 and later": {
    words: "at most {most} image / too many images / exceeds the maximum number of images",
    refusal: { what: "image", why: "too_many" },
    body: "At most 1 image(s) may be provided in one prompt.",
    with: { type: "BadRequestError", code: 400 },
  },
  "streaming-none, 2026-06, OpenAI, models of early access; gateways": {
    words: "{does not|doesn't|not} support stream / streaming is not supported / 'stream' must be false",
    refusal: { what: "streaming", wants: "absent" },
    body: "This model does not support streaming.",
    with: { code: "unsupported_value", param: "stream" },
  },
  "streaming-only, 2026-06, DashScope's page of error codes": {
    words: "only support{s|} stream / must be set to false for non-streaming / set 'stream' to true",
    refusal: { what: "streaming", wants: "present" },
    body: "This model only support stream mode, please enable the stream parameter to access the model.",
    with: { code: "invalid_parameter_error" },
  },
});
