/**
 * Which candidates may serve a request, in which order, and why: capable, healthy, sticky, preferred. Pure: the same facts
 * give the same plan.
 */
import type { ErrorKind } from "../core/errors.ts";
import type { Candidate, Route, RoutingState } from "./candidate.ts";
import { promptLimit, type Condition, type PlanRequest } from "./conditions.ts";
import type { Estimate } from "./estimate.ts";
import type { TurnFacts } from "./facts.ts";
import type { HealthView } from "./health.ts";
import { raise } from "./raise.ts";
import { byPreference, capableOf, failedOf, isAllowed, meetsMusts, rowOf, warmUp, type Row } from "./row.ts";
import { betterPlace, homeOf, type Home } from "./thread.ts";
import { downWords, laterWords, leftWords, moveWords, nameOf, preferenceWords } from "./words.ts";

/** The plan for one candidate. */
export interface Verdict {
  provider: string;
  model: string;
  name: string;
  local: boolean;
  conditions: Condition[];
  health: HealthView;
  estimate: Estimate;
  /** From 1, in the order of the attempts; null for one that is never used for this request. */
  place: number | null;
  reason: string;
}

export interface Decision<C extends Candidate = Candidate> {
  route: Route;
  facts: TurnFacts;
  /** The chosen one first, then those to fall back on; empty when none is capable. */
  tries: C[];
  verdicts: Verdict[];
  /** Why the first of the tries is first; one sentence. */
  reason: string;
  /** Why there are none, as the client gets it. */
  refusal?: { kind: ErrorKind; message: string };
}

/** The candidates in order, and why the first is first. */
interface Order {
  rows: Row[];
  reason: string;
}

export function plan<C extends Candidate>(
  facts: TurnFacts,
  route: Route,
  candidates: readonly C[],
  state: RoutingState,
  now_ms: number,
): Decision<C> {
  const steps = facts.helper ? 0 : Math.floor(facts.trouble.count / SIGNS_A_STEP);
  const request: PlanRequest = { facts, route, local_only: state.local_only, hard: steps > 0 };
  const rows = candidates.map((candidate, order) => rowOf(candidate, order, request, state));
  const home = homeOf(rows, facts, state);
  if (home) warmUp(home.row, request, state, now_ms);
  const [one, ...more] = byPreference(capableOf(rows), route.prefer);
  const order = one ? orderOf([one, ...more], rows, home, request, steps) : lastResort(rows, request);
  const { reason } = order;
  const [first] = order.rows;
  const places = new Map(order.rows.map((row, at) => [row, at + 1]));
  const verdicts = rows.map((row): Verdict => {
    const { provider, model, name, local } = row.candidate;
    const place = places.get(row) ?? null;
    const why = place === 1 ? reason : otherWords(row, place, first, route, now_ms);
    const health = row.standing.health ?? { state: "closed" };
    const { conditions, estimate } = row;
    return { provider, model, name, local, conditions, health, estimate, place, reason: why };
  });
  const tries = order.rows.flatMap((row) => candidates[row.order] ?? []);
  return { route, facts, tries, verdicts, reason, ...(!first && { refusal: refusalOf(rows, route) }) };
}

/** Signs of trouble that raise a thread by one step; even a strong model has a patch rejected now and then. */
const SIGNS_A_STEP = 3;

/** At least one row, the preferred one first. */
type Ranked = readonly [Row, ...Row[]];

function orderOf(
  ranked: Ranked,
  rows: readonly Row[],
  home: Home | undefined,
  request: PlanRequest,
  steps: number,
): Order {
  const [best] = ranked;
  const raised = steps > 0 && ranked.length > 1 ? raise(ranked, rows, best, home?.row, request, steps) : undefined;
  const { rows: first, reason } = raised ?? settled(ranked, rows.length, home, request);
  // Each once: the raised ones, the one where the thread is warm, and the others by preference.
  const warm = home && !home.row.down && ranked.includes(home.row) ? [home.row] : [];
  const all = raised ? [...new Set([...first, ...warm, ...ranked])] : first;
  return { rows: all, reason: `${reason}${notesOf(all[0] ?? best, request)}` };
}

/** The thread stays where it is as long as it can; else the preferred candidate is first. */
function settled(ranked: Ranked, all: number, home: Home | undefined, { facts, route }: PlanRequest): Order {
  const { prefer } = route;
  const [best] = ranked;
  const capable = ranked.filter((row) => row.down === best.down && row.short === best.short).length;
  const preferred = preferenceWords(best, prefer, all, capable);
  if (all === 1 || !home) return { rows: [...ranked], reason: preferred };
  const { row, by } = home;
  if (!ranked.includes(row) || row.down || row.short > best.short)
    return { rows: [...ranked], reason: row === best ? preferred : `${leftWords(row)}; ${preferred}` };
  const withFirst = (first: Row, reason: string): Order => {
    return { rows: [first, ...ranked.filter((other) => other !== first)], reason };
  };
  if (by === "turn") return withFirst(row, "continues the turn that it began");
  const move = betterPlace(row, ranked, facts, prefer);
  if (move) return withFirst(move.to, moveWords(row, move, prefer));
  const { cached_tokens } = row.estimate;
  const cached = cached_tokens > 0 ? `: about ${cached_tokens} tokens are cached` : "";
  return withFirst(row, `the thread stays where it is warm${cached}`);
}

function notesOf(first: Row, { facts }: PlanRequest): string {
  let notes = "";
  if (first.down) notes += `; a last resort, since it ${downWords(first)}`;
  for (const { what, why } of failedOf(first)) notes += `; it ${why}, and none is nearer to the requested ${what}`;
  if (facts.helper) notes += "; a helper request";
  return notes;
}

/**
 * Where none is capable: the only one that is allowed is used, like a model that was named itself. Of several, those
 * whose context window may hold the prompt with less left for the reply, or the shortened history where the client allows
 * that; else none.
 */
function lastResort(rows: readonly Row[], { facts, route }: PlanRequest): Order {
  const allowed = rows.filter(isAllowed);
  const [only, another] = allowed;
  if (only && !another) {
    const [failed] = failedOf(only);
    return { rows: [only], reason: `the only one that is allowed, though it ${failed?.why ?? "may fail"}` };
  }
  const limit = ({ candidate }: Row): number => promptLimit(candidate) ?? 0;
  const holding = facts.shortens ? allowed : allowed.filter((row) => row.estimate.prompt_tokens < limit(row));
  const tight = byPreference(capableOf(holding, "window"), route.prefer).toSorted(
    (a, b) => Number(a.down) - Number(b.down) || limit(b) - limit(a),
  );
  if (tight.length === 0) return { rows: [], reason: "none is capable" };
  const how = facts.shortens ? "to which the history is shortened" : "which may be too small";
  return { rows: tight, reason: `the largest context window, ${how}` };
}

function refusalOf(rows: readonly Row[], { name }: Route): { kind: ErrorKind; message: string } {
  const allowed = rows.filter(isAllowed);
  const each = (list: readonly Row[]): string =>
    list.map((row) => `${nameOf(row)} ${failedOf(row)[0]?.why ?? ""}`).join("; ");
  if (rows.length === 0) return { kind: "model_not_found", message: `route \`${name}\` has no available model` };
  if (allowed.length === 0)
    return { kind: "model_not_found", message: `no model of route \`${name}\` is allowed: ${each(rows)}` };
  const fitting = allowed.filter((row) => meetsMusts(row, "window"));
  const [kind, list]: [ErrorKind, Row[]] =
    fitting.length > 0 ? ["context_overflow", fitting] : ["unsupported", allowed];
  return { kind, message: `no model of route \`${name}\` can handle this request: ${each(list)}` };
}

function otherWords(row: Row, place: number | null, first: Row | undefined, route: Route, now_ms: number): string {
  if (place === null) return failedOf(row)[0]?.why ?? "is less capable than others";
  return row.down ? `last resort: ${downWords(row, now_ms)}` : laterWords(row, first ?? row, route.prefer);
}
