/** Made-up calls: the same seed, the same call. */
import { EFFORTS } from "../../src/core/dialect.ts";
import { keyOf, type Candidate, type Route, type RoutingState, type Standing } from "../../src/routing/candidate.ts";
import type { TurnFacts } from "../../src/routing/facts.ts";
import { facts, NOW, route, state, table } from "./setting.ts";

/** Mulberry32: the same seed, the same numbers. */
function numbers(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export interface World {
  facts: TurnFacts;
  route: Route;
  candidates: Candidate[];
  state: RoutingState;
}

export class Maker {
  private readonly next: () => number;

  constructor(seed: number) {
    this.next = numbers(seed);
  }

  chance = (share: number): boolean => this.next() < share;
  upTo = (most: number): number => Math.floor(this.next() * most);
  one = <T>(list: readonly T[]): T => list[this.upTo(list.length)] as T;
  some = <T>(list: readonly T[]): T[] => list.filter(() => this.chance(0.5));
  maybe = <T>(share: number, value: () => T): T | undefined => (this.chance(share) ? value() : undefined);

  candidate(at: number): Candidate {
    const provider = this.one(["house", "cellar", "west", "east"]);
    const made = {
      provider,
      model: `m${at}`,
      name: `m${at}`,
      local: provider === "house" || provider === "cellar",
      info: {
        context_window: this.maybe(0.8, () => this.one([8192, 32_768, 131_072, 400_000])),
        max_output_tokens: this.maybe(0.5, () => this.one([4096, 32_768])),
        images: this.maybe(0.7, () => this.chance(0.5)),
        tools: this.maybe(0.8, () => this.chance(0.8)),
        efforts: this.maybe(0.7, () => table(this.some(EFFORTS).join(" "))),
        price: this.maybe(0.7, () => ({ input: this.next() * 5, output: this.next() * 20, cached_input: this.next() })),
        loaded: this.maybe(0.3, () => this.chance(0.5)),
      },
      efforts: this.maybe(0.2, () => [this.one(EFFORTS), this.one(EFFORTS)]),
      providers: this.maybe(0.1, () => this.some(["house", "west", "east"])),
      json_schema: this.maybe(0.7, () => this.one(["held", "told"] as const)),
      forces_tools: this.maybe(0.5, () => this.chance(0.7)),
    };
    return JSON.parse(JSON.stringify(made)) as Candidate;
  }

  standing(): Standing {
    const state = this.one(["closed", "closed", "closed", "open", "half_open", "probing"] as const);
    return JSON.parse(
      JSON.stringify({
        health: this.maybe(0.5, () => ({ state, kind: "overloaded", until_ms: NOW + 1000 })),
        speed: this.maybe(0.5, () => ({
          asked: this.upTo(3),
          at_ms: NOW,
          first_ms: this.maybe(0.6, () => this.next() * 5000),
          prompt_tokens_per_second: this.maybe(0.5, () => 100 + this.next() * 5000),
          output_tokens_per_second: this.maybe(0.5, () => 5 + this.next() * 200),
          output_tokens: this.maybe(0.5, () => this.next() * 4000),
        })),
        ratio: this.maybe(0.5, () => 2 + this.next() * 3),
      }),
    ) as Standing;
  }

  world(): World {
    const candidates = Array.from({ length: this.upTo(7) }, (_, at) => this.candidate(at));
    const model = (): string => `m${this.upTo(7)}`;
    const characters = this.one([2000, 40_000, 150_000, 500_000, 1_600_000, 3_000_000]);
    const needs = {
      tools: this.chance(0.6),
      forced_tool: this.chance(0.1),
      images: this.chance(0.2) ? 1 + this.upTo(3) : 0,
      json_schema: this.chance(0.2),
      effort: this.maybe(0.6, () => this.one([...EFFORTS, "ultra", "bogus"])),
      max_output_tokens: this.maybe(0.2, () => this.one([100, 32_000, 200_000])),
      prompt_characters: characters,
      new_characters: this.maybe(0.6, () => this.upTo(characters)),
      helper: this.chance(0.1),
      thought_by: this.chance(0.5) ? [model(), model()] : [],
      thinks_now: this.maybe(0.2, model),
      trouble: this.chance(0.3)
        ? { count: 4, signs: { call_repeated: 4 }, began_with: this.maybe(0.5, model) }
        : { count: 0, signs: {} },
    };
    const bounds = {
      prefer: this.one(["cheapest", "fastest", "local_first", "ordered"] as const),
      local_only: this.chance(0.2),
      providers: this.maybe(0.2, () => this.some(["house", "cellar", "west", "east"])),
    };
    const around = {
      local_only: this.chance(0.1),
      began_by: this.maybe(0.2, () => ({ provider: this.one(["house", "west", "east"]) })),
      warm: this.maybe(0.3, () => ({
        provider: this.one(["house", "west", "east"]),
        model: model(),
        at_ms: NOW - this.upTo(4_000_000),
        input_tokens: this.upTo(100_000),
      })),
    };
    const plain = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
    return {
      facts: facts(plain(needs) as Partial<TurnFacts>),
      route: route(plain(bounds) as Partial<Route>),
      candidates,
      state: state(
        Object.fromEntries(candidates.map((each) => [keyOf(each), this.standing()])),
        plain(around) as Partial<RoutingState>,
      ),
    };
  }
}
