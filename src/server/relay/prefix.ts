/**
 * Watches whether a prompt begins with the thread's last one: that is what prompt caches live on. A break is logged in the
 * request's line, beside the tokens that the upstream had cached.
 */

/** Threads and characters that are remembered; the oldest go first. */
const MAX_THREADS = 64;
const MAX_CHARACTERS = 8 * 1024 * 1024;

export class PrefixWatch {
  private readonly last = new Map<string, string>();
  private characters = 0;

  /** How much of the thread's last prompt stands at the head of this one, from 0 to 1; undefined for the first. */
  kept(thread: string, prompt: string): number | undefined {
    const before = this.last.get(thread);
    this.remember(thread, prompt, before);
    if (before === undefined || before === "") return undefined;
    return commonPrefix(before, prompt) / before.length;
  }

  private remember(thread: string, prompt: string, before: string | undefined): void {
    this.last.delete(thread);
    this.last.set(thread, prompt);
    this.characters += before === undefined ? thread.length + prompt.length : prompt.length - before.length;
    for (const [oldest, text] of this.last) {
      if (this.last.size <= MAX_THREADS && this.characters <= MAX_CHARACTERS) break;
      this.last.delete(oldest);
      this.characters -= oldest.length + text.length;
    }
  }
}

/** By halves, each compared at once: a megabyte takes some twenty comparisons of native speed. */
function commonPrefix(a: string, b: string): number {
  let low = 0;
  let high = Math.min(a.length, b.length);
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (a.slice(low, middle) === b.slice(low, middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}
