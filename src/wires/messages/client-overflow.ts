/**
 * A full context in the words by which Anthropic's clients know it, with the numbers that the upstream told: Claude Code
 * then sums up the thread, and by how much it is too long it knows how much to cut. Where only the answer that was asked
 * for is too long, the other words make it ask for a shorter one.
 */

export interface PromptSize {
  tokens: number;
  window: number;
}

const N = "~?(\\d[\\d,_]*)";
const pattern = (text: string): RegExp => new RegExp(text.replaceAll("N", N), "i");

const WINDOW = [
  "> N maximum",
  "maximum context length (?:is|of) (?:only )?N",
  "(?:context size|context length|context window|maximum model length|n_ctx)\\W{0,3}(?:of |is )?(?:only )?\\(?N",
  "maximum number of tokens allowed \\(?N",
  "must be <= N",
  "must have less than N",
  "input length should be \\[\\d+, ?N\\]",
  "maximum (?:prompt|input) length is N",
  "token limit:? N",
  "exceed context limit: \\d+ \\+ \\d+ > N",
].map(pattern);

const PROMPT = [
  "N tokens >",
  "has (?:at least )?N input tokens",
  "N (?:tokens )?(?:in|from) the (?:messages|input|prompt)",
  "resulted in N tokens",
  "(?:request|prompt|input) \\(?N tokens",
  "token count \\(?N",
  "first N tokens",
  "n_keep \\(?N",
  "Given: N `?inputs",
  "exceed context limit: N \\+",
  "N of text input",
  "(?:requested|contains|has|got) (?:about |at least )?N (?:input )?tokens",
].map(pattern);

const ANSWER = [
  "exceed context limit: \\d+ \\+ N",
  "N (?:tokens )?(?:in|for) the (?:completion|output|response)",
  "is too large: N",
  "N `?max_new_tokens",
].map(pattern);

/** `known` is what we reckon ourselves, where the upstream tells no numbers. */
export function overflowWords(message: string, known?: PromptSize): string {
  const window = numberIn(message, WINDOW) ?? known?.window;
  const prompt = numberIn(message, PROMPT) ?? known?.tokens;
  const answer = numberIn(message, ANSWER);
  if (window === undefined || prompt === undefined) return `prompt is too long: ${message}`;
  if (prompt > window) return `prompt is too long: ${prompt} tokens > ${window} maximum`;
  if (answer !== undefined && prompt + answer > window)
    return `input length and \`max_tokens\` exceed context limit: ${prompt} + ${answer} > ${window}`;
  return `prompt is too long: ${message}`;
}

function numberIn(message: string, patterns: readonly RegExp[]): number | undefined {
  for (const each of patterns) {
    const found = each.exec(message)?.[1];
    if (found !== undefined) return Number(found.replaceAll(/[,_]/g, ""));
  }
  return undefined;
}
