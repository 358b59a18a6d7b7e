/** What is fuzzed: where inputs come from, how they are changed, and what must hold of each. */
import type { Dice } from "../simulate/dice.ts";
import type { MutateBytes } from "./mutate-bytes.ts";

export interface Target {
  name: string;
  /** What is known to be read, for changes to begin with. */
  seeds(): readonly Uint8Array[];
  mutate: MutateBytes;
  /** A larger input of the same kind; `times` is how often something in it is repeated. */
  grow(input: Uint8Array, dice: Dice, times: number): Uint8Array;
  /** About so much is made of it, where it is less than usual. */
  large_bytes?: number;
  /** Only the program's own work: what it takes must grow with the input's length. */
  work(input: Uint8Array): void;
  /**
   * What does not hold, as `rule: what`. The dice choose what is tried with this input (where it is cut, who asks); the
   * same dice, the same answer. Whatever is thrown is wrong, too.
   */
  check(input: Uint8Array, dice: Dice): string | undefined;
}

/** Something is wrong: rule and words. */
export class Wrong extends Error {}

export function must(holds: boolean, rule: string, what: () => unknown): asserts holds {
  if (holds) return;
  const words = what();
  throw new Wrong(`${rule}: ${typeof words === "string" ? words : JSON.stringify(words)}`);
}

/** The first rule that is broken. */
export function judged(judge: () => void): string | undefined {
  try {
    judge();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof Wrong) return thrown.message;
    const error = thrown instanceof Error ? thrown : new Error(String(thrown));
    const place = /(?:src|test|scripts)\/[\w./-]+:\d+/.exec(error.stack ?? "")?.[0] ?? "";
    return `throws ${error.name} ${place}: ${error.message.slice(0, 300)}`;
  }
}

export const ruleOf = (problem: string): string => problem.split(": ", 1)[0] ?? problem;
