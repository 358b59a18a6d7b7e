/**
 * Lines of the log about requests that were kept out. Whoever sends thousands of them gets one line a second for each
 * address, and so many in all, which count those that have none of their own.
 */
import type { RefusedLine } from "../log.ts";

/** Of one network, since its last line. */
interface Seen {
  network: string;
  logged_at: number;
  more: number;
  /** The last one that had no line. */
  last: RefusedLine | undefined;
}

const EVERY_MS = 1000;
/** In each second, of those that come first and of those that are counted. */
const MOST_LINES = 10;
const MOST_NETWORKS = 4096;
/** For all whose addresses are too many to be counted one by one. */
const OTHERS = "other addresses";
/** What a stranger sends may be as long as a head. */
const MOST_PATH = 200;
const MOST_WORDS = 500;

export class RefusalLog {
  /** Those that were heard of last stand at the end. */
  private readonly seen = new Map<string, Seen>();
  private readonly counted = new Set<Seen>();
  private readonly write: (line: RefusedLine) => void;
  private readonly now: () => number;
  private second = -Infinity;
  private lines = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  /** `now` counts milliseconds. */
  constructor(write: (line: RefusedLine) => void, now: () => number) {
    this.write = write;
    this.now = now;
  }

  add(from: string, line: RefusedLine): void {
    const now_ms = this.now();
    const network = this.counted.size < MOST_NETWORKS ? from : OTHERS;
    const path = line.path.slice(0, MOST_PATH);
    const short = { ...line, path, message: line.message.slice(0, MOST_WORDS), address: network };
    const seen = this.of(network);
    if (seen.more === 0 && now_ms - seen.logged_at >= EVERY_MS && this.mayWrite(now_ms)) {
      seen.logged_at = now_ms;
      return this.write(short);
    }
    seen.more++;
    seen.last = short;
    this.counted.add(seen);
    this.timer ??= setTimeout(() => this.flush(), EVERY_MS);
  }

  private of(network: string): Seen {
    const seen = this.seen.get(network) ?? { network, logged_at: -Infinity, more: 0, last: undefined };
    this.seen.delete(network);
    this.seen.set(network, seen);
    if (this.seen.size > MOST_NETWORKS) this.seen.delete(this.seen.keys().next().value as string);
    return seen;
  }

  private mayWrite(now_ms: number): boolean {
    if (now_ms - this.second >= EVERY_MS) {
      this.second = now_ms;
      this.lines = 0;
    }
    return this.lines++ < MOST_LINES;
  }

  /** Each that was counted gets its line; of too many the rest shares one for each kind of refusal. */
  private flush(): void {
    this.timer = undefined;
    const now_ms = this.now();
    const rest = new Map<string, { line: RefusedLine; networks: number }>();
    let lines = 0;
    for (const seen of this.counted) {
      if (now_ms - seen.logged_at < EVERY_MS) continue;
      this.counted.delete(seen);
      const line = { ...(seen.last as RefusedLine), more: seen.more - 1 };
      seen.logged_at = now_ms;
      seen.more = 0;
      seen.last = undefined;
      if (lines++ < MOST_LINES) this.write(line);
      else add(rest, line);
    }
    for (const { line, networks } of rest.values())
      this.write(networks === 1 ? line : { ...line, address: `${networks} addresses` });
    if (this.counted.size > 0) this.timer = setTimeout(() => this.flush(), EVERY_MS);
  }
}

function add(rest: Map<string, { line: RefusedLine; networks: number }>, line: RefusedLine): void {
  const known = rest.get(line.kind);
  if (!known) return void rest.set(line.kind, { line, networks: 1 });
  known.networks++;
  known.line = { ...line, more: (known.line.more ?? 0) + (line.more ?? 0) + 1 };
}
