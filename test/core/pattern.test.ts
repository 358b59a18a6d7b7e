import { describe, expect, test } from "bun:test";
import { Dice } from "../../scripts/simulate/dice.ts";
import { readPattern } from "../../src/core/pattern/match.ts";
import { WorkBudget } from "../../src/core/work-budget.ts";

const isIn = (pattern: string, text: string, steps = 1_000_000): boolean | undefined => {
  const budget = new WorkBudget(steps);
  return readPattern(pattern, budget).isIn(text, budget);
};

const CHARACTERS = ["a", "b", "1", " ", "é", "😀", "\\n", "\\u0061", "\\x62", "\\ud83d\\ude00", "\\u{1f600}", "\\."];
const SETS = [
  "[ab]",
  "[^a]",
  "[\\d\\s]",
  "[\\w-]",
  "[^\\w]",
  "[a-c\\u{1f600}]",
  "[\\]x]",
  "[^]",
  "[]",
  ".",
  "\\d",
  "\\W",
  "\\p{L}",
];
const REPEATS = ["", "", "", "*", "+", "?", "{2}", "{0,2}", "{1,}", "*?", "+?", "{1,3}?"];
const EDGES = ["^", "$", "\\b", "\\B"];

function randomPattern(dice: Dice, depth: number): string {
  const sequence = (): string => Array.from({ length: dice.below(4) }, () => term(dice, depth)).join("");
  return Array.from({ length: 1 + dice.below(2) }, sequence).join("|");
}

function term(dice: Dice, depth: number): string {
  const inner = (open: string): string => `${open}${randomPattern(dice, depth - 1)})`;
  if (dice.chance(0.15)) return dice.of(EDGES);
  if (depth > 0 && dice.chance(0.15)) return inner(dice.of(["(?=", "(?!", "(?<=", "(?<!"]));
  const atom = depth > 0 && dice.chance(0.3) ? inner(dice.of(["(", "(?:"])) : dice.of([...CHARACTERS, ...SETS]);
  return atom + dice.of(REPEATS);
}

const randomText = (dice: Dice): string =>
  Array.from({ length: dice.below(8) }, () =>
    dice.of(["a", "b", "1", " ", "é", "😀", "\n", "A", "_", "\ud83d", "]"]),
  ).join("");

describe("patterns", () => {
  test("match what the runtime's own do", () => {
    const different: unknown[] = [];
    let tried = 0;
    for (let n = 0; n < 6000; n++) {
      const dice = new Dice(14, n);
      const pattern = randomPattern(dice, 2);
      const native = new RegExp(pattern, "u");
      for (const text of [randomText(dice), randomText(dice), randomText(dice)]) {
        tried++;
        if (isIn(pattern, text) !== native.test(text)) different.push([pattern, text]);
      }
    }
    expect(different).toEqual([]);
    expect(tried).toBe(18_000);
  });

  test.each([
    ["a repeat within a repeat", "(a+)+$", "a".repeat(5000) + "x", false],
    ["choices that overlap", "^(?:a|a|aa)+$", "a".repeat(5000) + "x", false],
    ["blanks at the end", "\\s+$", " ".repeat(5000) + "x", false],
    ["anything, twice", "(.*)*x", "a".repeat(5000), false],
    ["a mail address", "^([a-zA-Z0-9_.+-]+)+@x$", "a".repeat(5000), false],
    ["what the runtime takes an age for, and is in it", "^(?:a?){40}a{40}$", "a".repeat(40), true],
  ])("%s takes time in proportion to the text", (_, pattern, text, is) => expect(isIn(pattern, text)).toBe(is));

  test.each([
    ["(a)\\1", "a reference to a group"],
    ["(?<n>a)\\k<n>", "one by its name"],
    ["(?i:a)", "letters of either case"],
    ["[", "no pattern"],
    ["\\-", "what only older patterns have"],
    ["(?:a{1000}){1000}", "too large when it is written out"],
    [`${"(".repeat(300)}${")".repeat(300)}`, "nested too deep"],
    ["a".repeat(5000), "too long"],
  ])("nothing is told by %p: %s", (pattern) => expect(isIn(pattern, "aa")).toBeUndefined());

  test("the budget ends a match, and what is left of it is nothing", () => {
    const budget = new WorkBudget(2000);
    const pattern = readPattern("(?=.*b)", budget);
    expect(pattern.isIn("ab", budget)).toBe(true);
    expect(pattern.isIn("a".repeat(1000), budget)).toBeUndefined();
    expect(pattern.isIn("ab", budget)).toBeUndefined();
    budget.grant(1000);
    expect(pattern.isIn("ab", budget)).toBe(true);
  });
});
