/** Harm done to bytes, by dice: what networks, broken servers and wrong encodings do, and what a reader may trip over. */
import type { Dice } from "../simulate/dice.ts";

/** Texts that mean something to one of the readers. */
const WORDS = [
  "\n",
  "\n\n",
  "\r",
  "\r\n",
  "\r\n\r\n",
  "data:",
  "data: ",
  "data: [DONE]\n\n",
  ": ping\n\n",
  "event: error\n",
  "\uFEFF",
  "\u0000",
  "\u2028",
  "é",
  "😀",
  '"',
  "\\",
  '\\"',
  "\\u0000",
  "\\ud83d",
  "\\ude00",
  "\\u005f",
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  "null",
  "true",
  "-1",
  "1e999",
  "12345678901234567890",
  "0.1e-7",
  "{}",
  "[]",
  '{"error":"x"}',
  "<think>",
  "</think>",
  "<tool_call>",
  "</tool_call>",
  "<function=",
  "</function>",
  "<parameter=",
  "[TOOL_REQUEST]",
  "```",
  "*** Begin Patch",
  "*** End Patch",
  "'",
  "'''",
  '"""',
  "#",
  "=",
  ".",
  " ",
  "\t",
] as const;
const WORD_BYTES = [
  ...WORDS.map((word) => new TextEncoder().encode(word)),
  Uint8Array.of(0xff),
  Uint8Array.of(0xc3, 0x28),
];

export type MutateBytes = (bytes: Uint8Array, dice: Dice, other: Uint8Array) => Uint8Array;

/** `other` is what a piece may be taken from. */
export const mutateBytes: MutateBytes = (bytes, dice, other) => {
  const at = dice.below(bytes.length + 1);
  const to = Math.min(bytes.length, at + dice.below(dice.of([4, 40, 400])));
  switch (dice.below(9)) {
    case 0: {
      const out = Uint8Array.from(bytes);
      if (at < out.length) out[at] = (out[at] ?? 0) ^ (1 << dice.below(8));
      return out;
    }
    case 1:
      return joined(bytes.subarray(0, at), bytes.subarray(to));
    case 2:
      return joined(bytes.subarray(0, to), bytes.subarray(at));
    case 3:
      return bytes.subarray(0, at);
    case 4: {
      const from = dice.below(other.length + 1);
      return joined(bytes.subarray(0, at), other.subarray(from, from + dice.below(200)), bytes.subarray(at));
    }
    case 5:
      return joined(bytes.subarray(0, at), other.subarray(dice.below(other.length + 1)));
    case 6: {
      const piece = bytes.subarray(at, to);
      const there = dice.below(at + 1);
      return joined(bytes.subarray(0, there), piece, bytes.subarray(there, at), bytes.subarray(to));
    }
    case 7: {
      // The same character over and over.
      const one = bytes.subarray(at, at + 1);
      const many = Array.from({ length: dice.below(30) }, () => one);
      return joined(bytes.subarray(0, at), ...many, bytes.subarray(at));
    }
    default:
      return joined(bytes.subarray(0, at), dice.of(WORD_BYTES), bytes.subarray(dice.chance(0.5) ? at : to));
  }
};

export function joined(...pieces: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    out.set(piece, at);
    at += piece.length;
  }
  return out;
}

/** Cut at so many places. */
export function piecesOf(bytes: Uint8Array, dice: Dice, cuts: number): Uint8Array[] {
  const places = Array.from({ length: cuts }, () => dice.below(bytes.length + 1)).toSorted((a, b) => a - b);
  const pieces: Uint8Array[] = [];
  let from = 0;
  for (const place of [...places, bytes.length]) {
    pieces.push(bytes.subarray(from, place));
    from = place;
  }
  return pieces;
}
