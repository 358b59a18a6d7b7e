/** What becomes of each effort: taken or refused, and whether anything is thought. */
import type { Dialect } from "../../core/dialect.ts";
import { EFFORTS } from "../../core/dialect.ts";
import { failed, isFinal } from "./failures.ts";
import { judged, ok, shown, type Judged } from "./finding.ts";
import type { Draft, Probe } from "./probe-answers.ts";
import type { EffortSeen } from "./profile.ts";
import { thinking } from "./requests.ts";

/** Where the host takes every word, as far as is known. */
const USUAL = ["none", "low", "medium", "high"];

export function effortsToTry({ efforts }: Dialect): readonly string[] {
  if (efforts === "any") return USUAL;
  return EFFORTS.filter((effort) => Object.hasOwn(efforts, effort));
}

export function probeEfforts(dialect: Dialect): Probe {
  const efforts = effortsToTry(dialect);
  if (efforts.length === 0) return async () => [ok("efforts", "none: the model does not reason")];
  return async (patient, draft) => {
    const seen: Record<string, EffortSeen> = {};
    const told: string[] = [];
    for (const effort of efforts) {
      const { failure, thought, usage, effort: used, notes, cut } = await patient.ask(thinking(effort));
      if (failure && isFinal(failure)) return [{ ...failed("efforts", failure), verdict: "warning" }];
      const dropped = notes.some((note) => note.startsWith("setting_dropped"));
      const size = Math.max(usage?.reasoning_tokens ?? 0, Math.ceil(thought.length / 4));
      const taken = !failure && !dropped;
      seen[effort] = { taken, ...(used !== undefined && { used }), ...(!failure && { thought: size > 0 }) };
      if (failure) told.push(`${effort}: refused (${shown(failure.message, 60)})`);
      else if (dropped) told.push(`${effort}: refused, and left out`);
      else told.push(`${effort}: ${size === 0 ? "no thoughts shown" : `${size} tokens${cut ? ", cut" : ""}`}`);
    }
    draft.efforts = seen;
    return judgedEfforts(seen, told.join("; "), draft);
  };
}

function judgedEfforts(seen: Record<string, EffortSeen>, told: string, draft: Draft): Judged[] {
  const all = Object.entries(seen);
  if (all.some(([, { thought }]) => thought)) draft.thinks = true;
  const refused = all.filter(([, { taken }]) => !taken).map(([effort]) => effort);
  if (refused.length > 0 && all.every(([effort, { taken }]) => !taken || effort === "none"))
    return [judged("efforts", "note", told, "the model does not reason: efforts are left out for it")];
  if (refused.length > 0)
    return [
      judged(
        "efforts",
        "warning",
        told,
        "an agent that asks for one of these gets an error, or the host's own effort",
        `list those that it takes as \`efforts\` of this model; the kept profile leaves out ${refused.join(", ")}`,
      ),
    ];
  if (seen["none"]?.thought)
    return [
      judged(
        "efforts",
        "warning",
        told,
        "it thinks although it is told not to, which costs time and tokens",
        "set `dialect.effort_off` to what switches thinking off at this host, or leave `none` out of `efforts`",
      ),
    ];
  return [ok("efforts", told)];
}
