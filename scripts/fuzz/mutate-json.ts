/** Harm done to JSON, by dice: something else, nothing, or the same twice in one place of it. */
import type { Dice } from "../simulate/dice.ts";

const ODD: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1,
  1.5,
  1e21,
  1e300,
  "",
  " ",
  "x",
  "\u0000",
  "\ud83d",
  "\ude00",
  "null",
  "{}",
  '{"a":',
  "[DONE]",
  "constructor",
  "__proto__",
  [],
  {},
  [null],
  [[]],
  [{}],
  { a: null },
  { type: null },
  { type: "text" },
  { type: "function" },
  { type: "text", text: "x" },
];
const KEYS = ["__proto__", "constructor", "type", "content", "text", "name", "id", "index", "arguments", "error"];
const WORDS = ["\n", " ", '"', "\\", "{", "}", "</tool_call>", "\ud83d", "é", "\u0000", "x".repeat(65)];

interface Place {
  holder: Record<string, unknown>;
  key: string;
}

/** In this notation a value is put that is nested deeper than any reader follows. */
const DEEP = "\u0001deep\u0001";
const DEPTHS = [100, 1000, 10_000];

/** `value` itself is changed; `other` is what a part may be taken from. */
function mutateJson(value: unknown, dice: Dice, other: unknown): unknown {
  const root: Record<string, unknown> = { value };
  const places = placesIn(root);
  const { holder, key } = dice.of(places);
  const there = holder[key];
  switch (dice.below(11)) {
    case 0:
      holder[key] = structuredClone(dice.of(ODD));
      break;
    case 1:
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else delete holder[key];
      break;
    case 2:
      if (Array.isArray(holder)) holder.splice(dice.below(holder.length + 1), 0, structuredClone(there));
      else put(holder, dice.of(KEYS), structuredClone(there));
      break;
    case 3: {
      const another = dice.of(places);
      const taken = structuredClone(another.holder[another.key]);
      holder[key] = taken;
      break;
    }
    case 4:
    case 5: {
      // What stands under the same name elsewhere fits best.
      const found = placesIn({ value: other });
      const alike = found.filter((place) => place.key === key);
      const from = alike.length > 0 && dice.chance(0.8) ? dice.of(alike) : dice.of(found);
      holder[key] = structuredClone(from.holder[from.key]);
      break;
    }
    case 6:
      if (Array.isArray(there)) there.push(...(structuredClone(there) as unknown[]).slice(0, 50));
      else holder[key] = dice.chance(0.5) ? [there] : { [dice.of(KEYS)]: there };
      break;
    case 7:
      if (!Array.isArray(holder) && Object.hasOwn(holder, key)) {
        delete holder[key];
        put(holder, dice.chance(0.5) ? dice.of(KEYS) : key.toUpperCase(), there);
      } else if (Array.isArray(holder)) holder.reverse();
      break;
    case 8:
      if (dice.chance(0.005)) holder[key] = DEEP;
      else if (typeof there === "number") holder[key] = dice.of([there + 1, -there, there * 1e9, String(there)]);
      else holder[key] = structuredClone(dice.of(ODD));
      break;
    default:
      holder[key] = typeof there === "string" ? mutateText(there, dice) : structuredClone(dice.of(ODD));
  }
  return root["value"];
}

/** The text of a changed copy, with what is nested deep. What is so already stays as it is. */
export function changedJson(value: unknown, dice: Dice, other: unknown): string {
  try {
    return deepened(JSON.stringify(mutateJson(value, dice, other)) ?? "null", dice);
  } catch (error) {
    if (error instanceof RangeError) return "[".repeat(DEPTHS[1] ?? 1);
    throw error;
  }
}

function deepened(text: string, dice: Dice): string {
  if (!text.includes("\\u0001deep")) return text;
  const depth = dice.of(DEPTHS);
  const [open, close] = dice.of([
    ["[", "]"],
    ['{"a":', "}"],
  ]);
  return text.replaceAll(JSON.stringify(DEEP), `${open.repeat(depth)}1${close.repeat(depth)}`);
}

/** Own, also under a name that means something else in a literal. */
function put(holder: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(holder, key, { value, enumerable: true, writable: true, configurable: true });
}

function mutateText(text: string, dice: Dice): string {
  const at = dice.below(text.length + 1);
  const to = dice.below(text.length + 1);
  switch (dice.below(5)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.slice(at) + text.slice(0, at);
    case 2:
      return text + text;
    case 3:
      return text.slice(0, Math.min(at, to)) + text.slice(Math.max(at, to));
    default:
      return text.slice(0, at) + dice.of(WORDS) + text.slice(at);
  }
}

/** Nothing is changed below it. */
const MOST_DEPTH = 60;

function placesIn(root: Record<string, unknown>): Place[] {
  const places: Place[] = [];
  const visit = (holder: Record<string, unknown>, depth: number): void => {
    for (const key of Object.keys(holder)) {
      places.push({ holder, key });
      const inner = holder[key];
      if (typeof inner === "object" && inner !== null && depth < MOST_DEPTH)
        visit(inner as Record<string, unknown>, depth + 1);
    }
  };
  visit(root, 0);
  return places;
}

/** The same with one element of one of its lists, or a piece of one of its strings, so many times over. */
export function grownJson(value: unknown, dice: Dice, times: number): unknown {
  const root: Record<string, unknown> = { value: structuredClone(value) };
  const growing = placesIn(root).filter(({ holder, key }) => {
    const there = holder[key];
    return (Array.isArray(there) && there.length > 0) || (typeof there === "string" && there !== "");
  });
  if (growing.length === 0) return value;
  const { holder, key } = dice.of(growing);
  const there = holder[key] as string | unknown[];
  const at = dice.below(there.length);
  if (typeof there === "string") {
    const to = at + 1 + dice.below(12);
    holder[key] = there.slice(0, at) + there.slice(at, to).repeat(times) + there.slice(at);
  } else holder[key] = [...there.slice(0, at), ...Array.from({ length: times }, () => there[at]), ...there.slice(at)];
  return root["value"];
}
