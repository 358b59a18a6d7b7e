/** A pattern as a list of instructions, so that all the ways in which it may match can be followed at once. */
import type { CharacterTest, PatternNode } from "./parse.ts";

export type Instruction =
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

/** Each step of a match may be at all of them. */
const MAX_INSTRUCTIONS = 2000;

/** Undefined for a pattern that is too large when its repeats are written out. */
export function programOf(pattern: PatternNode): Program | undefined {
  try {
    return compiled(pattern, false, { left: MAX_INSTRUCTIONS });
  } catch (thrown) {
    if (thrown === TOO_LARGE) return undefined;
    throw thrown;
  }
}

const TOO_LARGE = new Error("too large");

function compiled(node: PatternNode, backwards: boolean, room: { left: number }): Program {
  const writer = new Writer(backwards, room);
  writer.write(node);
  writer.add({ op: "match" });
  const { code } = writer;
  const [first] = code;
  return { code, backwards, anchored: !backwards && first?.op === "edge" && first.edge === "start" };
}

class Writer {
  readonly code: Instruction[] = [];
  private readonly backwards: boolean;
  /** Of the whole pattern, what looks ahead or behind within it. */
  private readonly room: { left: number };

  constructor(backwards: boolean, room: { left: number }) {
    this.backwards = backwards;
    this.room = room;
  }

  add(instruction: Instruction): number {
    if (this.room.left-- <= 0) throw TOO_LARGE;
    return this.code.push(instruction) - 1;
  }

  write(node: PatternNode): void {
    switch (node.kind) {
      case "character":
        return void this.add({ op: "character", test: node.test });
      case "edge":
        return void this.add({ op: "edge", edge: node.edge });
      case "look":
        return void this.add({
          op: "look",
          program: compiled(node.part, node.behind, this.room),
          negated: node.negated,
        });
      case "sequence":
        for (const part of this.backwards ? node.parts.toReversed() : node.parts) this.write(part);
        return;
      case "choice":
        return this.choice(node.parts);
      case "repeat":
        return this.repeat(node.part, node.least, node.most);
    }
  }

  private choice(parts: readonly PatternNode[]): void {
    const to: number[] = [];
    this.add({ op: "split", to });
    const ends: number[] = [];
    for (const part of parts) {
      to.push(this.code.length);
      this.write(part);
      ends.push(this.add(NOWHERE));
    }
    for (const end of ends) this.code[end] = { op: "jump", to: this.code.length };
  }

  private repeat(part: PatternNode, least: number, most: number): void {
    for (let n = 0; n < least; n++) this.write(part);
    if (most === Infinity) {
      const head = this.add(NOWHERE);
      this.write(part);
      this.add({ op: "jump", to: head });
      this.code[head] = { op: "split", to: [head + 1, this.code.length] };
      return;
    }
    const heads: number[] = [];
    for (let n = least; n < most; n++) {
      heads.push(this.add(NOWHERE));
      this.write(part);
    }
    for (const head of heads) this.code[head] = { op: "split", to: [head + 1, this.code.length] };
  }
}

/** Until it is known where it goes. */
const NOWHERE: Instruction = { op: "jump", to: 0 };
