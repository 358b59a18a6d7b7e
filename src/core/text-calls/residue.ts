/**
 * Residue: control tokens that a server did not take out of a model's text. At the end of a text, or beside a call, they
 * say nothing. Elsewhere they are words of somebody who talks about them.
 */

/** Special tokens of tokenizers, and the tags of answers. */
const TOKENS: readonly string[] = [
  "im_end im_start endoftext eot_id eom_id eom eot end return call user observation end_of_msg END_OF_TURN_TOKEN",
  "role_end end_message calls flush end_of_text tool_calls_section_end tool_call_section_end tool_call_end",
  "assistant_end python_end tool_response tools_suffix END_ACTION action_end END_RESPONSE END_TEXT /tool_call",
  "content_model_end_sampling plamo:tag",
]
  .flatMap((words) => words.split(" "))
  .map((word) => `<|${word}|>`)
  .concat(
    ["end▁of▁sentence", "begin▁of▁sentence", "tool▁calls▁end", "tool▁call▁end", "tool▁outputs▁end"].map(
      (word) => `<｜${word}｜>`,
    ),
    ["<|close|>response<|sep|>", "<|close|>message<|sep|>", "<|close|>tools<|sep|>", "<|close|>call<|sep|>"],
    ["<|tool_response>", "<tool_call|>", "<turn|>", "<eos>", "<end_of_turn>", "<end_function_call>", "<seed:eos>"],
    ["[|endofturn|]", "[e~[", "<SPECIAL_12>", "</longcat_s>", "</assistant>", "</s>", "</answer>"],
  );

/** Tags that close a call. Without one they may be what somebody writes about. */
const CLOSERS: readonly string[] = [
  "tool_call tool_calls function_call function_calls function invoke parameter arg_value TOOLCALL tools",
  "minimax:tool_call seed:tool_call longcat_tool_call",
  "｜DSML｜parameter ｜DSML｜invoke ｜DSML｜tool_calls ｜DSML｜function_calls",
]
  .flatMap((words) => words.split(" "))
  .concat("｜DSML｜ parameter", "｜DSML｜ invoke", "｜DSML｜ calls")
  .map((word) => `</${word}>`)
  .concat(["]<]minimax[>[</tool_call>", "]<]minimax[>[</invoke>", "[/TOOL_CALLS]", "[END_TOOL_REQUEST]"]);

export const RESIDUE_WORDS: readonly string[] = [...TOKENS, ...CLOSERS];

const any = (words: readonly string[]): string =>
  words
    .toSorted((a, b) => b.length - a.length)
    .map((word) => RegExp.escape(word))
    .join("|");

/** One of them; sticky. */
export const RESIDUE = new RegExp(any(RESIDUE_WORDS), "y");
export const LONGEST_RESIDUE = Math.max(...RESIDUE_WORDS.map(({ length }) => length));
const TOKENS_ONLY = new RegExp(`^(?:\\s|${any(TOKENS)})*$`);
const ALL = new RegExp(`^(?:\\s|${any(RESIDUE_WORDS)})*$`);
/** A longer text is none; to look through it takes time. */
const MOST = 2000;

/** Whether a text is nothing but blanks and residue. */
export function isResidue(text: string): boolean {
  return text.trim() === "" || (text.length <= MOST && ALL.test(text));
}

/** The residue that stands at this place. */
export function residueAt(text: string, at: number): string | undefined {
  RESIDUE.lastIndex = at;
  return RESIDUE.exec(text)?.[0];
}

/** Whether it is tokens that nobody writes by chance at the end of an answer, rather than tags that close a call. */
export function isTokens(text: string): boolean {
  return TOKENS_ONLY.test(text);
}

/** Tags that are common words of markup, too: residue only where nothing opened them. */
const OPENED: ReadonlyMap<string, string> = new Map([
  ["</s>", "<s>"],
  ["</answer>", "<answer>"],
  ["</assistant>", "<assistant>"],
]);

/** Whether a text before a residue opens what that closes. */
export function isOpened(residue: string, before: string): boolean {
  const open = OPENED.get(residue);
  return open !== undefined && before.includes(open);
}

/**
 * Reads residue up to the end of the message, or up to a marker: returns where it ends, `more` where it is not known yet
 * whether anything else follows, and `none` where it does.
 */
export function readResidue(
  text: string,
  ended: boolean,
  isMarker: (text: string, at: number) => boolean,
): number | "more" | "none" {
  let at = 0;
  for (;;) {
    BLANKS.lastIndex = at;
    BLANKS.test(text);
    const behind = BLANKS.lastIndex;
    RESIDUE.lastIndex = behind;
    if (RESIDUE.test(text)) {
      at = RESIDUE.lastIndex;
      continue;
    }
    if (behind === text.length) return ended ? at : "more";
    if (isMarker(text, behind)) return at;
    return !ended && text.length - behind < LONGEST_RESIDUE + 1 ? "more" : "none";
  }
}

const BLANKS = /\s*/y;
