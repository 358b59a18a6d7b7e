/** Whom the policies choose from, with the prices of our catalogue, and the policies. */
import { catalogueFacts } from "../../src/config/catalogue.ts";
import type { Candidate, Preference } from "../../src/routing/candidate.ts";
import { LOCAL } from "./assumptions.ts";

export const LOCAL_NAME = "house/qwen3-coder-30b";
/** The strongest here is the dearest: nobody knows how strong a model is. */
const ELSEWHERE = ["deepseek/deepseek-v4-pro", "openai/gpt-6.1-terra", "anthropic/claude-opus-5-5"] as const;
const [CHEAP, MIDDLE, DEAREST] = ELSEWHERE;

function elsewhere(name: string): Candidate {
  const [provider = "", model = ""] = name.split("/");
  const info = catalogueFacts(provider, model);
  if (!info?.price || info.context_window === undefined) throw new Error(`the catalogue has no prices for ${name}`);
  return { provider, model, name, local: false, info, json_schema: "held", forces_tools: true };
}

/** As the shim knows a llama-server: its window from the server, no price, nothing of its efforts. */
const LOCAL_CANDIDATE: Candidate = {
  provider: "house",
  model: "qwen3-coder-30b",
  name: LOCAL_NAME,
  local: true,
  info: { context_window: LOCAL.context_window, tools: true, images: false, loaded: true },
  json_schema: "held",
  forces_tools: true,
};

export const CANDIDATES: readonly Candidate[] = [LOCAL_CANDIDATE, ...ELSEWHERE.map(elsewhere)];

export interface Policy {
  name: string;
  prefer: Preference;
  candidates: readonly Candidate[];
  /** False: each call is planned as if it were the first. */
  sticky: boolean;
  /** `request_max_retries` of all providers: so often the same one is asked again before another is. Default 0. */
  retries?: number;
  /** The client's window; default: what the shim lists for a route, the largest of its candidates. */
  window?: number;
}

const LADDER: Readonly<Record<string, readonly string[]>> = {
  [LOCAL_NAME]: ["none", "minimal", "low", "medium"],
  [CHEAP]: ["none", "minimal", "low", "medium"],
  [MIDDLE]: ["high"],
  [DEAREST]: ["xhigh", "max"],
};

const always = (name: string, words: string): Policy => ({
  name: `always ${words}`,
  prefer: "ordered",
  candidates: CANDIDATES.filter((each) => each.name === name),
  sticky: true,
});

/** What Codex 0.169 takes for the window of a model it does not know. */
const CODEX_WINDOW = 272_000;

export const STRONGEST = "always the dearest";

export const POLICIES: readonly Policy[] = [
  { name: "cheapest", prefer: "cheapest", candidates: CANDIDATES, sticky: true },
  { name: "local_first", prefer: "local_first", candidates: CANDIDATES, sticky: true },
  { name: "fastest", prefer: "fastest", candidates: CANDIDATES, sticky: true },
  {
    name: "cheapest, by effort",
    prefer: "cheapest",
    candidates: CANDIDATES.map((each) => ({ ...each, efforts: LADDER[each.name] ?? [] })),
    sticky: true,
  },
  { name: "cheapest, 3 retries", prefer: "cheapest", candidates: CANDIDATES, sticky: true, retries: 3 },
  { name: "cheapest, 272k window", prefer: "cheapest", candidates: CANDIDATES, sticky: true, window: CODEX_WINDOW },
  {
    name: "cheapest, both",
    prefer: "cheapest",
    candidates: CANDIDATES,
    sticky: true,
    retries: 3,
    window: CODEX_WINDOW,
  },
  {
    name: "cheapest, none local",
    prefer: "cheapest",
    candidates: CANDIDATES.filter(({ local }) => !local),
    sticky: true,
  },
  { name: "cheapest, not sticky", prefer: "cheapest", candidates: CANDIDATES, sticky: false },
  { name: "fastest, not sticky", prefer: "fastest", candidates: CANDIDATES, sticky: false },
  always(DEAREST, "the dearest"),
  { ...always(DEAREST, "the dearest"), name: `${STRONGEST}, 272k window`, window: CODEX_WINDOW },
  always(MIDDLE, "the middle one"),
  always(CHEAP, "the cheap one"),
  always(LOCAL_NAME, "local"),
];
