/** Candidates and facts in few words, for the tests of routing. */
import type { EffortTable } from "../../src/core/dialect.ts";
import type { Price } from "../../src/core/provider.ts";
import type { Candidate, RoutedModel, Route, RoutingState, Standing } from "../../src/routing/candidate.ts";
import type { TurnFacts } from "../../src/routing/facts.ts";

export const NOW = 1_000_000_000;

export const table = (words: string): EffortTable =>
  Object.fromEntries(
    words
      .split(" ")
      .filter((word) => word !== "")
      .map((word) => [word, word]),
  );

export const price = (input: number, output: number, cached_input = input): Price => ({ input, output, cached_input });

export function candidate(name: string, info: RoutedModel = {}, more: Partial<Candidate> = {}): Candidate {
  const [provider = "", ...model] = name.split("/");
  return { provider, model: model.join("/"), name, local: provider === "house", info, ...more };
}

export const facts = (given: Partial<TurnFacts> = {}): TurnFacts => ({
  tools: false,
  forced_tool: false,
  images: 0,
  files: 0,
  json_schema: false,
  prompt_characters: 40_000,
  helper: false,
  thought_by: [],
  trouble: { count: 0, signs: {} },
  left_out: [],
  ...given,
});

export const route = (given: Partial<Route> = {}): Route => ({
  name: "jusCode-auto",
  prefer: "cheapest",
  local_only: false,
  ...given,
});

export const state = (
  standings: Record<string, Standing> = {},
  given: Partial<Omit<RoutingState, "standings">> = {},
): RoutingState => ({ local_only: false, standings, ...given });
