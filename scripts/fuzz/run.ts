/** Runs targets case by case; the same seed and number, the same case. What is found is made small. */
import { Dice } from "../simulate/dice.ts";
import { growthOf } from "./growth/measure.ts";
import { shrunk } from "./shrink.ts";
import { ruleOf, type Target } from "./target.ts";

export interface Finding {
  target: string;
  seed: number;
  number: number;
  /** Of the dice with which it is checked. */
  tried: number;
  rule: string;
  problem: string;
  input: Uint8Array;
}

export interface Fuzzed {
  cases: number;
  /** Of them such as were made large, to see what they take. */
  grown: number;
  seconds: number;
  findings: Finding[];
}

export interface FuzzOptions {
  seed: number;
  /** First number. */
  from: number;
  /** How many, or until when. */
  cases: number;
  seconds: number;
  /** One in so many is about time. */
  grow_every: number;
  /** Of each rule one finding is enough. */
  shrink: boolean;
  onFinding?(finding: Finding): void;
}

/** Most of an input; larger ones come of growing. */
const MOST_BYTES = 30_000;

/** The input of one case. */
export function inputOf(target: Target, seed: number, number: number): Uint8Array {
  const dice = new Dice(seed, number, target.name.length);
  const seeds = target.seeds();
  let input = dice.of(seeds);
  for (let n = dice.below(dice.of([2, 4, 12])); n > 0; n--) input = target.mutate(input, dice, dice.of(seeds));
  return input.length > MOST_BYTES && dice.chance(0.9) ? input.subarray(0, MOST_BYTES) : input;
}

export function fuzz(target: Target, options: FuzzOptions): Fuzzed {
  const { seed, from, cases, seconds, grow_every } = options;
  const started = performance.now();
  const findings = new Map<string, Finding>();
  let grown = 0;
  let number = from;
  for (; number < from + cases; number++) {
    if ((number & 63) === 0 && performance.now() - started > seconds * 1000) break;
    const input = inputOf(target, seed, number);
    const grows = grow_every > 0 && number % grow_every === 0;
    if (grows) grown++;
    const problem = grows ? growthOf(target, input, number) : target.check(input, new Dice(number % TRIES));
    if (problem === undefined || findings.has(ruleOf(problem))) continue;
    const finding: Finding = {
      target: target.name,
      seed,
      number,
      tried: number % TRIES,
      rule: ruleOf(problem),
      problem,
      input,
    };
    if (options.shrink && !grows) Object.assign(finding, smaller(target, finding));
    findings.set(finding.rule, finding);
    options.onFinding?.(finding);
  }
  return {
    cases: number - from,
    grown,
    seconds: (performance.now() - started) / 1000,
    findings: [...findings.values()],
  };
}

/** So many ways to try one input. */
export const TRIES = 64;

function smaller(target: Target, { input, tried, rule }: Finding): Pick<Finding, "input" | "problem"> {
  const problemOf = (bytes: Uint8Array): string | undefined => target.check(bytes, new Dice(tried));
  const small = shrunk(input, (bytes) => {
    const problem = problemOf(bytes);
    return problem !== undefined && ruleOf(problem) === rule;
  });
  return { input: small, problem: problemOf(small) ?? "" };
}
