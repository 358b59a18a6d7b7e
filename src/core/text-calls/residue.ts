/**
 * Residue: control tokens that a server did not take out of a model's text. At the end of a text, or beside a call, they
 * say nothing. Elsewhere they are words of somebody who talks about them.
 */

const words = (lines: readonly string[]): string[] => lines.flatMap((line) => line.split(" "));

/** Special tokens of tokenizers that end a message, and the tags of answers. */
const ENDS: readonly string[] = [
  ...words([
    "im_end im_start endoftext eot_id eom_id eom eot end return user observation end_of_msg END_OF_TURN_TOKEN role_end",
    "flush end_of_text assistant_end tool_response END_RESPONSE END_TEXT content_model_end_sampling plamo:tag",
  ]).map((word) => `<|${word}|>`),
  ...["end", "begin"].map((word) => `<｜${word}▁of▁sentence｜>`),
  "<|close|>response<|sep|>",
  "<|close|>message<|sep|>",
  "<|tool_response>",
  "<turn|>",
  "<eos>",
  "<end_of_turn>",
  "<seed:eos>",
  "[|endofturn|]",
  "[e~[",
  "<SPECIAL_12>",
  "</longcat_s>",
  "</assistant>",
  "</s>",
  "</answer>",
];

/** Special tokens that end a call. */
const CALL_ENDS: readonly string[] = [
  ...words([
    "call calls tool_calls_section_end tool_call_section_end tool_call_end python_end tools_suffix END_ACTION action_end",
    "end_message /tool_call",
  ]).map((word) => `<|${word}|>`),
  ...["calls", "call", "outputs"].map((word) => `<｜tool▁${word}▁end｜>`),
  "<|close|>tools<|sep|>",
  "<|close|>call<|sep|>",
  "<tool_call|>",
  "<end_function_call>",
];
const TOKENS: readonly string[] = [...ENDS, ...CALL_ENDS];

/** Tags that close a call. Without one they may be what somebody writes about. */
const CLOSERS: readonly string[] = [
  ...words([
    "tool_call tool_calls function_call function_calls function invoke parameter arg_value TOOLCALL tools",
    "minimax:tool_call seed:tool_call longcat_tool_call",
    "｜DSML｜parameter ｜DSML｜invoke ｜DSML｜tool_calls ｜DSML｜function_calls",
  ]).map((word) => `</${word}>`),
  ...["parameter", "invoke", "calls"].map((word) => `</｜DSML｜ ${word}>`),
  "]<]minimax[>[</tool_call>",
  "]<]minimax[>[</invoke>",
  "[/TOOL_CALLS]",
  "[END_TOOL_REQUEST]",
];

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

/** Whether it ends a call, rather than a message. */
export function closesCall(residue: string): boolean {
  return !ENDS.includes(residue);
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
