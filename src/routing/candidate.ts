/** What a route chooses from, and its state at this moment: plain data, given by the server. */
import type { ModelFacts } from "../core/provider.ts";
import type { HealthView } from "./health.ts";
import type { SpeedFigures } from "./speed.ts";
import type { Warm } from "./warm.ts";

export type Preference = "cheapest" | "fastest" | "local_first" | "ordered";

/** What a plan needs of a route's config. */
export interface Route {
  name: string;
  prefer: Preference;
  local_only: boolean;
  /** The only ones that may be used; absent for all. */
  providers?: readonly string[];
}

export interface RoutedModel extends ModelFacts {
  /** In tokens, where prompts are limited to less than the context window. */
  max_input_tokens?: number;
  /** Whether it is in its server's memory now. */
  loaded?: boolean;
  /** Requests that its server handles at once, where it reports that. */
  slots?: number;
}

export interface Candidate {
  provider: string;
  /** The upstream's own name. */
  model: string;
  name: string;
  local: boolean;
  /** Why `local_only` excludes it all the same: one clause. */
  elsewhere?: string;
  info: RoutedModel;
  /** Only turns of these efforts; absent for all. */
  efforts?: readonly string[];
  /** Absent: every provider that the route allows. */
  providers?: readonly string[];
  /** Whether the turn is translated for it; otherwise it is a pass-through. */
  translates?: boolean;
  /** Whether its upstream enforces a JSON schema (see `Dialect.json_schema`), or is only instructed by it. */
  json_schema?: "held" | "told";
  /** False where a tool call cannot be forced (see `Dialect.tool_choice`). */
  forces_tools?: boolean;
}

/** The state of one candidate; what is absent has not been measured. */
export interface Standing {
  health?: HealthView;
  speed?: SpeedFigures;
  /** Running requests of this server. */
  running?: number;
  ratio?: number;
}

export interface RoutingState {
  local_only: boolean;
  standings: Readonly<Record<string, Standing>>;
  /** The candidate that began this turn, as the client sent it back. */
  began_by?: { provider: string; model?: string };
  /** The entry of this thread in the table of warm threads. */
  warm?: Warm;
}

export const keyOf = ({ provider, model }: { provider: string; model: string }): string => `${provider}/${model}`;

/** An entry of a route's list in the config. */
interface CandidateRule {
  name: string;
  /** Absent: every provider that has it. */
  provider?: string;
  model: string;
  efforts?: readonly string[];
  providers?: readonly string[];
}

/**
 * The candidates of a list, in its order, each once, by the first rule that names it. `unlisted` makes one for a model that
 * its provider serves without listing it.
 */
export function candidatesOf<C extends Candidate>(
  rules: readonly CandidateRule[] | "all",
  known: readonly C[],
  unlisted: (rule: CandidateRule) => C | undefined = () => undefined,
): C[] {
  if (rules === "all") return [...known];
  const found = new Map<string, C>();
  for (const rule of rules) {
    const { name, provider, model, efforts, providers } = rule;
    const isNamed = (each: C): boolean =>
      each.model === model &&
      (provider === undefined || each.provider === provider) &&
      (providers === undefined || providers.includes(each.provider));
    const listed = known.filter(isNamed);
    const made = listed.length > 0 ? undefined : unlisted(rule);
    for (const each of made ? [made] : listed) {
      if (found.has(keyOf(each))) continue;
      found.set(keyOf(each), { ...each, name, ...(efforts && { efforts }), ...(providers && { providers }) });
    }
  }
  return [...found.values()];
}
