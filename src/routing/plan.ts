/**
 * Which candidates may serve a request, in which order, and why: capable, healthy, sticky, preferred. Pure: the same facts
 * give the same plan.
 */
import type { ErrorKind } from "../core/errors.ts";
import { keyOf, type Candidate, type Route, type RoutingState } from "./candidate.ts";
import { promptLimit, type Asked, type Condition } from "./conditions.ts";
import type { Estimate } from "./estimate.ts";
import type { TurnFacts } from "./facts.ts";
import { concernsProvider, mayFallBack, type HealthView } from "./health.ts";
import { ableOf, byPreference, failedOf, mayAsk, mustsHold, rowOf, warmUp, type Row } from "./row.ts";
import { raise } from "./raise.ts";
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
  /** One sentence. */
  reason: string;
}

export interface Decision<C extends Candidate = Candidate> {
  route: Route;
  facts: TurnFacts;
  /** The chosen one first, then those to fall back on; empty when none is capable. */
  tries: C[];
  /** Of all candidates, in the route's order. */
  verdicts: Verdict[];
  /** Why the first of the tries is first; one sentence. */
  reason: string;
  /** Why there are none, as the client gets it. */
  refusal?: { kind: ErrorKind; message: string };
}

/** The candidates in order, and why the first is first. */
interface Way<C extends Candidate> {
  rows: Row<C>[];
  reason: string;
}

export function plan<C extends Candidate>(
  facts: TurnFacts,
  route: Route,
  candidates: readonly C[],
  state: RoutingState,
  now_ms: number,
): Decision<C> {
  const raised_by = raisedBy(facts);
  const asked: Asked = { facts, route, local_only: state.local_only, hard: raised_by > 0 };
  const rows = candidates.map((candidate, order) => rowOf(candidate, order, asked, state));
  const home = homeOf(rows, facts, state);
  if (home) warmUp(home.row, asked, state, now_ms);
  const able = ableOf(rows);
  const way = able.length > 0 ? wayOf(able, rows, home, asked, raised_by) : lastWay(rows, asked);
  const places = new Map(way.rows.map((row, at) => [row, at + 1]));
  const [first] = way.rows;
  const verdicts = rows.map((row) => {
    const place = places.get(row) ?? null;
    return verdictOf(row, place, place === 1 ? way.reason : otherWords(row, place, first, route, now_ms));
  });
  const decision: Decision<C> = {
    route,
    facts,
    tries: way.rows.map(({ candidate }) => candidate),
    verdicts,
    reason: way.reason,
  };
  return first ? decision : { ...decision, refusal: refusalOf(rows, route) };
}

/** Signs of trouble that raise a thread by one step; even a strong model has a patch rejected now and then. */
const SIGNS_A_STEP = 3;

function raisedBy({ trouble, helper }: TurnFacts): number {
  return helper ? 0 : Math.floor(trouble.count / SIGNS_A_STEP);
}

function wayOf<C extends Candidate>(
  able: Row<C>[],
  rows: Row<C>[],
  home: Home<C> | undefined,
  asked: Asked,
  raised_by: number,
): Way<C> {
  const { route } = asked;
  const ranked = byPreference(able, route.prefer);
  const [best] = ranked as [Row<C>];
  const raised = raised_by > 0 && able.length > 1 ? raise(able, rows, best, home?.row, asked, raised_by) : undefined;
  const { rows: order, reason } = raised ?? settled(ranked, rows.length, home, asked);
  // Each once: the raised ones, the one where the thread is warm, and the others by preference.
  const all = raised
    ? [...new Set([...order, ...ranked.filter((row) => row === home?.row && !row.down), ...ranked])]
    : order;
  const [first] = all as [Row<C>];
  return { rows: all, reason: `${reason}${notesOf(first, asked)}` };
}

/** The thread stays where it is as long as it can; else the preferred candidate is first. */
function settled<C extends Candidate>(
  ranked: Row<C>[],
  all: number,
  home: Home<C> | undefined,
  { facts, route }: Asked,
): Way<C> {
  const { prefer } = route;
  const [best] = ranked as [Row<C>];
  const can = ranked.filter((row) => row.down === best.down && row.short === best.short).length;
  const preferred = preferenceWords(best, prefer, all, can);
  const stays = home && ranked.includes(home.row) && !home.row.down && home.row.short <= best.short;
  if (all === 1 || !home) return { rows: ranked, reason: preferred };
  if (!stays) {
    const left = home.row === best ? preferred : `${leftWords(home.row)}; ${preferred}`;
    return { rows: ranked, reason: left };
  }
  const first = (row: Row<C>, reason: string): Way<C> => ({
    rows: [row, ...ranked.filter((other) => other !== row)],
    reason,
  });
  if (home.by === "turn") return first(home.row, "continues the turn that it began");
  const move = betterPlace(home.row, ranked, facts, prefer);
  if (move) return first(move.to, moveWords(home.row, move, prefer));
  const { cached_tokens } = home.row.estimate;
  const cached = cached_tokens > 0 ? `: about ${cached_tokens} tokens are cached` : "";
  return first(home.row, `the thread stays where it is warm${cached}`);
}

function notesOf(first: Row, { facts }: Asked): string {
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
function lastWay<C extends Candidate>(rows: Row<C>[], { facts, route }: Asked): Way<C> {
  const allowed = rows.filter(mayAsk);
  const [only, another] = allowed;
  if (only && !another) {
    const [failed] = failedOf(only);
    return { rows: [only], reason: `the only one that is allowed, though it ${failed?.why ?? "may fail"}` };
  }
  const limit = ({ candidate }: Row): number => promptLimit(candidate) ?? 0;
  const holding = facts.shortens ? allowed : allowed.filter((row) => row.estimate.prompt_tokens < limit(row));
  const tight = byPreference(ableOf(holding, "window"), route.prefer).toSorted(
    (a, b) => Number(a.down) - Number(b.down) || limit(b) - limit(a),
  );
  const largest = facts.shortens
    ? "the largest context window, to which the history is shortened"
    : "the largest context window, which may be too small";
  return { rows: tight, reason: tight.length > 0 ? largest : "none is capable" };
}

function refusalOf(rows: readonly Row[], { name }: Route): { kind: ErrorKind; message: string } {
  const allowed = rows.filter(mayAsk);
  const each = (list: readonly Row[]): string =>
    list.map((row) => `${nameOf(row)} ${failedOf(row)[0]?.why ?? ""}`).join("; ");
  if (rows.length === 0)
    return { kind: "model_not_found", message: `route \`${name}\` has no available model` };
  if (allowed.length === 0)
    return { kind: "model_not_found", message: `no model of route \`${name}\` is allowed: ${each(rows)}` };
  const fitting = allowed.filter((row) => mustsHold(row, "window"));
  const kind = fitting.length > 0 ? "context_overflow" : "unsupported";
  return {
    kind,
    message: `no model of route \`${name}\` can handle this request: ${each(fitting.length > 0 ? fitting : allowed)}`,
  };
}

function verdictOf({ candidate, conditions, standing, estimate }: Row, place: number | null, reason: string): Verdict {
  const { provider, model, name, local } = candidate;
  const health = standing.health ?? { state: "closed" };
  return { provider, model, name, local, conditions, health, estimate, place, reason };
}

function otherWords(row: Row, place: number | null, first: Row | undefined, route: Route, now_ms: number): string {
  if (place === null) return failedOf(row)[0]?.why ?? "is less capable than others";
  return row.down ? `last resort: ${downWords(row, now_ms)}` : laterWords(row, first ?? row, route.prefer);
}

export interface Tried {
  provider: string;
  model: string;
  kind: ErrorKind;
}

/** The next candidate after these have failed; only as long as the client has no item. */
export function nextTry<C extends Candidate>({ tries }: Decision<C>, tried: readonly Tried[]): C | undefined {
  const last = tried.at(-1);
  if (last && !mayFallBack(last.kind)) return undefined;
  const limits = new Map(tries.map((each) => [keyOf(each), promptLimit(each)]));
  return tries.find((next) =>
    tried.every((failed) => {
      if (keyOf(failed) === keyOf(next)) return false;
      if (failed.kind === "context_overflow") {
        const [was, is] = [limits.get(keyOf(failed)), promptLimit(next)];
        return was === undefined || is === undefined || is > was;
      }
      return failed.provider !== next.provider || !concernsProvider(failed.kind);
    }),
  );
}
