/** What inputs of places are made of. */
import type { Item } from "../../../src/core/turn.ts";

export function list<T>(count: number, make: (n: number) => T): T[] {
  return Array.from({ length: Math.floor(count) }, (_, n) => make(n));
}

export function table<T>(count: number, make: (n: number) => T): Record<string, T> {
  return Object.fromEntries(list(count, (n) => [`k${n}`, make(n)]));
}

export const user = (text: string): Item => ({ type: "message", role: "user", parts: [{ type: "text", text }] });
