/** What becomes of requests that the access guard keeps out: they wait their turn, and the log does not drown in them. */
import { networkOf } from "../../core/addresses.ts";
import type { RefusedLine } from "../log.ts";
import { Pace } from "./pace.ts";
import { RefusalLog } from "./refusal-log.ts";

/** Where the runtime does not say where they come from. */
const NOWHERE = "an unknown address";

export class TurnAway {
  private readonly pace = new Pace();
  private readonly lines: RefusalLog;
  private readonly now: () => number;

  /** `now` counts milliseconds. */
  constructor(write: (line: RefusedLine) => void, now: () => number) {
    this.now = now;
    this.lines = new RefusalLog(write, now);
  }

  /**
   * Resolves when it may be answered. False: so many wait that its connection is to be closed with the answer. Not more
   * than `most` wait in all.
   */
  wait(address: string | undefined, line: RefusedLine, most?: number): Promise<boolean> {
    const network = address === undefined ? NOWHERE : networkOf(address);
    this.lines.add(network, line);
    return this.pace.take(network, this.now(), most);
  }
}
