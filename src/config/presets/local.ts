/** Programs that serve models on the user's own machines. */
import { EFFORTS } from "../../core/dialect.ts";
import { program, type Preset } from "../preset.ts";

/** Each word stands for itself. */
const EVERY = Object.fromEntries(EFFORTS.map((effort) => [effort, effort]));

export const LOCAL: readonly Preset[] = [
  program("ollama", "Ollama", [11434], {
    env_keys: ["OLLAMA_API_KEY"],
    dialect: {
      tool_schema: "plain",
      tool_choice: "none",
      parallel_tool_calls: "never",
      image_urls: false,
      // Other words get 400. It treats `ultra` and `xhigh` as `max` itself.
      efforts: EVERY,
    },
    probe: "ollama",
    source: "measured with 0.33.0-rc2, and its source of 2026-08-21 (api.ToolProperty, openai.go)",
  }),
  // Its default is 9931 since October 2026.
  program("llama-server", "llama-server", [8080, 9931], {
    owned_by: ["llamacpp"],
    dialect: {
      // With a schema it makes no tool call.
      schema_with_tools: "instruct",
      return_progress: true,
      // An object silently counts as `auto`.
      tool_choice: "strings",
      // Its absence counts as false.
      parallel_tool_calls: "always",
    },
    probe: "llama-server",
    source: "measured with build 11669, October 2026",
  }),
  program("lm-studio", "LM Studio", [1234], {
    env_keys: ["LM_API_TOKEN"],
    dialect: {
      tool_choice: "strings",
      parallel_tool_calls: "never",
      image_urls: false,
      json_object: "as_schema",
      efforts: { none: "none", low: "low", medium: "medium", high: "high", xhigh: "xhigh" },
    },
    probe: "lm-studio",
    source: "its documentation, 2026-07 (tool use; images as base64)",
  }),
  program("vllm", "vLLM", [8000], {
    owned_by: ["vllm"],
    env_keys: ["VLLM_API_KEY"],
    dialect: {
      strict_tools: true,
      efforts: EVERY,
      // Templates of Qwen use the first name, those of DeepSeek and Granite the second.
      effort_on: { reasoning_effort: "$effort", chat_template_kwargs: { enable_thinking: true, thinking: true } },
      effort_off: { reasoning_effort: "$effort", chat_template_kwargs: { enable_thinking: false, thinking: false } },
    },
    probe: "models",
    source: "its source, 2026-10 (chat_completion/protocol.py; docs/features/reasoning_outputs.md)",
  }),
  program("sglang", "SGLang", [30000], {
    owned_by: ["sglang"],
    dialect: {
      strict_tools: true,
      // It sets the arguments of the template from the effort itself.
      efforts: EVERY,
    },
    probe: "models",
    source: "its source, 2026-10 (entrypoints/openai/protocol.py)",
  }),
  program("tgi", "Text Generation Inference", [], {
    env_keys: ["HF_TOKEN"],
    dialect: {
      // A message with text has no tool calls there, even where it holds some.
      text_with_calls: "before",
      empty_content: "absent",
      tool_schema: "plain",
      parallel_tool_calls: "never",
      json_schema: "value",
      json_object: "as_schema",
      schema_with_tools: "instruct",
      efforts: {},
    },
    probe: "tgi",
    source: "its source, 2026-01 (router/src/server.rs, chat.rs; in maintenance mode)",
  }),
];
