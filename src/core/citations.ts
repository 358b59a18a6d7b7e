/** Which sources a text cites: by a Markdown link or the bare address, and only where the very address stands. */

export interface Source {
  url: string;
  title: string;
}

export interface Citation extends Source {
  /** Of its first character, and past its last one; in characters as Unicode counts them, not in UTF-16 halves. */
  start_index: number;
  end_index: number;
}

const ADDRESS = /https?:\/\/[^\s<>"\]]{1,2000}/g;
/** What may stand behind an address in a sentence, and in some addresses at their end. */
const TAIL = /[).,;:!?'*_`]$/;
const MOST_CUTS = 16;
const MOST_WORDS = 500; // Of a link, in UTF-16 halves.

/** In the order of the text. `sources` is by address. */
export function citationsIn(text: string, sources: ReadonlyMap<string, Source>): Citation[] {
  const citations: Citation[] = [];
  if (sources.size === 0) return citations;
  let before = { units: 0, points: 0 };
  const pointsAt = (units: number): number => {
    before = { units, points: before.points + pointsIn(text.slice(before.units, units)) };
    return before.points;
  };
  for (const match of text.matchAll(ADDRESS)) {
    const found = known(match[0], sources);
    if (!found) continue;
    const span = linkAround(text, match.index, match.index + found.length, before.units);
    const { url, title } = found.source;
    citations.push({ url, title, start_index: pointsAt(span.start), end_index: pointsAt(span.end) });
  }
  return citations;
}

/** The longest beginning that is a source's address. */
function known(address: string, sources: ReadonlyMap<string, Source>): { source: Source; length: number } | undefined {
  let left = address;
  for (let cuts = 0; cuts < MOST_CUTS; cuts++) {
    // An address without a path means its root.
    const source = sources.get(left) ?? (/^https?:\/\/[^/?#]+$/.test(left) ? sources.get(`${left}/`) : undefined);
    if (source) return { source, length: left.length };
    // A Markdown link in a list, or two links side by side: what follows the bracket is no part of it.
    if (!TAIL.test(left)) {
      const cut = left.lastIndexOf(")");
      if (cut < 0) return undefined;
      left = left.slice(0, cut + 1);
    }
    left = left.slice(0, -1);
  }
  return undefined;
}

/** The whole of `[words](address)` where the address stands in one that begins no earlier than `least`. */
function linkAround(text: string, start: number, end: number, least: number): { start: number; end: number } {
  if (text.slice(start - 2, start) !== "](" || text[end] !== ")") return { start, end };
  const from = Math.max(least, start - MOST_WORDS);
  const words = text.slice(from, start - 2);
  const open = words.lastIndexOf("[");
  return open < 0 || words.includes("\n", open) ? { start, end } : { start: from + open, end: end + 1 };
}

/** Characters as Unicode counts them. */
export function pointsIn(text: string): number {
  let points = 0;
  for (const _ of text) points++;
  return points;
}
