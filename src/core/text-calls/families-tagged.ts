/** Families whose calls are tags: invoke and parameter, tags by the parameter's own name, keys and values. */
import type { Family } from "./families.ts";

const DATE = "2026-11-30";

/** The bars around a mark: full-width, as the tokenizer has them, doubled, or what else comes of them. */
const BARS = "[｜|‖]{1,2}";
const barred = (word: string): string => `[ ]?${BARS}[ ]?${word}[ ]?${BARS}[ ]?`;
const beginnings = (word: string): string[] =>
  ["", " "].flatMap((blank) => ["｜", "｜｜", "|", "||", "‖", "‖‖"].map((bars) => `<${blank}${bars}${word}`));

/** A suffix that differs from checkpoint to checkpoint. */
const SUFFIX = String.raw`(?::\w{1,32})?`;
const suffixed = (word: string): string => `<${word}${SUFFIX}>`;

function invokes(
  id: string,
  models: string,
  markers: readonly string[],
  mark: string,
  wraps: readonly string[],
  source: string,
  more: { call?: string; parameter?: string; before?: RegExp; after?: RegExp } = {},
): Family {
  const body = { style: "invokes" as const, mark, wraps, call: "invoke", parameter: "parameter", ...more };
  return { id, models, markers, body, source, date: DATE };
}

/** Keys and values in tags that differ by a prefix or another word. */
function pairs(
  id: string,
  models: string,
  markers: readonly string[],
  call: string,
  key: string,
  value: string,
  source: string,
): Family {
  const body = {
    style: "pairs" as const,
    call: [`<${call}>`, `</${call}>`] as const,
    pair: [`<${key}>`, String.raw`</${key}>\s{0,40}<${value}>`, `</${value}>`] as const,
  };
  return { id, models, markers, body, source, date: DATE };
}

export const TAGGED: readonly Family[] = [
  invokes(
    "deepseek-dsml",
    "DeepSeek V3.2, V4, V4.1",
    beginnings("DSML"),
    barred("DSML"),
    ["tool_calls", "function_calls", "calls", "tool_call", "toolcalls"],
    "ml-explore/mlx-lm chat_templates/deepseek_v32.py d78bf58e; sglang deepseekv41 6ab24cc9; vllm deepseek_v41 01887dca",
  ),
  {
    id: "dsml-named",
    models: "DeepSeek V4 with a template of V3",
    markers: beginnings("DSML"),
    body: {
      style: "named",
      sections: [],
      section_ends: [],
      begins: ["<｜DSML｜toolcall>", "<｜DSML｜tool_call>"],
      between: [],
      ends: ["</｜DSML｜toolcall>", "</｜DSML｜tool_call>"],
      glued: true,
    },
    source: "vllm-project/vllm-ascend#13794",
    date: DATE,
  },
  invokes(
    "gigachat-35",
    "GigaChat 3.5",
    beginnings("GCML"),
    barred("GCML"),
    ["tool_calls", "function_calls", "calls"],
    "vllm parser/gigachat35 053521db",
  ),
  invokes(
    "qwen-xml",
    "Qwen 3-Coder, 3.5 and later, Nemotron 3, Step 3.5, MiMo V2, Intern-S2",
    ["<tool_call>", "<function="],
    "",
    ["tool_call"],
    "mlc-ai/xgrammar 53da3ff8; ollama model/parsers/qwen3coder fb307609; vllm parser/mimo 574442cf",
    { call: "function" },
  ),
  invokes(
    "seed",
    "Seed-OSS, Doubao Seed",
    ["<seed:tool_call>"],
    "(?:seed:)?",
    ["tool_call"],
    "mudler/vllm.cpp tool_parsers d85906ae",
    { call: "function" },
  ),
  invokes(
    "minimax-m2",
    "MiniMax M2 to M2.7",
    ["<minimax:tool_call>"],
    "(?:minimax:)?",
    ["tool_call"],
    "mlc-ai/xgrammar 53da3ff8; mudler/vllm.cpp d85906ae",
  ),
  invokes(
    "invoke",
    "MiniMax M2 and DeepSeek V4 without their marks, Kimi K2 when it falls back, Claude's own form",
    ["<function_calls>", "<tool_calls>", "<tool_call>", "<invoke"],
    "(?:antml:)?",
    ["function_calls", "tool_calls", "tool_call"],
    "MiniMax-AI/MiniMax-M2#14; openclaw/openclaw#62998; sglang deepseekv4_format 0ab34322",
  ),
  invokes("dots", "dots", ["<dots_function_call>"], "", ["dots_function_call"], "sglang function_call/dots 04b26f56"),
  invokes(
    "muse-glimmer",
    "Muse Glimmer",
    ["<atem:function_calls>", "<atem:invoke"],
    "atem:",
    ["function_calls"],
    "vllm muse_glimmer 9c13dbc4",
  ),
  invokes(
    "step-3",
    "Step 3",
    ["<｜tool_calls_begin｜>", "<｜tool_call_begin｜>", "<steptml:invoke"],
    "steptml:",
    [],
    "mudler/vllm.cpp d85906ae; lightseekorg/smg 73da68ca",
    {
      before: /(?:<｜tool_calls_begin｜>)?\s{0,4}(?:<｜tool_call_begin｜>)?\s{0,4}(?:function<｜tool_sep｜>)?\s{0,4}/y,
      after: /\s{0,4}<｜tool_call_end｜>(?:\s{0,4}<｜tool_calls_end｜>)?/y,
    },
  ),
  invokes(
    "minicpm-5",
    "MiniCPM5",
    ['<function name="', "<function name='"],
    "",
    [],
    "mudler/vllm.cpp tool_parsers d85906ae",
    { call: "function", parameter: "param" },
  ),
  invokes("grok", "Grok", ["<xai:function_call"], "(?:xai:)?", [], "public logs of its streams", {
    call: "function_call",
  }),
  invokes(
    "command-cofl",
    "Command, the newer form",
    ["<cofl:tool_calls>", "<cofl:tool_call "],
    "cofl:",
    ["tool_calls"],
    "mlc-ai/xgrammar 53da3ff8",
    { call: "tool_call", parameter: "value" },
  ),

  {
    id: "minimax-m3",
    models: "MiniMax M3",
    markers: ["]<]minimax[>["],
    body: { style: "own tags", mark: "]<]minimax[>[", wrap: "tool_call" },
    source: "sglang function_call/minimax_m3 00ca197b; MiniMax-AI/MiniMax-M3#31",
    date: DATE,
  },
  {
    id: "minimax-m3-unmarked",
    models: "MiniMax M3 behind a server that strips its mark",
    markers: ["<tool_call>", "<invoke"],
    body: { style: "own tags", mark: "", wrap: "tool_call" },
    source: "can1357/oh-my-pi#2759",
    date: DATE,
  },

  pairs(
    "glm",
    "GLM 4.5 to 5, Ring 2.6, Ling 3, Laguna, Spark 2.5",
    ["<tool_call>"],
    "tool_call",
    "arg_key",
    "arg_value",
    "lightseekorg/smg tool_parser 73da68ca; ai-dynamo/dynamo config.rs 827dbd73",
  ),
  pairs(
    "telechat",
    "TeleChat 4, Xing 4",
    ["<tool_call>"],
    "tool_call",
    "param_key",
    "param_value",
    "NVIDIA/TensorRT-LLM serve/tool_parser telechat4 bee322d6",
  ),
  pairs(
    "longcat-2",
    "LongCat, newer ones",
    ["<longcat_tool_call>"],
    "longcat_tool_call",
    "longcat_arg_key",
    "longcat_arg_value",
    "ml-explore/mlx-lm tool_parsers/longcat.py d78bf58e",
  ),
  pairs(
    "iquest",
    "iQuest, iQuest Coder V2",
    ["<iquest_tool_call>", "<iquestcoder_tool_call>"],
    "iquest(?:coder)?_tool_call",
    "arg_key",
    "arg_value",
    "sglang iquest_q1 3d84681f; vllm iquest_coder_v2 2006094d",
  ),
  {
    id: "hunyuan",
    models: "Hunyuan V3, V4",
    markers: ["<tool_calls>", "<tool_calls:", "<tool_call:"],
    body: {
      style: "pairs",
      sections: [suffixed("tool_calls"), suffixed("/tool_calls")],
      call: [suffixed("tool_call"), suffixed("/tool_call")],
      separator: suffixed("tool_sep"),
      pair: [suffixed("arg_key"), String.raw`</arg_key${SUFFIX}>\s{0,40}<arg_value${SUFFIX}>`, suffixed("/arg_value")],
    },
    source: "vllm hy_v4 f1bf7bd0; mudler/vllm.cpp d85906ae",
    date: DATE,
  },
  {
    id: "k2-horizon",
    models: "K2 Horizon",
    markers: ["<ifm|tool_calls>", "<ifm|tool_call>"],
    body: {
      style: "pairs",
      sections: [String.raw`<ifm\|tool_calls>`, String.raw`</ifm\|tool_calls>`],
      call: [String.raw`<ifm\|tool_call>`, String.raw`</ifm\|tool_call>`],
      pair: [
        String.raw`<ifm\|arg_key>`,
        String.raw`</ifm\|arg_key>\s{0,40}(?:<ifm\|arg_type>\w{0,20}</ifm\|arg_type>)?\s{0,40}<ifm\|arg_value>`,
        String.raw`</ifm\|arg_value>`,
      ],
    },
    source: "vllm k2_horizon cbc4b249",
    date: DATE,
  },
  {
    id: "solar-open-2",
    models: "Solar Open 2",
    markers: ["<|tool_call:start|>"],
    body: {
      style: "pairs",
      call: [String.raw`<\|tool_call:start\|>`, String.raw`<\|tool_call:end\|>`],
      pair: [String.raw`<\|tool_arg:start\|>`, String.raw`<\|tool_arg:value\|>`, String.raw`<\|tool_arg:end\|>`],
    },
    source: "vllm solar_open2 25e2befb",
    date: DATE,
  },
];
