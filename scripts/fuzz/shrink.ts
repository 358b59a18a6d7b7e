/** Makes an input small while something stays wrong with it: stretches are taken out, large ones first. */
import { joined } from "./mutate-bytes.ts";

const MOST_TRIES = 4000;
const MOST_MS = 5000;

export function shrunk(input: Uint8Array, isWrong: (bytes: Uint8Array) => boolean): Uint8Array {
  let best = input;
  let tries = 0;
  const end = performance.now() + MOST_MS;
  for (let size = Math.ceil(best.length / 2); size > 0; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < best.length && tries < MOST_TRIES && performance.now() < end;) {
      const without = joined(best.subarray(0, at), best.subarray(at + size));
      tries++;
      if (isWrong(without)) best = without;
      else at += size;
    }
  }
  return best;
}
