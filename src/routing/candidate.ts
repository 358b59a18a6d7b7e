/** What a route chooses from, and what is known of it at this moment: plain data, given by the server. */
import type { ModelFacts } from "../core/provider.ts";
import type { HealthView } from "./health.ts";
import type { SpeedFigures } from "./speed.ts";
import type { Warm } from "./warm.ts";

export type Preference = "cheapest" | "fastest" | "local_first" | "ordered";

/** What the config says of a route, as far as a plan needs it. */
export interface Route {
  name: string;
  prefer: Preference;
  local_only: boolean;
  /** No other is ever asked; absent for no such bound. */
  providers?: readonly string[];
}

export interface RoutedModel extends ModelFacts {
  /** Tokens that a prompt may have, where that is less than the window. */
  max_input_tokens?: number;
  /** Whether it is in its host's memory now. */
  loaded?: boolean;
  /** Requests that its host answers at once, where it tells. */
  slots?: number;
}

export interface Candidate {
  /** Id of the provider. */
  provider: string;
  /** The host's own name. */
  model: string;
  /** As the route names it. */
  name: string;
  /** What is sent there stays in house. */
  local: boolean;
  /** Why nobody may count on that: one clause, of the candidate. */
  elsewhere?: string;
  info: RoutedModel;
  /** Only turns of these efforts; absent for all. */
  efforts?: readonly string[];
  /** Only by these providers; absent for all that the route allows. */
  providers?: readonly string[];
  /** The turn is translated for it; otherwise the client's own text is handed on. */
  translates?: boolean;
  /** Its host holds the answer to a JSON schema (see `Dialect.json_schema`), or is only told of it in words. */
  json_schema?: "held" | "told";
  /** False where the host cannot be made to call a tool (see `Dialect.tool_choice`). */
  forces_tools?: boolean;
}

/** What is known of one candidate's state; whatever is absent has not been measured. */
export interface Standing {
  health?: HealthView;
  speed?: SpeedFigures;
  /** Requests of this server that are on their way to it. */
  running?: number;
  /** Characters a token. */
  ratio?: number;
}

export interface RoutingState {
  /** The server's own bound, on top of every route's. */
  local_only: boolean;
  /** By `keyOf`. */
  standings: Readonly<Record<string, Standing>>;
  /** Who began this very turn, as the client was told to send back. */
  began_by?: { provider: string; model?: string };
  /** What the table of threads says of this one. */
  warm?: Warm;
}

export function keyOf({ provider, model }: { provider: string; model: string }): string {
  return `${provider}/${model}`;
}

/** An entry of a route's list, as the config has it. */
export interface CandidateRule {
  name: string;
  /** Absent: of every provider that has it. */
  provider?: string;
  model: string;
  efforts?: readonly string[];
  providers?: readonly string[];
}

/**
 * The candidates of a list, in its order. `unlisted` makes one of a model that its provider does not list: hosts
 * serve such models. Each stands once, by the first rule that names it.
 */
export function candidatesOf<C extends Candidate>(
  rules: readonly CandidateRule[] | "all",
  known: readonly C[],
  unlisted: (rule: CandidateRule) => C | undefined = () => undefined,
): C[] {
  if (rules === "all") return [...known];
  const found = new Map<string, C>();
  for (const rule of rules) {
    const { name, efforts, providers } = rule;
    for (const each of namedBy(rule, known, unlisted)) {
      if (found.has(keyOf(each))) continue;
      found.set(keyOf(each), { ...each, name, ...(efforts && { efforts }), ...(providers && { providers }) });
    }
  }
  return [...found.values()];
}

function namedBy<C extends Candidate>(
  rule: CandidateRule,
  known: readonly C[],
  unlisted: (rule: CandidateRule) => C | undefined,
): C[] {
  const { provider, model, providers } = rule;
  const listed = known.filter(
    (each) =>
      each.model === model &&
      (provider === undefined || each.provider === provider) &&
      (providers === undefined || providers.includes(each.provider)),
  );
  if (listed.length > 0) return listed;
  const made = unlisted(rule);
  return made ? [made] : [];
}
