/** What a candidate must be able to do for a call, each condition with its words. */
import { EFFORTS } from "../core/dialect.ts";
import { clampEffort } from "../core/effort.ts";
import type { Candidate, Route } from "./candidate.ts";
import type { TurnFacts } from "./facts.ts";

/**
 * `must`: who fails it is never asked for this call. `if_any`: the same, as long as one candidate holds it; where none
 * does, the nearest is taken, since a weaker answer is better than none.
 */
export const CONDITIONS = {
  egress: "must",
  tools: "must",
  images: "must",
  window: "must",
  json_schema: "if_any",
  tool_choice: "if_any",
  effort: "if_any",
} as const;
export type ConditionName = keyof typeof CONDITIONS;

export interface Condition {
  what: ConditionName;
  ok: boolean;
  /** One clause, of the candidate. */
  why: string;
  /** It holds, as far as is known: nobody has told. */
  unknown?: true;
  /** How far it misses, in steps; to find the nearest. */
  short?: number;
}

/** Room for an answer whose length nobody bounds, where the window has it. */
const ROOM = 8192;
const SMALL_WINDOW_SHARE = 0.25;
/** How far a prompt may exceed its estimate. */
const MARGIN = 1.1;

/** No effort asked for means the host's own, which is about this. */
export const USUAL_EFFORT = "medium";

export interface Asked {
  facts: TurnFacts;
  route: Route;
  /** The server's own. */
  local_only: boolean;
  /** The thread is in trouble: its turns count as hard ones. */
  hard: boolean;
}

/** Only the conditions that this call makes. */
export function conditionsOf(candidate: Candidate, asked: Asked, prompt_tokens: number): Condition[] {
  const { facts } = asked;
  const { info } = candidate;
  const list = [egress(candidate, asked)];
  if (facts.tools) list.push(known("tools", info.tools, "takes tools", "takes no tools"));
  if (facts.images > 0) list.push(known("images", info.images, "sees images", "sees no images"));
  list.push(window(candidate, facts, prompt_tokens));
  if (facts.json_schema) {
    const held = candidate.json_schema === undefined ? undefined : candidate.json_schema === "held";
    list.push(known("json_schema", held, "holds the answer to the schema", "is only told of the schema"));
  }
  if (facts.forced_tool)
    list.push(known("tool_choice", candidate.forces_tools, "can be made to call", "cannot be made to call a tool"));
  if (candidate.efforts || facts.effort !== undefined) list.push(effort(candidate, asked));
  return list;
}

function known(what: ConditionName, fact: boolean | undefined, yes: string, no: string): Condition {
  if (fact === undefined) return { what, ok: true, why: `maybe ${yes}: nobody has told`, unknown: true };
  return fact ? { what, ok: true, why: yes } : { what, ok: false, why: no };
}

function egress(candidate: Candidate, { route, local_only }: Asked): Condition {
  const { provider, local, providers } = candidate;
  const fail = (why: string): Condition => ({ what: "egress", ok: false, why });
  const elsewhere = candidate.elsewhere ?? (local ? undefined : "is not local");
  if (local_only && elsewhere !== undefined) return fail(`${elsewhere}, and the server is local_only`);
  if (route.local_only && elsewhere !== undefined) return fail(`${elsewhere}, and the route is local_only`);
  if (route.providers && !route.providers.includes(provider)) return fail("is of no provider of the route's");
  if (providers && !providers.includes(provider)) return fail("is of no provider that the route allows for it");
  return { what: "egress", ok: true, why: local ? "stays in house" : "may be asked" };
}

/** Tokens that a prompt may have at most; undefined when nobody knows. */
export function promptLimit({ info }: Candidate): number | undefined {
  const { context_window, max_input_tokens } = info;
  return max_input_tokens === undefined ? context_window : Math.min(max_input_tokens, context_window ?? Infinity);
}

function window(candidate: Candidate, facts: TurnFacts, prompt: number): Condition {
  const { context_window, max_input_tokens } = candidate.info;
  const limit = promptLimit(candidate);
  if (limit === undefined) return { what: "window", ok: true, why: "has a window that nobody knows", unknown: true };
  const whole = context_window ?? Infinity;
  const room = roomFor(candidate, facts, whole);
  const needed = Math.ceil(prompt * MARGIN);
  if (max_input_tokens !== undefined && needed > max_input_tokens)
    return { what: "window", ok: false, why: `takes prompts of ${max_input_tokens} tokens, this may have ${needed}` };
  const ok = needed + room <= whole;
  const sum = `${needed} + ${room} to answer`;
  return { what: "window", ok, why: `has a window of ${whole}, ${ok ? "enough" : "too small"} for ${sum}` };
}

function roomFor({ info }: Candidate, { max_output_tokens: asked }: TurnFacts, whole: number): number {
  const most = info.max_output_tokens ?? Infinity;
  if (asked !== undefined) return Math.min(asked, most);
  return Math.min(ROOM, most, Math.floor(whole * SMALL_WINDOW_SHARE));
}

function effort(candidate: Candidate, { facts, hard }: Asked): Condition {
  const { efforts: bound, info } = candidate;
  const asked = facts.effort ?? USUAL_EFFORT;
  const fail = (why: string, short: number): Condition => ({ what: "effort", ok: false, why, short });
  if (bound && !bound.includes(asked)) {
    const away = Math.min(...bound.map((each) => Math.abs(rankOf(each) - rankOf(asked))));
    const above = bound.every((each) => rankOf(each) > rankOf(asked));
    if (!(hard && above)) return fail(`is kept for turns of effort ${bound.join(", ")}`, away);
  }
  if (facts.effort === undefined) return { what: "effort", ok: true, why: "no effort is asked for" };
  const { efforts: table } = info;
  if (!table) return { what: "effort", ok: true, why: `maybe reasons at ${asked}: nobody has told`, unknown: true };
  const used = clampEffort(asked, table) ?? (Object.keys(table).length > 0 ? undefined : "none");
  if (used === undefined) return fail(`knows no effort ${asked}`, 1);
  const short = rankOf(asked) - rankOf(used);
  // Who always reasons does so for `none` too; who reasons more than asked does what was asked.
  if (short <= 0) return { what: "effort", ok: true, why: used === "none" ? "does not reason" : `reasons at ${used}` };
  return fail(used === "none" ? "does not reason" : `reasons at ${used} at most`, short);
}

/** Words that nobody knows count as the usual. */
function rankOf(word: string): number {
  if (word === "ultra") return EFFORTS.length;
  const rank = EFFORTS.indexOf(word as (typeof EFFORTS)[number]);
  return rank === -1 ? EFFORTS.indexOf(USUAL_EFFORT) : rank;
}
