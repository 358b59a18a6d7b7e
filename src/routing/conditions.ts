/** What a candidate must be capable of for a request, each condition with its reason. */
import { EFFORTS } from "../core/dialect.ts";
import { clampEffort } from "../core/effort.ts";
import type { Candidate, Route } from "./candidate.ts";
import type { TurnFacts } from "./facts.ts";

/**
 * `must`: a candidate that fails it is never used for this request. `if_any`: the same, as long as one candidate meets it;
 * otherwise the nearest is used, since a weaker reply is better than none.
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
  /** One clause about the candidate. */
  why: string;
  /** It may be met: nothing is known about it. */
  unknown?: true;
  /** How far the candidate is from it, in steps. */
  short?: number;
}

/** Tokens reserved for a reply whose length is not limited, where the context window has them. */
const REPLY_TOKENS = 8192;
const SMALL_WINDOW_SHARE = 0.25;
/** How far a prompt may exceed its estimate. */
const MARGIN = 1.1;

/** About the effort that an upstream uses when none is requested. */
const USUAL_EFFORT = "medium";

export interface PlanRequest {
  facts: TurnFacts;
  route: Route;
  local_only: boolean;
  /** The thread is in trouble, so that its turns count as hard ones. */
  hard: boolean;
}

/** Only the conditions that this request makes. */
export function conditionsOf(candidate: Candidate, request: PlanRequest, prompt_tokens: number): Condition[] {
  const { facts } = request;
  const { info } = candidate;
  const list = [egress(candidate, request)];
  if (facts.tools) list.push(known("tools", info.tools, "tool", "takes tools", "takes no tools"));
  if (facts.images > 0) list.push(known("images", info.images, "image", "takes images", "takes no images"));
  list.push(window(candidate, facts, prompt_tokens));
  if (facts.json_schema) {
    const held = candidate.json_schema === undefined ? undefined : candidate.json_schema === "held";
    list.push(known("json_schema", held, "JSON schema", "enforces JSON schemas", "does not enforce JSON schemas"));
  }
  if (facts.forced_tool)
    list.push(
      known("tool_choice", candidate.forces_tools, "tool choice", "forces tool calls", "cannot force tool calls"),
    );
  if (candidate.efforts || facts.effort !== undefined) list.push(effort(candidate, request));
  return list;
}

function known(what: ConditionName, fact: boolean | undefined, name: string, yes: string, no: string): Condition {
  if (fact === undefined) return { what, ok: true, why: `has unknown ${name} support`, unknown: true };
  return fact ? { what, ok: true, why: yes } : { what, ok: false, why: no };
}

function egress(candidate: Candidate, { route, local_only }: PlanRequest): Condition {
  const { provider, local, providers } = candidate;
  const fail = (why: string): Condition => ({ what: "egress", ok: false, why });
  const elsewhere = candidate.elsewhere ?? (local ? undefined : "is not local");
  if (local_only && elsewhere !== undefined) return fail(`${elsewhere}, and the server is local_only`);
  if (route.local_only && elsewhere !== undefined) return fail(`${elsewhere}, and the route is local_only`);
  if (route.providers && !route.providers.includes(provider)) return fail("is not of a provider that the route allows");
  if (providers && !providers.includes(provider)) return fail("is not of a provider that the route allows for it");
  return { what: "egress", ok: true, why: local ? "is local" : "is allowed" };
}

/** Most tokens of a prompt; undefined where they are unknown. */
export function promptLimit({ info }: Candidate): number | undefined {
  const { context_window, max_input_tokens } = info;
  return max_input_tokens === undefined ? context_window : Math.min(max_input_tokens, context_window ?? Infinity);
}

function window(candidate: Candidate, facts: TurnFacts, prompt: number): Condition {
  const { context_window, max_input_tokens } = candidate.info;
  const limit = promptLimit(candidate);
  if (limit === undefined) return { what: "window", ok: true, why: "has an unknown context window", unknown: true };
  const whole = context_window ?? Infinity;
  const reply = replyTokens(candidate, facts, whole);
  const needed = Math.ceil(prompt * MARGIN);
  if (max_input_tokens !== undefined && needed > max_input_tokens)
    return { what: "window", ok: false, why: `takes prompts of ${max_input_tokens} tokens, this may have ${needed}` };
  const ok = needed + reply <= whole;
  const sum = `${needed} + ${reply} for the reply`;
  return { what: "window", ok, why: `has a context window of ${whole}, ${ok ? "enough" : "too small"} for ${sum}` };
}

function replyTokens({ info }: Candidate, { max_output_tokens: asked }: TurnFacts, whole: number): number {
  const most = info.max_output_tokens ?? Infinity;
  if (asked !== undefined) return Math.min(asked, most);
  return Math.min(REPLY_TOKENS, most, Math.floor(whole * SMALL_WINDOW_SHARE));
}

function effort(candidate: Candidate, { facts, hard }: PlanRequest): Condition {
  const { efforts: bound, info } = candidate;
  const asked = facts.effort ?? USUAL_EFFORT;
  const fail = (why: string, short: number): Condition => ({ what: "effort", ok: false, why, short });
  if (bound && !bound.includes(asked)) {
    const away = Math.min(...bound.map((each) => Math.abs(rankOf(each) - rankOf(asked))));
    const above = bound.every((each) => rankOf(each) > rankOf(asked));
    if (!(hard && above)) return fail(`is only for turns of effort ${bound.join(", ")}`, away);
  }
  if (facts.effort === undefined) return { what: "effort", ok: true, why: "no effort is requested" };
  const { efforts: table } = info;
  if (!table) return { what: "effort", ok: true, why: "has unknown effort support", unknown: true };
  const used = clampEffort(asked, table) ?? (Object.keys(table).length > 0 ? undefined : "none");
  if (used === undefined) return fail(`does not support effort ${asked}`, 1);
  const short = rankOf(asked) - rankOf(used);
  // A model that always reasons does so for `none` too, and more effort than requested is enough.
  if (short <= 0) return { what: "effort", ok: true, why: used === "none" ? "does not reason" : `reasons at ${used}` };
  return fail(used === "none" ? "does not reason" : `reasons at ${used} at most`, short);
}

/** An unknown word counts as the usual effort. */
function rankOf(word: string): number {
  if (word === "ultra") return EFFORTS.length;
  const rank = EFFORTS.indexOf(word as (typeof EFFORTS)[number]);
  return rank === -1 ? EFFORTS.indexOf(USUAL_EFFORT) : rank;
}
