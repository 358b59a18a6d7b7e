/** What probing a model has shown, as it is kept. Whatever is absent was not found out. */

export interface EffortSeen {
  /** The host took it. */
  taken: boolean;
  /** What it was really asked for. */
  used?: string;
  /** Something was thought, as far as it is shown or counted. */
  thought?: boolean;
}

export interface CapabilityProfile {
  provider: string;
  /** By its host's name. */
  model: string;
  base_url: string;
  /** Seconds since 1970. */
  at: number;
  /** Of the shim that probed. */
  version: string;
  answers: boolean;
  /** In pieces, as they are made. */
  streams?: boolean;
  /** Calls: `forced` only when it must, `none` never. */
  calls?: "yes" | "forced" | "none" | "refused";
  /** A call's result came back to it, and it went on. */
  round_trip?: boolean;
  parallel?: "yes" | "one_at_a_time" | "merged" | "results_refused";
  patch?: "yes" | "repaired" | "invalid" | "none";
  thinks?: boolean;
  efforts?: Record<string, EffortSeen>;
  images?: "seen" | "unseen" | "refused";
  json_schema?: "held" | "broken" | "refused";
  /** Tokens of the longest prompt that was sent. */
  longest_prompt?: number;
  /** A prompt longer than this was cut without a word. */
  cut_at?: number;
  first_ms?: number;
  tokens_per_s?: number;
}
