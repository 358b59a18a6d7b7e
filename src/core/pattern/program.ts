/** A pattern as a list of instructions, so that all the ways in which it may match can be followed at once. */
import type { CharacterTest, PatternNode } from "./parse.ts";

type Instruction =
  | { op: "character"; test: CharacterTest }
  /** Goes on at both places. */
  | { op: "split"; to: readonly number[] }
  | { op: "jump"; to: number }
  | { op: "edge"; edge: "start" | "end" | "word" | "no_word" }
  | { op: "look"; program: Program; negated: boolean }
  | { op: "match" };

export interface Program {
  code: readonly Instruction[];
  /** It reads the text from its place backwards. */
  backwards: boolean;
  /** It can match nowhere but at the beginning. */
  anchored: boolean;
}

const MAX_INSTRUCTIONS = 2000; // Each step of a match may be at all of them.

const TOO_LARGE = new Error("too large");

/** Undefined for a pattern that is too large when its repeats are written out. */
export function programOf(pattern: PatternNode): Program | undefined {
  try {
    return compiled(pattern, false, { left: MAX_INSTRUCTIONS });
  } catch (thrown) {
    if (thrown === TOO_LARGE) return undefined;
    throw thrown;
  }
}

/** Until it is known where it goes. */
const NOWHERE: Instruction = { op: "jump", to: 0 };

/** `room` is that of the whole pattern, what looks ahead or behind within it. */
function compiled(pattern: PatternNode, backwards: boolean, room: { left: number }): Program {
  const code: Instruction[] = [];
  const add = (instruction: Instruction): number => {
    if (room.left-- <= 0) throw TOO_LARGE;
    return code.push(instruction) - 1;
  };
  const write = (node: PatternNode): void => {
    switch (node.kind) {
      case "character":
      case "edge":
        add(node.kind === "edge" ? { op: "edge", edge: node.edge } : { op: "character", test: node.test });
        return;
      case "look":
        add({ op: "look", program: compiled(node.part, node.behind, room), negated: node.negated });
        return;
      case "sequence":
        for (const part of backwards ? node.parts.toReversed() : node.parts) write(part);
        return;
      case "choice":
        return choice(node.parts);
      case "repeat":
        return repeat(node.part, node.least, node.most);
    }
  };
  const choice = (parts: readonly PatternNode[]): void => {
    const to: number[] = [];
    add({ op: "split", to });
    const ends: number[] = [];
    for (const part of parts) {
      to.push(code.length);
      write(part);
      ends.push(add(NOWHERE));
    }
    for (const end of ends) code[end] = { op: "jump", to: code.length };
  };
  const repeat = (part: PatternNode, least: number, most: number): void => {
    for (let n = 0; n < least; n++) write(part);
    // Without an end it is one part more, which may begin again.
    const heads: number[] = [];
    for (let n = least; n < (most === Infinity ? least + 1 : most); n++) {
      heads.push(add(NOWHERE));
      write(part);
      if (most === Infinity) add({ op: "jump", to: heads[0] ?? 0 });
    }
    for (const head of heads) code[head] = { op: "split", to: [head + 1, code.length] };
  };
  write(pattern);
  add({ op: "match" });
  const [first] = code;
  return { code, backwards, anchored: !backwards && first?.op === "edge" && first.edge === "start" };
}
