/**
 * Looks how many file descriptors are left: when there are few, nobody new gets a connection and no upstream can be
 * asked, so that connections on which nothing is asked or answered are closed.
 */
import { closeSync, openSync } from "node:fs";
import { devNull } from "node:os";
import process from "node:process";

export interface DescriptorOptions {
  /** How many there may be, where the system says so. */
  most: number | undefined;
  /** Closes idle connections; how many it has closed. */
  closeIdle(): number;
  warn(text: string): void;
  interval_ms?: number;
  /** Number of the descriptor that would be opened next; undefined when there is none left. */
  next?(): number | undefined;
}

const INTERVAL_MS = 1000;
/** While there are few: whoever waits for a connection gets one soon. */
const LOW_INTERVAL_MS = 100;
const WARN_EVERY_MS = 60_000;
/** For upstreams, files and databases of requests that run: a tenth of all, and some in any case. */
const SHARE = 0.1;
const AT_LEAST = 8;

/** The function ends it. */
export function watchDescriptors(options: DescriptorOptions): () => void {
  // Windows has no such limit.
  if (process.platform === "win32") return () => {};
  const { most, closeIdle, warn, interval_ms = INTERVAL_MS, next = nextDescriptor } = options;
  const low_from = most === undefined ? Infinity : most - Math.max(AT_LEAST, Math.floor(most * SHARE));
  let warned_at = -Infinity;
  let closed = 0;
  let timer: ReturnType<typeof setTimeout>;
  const look = (): void => {
    const number = next();
    const low = number === undefined || number >= low_from;
    if (low) {
      closed += closeIdle();
      if (performance.now() - warned_at > WARN_EVERY_MS) {
        warned_at = performance.now();
        warn(wordsFor(most, closed));
        closed = 0;
      }
    }
    timer = setTimeout(look, low ? Math.min(LOW_INTERVAL_MS, interval_ms) : interval_ms);
    timer.unref();
  };
  timer = setTimeout(look, interval_ms);
  timer.unref();
  return () => clearTimeout(timer);
}

function wordsFor(most: number | undefined, closed: number): string {
  const few = `file descriptors are running out${most === undefined ? "" : ` (${most} are allowed)`}`;
  const done =
    closed === 0 ? "no connection is idle" : `closed ${closed} idle ${closed === 1 ? "connection" : "connections"}`;
  return `${few}: ${done}; raise the limit (ulimit -n, LimitNOFILE of a unit), or limit the connections of each client in a reverse proxy`;
}

/** The lowest number that is free, so that all below it are taken: one look, however many there are. */
function nextDescriptor(): number | undefined {
  try {
    const number = openSync(devNull, "r");
    closeSync(number);
    return number;
  } catch (error) {
    const { code } = error as { code?: unknown };
    // What else may be wrong with that file says nothing of how many there are.
    return code === "EMFILE" || code === "ENFILE" ? undefined : 0;
  }
}
