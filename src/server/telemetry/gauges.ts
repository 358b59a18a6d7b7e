/** What is asked of the running server when the counts are read. */
export interface Gauges {
  running(): number;
  /** Breakers that are not closed. Bounded by whoever keeps them. */
  breakers(): readonly { provider: string; model?: string; state: "open" | "half_open" | "probing" }[];
  version: string;
}
