/**
 * Takes secrets out of texts that come from elsewhere: an upstream may repeat the key that it refuses, in another form
 * than it was sent in. One pass over the text finds all forms of all secrets in linear time.
 */
import { greatest } from "../../core/bisect.ts";
import { reworded, ShimError } from "../../core/errors.ts";
import { folded, formsOf, layersOf, SHORTEST, type Layer } from "./secret-forms.ts";

export const REDACTED = "[secret]";

export type Redact = (text: string) => string;

/** An escape is hardly ever longer, even one within others. */
const LONGEST_ESCAPE = 20;
/** Characters that are searched in one go, so that a long text costs no more memory than a short one. */
const WINDOW = 64 * 1024;

export function redactor(secrets: Iterable<string | undefined>): Redact {
  const known = new Set([...secrets].filter((each): each is string => each !== undefined && each.length >= SHORTEST));
  if (known.size === 0) return (text) => text;
  // Built for the first text: most upstreams never fail.
  let search: Search | undefined;
  return (text) => {
    if (text.length < SHORTEST) return text;
    search ??= new Search([...known].flatMap(formsOf));
    return search.redact(text);
  };
}

/** The same error with its secrets taken out; anything else as it is. */
export function redactError(error: unknown, redact: Redact): unknown {
  return error instanceof ShimError ? reworded(error, redact) : error;
}

interface Node {
  next: Map<number, Node>;
  /** Node of the longest end of what was read that also begins a form. */
  fallback: Node | undefined;
  depth: number;
  /** Length of the longest form that ends here; 0 for none. */
  found: number;
}

type Interval = [start: number, end: number];

/** The automaton of Aho and Corasick. */
class Search {
  private readonly root: Node = { next: new Map(), fallback: undefined, depth: 0, found: 0 };
  private readonly step: number;
  private readonly overlap: number;

  constructor(forms: readonly string[]) {
    for (const form of forms) this.add(form);
    this.link();
    this.overlap = LONGEST_ESCAPE * Math.max(...forms.map((form) => form.length));
    this.step = Math.max(WINDOW, 2 * this.overlap);
  }

  redact(text: string): string {
    const found: Interval[] = [];
    for (let at = 0; at < text.length; at += this.step) {
      const window = text.slice(at, at + this.step + this.overlap);
      const last = at + window.length === text.length;
      for (const [start, end] of this.inWindow(window, last)) found.push([at + start, at + end]);
      if (last) break;
    }
    return found.length === 0 ? text : without(text, found);
  }

  private inWindow(text: string, last: boolean): Interval[] {
    const layers = layersOf(text);
    const [, escapes] = layers;
    return layers.flatMap((layer) => this.inLayer(layer, last).map((each) => wholeEscapes(each, escapes)));
  }

  private inLayer({ text, starts }: Layer, last: boolean): Interval[] {
    const found: Interval[] = [];
    // Ends come in order: overlapping intervals are merged at once, so that there are never many.
    const take = (from: number, end: number): void => {
      let start = from;
      for (let last = found.at(-1); last && last[1] >= start; last = found.at(-1)) {
        start = Math.min(start, last[0]);
        found.pop();
      }
      found.push([start, end]);
    };
    const small = folded(text);
    let node = this.root;
    for (let at = 0; at < small.length; at++) {
      const code = small.charCodeAt(at);
      const before = node.depth;
      let next = node.next.get(code);
      while (!next && node.fallback) {
        node = node.fallback;
        next = node.next.get(code);
      }
      node = next ?? this.root;
      if (node.found > 0) take(at + 1 - node.found, at + 1);
      // The upstream itself has shortened the secret, and shows it by dots or stars.
      if (before >= SHORTEST && node.depth <= before && isEllipsis(small, at)) take(at - before, at);
    }
    // Whoever cut the text may have cut a secret.
    if (last && node.depth >= SHORTEST) take(small.length - node.depth, small.length);
    if (!starts) return found;
    return found.map(([start, end]) => [starts[start] ?? 0, starts[end] ?? 0]);
  }

  private add(form: string): void {
    let node = this.root;
    for (let at = 0; at < form.length; at++) {
      const code = form.charCodeAt(at);
      let next = node.next.get(code);
      if (!next) node.next.set(code, (next = { next: new Map(), fallback: undefined, depth: at + 1, found: 0 }));
      node = next;
    }
    node.found = form.length;
  }

  private link(): void {
    const queue: Node[] = [this.root];
    for (const node of queue) {
      for (const [code, next] of node.next) {
        let fallback = node.fallback;
        while (fallback && !fallback.next.has(code)) fallback = fallback.fallback;
        next.fallback = fallback?.next.get(code) ?? this.root;
        next.found ||= next.fallback.found;
        queue.push(next);
      }
    }
  }
}

const [DOT, STAR, ELLIPSIS] = [0x2e, 0x2a, 0x20_26];

function isEllipsis(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code === ELLIPSIS || ((code === DOT || code === STAR) && text.charCodeAt(at + 1) === code);
}

/** Widens an interval to whole escapes: half an escape beside the replacement would leave invalid JSON. */
function wholeEscapes([start, end]: Interval, escapes: Layer | undefined): Interval {
  const starts = escapes?.starts;
  if (!starts) return [start, end];
  const lastUpTo = (place: number): number => greatest(starts.length - 1, (i) => (starts[i] ?? 0) <= place);
  const last = lastUpTo(end);
  const whole = starts[last] === end ? end : (starts[last + 1] ?? end);
  return [starts[lastUpTo(start)] ?? start, whole];
}

function without(text: string, found: readonly Interval[]): string {
  let out = "";
  let from = 0;
  for (const [start, end] of found.toSorted((a, b) => a[0] - b[0])) {
    if (start > from || from === 0) out += text.slice(from, start) + REDACTED;
    from = Math.max(from, end);
  }
  return out + text.slice(from);
}
