/**
 * Whether a text holds a match of a pattern, in a bounded number of steps. The runtime's own regular expressions try one
 * way after the other, which takes some patterns the square of the text's length, and others more than the age of the
 * universe; here all ways are followed at once, a character at a time.
 */
import type { WorkBudget } from "../work-budget.ts";
import { parsePattern } from "./parse.ts";
import { programOf, type Program } from "./program.ts";

const READING = 16; // Steps that it takes to read a pattern, for each character of it.

export interface Pattern {
  /** Undefined where it cannot be found out: the pattern is none that is read here, or the budget is used up. */
  isIn(text: string, budget: WorkBudget): boolean | undefined;
}

export function readPattern(source: string, budget: WorkBudget): Pattern {
  const node = budget.spend(READING * (source.length + READING)) ? parsePattern(source) : undefined;
  const program = node && programOf(node);
  return { isIn: (text, spent) => program && isFound(program, text, spent) };
}

const USED_UP = new Error("the budget is used up"); // Thrown from wherever the steps end.

function isFound(whole: Program, text: string, budget: WorkBudget): boolean | undefined {
  const spend = (steps: number): void => {
    if (!budget.spend(steps)) throw USED_UP;
  };

  /** Whether it matches from here on; or, `anywhere`, from a later place. */
  const run = (program: Program, from: number, anywhere: boolean): boolean => {
    const { code, backwards } = program;
    // To lay the lists out is work, too.
    spend(1 + (code.length >> 3));
    const ways: Ways = { open: [], entered: new Uint32Array(code.length), round: 1 };
    let now: number[] = [];
    let next: number[] = [];
    let at = from;
    if (follow(program, ways, 0, at, now)) return true;
    for (;;) {
      const code_point = backwards ? before(text, at) : text.codePointAt(at);
      if (code_point === undefined) return false;
      const size = code_point > 0xffff ? 2 : 1;
      at += backwards ? -size : size;
      ways.round++;
      spend(1 + now.length);
      for (const place of now) {
        const instruction = code[place];
        if (instruction?.op !== "character" || !instruction.test.has(code_point)) continue;
        if (follow(program, ways, place + 1, at, next)) return true;
      }
      if (anywhere && follow(program, ways, 0, at, next)) return true;
      if (next.length === 0 && !anywhere) return false;
      [now, next] = [next, now];
      next.length = 0;
    }
  };

  /** Goes on to the next characters, which are put into the list. Whether the end was reached. */
  const follow = ({ code }: Program, ways: Ways, start: number, at: number, list: number[]): boolean => {
    const { open, entered, round } = ways;
    open.push(start);
    for (let place = open.pop(); place !== undefined; place = open.pop()) {
      if (entered[place] === round) continue;
      entered[place] = round;
      spend(1);
      const instruction = code[place];
      switch (instruction?.op) {
        case "match":
          open.length = 0;
          return true;
        case "character":
          list.push(place);
          break;
        case "jump":
          open.push(instruction.to);
          break;
        case "split":
          spend(instruction.to.length);
          for (const to of instruction.to) open.push(to);
          break;
        case "edge":
          if (isEdge(instruction.edge, at)) open.push(place + 1);
          break;
        case "look":
          if (run(instruction.program, at, false) !== instruction.negated) open.push(place + 1);
          break;
      }
    }
    return false;
  };

  const isEdge = (edge: "start" | "end" | "word" | "no_word", at: number): boolean => {
    if (edge === "start") return at === 0;
    if (edge === "end") return at === text.length;
    const changes = isWord(text.charCodeAt(at - 1)) !== isWord(text.charCodeAt(at));
    return changes === (edge === "word");
  };

  try {
    return run(whole, 0, !whole.anchored);
  } catch (thrown) {
    if (thrown === USED_UP) return undefined;
    throw thrown;
  }
}

/** Places of the program where a match is at one character. */
interface Ways {
  open: number[];
  entered: Uint32Array; // In which round each place was entered last: in each of them once.
  round: number;
}

/** The character that ends here. */
function before(text: string, at: number): number | undefined {
  if (at <= 0) return undefined;
  const pair = at >= 2 ? text.codePointAt(at - 2) : undefined;
  return pair !== undefined && pair > 0xffff ? pair : text.charCodeAt(at - 1);
}

function isWord(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || code === 95 || (code >= 97 && code <= 122);
}
