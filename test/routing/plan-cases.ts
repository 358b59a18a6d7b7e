/** Cases of plans: what is given, and the order of the tries. */
import type { Candidate, Route, RoutingState } from "../../src/routing/candidate.ts";
import type { TurnFacts } from "../../src/routing/facts.ts";
import { candidate, NOW, price, state, table } from "./setting.ts";

export const SMALL = candidate("house/small", { context_window: 32_768, tools: true, images: false, efforts: {} });
export const CHEAP = candidate("west/cheap", {
  context_window: 131_072,
  max_output_tokens: 16_384,
  tools: true,
  images: false,
  efforts: table("low medium high"),
  price: price(0.2, 0.8, 0.05),
});
export const STRONG = candidate("east/strong", {
  context_window: 400_000,
  tools: true,
  images: true,
  efforts: table("none low medium high xhigh"),
  price: price(2, 10, 0.2),
});
export const ALL = [SMALL, CHEAP, STRONG];

export const trouble = (count: number, began_with?: string): TurnFacts["trouble"] => ({
  count,
  signs: { patch_rejected: count },
  ...(began_with !== undefined && { began_with }),
});

export interface Case {
  given: string;
  facts?: Partial<TurnFacts>;
  route?: Partial<Route>;
  candidates?: Candidate[];
  state?: RoutingState;
  /** The order of the tries. */
  tries: string;
}

export const UNREACHABLE = { health: { state: "open", kind: "upstream_unreachable", until_ms: NOW + 12_000 } } as const;

export const CONDITIONS: Case[] = [
  { given: "one model", candidates: [STRONG], tries: "strong" },
  { given: "one model that sees no images", candidates: [SMALL], facts: { images: 1 }, tries: "small" },
  { given: "a small turn", facts: { tools: true }, tries: "small cheap strong" },
  { given: "a prompt over the small window", facts: { prompt_characters: 100_000 }, tries: "cheap strong" },
  { given: "a prompt over all but one window", facts: { prompt_characters: 500_000 }, tries: "strong" },
  { given: "a prompt that leaves less room than wished", facts: { prompt_characters: 1_500_000 }, tries: "strong" },
  { given: "a prompt over all windows", facts: { prompt_characters: 2_000_000 }, tries: "" },
  {
    given: "a prompt over all windows, and a history that may be shortened",
    facts: { prompt_characters: 2_000_000, shortens: true },
    tries: "strong cheap small",
  },
  {
    given: "the same, where the largest sees no images",
    facts: { prompt_characters: 2_000_000, shortens: true, images: 1 },
    candidates: [SMALL, { ...STRONG, info: { ...STRONG.info, context_window: 40_000 } }, CHEAP],
    tries: "strong",
  },
  {
    given: "the same, where the largest may not be asked",
    facts: { prompt_characters: 2_000_000, shortens: true },
    route: { local_only: true },
    candidates: [SMALL, candidate("house/tiny", { context_window: 8192 }), STRONG],
    tries: "small tiny",
  },
  {
    given: "the same, where windows are alike: what is preferred",
    facts: { prompt_characters: 2_000_000, shortens: true },
    candidates: [{ ...STRONG, info: { ...STRONG.info, context_window: 131_072 } }, CHEAP, SMALL],
    tries: "cheap strong small",
  },
  {
    given: "the same, with an effort that nobody has",
    facts: { prompt_characters: 2_000_000, shortens: true, effort: "max" },
    tries: "strong cheap small",
  },
  {
    given: "a history that may be shortened, and need not be for one",
    facts: { prompt_characters: 500_000, shortens: true },
    tries: "strong",
  },
  { given: "much room asked for", facts: { max_output_tokens: 100_000 }, tries: "cheap strong" },
  {
    given: "dense text, as the host has told",
    facts: { prompt_characters: 80_000 },
    state: state({ "house/small": { ratio: 2 } }),
    tries: "cheap strong",
  },
  { given: "an image", facts: { images: 2 }, tries: "strong" },
  {
    given: "an image, and one of whom nobody knows whether it sees",
    facts: { images: 1 },
    candidates: [candidate("house/dim", { context_window: 32_768 }), STRONG],
    tries: "strong dim",
  },
  {
    given: "tools, and one that takes none",
    facts: { tools: true },
    candidates: [candidate("house/mute", { context_window: 32_768, tools: false }), CHEAP],
    tries: "cheap",
  },
  {
    given: "tools, and nobody takes them",
    facts: { tools: true },
    candidates: [candidate("house/mute", { tools: false }), candidate("west/mute", { tools: false })],
    tries: "",
  },
  {
    given: "a window that nobody knows",
    candidates: [candidate("house/dark"), CHEAP],
    tries: "cheap dark",
  },
  {
    given: "a schema that one host holds and one is told",
    facts: { json_schema: true },
    candidates: [
      { ...SMALL, json_schema: "told" },
      { ...STRONG, json_schema: "held" },
    ],
    tries: "strong",
  },
  {
    given: "a schema that no host holds",
    facts: { json_schema: true },
    candidates: [
      { ...SMALL, json_schema: "told" },
      { ...STRONG, json_schema: "told" },
    ],
    tries: "small strong",
  },
  {
    given: "a forced call",
    facts: { tools: true, forced_tool: true },
    candidates: [{ ...SMALL, forces_tools: false }, CHEAP],
    tries: "cheap",
  },
];

export const EFFORT: Case[] = [
  { given: "effort none", facts: { effort: "none" }, tries: "small cheap strong" },
  { given: "effort minimal, and low is the least there is", facts: { effort: "minimal" }, tries: "cheap strong" },
  { given: "effort high", facts: { effort: "high" }, tries: "cheap strong" },
  { given: "effort xhigh", facts: { effort: "xhigh" }, tries: "strong" },
  { given: "effort max, which nobody has: the nearest", facts: { effort: "max" }, tries: "strong cheap small" },
  {
    given: "easy turns here, hard ones there: an easy one",
    facts: { effort: "low" },
    candidates: [
      { ...CHEAP, efforts: ["none", "low", "medium"] },
      { ...STRONG, efforts: ["high", "xhigh"] },
    ],
    tries: "cheap",
  },
  {
    given: "easy turns here, hard ones there: a hard one",
    facts: { effort: "high" },
    candidates: [
      { ...CHEAP, efforts: ["none", "low", "medium"] },
      { ...STRONG, efforts: ["high", "xhigh"] },
    ],
    tries: "strong",
  },
  {
    given: "easy turns here, hard ones there: no effort asked for",
    candidates: [
      { ...CHEAP, efforts: ["none", "low", "medium"] },
      { ...STRONG, efforts: ["high", "xhigh"] },
    ],
    tries: "cheap",
  },
  {
    given: "easy turns here, hard ones there: an easy one in trouble",
    facts: { effort: "low", trouble: trouble(3) },
    candidates: [
      { ...CHEAP, efforts: ["none", "low", "medium"] },
      { ...STRONG, efforts: ["high", "xhigh"] },
    ],
    tries: "strong cheap",
  },
  {
    given: "an effort that no entry is kept for: the nearest",
    facts: { effort: "xhigh" },
    candidates: [
      { ...CHEAP, efforts: ["low"] },
      { ...STRONG, efforts: ["high"] },
    ],
    tries: "strong cheap",
  },
];

export const EGRESS: Case[] = [
  { given: "a route that stays in house", route: { local_only: true }, tries: "small" },
  { given: "a server that stays in house", state: state({}, { local_only: true }), tries: "small" },
  {
    given: "a route that stays in house, and a prompt too long for it",
    route: { local_only: true },
    facts: { prompt_characters: 100_000 },
    tries: "small",
  },
  { given: "a list of providers", route: { providers: ["east"] }, tries: "strong" },
  { given: "no provider left", route: { providers: ["north"] }, tries: "" },
  {
    given: "an entry with providers of its own",
    candidates: [{ ...CHEAP, providers: ["south"] }, STRONG],
    tries: "strong",
  },
  { given: "no models", candidates: [], tries: "" },
];

export const HEALTH: Case[] = [
  { given: "the first is down", state: state({ "house/small": UNREACHABLE }), tries: "cheap strong small" },
  {
    given: "all are down",
    state: state({ "house/small": UNREACHABLE, "west/cheap": UNREACHABLE, "east/strong": UNREACHABLE }),
    tries: "small cheap strong",
  },
  {
    given: "the only one that can is down",
    facts: { images: 1 },
    state: state({ "east/strong": UNREACHABLE }),
    tries: "strong",
  },
  {
    given: "another request is trying the first",
    state: state({ "house/small": { health: { state: "probing", kind: "overloaded" } } }),
    tries: "cheap strong small",
  },
  {
    given: "the first may be tried again",
    state: state({ "house/small": { health: { state: "half_open", kind: "overloaded" } } }),
    tries: "small cheap strong",
  },
];

export const QUICK = { speed: { asked: 9, at_ms: NOW, first_ms: 300, output_tokens_per_second: 200 } };
export const SLOW = { speed: { asked: 9, at_ms: NOW, first_ms: 500, prompt_tokens_per_second: 400 } };

export const WORDY = {
  speed: { asked: 9, at_ms: NOW, first_ms: 300, output_tokens_per_second: 20, output_tokens: 2000 },
};

export const PREFERENCE: Case[] = [
  {
    given: "cheapest, one without a price",
    candidates: [candidate("west/dark", { context_window: 131_072 }), STRONG, CHEAP],
    tries: "cheap strong dark",
  },
  {
    given: "cheapest, no price known",
    candidates: [
      candidate("west/dark", { context_window: 131_072 }),
      candidate("west/dusk", { context_window: 131_072 }),
    ],
    tries: "dark dusk",
  },
  {
    given: "cheapest, two in house and one of them in memory",
    candidates: [
      candidate("house/cold", { context_window: 32_768 }),
      candidate("house/hot", { context_window: 32_768, loaded: true }),
    ],
    tries: "hot cold",
  },
  {
    given: "cheapest, one writes long answers",
    candidates: [CHEAP, candidate("west/terse", { context_window: 131_072, price: price(0.2, 1, 0.05) })],
    state: state({ "west/cheap": { speed: { asked: 3, at_ms: NOW, output_tokens: 4000 } } }),
    tries: "terse cheap",
  },
  {
    given: "fastest",
    route: { prefer: "fastest" },
    state: state({ "house/small": SLOW, "west/cheap": { speed: { asked: 1, at_ms: NOW } }, "east/strong": QUICK }),
    tries: "strong small cheap",
  },
  {
    given: "fastest, one was never asked",
    route: { prefer: "fastest" },
    state: state({ "house/small": SLOW, "east/strong": QUICK }),
    tries: "cheap strong small",
  },
  {
    given: "local first, with a price in house",
    route: { prefer: "local_first" },
    candidates: [CHEAP, candidate("house/dear", { context_window: 131_072, price: price(9, 9) })],
    tries: "dear cheap",
  },
  {
    given: "local first, and none in house can",
    route: { prefer: "local_first" },
    facts: { prompt_characters: 100_000 },
    tries: "cheap strong",
  },
  { given: "ordered", route: { prefer: "ordered" }, candidates: [STRONG, SMALL, CHEAP], tries: "strong small cheap" },
  {
    given: "ordered, the first cannot",
    route: { prefer: "ordered" },
    facts: { prompt_characters: 100_000 },
    candidates: [SMALL, STRONG, CHEAP],
    tries: "strong cheap",
  },
  { given: "a helper request", facts: { helper: true, trouble: trouble(9) }, tries: "small cheap strong" },
];
