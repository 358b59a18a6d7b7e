/** Where arguments come as an object, numbers with more digits than JavaScript has pass through as marked strings. */
import { losesDigits } from "./arguments.ts";
import { withParts } from "./json-string.ts";

const LONG_NUMBERS = /-?\d[\d.]{15,}(?:[eE][+-]?\d+)?/g;
const MARK = "\u0000number:"; // No tool takes such a text: not even its first character.

/** Throws what `JSON.parse` throws. */
export function parseFrame(data: string): unknown {
  if (!data.includes('"input"') || !losesDigits(data)) return JSON.parse(data);
  JSON.parse(data);
  const marked = (text: string): string => text.replaceAll(LONG_NUMBERS, (number) => JSON.stringify(MARK + number));
  return unmarked(JSON.parse(withParts(data, marked, (text) => text)));
}

/** Only arguments become text again; elsewhere a number is one, rounded or not. */
function unmarked(value: unknown): unknown {
  if (typeof value === "string") return value.startsWith(MARK) ? Number(value.slice(MARK.length)) : value;
  if (Array.isArray(value)) return value.map(unmarked);
  if (typeof value !== "object" || value === null) return value;
  const read = (key: string, each: unknown): unknown =>
    key === "input" && typeof each === "object" ? each : unmarked(each);
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, read(key, each)]));
}

export function textOfInput(input: object): string {
  return JSON.stringify(input).replaceAll(/"\\u0000number:(-?\d[\d.eE+-]{15,})"/g, (_, number: string) => number);
}

/** Numbers that JavaScript would round stay as they are written when the value becomes text again. */
export function parseExact(json: string): unknown {
  const rawJSON: unknown = Reflect.get(JSON, "rawJSON");
  if (typeof rawJSON !== "function" || !losesDigits(json)) return JSON.parse(json);
  return JSON.parse(json, (_, value: unknown, context?: { source?: string }) => {
    const source = typeof value === "number" ? context?.source : undefined;
    return source !== undefined && losesDigits(source) ? rawJSON(source) : value;
  });
}
