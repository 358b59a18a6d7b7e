/**
 * Watches how many file descriptors are left: with too few, no client can connect and no upstream can be reached, so idle
 * connections are closed.
 */
import { closeSync, openSync } from "node:fs";
import { devNull } from "node:os";
import process from "node:process";
import { errorCode } from "../../core/thrown.ts";

interface DescriptorOptions {
  /** The limit, where the system says it. */
  most: number | undefined;
  /** Closes idle connections, and returns how many. */
  closeIdle(): number;
  warn(text: string): void;
  interval_ms?: number;
  /** Number of the descriptor that would be opened next; undefined when none is left. */
  next?(): number | undefined;
}

const INTERVAL_MS = 1000;
/** While few are left: whoever waits for a connection gets one soon. */
const LOW_INTERVAL_MS = 100;
const WARN_EVERY_MS = 60_000;
/** Kept free for upstreams, files and databases of running requests: a tenth of all, and some in any case. */
const SHARE = 0.1;
const AT_LEAST = 8;

/** The returned function ends the watch. */
export function watchDescriptors(options: DescriptorOptions): () => void {
  // Windows has no such limit.
  if (process.platform === "win32") return () => {};
  const { most, closeIdle, warn, interval_ms = INTERVAL_MS, next = nextDescriptor } = options;
  const low_from = most === undefined ? Infinity : most - Math.max(AT_LEAST, Math.floor(most * SHARE));
  let warned_at = -Infinity;
  let closed = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const lookIn = (ms: number): void => {
    timer = setTimeout(look, ms);
    timer.unref();
  };
  const look = (): void => {
    const number = next();
    if (number !== undefined && number < low_from) return lookIn(interval_ms);
    closed += closeIdle();
    if (performance.now() - warned_at > WARN_EVERY_MS) {
      warned_at = performance.now();
      warn(warningFor(most, closed));
      closed = 0;
    }
    lookIn(Math.min(LOW_INTERVAL_MS, interval_ms));
  };
  lookIn(interval_ms);
  return () => clearTimeout(timer);
}

function warningFor(most: number | undefined, closed: number): string {
  const few = `file descriptors are running out${most === undefined ? "" : ` (${most} are allowed)`}`;
  const done =
    closed === 0 ? "no connection is idle" : `closed ${closed} idle ${closed === 1 ? "connection" : "connections"}`;
  return `${few}: ${done}; raise the limit (ulimit -n, LimitNOFILE of a unit), or limit the connections of each client in a reverse proxy`;
}

/** The lowest free number: all below it are taken, so one open tells how many are in use. */
function nextDescriptor(): number | undefined {
  try {
    const number = openSync(devNull, "r");
    closeSync(number);
    return number;
  } catch (error) {
    // Anything else that may be wrong with that file says nothing of how many are left.
    return /^(?:EMFILE|ENFILE)$/.test(errorCode(error) ?? "") ? undefined : 0;
  }
}
