/** Harm done to streams of events: to their frames, to what stands in one, and to the bytes. */
import type { Dice } from "../simulate/dice.ts";
import { mutateBytes, type MutateBytes } from "./mutate-bytes.ts";
import { changedJson, grownJson } from "./mutate-json.ts";

const utf8 = new TextEncoder();
const framesOf = (bytes: Uint8Array): string[] =>
  new TextDecoder()
    .decode(bytes)
    .replaceAll("\r\n", "\n")
    .split(/(?<=\n\n)/);

export const mutateSse: MutateBytes = (bytes, dice, other) => {
  if (dice.chance(0.25)) return mutateBytes(bytes, dice, other);
  const frames = framesOf(bytes);
  const at = dice.below(frames.length);
  const frame = frames[at] ?? "";
  switch (dice.below(8)) {
    case 0:
      frames.splice(at, 1);
      break;
    case 1:
      frames.splice(at, 0, frame);
      break;
    case 2:
      frames.splice(dice.below(frames.length), 0, ...frames.splice(at, 1));
      break;
    case 3: {
      const others = framesOf(other);
      const from = dice.below(others.length);
      frames.splice(at, dice.below(2), ...others.slice(from, from + 1 + dice.below(6)));
      break;
    }
    default:
      frames[at] = mutateFrame(frame, dice, dice.of(framesOf(other)));
  }
  return utf8.encode(frames.join(""));
};

const DATA = /^data: ?(\{.*\})$/m;

function mutateFrame(frame: string, dice: Dice, other: string): string {
  const json = jsonIn(frame);
  if (json === undefined) return new TextDecoder().decode(mutateBytes(utf8.encode(frame), dice, utf8.encode(other)));
  const text = changedJson(json, dice, jsonIn(other) ?? json);
  return frame.replace(DATA, () => `data: ${text}`);
}

function jsonIn(frame: string): unknown {
  try {
    return JSON.parse(DATA.exec(frame)?.[1] ?? "");
  } catch {
    return undefined;
  }
}

/** One frame, or a piece of what it says, so many times over. */
export function grownSse(bytes: Uint8Array, dice: Dice, times: number): Uint8Array {
  const frames = framesOf(bytes);
  const at = dice.below(frames.length);
  const frame = frames[at] ?? "";
  const json = jsonIn(frame);
  if (json !== undefined && dice.chance(0.5)) {
    const text = JSON.stringify(grownJson(json, dice, times));
    frames[at] = frame.replace(DATA, () => `data: ${text}`);
  } else frames[at] = frame.repeat(times);
  return utf8.encode(frames.join(""));
}
