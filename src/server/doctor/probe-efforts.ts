/** Probes each effort: whether it is taken or refused, and whether the model thinks. */
import { EFFORTS, type Dialect } from "../../core/dialect.ts";
import type { CapabilityProfile, EffortSeen } from "./profile.ts";
import { failed, isFinal } from "./failures.ts";
import { about, ok, shown, type Judged } from "./finding.ts";
import type { Probe } from "./probe-answers.ts";
import { thinking } from "./requests.ts";

/** These are tried where the upstream takes every word, as far as is known. */
const USUAL = ["none", "low", "medium", "high"];

export function effortsToTry({ efforts }: Dialect): readonly string[] {
  return efforts === "any" ? USUAL : EFFORTS.filter((effort) => Object.hasOwn(efforts, effort));
}

export function probeEfforts(dialect: Dialect): Probe {
  const efforts = effortsToTry(dialect);
  if (efforts.length === 0) return async () => ok("efforts", "none: the model does not reason");
  return async (client, profile) => {
    const seen: Record<string, EffortSeen> = {};
    const found: string[] = [];
    for (const effort of efforts) {
      const { failure, thought, usage, effort: used, notes, cut } = await client.ask(thinking(effort));
      if (failure && isFinal(failure)) return { ...failed("efforts", failure), verdict: "warning" };
      const dropped = notes.some((note) => note.startsWith("setting_dropped"));
      const size = Math.max(usage?.reasoning_tokens ?? 0, Math.ceil(thought.length / 4));
      const taken = !failure && !dropped;
      seen[effort] = { taken, ...(used !== undefined && { used }), ...(!failure && { thought: size > 0 }) };
      if (failure) found.push(`${effort}: refused (${shown(failure.message, 60)})`);
      else if (dropped) found.push(`${effort}: refused, and left out`);
      else found.push(`${effort}: ${size === 0 ? "no thoughts shown" : `${size} tokens${cut ? ", cut" : ""}`}`);
    }
    profile.efforts = seen;
    return judgedEfforts(seen, found.join("; "), profile);
  };
}

function judgedEfforts(seen: Record<string, EffortSeen>, found: string, profile: CapabilityProfile): Judged {
  const report = about("efforts");
  const all = Object.entries(seen);
  if (all.some(([, { thought }]) => thought)) profile.thinks = true;
  const refused = all.filter(([, { taken }]) => !taken).map(([effort]) => effort);
  if (refused.length > 0 && all.every(([effort, { taken }]) => !taken || effort === "none"))
    return report.note(found, "the model does not reason: efforts are left out for it");
  if (refused.length > 0)
    return report.warning(
      found,
      "an agent that asks for one of these gets an error, or the default effort",
      `set those that it takes as \`efforts\` of this model; the kept profile leaves out ${refused.join(", ")}`,
    );
  if (!seen["none"]?.thought) return report.ok(found);
  return report.warning(
    found,
    "it thinks although it should not, which costs time and tokens",
    "set `dialect.effort_off` to what disables thinking there, or leave `none` out of `efforts`",
  );
}
