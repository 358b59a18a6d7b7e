/** What `juscode-shim costs` tells; its JSON form as it is. */
import type { Price } from "../../core/provider.ts";
import type { Group, GroupBy, Sums } from "../../server/costs/report.ts";

export interface Reference {
  model: string;
  /** USD per million tokens. */
  price: Price;
}

export interface Compared {
  /** What the reference would have cost for the same tokens; null without one. */
  reference_usd: number | null;
}

export interface Report {
  by: GroupBy;
  days: number;
  file: string;
  /** Whether requests of now are kept. */
  enabled: boolean;
  reference: Reference | null;
  rows: readonly (Group & Compared)[];
  total: Sums & Compared;
}
