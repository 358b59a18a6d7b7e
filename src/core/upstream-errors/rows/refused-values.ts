/** Values, numbers and combinations of fields that an upstream does not take. */
import { anthropic, refusals } from "./row.ts";

export const REFUSED_VALUES = refusals({
  "limit-max-tokens, 2026-10, Anthropic; OpenAI; Volcengine Ark (Gitlawb/openclaude#331); DeepSeek: valid range; DashScope; Groq; Bedrock":
    {
      words: `
        is too large: {given}. this model supports at most {most} /
        {path}: {given} > {most}, which is the maximum allowed /
        {path} ({given}) {exceeds|exceed} {the |}maximum {allowed |}{output |}{tokens |}({most}) /
        parameter {path} {}expected a value <= {most}, but got {given} /
        invalid {path}: {}expected a value <= {most}, but got {given} / expected a value <= {most}, but got {given} /
        {path} must be less than or equal to '{most} / range of {path} {should be|is} [1, {most}] /
        maximum tokens you requested exceeds the model limit of {most} /
        {path} {cannot|must not} {exceed|be greater than|be larger than} {most} /
        {path} {should|must} be {<=|at most|less than or equal to} {most}`,
      refusal: { what: "limit" },
      body: anthropic(
        "max_tokens: 32000 > 8192, which is the maximum allowed number of output tokens for claude-3-5-haiku",
      ),
      found: { path: "max_tokens", given: 32_000, most: 8192 },
    },
  "limit-least, 2026-10, OpenAI, Responses API; Anthropic: thinking.budget_tokens": {
    words: `
      invalid {path}: {}expected a value >= {least}, but got {given} / expected a value >= {least}, but got {given} /
      {path}: input should be greater than or equal to {least} / {path} must be greater than or equal to {least}`,
    refusal: { what: "limit" },
    body: "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got 1 instead.",
    with: { code: "integer_below_min_value", param: "max_output_tokens" },
    found: { path: "max_output_tokens", given: 1, least: 16 },
  },
  "limit-length, 2026-08, OpenAI; ids too long: openai/codex#39133; Anthropic: tools.0.custom.name": {
    words: `
      invalid {path}: {string|array} too long. expected {} maximum length {most}, but got {} length {given} /
      {path}: {string|list} should have at most {most}`,
    refusal: { what: "limit" },
    body: "Invalid 'tools': array too long. Expected an array with maximum length 128, but got an array with length 174 instead.",
    with: { code: "array_above_max_length", param: "tools" },
    found: { path: "tools", most: 128, given: 174 },
  },
  "value-supported, 2026-10, OpenAI; vLLM and SGLang in pydantic's words; serde servers": {
    words: `
      unsupported value: {path} does not support {value} with this model. supported values are: {supported} /
      {invalid|unsupported} value: {value}{ is not supported| is not supported with|}{}. supported values are: {supported} /
      invalid {path}: {value}. {} {must be one of|supported values are|allowed values are|expected one of}:{} {supported} /
      {path}: input should be {supported} / {path} {must|should} be one of{:|} {supported} /
      unknown variant {value}, expected one of {supported}`,
    refusal: { what: "value" },
    body: "Invalid value: 'medium'. Supported values are: 'low' and 'high'.",
    with: { code: "invalid_value", param: "reasoning_effort" },
    found: { path: "reasoning_effort", value: "medium", supported: ["low", "high"] },
  },
  "value, 2026-09, OpenAI, models that reason": {
    names: "unsupported_value invalid_value",
    words: `
      unsupported value: {path} does not support {value} / {invalid|unsupported} value: {value} /
      invalid value for {path}`,
    refusal: { what: "value" },
    body: "Unsupported value: 'temperature' does not support 0.7 with this model. Only the default (1) value is supported.",
    with: { code: "unsupported_value", param: "temperature" },
    found: { path: "temperature", value: "0.7" },
  },
  "value-effort, 2026-08, Ollama, source of 2026-08-21": {
    words: "invalid reasoning value: {value} / think value {value} is not supported / invalid think value: {value}",
    refusal: { what: "value", path: "reasoning_effort" },
    body: 'invalid reasoning value: \'banana\' (must be "high", "medium", "low", "max", or "none")',
    found: { value: "banana" },
  },
  "value-beta, 2026-06, Anthropic; Vertex and Bedrock behind gateways (anthropics/claude-code#69618)": {
    words: "unexpected value(s) {value} for the 'anthropic-beta' header",
    refusal: { what: "value", path: "anthropic-beta" },
    body: anthropic(
      "Unexpected value(s) `context-management-2025-06-27` for the `anthropic-beta` header. Please consult our documentation or try again without the header.",
    ),
    found: { value: "context-management-2025-06-27" },
  },
  "no-thinking, 2026-10, Ollama 0.33; Anthropic: effort; Bedrock: adaptive thinking": {
    words: `
      does not support {thinking|reasoning} /
      {adaptive thinking|extended thinking|reasoning effort} is not supported /
      does not support the effort parameter`,
    refusal: { what: "field", path: "reasoning_effort" },
    body: '"llama3.2:3b" does not support thinking',
  },
  "combination, 2026-09, Anthropic; Groq: json mode; TGI: grammar and tools; llama-server: custom grammar": {
    words: `
      {path} and {value} cannot both be / {stream_options|stream options} can only be {defined|set|used} /
      json mode cannot be combined with tool / grammar and tools are mutually exclusive /
      cannot use custom grammar constraints with tools /
      {path} {cannot be used|can't be used|cannot be combined} with /
      {path} must be greater than {value}budget_tokens`,
    refusal: { what: "combination" },
    body: anthropic("`temperature` and `top_p` cannot both be specified for this model. Please use only one."),
    found: { path: "temperature" },
  },
});
