/** What doctor has found out: one line of its table. */
import { printable } from "../../core/printable.ts";

/** `skipped`: nothing was found out, and the finding says how to. */
const VERDICTS = ["ok", "note", "warning", "problem", "skipped"] as const;
export type Verdict = (typeof VERDICTS)[number];

export interface Finding {
  /** Whom it concerns: `juscode-shim`, a provider's id, `provider/model`, an agent. */
  subject: string;
  /** What was looked at, in a few words. */
  what: string;
  verdict: Verdict;
  /** What was found, as one clause. */
  found: string;
  /** Why it matters; absent where all is well. */
  why?: string;
  fix?: string;
}

/** A finding that does not know its subject yet. */
export type Judged = Omit<Finding, "subject">;

export function ok(what: string, found: string): Judged {
  return { what, verdict: "ok", found };
}

export function judged(what: string, verdict: Verdict, found: string, why?: string, fix?: string): Judged {
  return { what, verdict, found, ...(why !== undefined && { why }), ...(fix !== undefined && { fix }) };
}

/** Words of hosts and models: as one short line, and unable to steer a terminal. */
export function shown(text: string, most = 160): string {
  // eslint-disable-next-line no-control-regex
  const line = printable(text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ").trim());
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}
