/** Tools, choices, schemas, images and streams that an upstream does not take. */
import type { RefusalTopic } from "../row.ts";
import { anthropic, flat, llama, openai } from "./shapes.ts";

export const REFUSED_TOOLS: RefusalTopic = {
  kind: "refused",
  rows: [
    {
      id: "effort-with-tools",
      words: ["function tools with {path} are not supported"],
      refusal: { what: "combination" },
      sample: {
        status: 400,
        body: openai(
          "Function tools with reasoning_effort are not supported for gpt-5.6 in /v1/chat/completions. To use function tools, use /v1/responses or set reasoning_effort to 'none'.",
        ),
        refusal: { what: "combination", path: "reasoning_effort" },
      },
      source: "OpenAI, Chat Completions",
      date: "2026-09",
    },
    {
      id: "tools-parser",
      words: ["--enable-auto-tool-choice", "tool choice requires", "--tool-call-parser"],
      refusal: { what: "tools" },
      sample: {
        status: 400,
        body: openai('"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set', {
          type: "BadRequestError",
          code: 400,
        }),
        refusal: { what: "tools" },
      },
      source: "vLLM without a tool parser",
      date: "2026-09",
    },
    {
      id: "tool-choice-thinking",
      words: [
        "tool_choice {value} is incompatible with thinking",
        "thinking mode does not support this tool_choice",
        "tool_choice parameter does not support being set to {} in thinking mode",
        "thinking may not be enabled when tool_choice forces",
        "tool_choice{}thinking{ mode| enabled|}",
      ],
      refusal: { what: "tool_choice", thinking: true },
      sample: {
        status: 400,
        body: openai("tool_choice 'required' is incompatible with thinking enabled"),
        refusal: { what: "tool_choice", value: "required", thinking: true },
      },
      source:
        "Moonshot (can1357/oh-my-pi#1077); DeepSeek V4 (deepseek-ai/DeepSeek-V3#1376); DashScope (cloudwego/eino#994); Anthropic",
      date: "2026-08",
    },
    {
      id: "tool-choice",
      words: [
        "does not support {this |}tool_choice",
        "invalid tool_choice: {value}",
        "{unsupported|invalid|unknown} {value|parameter(s)|parameter}: {|'}tool_choice",
        "tool_choice{:|} {type |}{value} is not supported",
        "'tool_choice' {is not supported|must be}",
        "tool_choice: unknown value",
      ],
      refusal: { what: "tool_choice" },
      sample: {
        status: 400,
        body: flat("Invalid tool_choice: banana", { type: "invalid_request_error" }),
        refusal: { what: "tool_choice", value: "banana" },
      },
      source: "llama-server b11669, measured; deepseek-reasoner: does not support this tool_choice; NIM",
      date: "2026-10",
    },
    {
      id: "tool-kind",
      words: [
        "unsupported {responses |}{tools|tool} type{:|} {type}",
        "tool type {type} is not supported",
        "unknown variant {type}, expected 'function'",
        "{type} tools with a {value} format are not supported",
        "tools{}type{}input should be 'function'",
        "'function' is a required property",
        "key 'function' not found",
        "missing tool function",
        "failed to parse tools: unsupported tool type",
        "unsupported tool",
        "{custom|namespace|web_search} tools are not supported",
      ],
      refusal: { what: "tool_kind" },
      sample: {
        status: 400,
        body: { message: "Unsupported Responses tools type 'custom'", type: "Bad Request", code: 400 },
        refusal: { what: "tool_kind", type: "custom" },
      },
      source:
        "NVIDIA Dynamo 1.6.1, measured; vLLM 0.32: Custom tools with a grammar format; llama-server: Unsupported tool type; Foundry Local (microsoft/foundry-local#1080)",
      date: "2026-11",
    },
    {
      id: "tools",
      words: [
        "not support {tools|tool use|tool calls|tool calling|function calling|functions}",
        "{tools|tool use|tool calling|function calling} {is|are} not {supported|enabled}",
        "no endpoints found that support tool use",
      ],
      refusal: { what: "tools" },
      sample: {
        status: 400,
        body: openai("registry.ollama.ai/library/gemma3:4b does not support tools"),
        refusal: { what: "tools" },
      },
      source: "Ollama 0.33, measured; OpenRouter with 404: No endpoints found that support tool use",
      date: "2026-10",
    },
    {
      id: "schema",
      words: [
        "invalid schema for {function|response_format|tool} {value}{:| in} {}{word} is not permitted",
        "invalid schema for {function|response_format|tool}",
        "unsupported keywords: {word}",
        "is not a valid moonshot flavored json schema",
        "JSON schema {conversion failed|error at|contains features not supported}",
        "input_schema does not support {word}",
        "JSON schema is invalid",
        "{path}: JSON Schema not supported",
        "failed to {convert|compile|parse} {}schema",
        "strict schemas need",
      ],
      refusal: { what: "schema" },
      sample: {
        status: 400,
        body: openai(
          "Invalid schema for function 'update_plan': In context=('properties', 'plan'), 'minItems' is not permitted.",
          { code: "invalid_function_parameters", param: "tools[1].function.parameters" },
        ),
        refusal: { what: "schema", path: "tools[1].function.parameters", word: "minItems" },
      },
      source:
        "OpenAI, strict functions; Moonshot (QwenLM/qwen-code#10227); llama-server: JSON schema error at; vLLM: xgrammar (vllm-project/vllm#16880); Anthropic",
      date: "2026-09",
    },
    {
      id: "image-none",
      words: [
        "image input is not supported",
        "{does not|doesn't|not} support {image|images|vision|multimodal|multi-modal}",
        "images {are |}not supported",
        "no endpoints found that support image",
        "is not a multimodal model",
        "at most 0 image",
        "unknown variant 'image_url', expected 'text'",
        "this model {only supports|accepts only} text",
        "only 'text' content type is supported",
      ],
      refusal: { what: "image", why: "not_taken" },
      sample: {
        status: 400,
        body: openai(
          JSON.stringify(
            llama(
              500,
              "server_error",
              "image input is not supported - hint: if this is unexpected, you may need to provide the mmproj",
            ),
          ),
        ),
        refusal: { what: "image", why: "not_taken" },
      },
      source:
        "Ollama 0.33 over llama-server, measured; vLLM: At most 0 image(s); DeepSeek: unknown variant; OpenRouter",
      date: "2026-10",
    },
    {
      id: "image-address",
      words: [
        "image URLs are not {currently |}supported",
        "image_url must be a data URL",
        "failed to {download|fetch|load} image",
      ],
      refusal: { what: "image", why: "address" },
      sample: {
        status: 400,
        body: openai("image URLs are not currently supported, please use base64 encoded data instead"),
        refusal: { what: "image", why: "address" },
      },
      source: "Ollama, source of 2026-08-21; Fireworks",
      date: "2026-08",
    },
    {
      id: "image-format",
      words: [
        "but the image appears to be",
        "could not process image",
        "{invalid|unsupported} image {data|format|type|media type}",
        "not represent a valid image",
        "unsupported mime type",
      ],
      refusal: { what: "image", why: "format" },
      sample: {
        status: 400,
        body: anthropic(
          "invalid_request_error",
          "messages.32.content.0.image.source.base64: The image was specified using the image/png media type, but the image appears to be a image/jpeg image",
        ),
        refusal: { what: "image", why: "format" },
      },
      source: "Anthropic, Messages API; OpenAI: Unsupported MIME type",
      date: "2026-09",
    },
    {
      id: "image-size",
      words: ["image exceeds {}maximum", "image {is |}too large", "image dimensions exceed"],
      refusal: { what: "image", why: "too_large" },
      sample: {
        status: 400,
        body: anthropic(
          "invalid_request_error",
          "messages.4.content.1.image.source.base64: image exceeds 5 MB maximum: 6291456 bytes > 5242880 bytes",
        ),
        refusal: { what: "image", why: "too_large" },
      },
      source: "Anthropic, Messages API",
      date: "2026-09",
    },
    {
      id: "image-number",
      words: ["at most {most} image", "too many images", "exceeds the maximum number of images"],
      refusal: { what: "image", why: "too_many" },
      sample: {
        status: 400,
        body: openai("At most 1 image(s) may be provided in one prompt.", { type: "BadRequestError", code: 400 }),
        refusal: { what: "image", why: "too_many" },
      },
      source: "vLLM 0.9 and later",
      date: "2026-06",
    },
    {
      id: "streaming-none",
      words: ["{does not|doesn't|not} support stream", "streaming is not supported", "'stream' must be false"],
      refusal: { what: "streaming", wants: "absent" },
      sample: {
        status: 400,
        body: openai("This model does not support streaming.", { param: "stream", code: "unsupported_value" }),
        refusal: { what: "streaming", wants: "absent" },
      },
      source: "OpenAI, models of early access; gateways",
      date: "2026-06",
    },
    {
      id: "streaming-only",
      words: ["only support{s|} stream", "must be set to false for non-streaming", "set 'stream' to true"],
      refusal: { what: "streaming", wants: "present" },
      sample: {
        status: 400,
        body: openai("This model only support stream mode, please enable the stream parameter to access the model.", {
          code: "invalid_parameter_error",
        }),
        refusal: { what: "streaming", wants: "present" },
      },
      source: "DashScope's page of error codes",
      date: "2026-06",
    },
  ],
};
