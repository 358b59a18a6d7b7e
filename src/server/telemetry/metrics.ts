/**
 * Metrics for Prometheus. Its client library is loaded when the first request has ended, or when the metrics are first
 * read: it takes some ten milliseconds, which no start and no first response has to wait for.
 */
import type { Log, RefusedLine, RequestLine } from "../log.ts";
import type { Meters } from "./meters.ts";

/** What the running server is asked for when the metrics are read. */
export interface Gauges {
  running(): number;
  /** Breakers that are not closed. Whoever keeps them bounds their number. */
  breakers(): readonly { provider: string; model?: string; state: "open" | "half_open" | "probing" }[];
  version: string;
}

/** Requests that wait for the library to be loaded: one slow disk must not fill the memory. */
const MOST_WAITING = 10_000;

export class Metrics implements Log {
  private meters: Meters | undefined;
  private loading: Promise<Meters> | undefined;
  private waiting = 0;
  private readonly gauges: Gauges;

  constructor(gauges: Gauges) {
    this.gauges = gauges;
  }

  request(line: RequestLine): void {
    this.count((meters) => meters.request(line));
  }

  refused(line: RefusedLine): void {
    this.count((meters) => meters.refused(line));
  }

  warning(): void {
    this.count((meters) => meters.warning());
  }

  info(): void {}

  /** The response to GET /metrics. */
  async answer(): Promise<Response> {
    const meters = await this.load();
    return new Response(await meters.text(), { headers: { "content-type": meters.content_type } });
  }

  private count(take: (meters: Meters) => void): void {
    if (this.meters) take(this.meters);
    // A failure is reported by `answer`: no request fails for its counts.
    else if (this.waiting++ < MOST_WAITING) void this.load().then(take, () => {});
  }

  private load(): Promise<Meters> {
    this.loading ??= import("./meters.ts").then(({ createMeters }) => (this.meters = createMeters(this.gauges)));
    return this.loading;
  }
}
