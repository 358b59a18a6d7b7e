/** Byte-level word pieces: text is written in printable stand-ins for its bytes, and frequent neighbours are merged. */

/** The stand-in for each byte, as all byte-level vocabularies have it. */
export const BYTE_CHARS: readonly string[] = byteChars();

function byteChars(): string[] {
  const chars: string[] = [];
  let next = 256;
  for (let byte = 0; byte < 256; byte++) {
    const printable = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    chars.push(String.fromCodePoint(printable ? byte : next++));
  }
  return chars;
}

export const encode = (text: string): string =>
  Array.from(Buffer.from(text, "utf8"), (byte) => BYTE_CHARS[byte]).join("");

/** How the tokenizer that the file names cuts text into words before it merges. */
const WORDS =
  /'(?:[sdmt]|re|ve|ll)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+/giu;

interface Word {
  count: number;
  pieces: string[];
}

function wordsOf(texts: readonly string[]): Word[] {
  const counts = new Map<string, number>();
  for (const text of texts) for (const word of text.match(WORDS) ?? []) counts.set(word, (counts.get(word) ?? 0) + 1);
  return Array.from(counts, ([word, count]) => ({ count, pieces: Array.from(encode(word)) }));
}

/** The commonest pair of neighbours, as `left right`; nothing when none comes twice. */
function commonestPair(words: readonly Word[]): string | undefined {
  const pairs = new Map<string, number>();
  for (const { count, pieces } of words) {
    for (let i = 0; i + 1 < pieces.length; i++) {
      const pair = `${pieces[i]} ${pieces[i + 1]}`;
      pairs.set(pair, (pairs.get(pair) ?? 0) + count);
    }
  }
  let best: string | undefined;
  let most = 1;
  for (const [pair, count] of pairs) if (count > most) [best, most] = [pair, count];
  return best;
}

/** Up to `limit` merges that shorten these texts most, in the order in which they apply. */
export function learnMerges(texts: readonly string[], limit: number): string[] {
  const words = wordsOf(texts);
  const merges: string[] = [];
  while (merges.length < limit) {
    const pair = commonestPair(words);
    if (pair === undefined) break;
    merges.push(pair);
    const [left, right] = pair.split(" ");
    for (const { pieces } of words) {
      for (let i = 0; i + 1 < pieces.length; i++)
        if (pieces[i] === left && pieces[i + 1] === right) pieces.splice(i, 2, `${left}${right}`);
    }
  }
  return merges;
}
