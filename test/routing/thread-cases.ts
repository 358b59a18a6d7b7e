/** Cases of plans for threads: where they are warm, and when they are in trouble. */
import type { RoutingState } from "../../src/routing/candidate.ts";
import type { TurnFacts } from "../../src/routing/facts.ts";
import { CHEAP, QUICK, SLOW, SMALL, STRONG, trouble, UNREACHABLE, WORDY, type Case } from "./plan-cases.ts";
import { candidate, NOW, price, state } from "./setting.ts";

const LONG: Partial<TurnFacts> = { prompt_characters: 320_000, new_characters: 2000 };
const RIVAL = candidate("north/rival", { context_window: 400_000, price: price(1.9, 9.5, 0.19) });
const warmAt = (model: string, ago_ms: number, provider = "east"): RoutingState =>
  state({}, { warm: { provider, model, at_ms: NOW - ago_ms, input_tokens: 80_000 } });

export const THREAD: Case[] = [
  {
    given: "the thread's reasoning is of a dear model, and a little is saved",
    facts: { ...LONG, thought_by: ["strong"] },
    candidates: [RIVAL, STRONG],
    tries: "strong rival",
  },
  {
    given: "the thread's reasoning is of a dear model, and much is saved",
    facts: { ...LONG, thought_by: ["strong"] },
    tries: "cheap strong",
  },
  {
    given: "the same within a turn",
    facts: { ...LONG, thought_by: ["strong"], thinks_now: "strong" },
    tries: "strong cheap",
  },
  {
    given: "no reasoning, and the client tells who began the turn",
    facts: LONG,
    state: state({}, { began_by: { provider: "east" } }),
    tries: "strong cheap",
  },
  {
    given: "the turn was begun by one that is down",
    facts: LONG,
    state: state({ "east/strong": UNREACHABLE }, { began_by: { provider: "east" } }),
    tries: "cheap strong",
  },
  {
    given: "the turn has outgrown who began it",
    facts: { prompt_characters: 200_000, thinks_now: "small", thought_by: ["small"] },
    tries: "cheap strong",
  },
  {
    given: "only the table knows",
    facts: LONG,
    candidates: [RIVAL, STRONG],
    state: warmAt("strong", 9000),
    tries: "strong rival",
  },
  {
    given: "the table knows that the cache is cold",
    facts: LONG,
    candidates: [candidate("north/rival", { context_window: 400_000, price: price(1.2, 6, 0.12) }), STRONG],
    state: warmAt("strong", 3_600_000),
    tries: "rival strong",
  },
  {
    given: "reasoning and table differ: the request is believed",
    facts: { ...LONG, thought_by: ["strong"] },
    candidates: [RIVAL, STRONG],
    state: warmAt("rival", 9000, "north"),
    tries: "strong rival",
  },
  {
    given: "one model at two hosts: the table tells whose it was",
    facts: { ...LONG, thought_by: ["strong"] },
    candidates: [candidate("north/strong", STRONG.info), STRONG],
    state: warmAt("strong", 9000),
    tries: "strong@east strong@north",
  },
  {
    given: "ordered: a thread that had to leave the first stays away",
    facts: { thought_by: ["cheap"] },
    route: { prefer: "ordered" },
    tries: "cheap small strong",
  },
  {
    given: "fastest: warm, and the other must read all anew",
    facts: { ...LONG, thought_by: ["cheap"] },
    route: { prefer: "fastest" },
    candidates: [CHEAP, STRONG],
    state: state({ "west/cheap": QUICK, "east/strong": SLOW }),
    tries: "cheap strong",
  },
  {
    given: "fastest: the thread moves to who is much faster",
    facts: { ...LONG, thought_by: ["strong"] },
    route: { prefer: "fastest" },
    candidates: [CHEAP, STRONG],
    state: state({ "west/cheap": QUICK, "east/strong": WORDY }),
    tries: "cheap strong",
  },
];

export const TROUBLE: Case[] = [
  { given: "two signs are not enough", facts: { trouble: trouble(2) }, tries: "small cheap strong" },
  { given: "three signs", facts: { trouble: trouble(3) }, tries: "cheap strong small" },
  { given: "six signs", facts: { trouble: trouble(6) }, tries: "strong cheap small" },
  {
    given: "three signs of who has thought here, within the turn",
    facts: { trouble: trouble(3, "cheap"), thinks_now: "cheap", thought_by: ["cheap"] },
    tries: "strong cheap small",
  },
  {
    given: "the thread is up already",
    facts: { trouble: trouble(3, "small"), thought_by: ["strong", "small"] },
    tries: "strong cheap small",
  },
  {
    given: "the strongest is in trouble",
    facts: { trouble: trouble(4, "strong"), thought_by: ["strong"] },
    candidates: [CHEAP, STRONG],
    tries: "strong cheap",
  },
  {
    given: "the strongest is in trouble, and there it is the only one",
    facts: { trouble: trouble(4, "strong"), thought_by: ["strong"], images: 1 },
    tries: "strong",
  },
  {
    given: "a stronger one that is down",
    facts: { trouble: trouble(3) },
    state: state({ "west/cheap": UNREACHABLE }),
    tries: "strong small cheap",
  },
  {
    given: "ordered: the next one of the user's list",
    facts: { trouble: trouble(3) },
    route: { prefer: "ordered" },
    candidates: [STRONG, SMALL, CHEAP],
    tries: "small cheap strong",
  },
];
