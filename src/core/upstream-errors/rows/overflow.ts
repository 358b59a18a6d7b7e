/** Wordings for a prompt that is too long, or one that leaves too few tokens for the reply. */
import { anthropic, flat, google, llama, topic, type Topic } from "./row.ts";

export const OVERFLOW: Topic = {
  // A prompt can be too long by a minute's share: then it is no matter of the window.
  unless: ["rate limit", "rate_limit", "ratelimit", "too many requests", "throttl", "per minute", "per second"],
  ...topic("overflow", {
    "overflow-code, 2026-10, OpenAI, Responses API; OpenRouter's error_type; openai/codex#32349": {
      names: "context_length_exceeded model_context_window_exceeded context_window_exceeded",
      body: "Your input is more than this model can read. Please adjust it and try again.",
      with: { code: "context_length_exceeded", param: "input" },
    },
    "overflow-llama-server, 2026-10, llama-server b11669, measured": {
      names: "exceed_context_size_error",
      body: llama(
        400,
        "exceed_context_size_error",
        "request (9000 tokens) exceeds the available context size (8192 tokens), try increasing it",
        { n_prompt_tokens: 9000, n_ctx: 8192 },
      ),
      numbers: { prompt_tokens: 9000, window_tokens: 8192 },
    },
    "overflow-output-too, 2026-06, Anthropic, Messages API; earendil-works/pi#5677": {
      words: `
        exceed context limit: {prompt} + {output} > {window} /
        is too large: {output}. this model's maximum context length is {window}`,
      body: anthropic(
        "input length and `max_tokens` exceed context limit: 170636 + 34048 > 200000, decrease input length or `max_tokens` and try again",
      ),
      numbers: { prompt_tokens: 170_636, output_tokens: 34_048, window_tokens: 200_000 },
    },
    "overflow-anthropic, 2026-11, Anthropic, Messages API": {
      words: "{prompt|request|conversation|input} {is |}too long: {prompt} tokens",
      body: anthropic("prompt is too long: 210000 tokens > 200000 maximum"),
      numbers: { prompt_tokens: 210_000, window_tokens: 200_000 },
    },
    "overflow-maximum-context, 2026-09, vLLM 0.8 and later; OpenAI, OpenRouter, LiteLLM and Mistral in like words": {
      words: "maximum context length / max context length / max_context_length / maximum context limit",
      body: "This model's maximum context length is 262144 tokens. However, you requested 0 output tokens and your prompt contains at least 262145 input tokens, for a total of at least 262145 tokens. Please reduce the length of the input prompt or the number of requested output tokens. (parameter=input_tokens, value=262145)",
      with: { type: "BadRequestError", code: 400 },
      numbers: { prompt_tokens: 262_145, window_tokens: 262_144, output_tokens: 0 },
    },
    "overflow-exceeds-context, 2026-10, OpenAI, Responses API; Ollama 0.33; Moonshot: exceeded model token limit; Atlas: exceeds max_seq_len":
      {
        words: `
          {exceed|exceeds|exceeded|exceeding} {the |its |this |your |}{available |maximum |max |configured |}{model |model's |}context /
          exceeds max_seq_len / exceeded model token limit / input tokens exceed the configured limit /
          context {length|size|window} {has been |}exceeded`,
        body: "Your input exceeds the context window of this model. Please adjust your input and try again.",
      },
    "overflow-window-exceeds, 2026-09, MiniMax, Messages API; diegosouzapw/OmniRoute#8248": {
      words: "context window exceeds / context length exceeds",
      body: {
        type: "error",
        error: {
          type: "bad_request_error",
          message: "invalid params, context window exceeds limit (2013)",
          http_code: "400",
        },
        request_id: "0598",
      },
    },
    "overflow-longer-than, 2026-09, SGLang; Together; NIM's and vLLM's decoder prompt; Dynamo with status 500 (ai-dynamo/dynamo#14729)":
      {
        words: "longer than the {model's |}{maximum model length|context length|context window|maximum length}",
        body: flat("The input (40000 tokens) is longer than the model's context length (32768 tokens)."),
        numbers: { prompt_tokens: 40_000, window_tokens: 32_768 },
      },
    "overflow-too-long, 2026-09, Amazon Bedrock; Z.ai code 1261: Prompt exceeds max length; Ollama: prompt too long": {
      words: `
        {prompt|input|request|conversation|message|messages|context} {is |are |}too long / input token length too long /
        prompt exceeds {the |max |}{max |}length / prompt too large`,
      body: "The model returned the following errors: Input is too long for requested model.",
      with: { code: "validation_error" },
    },
    "overflow-input-length, 2026-06, Poolside and GLM hub (earendil-works/pi#4943); xAI: maximum prompt length; DashScope: range of input length":
      {
        words: `
          maximum {prompt|input} length / maximum allowed input length / range of input length should be /
          input length {} exceeds`,
        body: "Input length 131393 exceeds the maximum allowed input length of 131040 tokens.",
        with: { code: "400" },
        numbers: { prompt_tokens: 131_393, window_tokens: 131_040 },
      },
    "overflow-token-count, 2026-09, Gemini; GitHub Copilot: prompt token count of N exceeds the limit of M; Bedrock: Too many input tokens":
      {
        words: `
          input token count {} exceeds / exceeds the maximum number of tokens /
          prompt token count of {prompt} exceeds the limit / tokens in request more than max tokens allowed /
          too many input tokens / model only supports up to`,
        body: google(
          400,
          "INVALID_ARGUMENT",
          "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
        ),
        numbers: { prompt_tokens: 1_200_000, window_tokens: 1_048_576 },
      },
    "overflow-too-large-for-model, 2026-06, Mistral; an older vLLM; DS4: the configured context size is": {
      words: "too large for model / too long to fit into the model / configured context size is",
      body: "The prompt (total length 40960) is too long to fit into the model (context length 32768).",
      with: { type: "BadRequestError", code: 400 },
      numbers: { prompt_tokens: 40_960, window_tokens: 32_768 },
    },
    "overflow-lm-studio, 2026-09, LM Studio 0.4": {
      words: "greater than the context length / when context the overflows / n_keep {} n_ctx",
      body: {
        error:
          "The number of tokens to keep from the initial prompt is greater than the context length (n_keep: 9012>= n_ctx: 4096). Try to load the model with a larger context length, or provide a shorter input.",
      },
      numbers: { prompt_tokens: 9012, window_tokens: 4096 },
    },
    "overflow-tgi, 2026-01, TGI, source of 2026-01-08": {
      words: "'inputs' {tokens |}{must have less than|+ 'max_new_tokens' must be}",
      at: 422,
      body: {
        error:
          "Input validation error: `inputs` tokens + `max_new_tokens` must be <= 32768. Given: 20000 `inputs` tokens and 128000 `max_new_tokens`",
        error_type: "validation",
      },
      numbers: { prompt_tokens: 20_000, window_tokens: 32_768, output_tokens: 128_000 },
    },
    "overflow-tensorrt, 2026-09, TensorRT-LLM (NVIDIA/TensorRT-LLM#19457)": {
      words: "prompt length {} should not exceed max_num_tokens",
      body: flat("The sum of prompt length (40000), query length (0) should not exceed max_num_tokens (8192)"),
      numbers: { prompt_tokens: 40_000, window_tokens: 8192 },
    },
    "overflow-reduce, 2026-08, Groq (with 413, too); Cerebras behind Hugging Face's router": {
      words: "reduce the length of {the|your} {messages|input|prompt} / reduce your prompt / shorten your prompt",
      body: "Please reduce the length of the messages or completion. Current length is 69553 while limit is 65536",
      with: { code: "wrong_api_format" },
      numbers: { prompt_tokens: 69_553, window_tokens: 65_536 },
    },
    "overflow-chinese, 2026-07, gateways built on one-api (decolua/9router#2527)": {
      words:
        "超过{了|}模型的{最大|}{长度|上下文} / 超{过|出}{了|}{模型|}{的|}最大{长度|上下文|输入} / 上下文{长度|}{超|过长} / 输入{内容|}{过长|长度超}",
      body: "输入内容的token数超过了模型的最大长度限制，请减少输入",
    },
  }),
};
