/** How each family writes calls: by its name in the table, a text of these calls. */

export type Call = [name: string, args: Record<string, unknown>];
type Write = (calls: readonly Call[]) => string;

const json = (value: unknown): string => JSON.stringify(value);
const object = ([name, args]: Call, key = "arguments"): string => json({ name, [key]: args });
const raw = (value: unknown): string => (typeof value === "string" ? value : json(value));
const list =
  (open: string, close: string): Write =>
  (calls) =>
    `${open}[${calls.map((call) => object(call)).join(", ")}]${close}`;
const blocks =
  (open: string, close: string, between = "\n"): Write =>
  (calls) =>
    calls.map((call) => `${open}${object(call)}${close}`).join(between);
const named =
  (open: string, begin: string, middle: string, end: string, close: string): Write =>
  (calls) =>
    `${open}${calls.map(([name, args], i) => `${begin.replace("%", String(i))}${name}${middle.replace("%", String(i))}${json(args)}${end}`).join("")}${close}`;
/** Tags of calls and parameters, each with its mark, around which stands a tag of its own. */
const invokes =
  (mark: string, wrap: string, call = "invoke", parameter = "parameter", typed = false): Write =>
  (calls) => {
    const inside = calls.map(
      ([name, args]) =>
        `<${mark}${call} name="${name}">\n${Object.entries(args)
          .map(
            ([key, value]) =>
              `<${mark}${parameter} name="${key}"${typed ? ` string="${typeof value === "string"}"` : ""}>${raw(value)}</${mark}${parameter}>`,
          )
          .join("\n")}\n</${mark}${call}>`,
    );
    return wrap === "" ? inside.join("\n") : `<${mark}${wrap}>\n${inside.join("\n")}\n</${mark}${wrap}>`;
  };
const equals =
  (open: string, close: string): Write =>
  (calls) =>
    calls
      .map(
        ([name, args]) =>
          `${open}<function=${name}>\n${Object.entries(args)
            .map(([key, value]) => `<parameter=${key}>\n${raw(value)}\n</parameter>\n`)
            .join("")}</function>${close}`,
      )
      .join("\n");
const pairs =
  (open: string, close: string, key: string, value: string, around = ["", ""]): Write =>
  (calls) =>
    `${around[0]}${calls
      .map(
        ([name, args]) =>
          `<${open}>${name}\n${Object.entries(args)
            .map(([word, said]) => `<${key}>${word}</${key}>\n<${value}>${raw(said)}</${value}>\n`)
            .join("")}</${close}>`,
      )
      .join("\n")}${around[1]}`;
const literal = (value: unknown): string =>
  typeof value === "string" ? json(value) : value === true ? "True" : value === null ? "None" : json(value);
const python = (calls: readonly Call[]): string[] =>
  calls.map(
    ([name, args]) =>
      `${name}(${Object.entries(args)
        .map(([key, value]) => `${key}=${literal(value)}`)
        .join(", ")})`,
  );
const typedMap =
  (open: string, close: string, quote: string): Write =>
  (calls) =>
    calls
      .map(
        ([name, args]) =>
          `${open}call:${name}{${Object.entries(args)
            .map(([key, value]) => `${key}:${typeof value === "string" ? `${quote}${value}${quote}` : json(value)}`)
            .join(",")}}${close}`,
      )
      .join("");
const SEP = "]<]minimax[>[";
const ownTags =
  (mark: string): Write =>
  (calls) =>
    `${mark}<tool_call>\n${calls
      .map(
        ([name, args]) =>
          `${mark}<invoke name="${name}">${Object.entries(args)
            .map(([key, value]) => `${mark}<${key}>${raw(value)}${mark}</${key}>`)
            .join("")}${mark}</invoke>\n`,
      )
      .join("")}${mark}</tool_call>`;
const typeOf = (value: unknown): string => (Array.isArray(value) ? "array" : typeof value);
const harmony: Write = (calls) =>
  calls
    .map(
      ([name, args]) =>
        `<|start|>assistant<|channel|>commentary to=functions.${name} <|constrain|>json<|message|>${json(args)}<|call|>`,
    )
    .join("");

export const SAMPLES: Readonly<Record<string, Write>> = {
  hermes: blocks("<tool_call>\n", "\n</tool_call>"),
  longcat: blocks("<longcat_tool_call>\n", "\n</longcat_tool_call>", ""),
  "tool-calls-json": list("<tool_calls>", "</tool_calls>"),
  "phi-4-mini": list("<|tool_call|>", "<|/tool_call|>"),
  "granite-3": list("<|tool_call|>", ""),
  "phi-4": list("functools", ""),
  nemotron: list("<TOOLCALL>", "</TOOLCALL>"),
  "mistral-list": list("[TOOL_CALLS] ", ""),
  apertus: (calls) =>
    `<|tools_prefix|>[${calls.map(([name, args]) => json({ [name]: args })).join(", ")}]<|tools_suffix|>`,
  "command-a": (calls) =>
    `<|START_ACTION|>${json(calls.map(([tool_name, parameters], i) => ({ tool_call_id: String(i), tool_name, parameters })))}<|END_ACTION|>`,
  "command-r": (calls) =>
    `Action: \`\`\`json\n${json(calls.map(([tool_name, parameters]) => ({ tool_name, parameters })))}\n\`\`\``,
  internlm: (calls) =>
    calls.map((call) => `<|action_start|><|plugin|>\n${object(call, "parameters")}<|action_end|>`).join("\n"),
  pangu: list("<|tool_call_start|>", "<|tool_call_end|>"),
  "pangu-1": list("[unused11]", "[unused12]"),
  "llama-3": (calls) => `<|python_tag|>${calls.map((call) => object(call, "parameters")).join("; ")}`,
  "llama-4": (calls) => `<|python_start|>${calls.map((call) => object(call, "parameters")).join("; ")}<|python_end|>`,
  "lm-studio": blocks("[TOOL_REQUEST]", "[END_TOOL_REQUEST]"),
  "gigachat-3": blocks("<|function_call|>", ""),
  inkling: (calls) =>
    calls
      .map(([name, args]) => `<|message_model|><|content_invoke_tool_json|>${json({ name, args })}<|end_message|>`)
      .join(""),
  "dots-json": blocks("<dots_function_call>\n", "\n</dots_function_call>"),
  "deepseek-v3": named(
    "<｜tool▁calls▁begin｜>",
    "<｜tool▁call▁begin｜>",
    "<｜tool▁sep｜>",
    "<｜tool▁call▁end｜>",
    "<｜tool▁calls▁end｜>",
  ),
  "kimi-k2": named(
    "<|tool_calls_section_begin|>",
    "<|tool_call_begin|>functions.",
    ":%<|tool_call_argument_begin|>",
    "<|tool_call_end|>",
    "<|tool_calls_section_end|>",
  ),
  mistral: named("", "[TOOL_CALLS]", "[CALL_ID]a1B2c3D4%[ARGS]", "", ""),
  "functionary-31": named("", "<function=", ">", "</function>", ""),
  "functionary-32": named("", ">>>", "\n", "\n", ""),
  "dsml-named": named("", "<｜DSML｜toolcall>", "\n\n", "\n</｜DSML｜toolcall>", ""),
  "plamo-3": named(
    "<|plamo:begin_tool_requests:plamo|>",
    "<|plamo:begin_tool_request:plamo|><|plamo:begin_tool_name:plamo|>",
    "<|plamo:end_tool_name:plamo|><|plamo:begin_tool_arguments:plamo|><|plamo:constrain|>json<|plamo:msg|>",
    "<|plamo:end_tool_arguments:plamo|><|plamo:end_tool_request:plamo|>",
    "<|plamo:end_tool_requests:plamo|>",
  ),
  "solar-open": named(
    "<|tool_calls|>",
    "<|tool_call:begin|>id%<|tool_call:name|>",
    "<|tool_call:args|>",
    "<|tool_call:end|>",
    "<|calls|>",
  ),
  harmony,
  "harmony-stripped": (calls) =>
    calls.map(([name, args]) => `commentary to=functions.${name} json${json(args)}`).join(""),
  "kimi-k3": (calls) =>
    `<|open|>tools<|sep|>${calls
      .map(
        ([name, args], i) =>
          `<|open|>call tool="${name}" index="${i + 1}"<|sep|>${Object.entries(args)
            .map(
              ([key, value]) =>
                `<|open|>argument key="${key}" type="${typeOf(value)}"<|sep|>${raw(value)}<|close|>argument<|sep|>`,
            )
            .join("")}<|close|>call<|sep|>`,
      )
      .join("")}<|close|>tools<|sep|>`,
  "gemma-4": typedMap("<|tool_call>", "<tool_call|>", '<|"|>'),
  "gemma-4-stripped": typedMap("", "", ""),
  functiongemma: typedMap("<start_function_call>", "<end_function_call>", "<escape>"),
  lfm2: (calls) =>
    `<|tool_call_start|>[${calls
      .map(
        ([name, args]) =>
          `${name}(${Object.entries(args)
            .map(([key, value]) => `${key}=${typeof value === "string" ? `'${value}'` : literal(value)}`)
            .join(", ")})`,
      )
      .join(", ")}]<|tool_call_end|>`,
  "olmo-3": (calls) => `<function_calls>${python(calls).join("\n")}</function_calls>`,
  "llama-python": (calls) => `<|python_start|>[${python(calls).join(", ")}]<|python_end|>`,
  "gemma-3": (calls) => `\`\`\`tool_code\n${python(calls).join("\n")}\n\`\`\``,
  "tool-code-stripped": (calls) =>
    `tool_code\n${python(calls)
      .map((call) => `print(default_api.${call})`)
      .join("\n")}`,
  python: (calls) => `[${python(calls).join(", ")}]`,
  "named-stripped": named("", "", "", "", ""),
  "deepseek-dsml": invokes("｜DSML｜", "tool_calls", "invoke", "parameter", true),
  "gigachat-35": invokes("｜GCML｜", "function_calls"),
  "qwen-xml": equals("<tool_call>\n", "\n</tool_call>"),
  seed: equals("<seed:tool_call>\n", "\n</seed:tool_call>"),
  "minimax-m2": (calls) => `<minimax:tool_call>\n${invokes("", "")(calls)}\n</minimax:tool_call>`,
  invoke: invokes("", "function_calls"),
  dots: invokes("", "dots_function_call"),
  "muse-glimmer": invokes("atem:", "function_calls"),
  "step-3": (calls) =>
    `<｜tool_calls_begin｜>${calls.map((call) => `<｜tool_call_begin｜>function<｜tool_sep｜>${invokes("steptml:", "")([call])}<｜tool_call_end｜>`).join("")}<｜tool_calls_end｜>`,
  "minicpm-5": invokes("", "", "function", "param"),
  grok: (calls) => invokes("", "", "xai:function_call")(calls),
  "command-cofl": (calls) =>
    `<cofl:tool_calls>${calls
      .map(
        ([name, args], i) =>
          `<cofl:tool_call id="${i}" name="${name}">${Object.entries(args)
            .map(
              ([key, value]) =>
                `<cofl:value name="${key}" type="${typeof value === "string" ? "raw" : "json"}">${raw(value)}</cofl:value>`,
            )
            .join("")}</cofl:tool_call>`,
      )
      .join("")}</cofl:tool_calls>`,
  "minimax-m3": ownTags(SEP),
  "minimax-m3-unmarked": ownTags(""),
  glm: pairs("tool_call", "tool_call", "arg_key", "arg_value"),
  telechat: pairs("tool_call", "tool_call", "param_key", "param_value"),
  "longcat-2": pairs("longcat_tool_call", "longcat_tool_call", "longcat_arg_key", "longcat_arg_value"),
  iquest: pairs("iquest_tool_call", "iquest_tool_call", "arg_key", "arg_value"),
  hunyuan: pairs("tool_call:opensource", "tool_call:opensource", "arg_key:opensource", "arg_value:opensource", [
    "<tool_calls:opensource>\n",
    "\n</tool_calls:opensource>",
  ]),
  "k2-horizon": pairs("ifm|tool_call", "ifm|tool_call", "ifm|arg_key", "ifm|arg_value", [
    "<ifm|tool_calls>",
    "</ifm|tool_calls>",
  ]),
  "solar-open-2": (calls) =>
    calls
      .map(
        ([name, args]) =>
          `<|tool_call:start|>${name}\n${Object.entries(args)
            .map(([key, value]) => `<|tool_arg:start|>${key}<|tool_arg:value|>${raw(value)}<|tool_arg:end|>\n`)
            .join("")}<|tool_call:end|>`,
      )
      .join("\n"),
};
