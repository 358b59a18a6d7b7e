/** A row of the table: how an upstream says one kind of failure, with a sample of it, which is its test. */
import type { FaultKind, OverflowNumbers, Refusal } from "./fault.ts";

/** A body as it was seen, and what is to be read in it beside the kind. */
export interface Sample {
  /** Undefined for an error within a reply that began with 200. */
  status: number | undefined;
  /** Words for a body that is no JSON. */
  body: unknown;
  headers?: Readonly<Record<string, string>>;
  numbers?: OverflowNumbers;
  refusal?: Refusal;
  retry_after_ms?: number;
}

/** All that is given must hold: one of the statuses, one of the names, one of the wordings (see words.ts). */
export interface Row {
  /** Unique, for logs and tests. */
  id: string;
  /** 0 is for an error within a reply, which has none. */
  status?: readonly number[];
  /** Its own word for the failure, as code or type in any case; `*` at either end stands for more. */
  names?: readonly string[];
  words?: readonly string[];
  /** Where one of these wordings stands, it is something else. */
  unless?: readonly string[];
  /** What it refuses; what a wording's places hold is added. */
  refusal?: Refusal;
  sample: Sample;
  /** Where it was seen: a server and its version, or a public report. */
  source: string;
  /** When: a year and a month. */
  date: string;
}

/** Rows of one kind. */
export interface Topic {
  kind: FaultKind;
  /** Holds for all of them. */
  unless?: readonly string[];
  rows: readonly Row[];
}

export interface RefusalTopic extends Topic {
  kind: "refused";
  rows: readonly (Row & { refusal: Refusal })[];
}
