/**
 * Logs requests that were kept out. Whoever sends thousands of them gets one line a second for each address, and a limited
 * number in all; the lines count the requests that have none of their own.
 */
import type { RefusedLine } from "../log.ts";
import { Recent } from "./pace.ts";

/** What one network has sent since its last line. */
interface Seen {
  logged_at: number;
  /** Requests without a line, and the last of them. */
  more: number;
  last?: RefusedLine | undefined;
}

const EVERY_MS = 1000;
/** Lines in each second, for those that come first and as many for those that are counted. */
const MOST_LINES = 10;
const MOST_NETWORKS = 4096;
/** Stands for all addresses beyond those that can be counted one by one. */
const OTHERS = "other addresses";
/** A stranger's path may be as long as all its headers may be. */
const MOST_PATH = 200;
const MOST_WORDS = 500;

export class RefusalLog {
  private readonly seen = new Recent<Seen>(MOST_NETWORKS);
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
    const seen = this.seen.get(network) ?? { logged_at: -Infinity, more: 0 };
    this.seen.put(network, seen);
    if (seen.more === 0 && now_ms - seen.logged_at >= EVERY_MS && this.mayWrite(now_ms)) {
      seen.logged_at = now_ms;
      return this.write(short);
    }
    seen.more++;
    seen.last = short;
    this.counted.add(seen);
    this.timer ??= setTimeout(() => this.flush(), EVERY_MS);
  }

  private mayWrite(now_ms: number): boolean {
    if (now_ms - this.second >= EVERY_MS) {
      this.second = now_ms;
      this.lines = 0;
    }
    return this.lines++ < MOST_LINES;
  }

  /** Each network that was counted gets its line; the rest of too many share one for each kind of refusal. */
  private flush(): void {
    this.timer = undefined;
    const now_ms = this.now();
    const lines: RefusedLine[] = [];
    for (const seen of this.counted) {
      if (now_ms - seen.logged_at < EVERY_MS) continue;
      this.counted.delete(seen);
      if (seen.last) lines.push({ ...seen.last, more: seen.more - 1 });
      seen.logged_at = now_ms;
      seen.more = 0;
      seen.last = undefined;
    }
    for (const line of lines.slice(0, MOST_LINES)) this.write(line);
    for (const rest of Map.groupBy(lines.slice(MOST_LINES), ({ kind }) => kind).values()) {
      const more = rest.reduce((sum, line) => sum + 1 + (line.more ?? 0), -1);
      const last = rest.at(-1);
      if (last) this.write({ ...last, more, ...(rest.length > 1 && { address: `${rest.length} addresses` }) });
    }
    if (this.counted.size > 0) this.timer = setTimeout(() => this.flush(), EVERY_MS);
  }
}
