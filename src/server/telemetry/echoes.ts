/** Hosts repeat parts of a prompt when they refuse it. The client may read them; the log must not. */

/** So much of a message that stands in the request is no chance, nor the name of a field or a model. */
const RUN = 48;
/** Looked for at every such step: a run of that length holds one of these windows whole. */
const WINDOW = RUN / 2;
/** Nobody reads more, and each window is searched in the whole request. */
const LONGEST = 2000;

/** Whether it is long enough: most outcomes are a word, and the text of a long request has to be read for this. */
export function mayEcho(message: string): boolean {
  return message.length >= WINDOW;
}

export function withoutEchoes(whole: string, request: string): string {
  const message = whole.slice(0, LONGEST);
  const stands = (start: number, end: number): boolean => request.includes(message.slice(start, end));
  let out = "";
  let told = 0;
  for (let at = 0; at + WINDOW <= message.length;) {
    if (!stands(at, at + WINDOW)) {
      at += WINDOW;
      continue;
    }
    const start = farthest(at - told, (back) => stands(at - back, at + WINDOW));
    const end = at + WINDOW + farthest(message.length - at - WINDOW, (on) => stands(at - start, at + WINDOW + on));
    if (end - (at - start) >= RUN) {
      out += `${message.slice(told, at - start)}[…]`;
      told = end;
    }
    at = Math.max(end, at + WINDOW);
  }
  return out + message.slice(told);
}

/** The greatest number up to `most` for which it holds; it holds for 0, and for all below one for which it holds. */
function farthest(most: number, holds: (count: number) => boolean): number {
  let low = 0;
  let high = most;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (holds(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}
