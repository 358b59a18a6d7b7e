/** How models mark their thoughts and their answers in one stream of text; data, each with those who write it. */

export interface ThoughtTag {
  open: readonly string[];
  close: readonly string[];
}

const tag = (open: string | readonly string[], ...closes: readonly string[]): ThoughtTag => ({
  open: [open].flat(),
  close: closes,
});
const tags = (name: string): ThoughtTag => tag(`<${name}>`, `</${name}>`);

export const THOUGHTS: readonly ThoughtTag[] = [
  tag("<think>", "</think>", "</thinking>"), // DeepSeek, Qwen, GLM, Kimi, MiniMax M2 and most others
  tags("thinking"),
  tags("thought"), // Gemini's compatible endpoint
  tags("seed:think"), // Seed-OSS, Doubao Seed
  tag("<mm:think>", "</mm:think>", "</thinking>", "</think>"), // MiniMax M3
  tags("longcat_think"), // LongCat
  tags("think:opensource"), // Hunyuan V3
  tags("think:6124c78e"),
  tags("ifm|think"), // K2 Horizon
  tags("ifm|think_fast"),
  tags("ifm|think_faster"),
  tag("[THINK]", "[/THINK]"), // Magistral, Mistral v13 and later
  tag("◁think▷", "◁/think▷"), // older Kimi
  tag("<|inner_prefix|>", "<|inner_suffix|>"), // Apertus
  tag("<|START_THINKING|>", "<|END_THINKING|>"), // Command A Reasoning
  tag(["<|channel>thought\n", "<|channel>thought"], "<channel|>"), // Gemma 4
  tag("<|think|>", "<|end|>"), // Solar Open
  tag(["<|content_thinking|>", "<|message_model|><|content_thinking|>"], "<|end_message|>"), // Inkling
  tag("<|plamo:begin_think:plamo|>", "<|plamo:end_think:plamo|>"), // PLaMo 3
  tag("<|open|>think<|sep|>", "<|close|>think<|sep|>"), // Kimi K3
  tag(
    ["<|channel|>analysis<|message|>", "<|start|>assistant<|channel|>analysis<|message|>"], // gpt-oss
    "<|end|>",
    "<|return|>",
  ),
];

/**
 * What is left of gpt-oss's channels behind a server that strips its markers. The words are common ones: a thought is one
 * only where the answer's channel follows.
 */
export const STRIPPED = {
  open: "analysis",
  next: /^[A-Z]/,
  close: /assistant(?:final|(?=commentary to=))/g,
  longest: 24,
};

/** What stands at the head of an answer and says only that it is one; what closes it is residue. */
export const ANSWERS: readonly string[] = [
  "<|start|>assistant<|channel|>final<|message|>",
  "<|start|>assistant<|channel|>commentary<|message|>",
  "<|channel|>final<|message|>",
  "<|channel|>commentary<|message|>",
  "<|open|>response<|sep|>",
  "<|START_RESPONSE|>",
  "<|START_TEXT|>",
  "<|message_model|><|content_text|>",
  "<|content_text|>",
  "[BEGIN FINAL RESPONSE]",
  "<answer>\n",
  "<answer>",
];

/** Whether a tag is made of a tokenizer's special tokens: nobody writes it by chance, wherever it stands. */
export const isSpecial = (tag: string): boolean => /^<\||^◁/.test(tag);

/** Closes a thought that the prompt had opened: the reply holds its end only. */
export const ORPHANS: readonly string[] = [
  "</think>",
  "</thinking>",
  "</thought>",
  "</mm:think>",
  "</seed:think>",
  "</longcat_think>",
  "[/THINK]",
  "◁/think▷",
  "<|END_THINKING|>",
  "<|close|>think<|sep|>",
  "[BEGIN FINAL RESPONSE]",
];
