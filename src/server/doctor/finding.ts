/** One line of doctor's table. */
import { printable } from "../../core/printable.ts";

/** `skipped`: it was not examined, and the finding says how to. */
export type Verdict = "ok" | "note" | "warning" | "problem" | "skipped";

export interface Finding {
  subject: string; // `juscode-shim`, a provider's id, `provider/model`, or an agent.
  what: string; // What was examined, in a few words.
  verdict: Verdict;
  found: string; // What was found, as one clause.
  why?: string; // Why it matters; absent where all is well.
  fix?: string;
}

/** A finding that does not know its subject yet. */
export type Judged = Omit<Finding, "subject">;

export const ok = (what: string, found: string): Judged => ({ what, verdict: "ok", found });

export function judged(what: string, verdict: Verdict, found: string, why?: string, fix?: string): Judged {
  return { what, verdict, found, ...(why !== undefined && { why }), ...(fix !== undefined && { fix }) };
}

type Judge = (found: string, why?: string, fix?: string) => Judged;

/** Findings about one thing, by their verdicts. */
export function about(what: string): Record<Verdict, Judge> {
  const by =
    (verdict: Verdict): Judge =>
    (found, why, fix) =>
      judged(what, verdict, found, why, fix);
  return { ok: by("ok"), note: by("note"), warning: by("warning"), problem: by("problem"), skipped: by("skipped") };
}

/** Words of upstreams and models: as one short line that cannot steer a terminal. */
export function shown(text: string, most = 160): string {
  // eslint-disable-next-line no-control-regex
  const line = printable(text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ").trim());
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}
