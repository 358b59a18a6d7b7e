/** By how many tokens a prompt is too long: read from the fields and the message of an error of any upstream. */
import type { OverflowNumbers } from "./fault.ts";
import { numberOf, plainWords, wording, wordings } from "./words.ts";

type Name = keyof OverflowNumbers;
const NAMES = ["window_tokens", "prompt_tokens", "output_tokens"] as const satisfies Name[];

/** Fields that contain the numbers. */
const FIELDS: Record<Name, readonly string[]> = {
  prompt_tokens: ["n_prompt_tokens", "prompt_tokens", "input_tokens"],
  window_tokens: ["n_ctx", "max_context_length", "context_length", "context_window"],
  output_tokens: [],
};

/** The first wording that is found counts, so the most specific come first. */
const WORDS: Record<Name, readonly string[]> = {
  window_tokens: wordings(`
    > {window} maximum / exceed context limit: {prompt} + {output} > {window} /
    maximum context length {is|of} {only |}{window} / maximum prompt length is {window} /
    maximum allowed input length of {window} / maximum model length of {window} /
    maximum {context|prompt|input|model} length {}{window} /
    {context size|context length|context window|n_ctx|max_seq_len|max_num_tokens|max input tokens}{ is | of |}{only |}{: |= | |}{(|}{window} /
    maximum number of tokens allowed {}{window} / must be <= {window} / must have less than {window} /
    should be [1, {window}] / should be [0, {window}] / token limit: {window} / limit is {window} /
    exceeds {the|its|} {model |}{token |}limit of {window} / limit of {window} / too large for model with {window} /
    fit into the model {}{window} / model only supports up to {window} / context window of {window}`),
  prompt_tokens: wordings(`
    {prompt} tokens > / exceed context limit: {prompt} + / your prompt contains at least {prompt} /
    {has|have|with} {at least |}{prompt} input tokens /
    {prompt} {tokens |}{in|from|of} {the |}{messages|input|prompt|text input} / resulted in {prompt} tokens /
    {request|prompt|input} ({prompt} tokens / {request|prompt|input} has {prompt} tokens /
    token count{ of | is | (|: | }{prompt} / first {prompt} tokens / n_keep{ (|: |=|}{prompt} /
    given: {prompt} 'inputs / {prompt|input|decoder prompt} {length|}{ (| |: }{length |total length |}{prompt} /
    {prompt|input} (length {prompt} / total length {prompt} / current length is {prompt} / requested: {prompt} /
    too long: {prompt} tokens / total of at least {prompt} /
    {requested|contains|got} {about |at least |}{prompt} {input |}tokens / given: {prompt}`),
  output_tokens: wordings(`
    exceed context limit: {prompt} + {output} > / {output} {tokens |}{in|for} the {completion|output|response} /
    max_completion_tokens' is too large: {output} / max_tokens' is too large: {output} / {output} 'max_new_tokens /
    requested {output} output tokens`),
};

const READERS = NAMES.map((name) => [name, WORDS[name].map(wording)] as const);

/** `fields` are those of the error's own object. */
export function overflowNumbers(fields: Readonly<Record<string, unknown>>, message: string): OverflowNumbers {
  const text = plainWords(message);
  const numbers: OverflowNumbers = {};
  for (const [name, readers] of READERS) {
    const given = FIELDS[name].map((field) => fields[field]).find(isCount);
    const read = given ?? firstIn(text, readers, name.replace("_tokens", ""));
    if (read !== undefined) numbers[name] = read;
  }
  return { ...twoNumbers(text, numbers), ...numbers };
}

function firstIn(text: string, readers: readonly ReturnType<typeof wording>[], name: string): number | undefined {
  for (const read of readers) {
    const found = numberOf(read(text)?.[name]);
    if (found !== undefined) return found;
  }
  return undefined;
}

const isCount = (value: unknown): value is number => typeof value === "number" && Number.isInteger(value) && value > 0;

const LEAST_TOKENS = 1000; // Smaller numbers may be codes.

/** For wordings that are not listed: of two numbers the larger is the prompt, since it is too long. */
function twoNumbers(text: string, known: OverflowNumbers): OverflowNumbers {
  if (known.prompt_tokens !== undefined || known.window_tokens !== undefined) return {};
  const all = Array.from(text.matchAll(/\d[\d,_]{2,15}/g), ([each]) => numberOf(each) ?? 0);
  const [first, second, ...more] = new Set(all.filter((each) => each >= LEAST_TOKENS));
  if (first === undefined || second === undefined || more.length > 0) return {};
  return { prompt_tokens: Math.max(first, second), window_tokens: Math.min(first, second) };
}
