/** Families whose calls are JSON between markers, or a name and JSON. */
import type { Family } from "./families.ts";

const DATE = "2026-11-30";

/** Calls as JSON between two markers. */
function json(
  id: string,
  models: string,
  opens: readonly string[],
  closes: readonly string[],
  source: string,
  more: { keyed?: boolean; verbatim?: boolean; markers?: readonly string[] } = {},
): Family {
  const { markers = opens, ...style } = more;
  return { id, models, markers, body: { style: "json", opens, closes, ...style }, source, date: DATE };
}

/** The separators of one maker's markers, as they come out of different tokenizers. */
const seps = (...words: readonly string[]): string[] =>
  words.flatMap((word) => ["▁", "_", " ", String.raw`\_`].map((sep) => `<｜${word.replaceAll("_", sep)}｜>`));

export const JSON_FAMILIES: readonly Family[] = [
  json(
    "hermes",
    "Hermes 2 to 4, Qwen 2.5 and 3, Granite 4, Ernie 4.5, EXAONE 4, Trinity, xLAM",
    ["<tool_call>", "<function_call>", "<functioncall>", "<tools>", "<tool>"],
    ["</tool_call>", "</function_call>", "</functioncall>", "</tools>", "</tool>"],
    "mlc-ai/xgrammar builtin_structural_tag.py 53da3ff8; vllm-project/vllm#33083 for the renamed tags",
  ),
  json(
    "longcat",
    "LongCat Flash",
    ["<longcat_tool_call>"],
    ["</longcat_tool_call>"],
    "sgl-project/sglang function_call/longcat 0d4887f4",
  ),
  json(
    "tool-calls-json",
    "Hunyuan A13B, Jamba 1.5, Apriel 1.5, MiniMax M1",
    ["<tool_calls>"],
    ["</tool_calls>"],
    "mudler/vllm.cpp tool_parsers d85906ae; vllm parser/minimax 41c5903d",
  ),
  json(
    "phi-4-mini",
    "Phi-4-mini",
    ["<|tool_call|>"],
    ["<|/tool_call|>"],
    "ggml-org/llama.cpp models/templates Phi-4-mini 6d7822c1; vllm-project/vllm#47907",
  ),
  json("granite-3", "Granite 3.0", ["<|tool_call|>"], [], "vllm parser/granite 5c1f5d13"),
  json("phi-4", "Phi-4, FireFunction 2", ["functools"], [], "ai-dynamo/dynamo tool_calling/config.rs 827dbd73", {
    markers: ["functools[", "functools ["],
  }),
  json(
    "nemotron",
    "Nemotron Nano 2, Llama-Nemotron",
    ["<TOOLCALL>"],
    ["</TOOLCALL>"],
    "llama.cpp models/templates NVIDIA-Nemotron-Nano-v2 5801ed35",
  ),
  json("mistral-list", "Mistral v3 to v7", ["[TOOL_CALLS]"], [], "vllm parser/mistral ce67e592", { verbatim: true }),
  json("apertus", "Apertus", ["<|tools_prefix|>"], ["<|tools_suffix|>"], "sglang function_call/apertus2509 16739a60", {
    keyed: true,
  }),
  json(
    "command-a",
    "Command A, R7B",
    ["<|START_ACTION|>"],
    ["<|END_ACTION|>"],
    "sglang function_call/cohere_command4 0ff0d3e3; lightseekorg/smg tool_parser 73da68ca",
  ),
  json("command-r", "Command R, R+", ["Action:"], [], "ollama/ollama tests, fb307609", {
    markers: ["Action: ```json", "Action:```json", "Action:\n```json"],
  }),
  json(
    "internlm",
    "InternLM 2.5, Intern-S1",
    ["<|action_start|><|plugin|>", "<|action_start|> <|plugin|>"],
    ["<|action_end|>"],
    "mudler/vllm.cpp tool_parsers d85906ae",
  ),
  json("pangu", "openPangu", ["<|tool_call_start|>"], ["<|tool_call_end|>"], "vllm openpangu_v2 25d5396f"),
  json("pangu-1", "openPangu", ["[unused11]"], ["[unused12]"], "vllm parser/pangu 4ade7b8d"),
  json("llama-3", "Llama 3.1 to 3.3", ["<|python_tag|>"], [], "mudler/vllm.cpp tool_parsers d85906ae", {
    verbatim: true,
  }),
  json("llama-4", "Llama 4", ["<|python_start|>"], ["<|python_end|>"], "vllm-project/vllm#16214", { verbatim: true }),
  json(
    "lm-studio",
    "any model behind LM Studio's fallback",
    ["[TOOL_REQUEST]"],
    ["[END_TOOL_REQUEST]"],
    "lmstudio.ai/docs/developer/openai-compat/tools",
  ),
  json(
    "gigachat-3",
    "GigaChat 3, 3.1",
    ["<|function_call|>", "<|message_sep|>\n\nfunction call<|role_sep|>\n"],
    [],
    "ggml-org/llama.cpp common/chat.cpp 0083bb18",
  ),
  json(
    "inkling",
    "Inkling",
    ["<|content_invoke_tool_json|>", "<|message_model|><|content_invoke_tool_json|>"],
    ["<|end_message|>"],
    "vllm parser/inkling b861f0c0",
  ),
  json("dots-json", "dots", ["<dots_function_call>"], ["</dots_function_call>"], "sglang function_call/dots 04b26f56"),

  {
    id: "deepseek-v3",
    models: "DeepSeek V3, R1, V3.1, Cogito",
    markers: [...seps("tool_calls_begin", "tool_call_begin"), "<｜tool▁calls｜>"],
    body: {
      style: "named",
      sections: [...seps("tool_calls_begin"), "<｜tool▁calls｜>"],
      section_ends: seps("tool_calls_end"),
      begins: seps("tool_call_begin"),
      between: seps("tool_sep"),
      ends: seps("tool_call_end"),
    },
    source: "mlc-ai/xgrammar 53da3ff8; ggml-org/llama.cpp common/chat.cpp for the spellings of distilled models",
    date: DATE,
  },
  {
    id: "kimi-k2",
    models: "Kimi K2, K2.5, K2.6, K2-Thinking",
    markers: ["<|tool_calls_section_begin|>", "<|tool_call_section_begin|>", "<|tool_call_begin|>"],
    body: {
      style: "named",
      sections: ["<|tool_calls_section_begin|>", "<|tool_call_section_begin|>"],
      section_ends: ["<|tool_calls_section_end|>", "<|tool_call_section_end|>"],
      begins: ["<|tool_call_begin|>"],
      between: ["<|tool_call_argument_begin|>"],
      ends: ["<|tool_call_end|>"],
    },
    source: "ggml-org/llama.cpp common/chat.cpp 0083bb18; lightseekorg/smg tool_parser 73da68ca",
    date: DATE,
  },
  {
    id: "mistral",
    models: "Mistral v11 and later, Devstral, Magistral, Ministral 3",
    markers: ["[TOOL_CALLS]"],
    body: {
      style: "named",
      sections: [],
      section_ends: [],
      begins: ["[TOOL_CALLS]"],
      between: ["[CALL_ID]", "[ARGS]"],
      ends: [],
      glued: true,
    },
    source: "vllm parser/mistral ce67e592",
    date: DATE,
  },
  {
    id: "functionary-31",
    models: "Functionary 3.1, Llama 3",
    markers: ["<function="],
    body: {
      style: "named",
      sections: [],
      section_ends: [],
      begins: ["<function="],
      between: [">"],
      ends: ["</function>"],
    },
    source: "ggml-org/llama.cpp common/chat.cpp 0083bb18",
    date: DATE,
  },
  {
    id: "functionary-32",
    models: "Functionary 3.2",
    markers: [">>>"],
    body: { style: "named", sections: [], section_ends: [], begins: [">>>"], between: [], ends: [], glued: true },
    source: "ggml-org/llama.cpp common/chat.cpp 0083bb18",
    date: DATE,
  },
  {
    id: "plamo-3",
    models: "PLaMo 3",
    markers: ["<|plamo:begin_tool_requests:plamo|>", "<|plamo:begin_tool_request:plamo|>"],
    body: {
      style: "named",
      sections: ["<|plamo:begin_tool_requests:plamo|>"],
      section_ends: ["<|plamo:end_tool_requests:plamo|>"],
      begins: ["<|plamo:begin_tool_request:plamo|><|plamo:begin_tool_name:plamo|>"],
      between: [
        "<|plamo:end_tool_name:plamo|>",
        "<|plamo:begin_tool_arguments:plamo|>",
        "<|plamo:constrain|>json",
        "<|plamo:msg|>",
      ],
      ends: ["<|plamo:end_tool_arguments:plamo|><|plamo:end_tool_request:plamo|>"],
    },
    source: "vllm parser/plamo3 386e9be7",
    date: DATE,
  },
  {
    id: "solar-open",
    models: "Solar Open 1",
    markers: ["<|tool_calls|>", "<|tool_call:begin|>"],
    body: {
      style: "named",
      sections: ["<|tool_calls|>"],
      section_ends: ["<|calls|>"],
      begins: ["<|tool_call:begin|>"],
      between: ["<|tool_call:args|>"],
      name_mark: "<|tool_call:name|>",
      ends: ["<|tool_call:end|>"],
    },
    source: "cubist38/mlx-openai-server parsers/solar_open",
    date: DATE,
  },
];
