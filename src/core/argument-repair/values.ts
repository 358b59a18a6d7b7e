/** Repairs of single values that stand where the schema wants something else. All that is not certain stays. */
import { ANY_KIND, ARRAY, BOOLEAN, FRACTION, INTEGER, kindOf, NULL, OBJECT, STRING } from "./kinds.ts";
import type { Place, Places } from "./places.ts";
import { isNumber } from "./tokens.ts";

/** The member goes, with its key and its comma. */
export const DROP = Symbol("drop");
/** Undefined: the value stays as it is written. */
export type Repair = string | typeof DROP | undefined;

/** JSON of an array or object that fits there, of the text that says it; undefined where that is none. */
export type ReadText = (text: string, place: Place) => string | undefined;

/** Of so many digits it would be another number for readers that keep it as a double. */
const LONG_NUMBER = /\d(?:\.?\d){15}/;
const WHOLE = /^(-?\d{1,15})\.0+$/;

/** `1000.0` and `1e3` as an integer: the same JSON number. Undefined for what has a fraction, or is one already. */
function asInteger(token: string): string | undefined {
  const whole = WHOLE.exec(token)?.[1];
  if (whole !== undefined) return whole === "-0" ? "0" : whole;
  if (!/[.eE]/.test(token) || LONG_NUMBER.test(token)) return undefined;
  const value = Number(token);
  if (!Number.isSafeInteger(value)) return undefined;
  // What is too small for a number is not zero.
  if (value === 0 && /[1-9]/.test(token.replace(/[eE].*/, ""))) return undefined;
  return String(value === 0 ? 0 : value);
}

/** Of a number, `true`, `false` or `null`. */
export function repairWord(token: string, place: Place, optional: boolean, places: Places): Repair {
  const { kinds } = place;
  if (kinds === ANY_KIND) return undefined;
  if (token === "null") return (kinds & NULL) === 0 && optional ? DROP : undefined;
  const is_number = token !== "true" && token !== "false";
  if (is_number && (kinds & INTEGER) !== 0) return asInteger(token);
  return (kinds & kindOf(JSON.parse(token))) === 0 ? inArray(token, place, places) : undefined;
}

/** Of a string, which is given as it is written. */
export function repairString(json: string, place: Place, optional: boolean, places: Places, read: ReadText): Repair {
  const { kinds } = place;
  if ((kinds & STRING) !== 0) return undefined;
  const text = (JSON.parse(json) as string).trim();
  const word = text.toLowerCase();
  // Python's True, False and None are meant as what they are.
  if (word === "null" || word === "none") return (kinds & NULL) === 0 ? (optional ? DROP : undefined) : "null";
  if ((word === "true" || word === "false") && (kinds & BOOLEAN) !== 0) return word;
  if (isNumber(text) && (kinds & (INTEGER | FRACTION)) !== 0) return numberOf(text, kinds);
  if (text.startsWith("{")) return (kinds & OBJECT) === 0 ? undefined : read(text, place);
  if (text.startsWith("[")) return (kinds & ARRAY) === 0 ? undefined : read(text, place);
  return text === "" ? undefined : inArray(json, place, places);
}

function numberOf(text: string, kinds: number): string | undefined {
  const value = Number(text);
  if (LONG_NUMBER.test(text) || !Number.isFinite(value)) return undefined;
  return (kinds & kindOf(value)) === 0 ? undefined : (asInteger(text) ?? text);
}

/** A scalar where an array of such is wanted. */
function inArray(json: string, place: Place, places: Places): string | undefined {
  if ((place.kinds & ARRAY) === 0 || !places.afford(1 + (place.array_branches?.length ?? 0))) return undefined;
  const options = place.array_branches?.map((schema) => places.branch(place, schema)) ?? [place];
  const found = new Set(
    options.map((option) => withinArray(json, option, places)).filter((each) => each !== undefined),
  );
  return found.size === 1 ? [...found][0] : undefined;
}

function withinArray(json: string, place: Place, places: Places): string | undefined {
  if (place.arrays.length === 0) return undefined;
  const any = places.item(place, 0);
  if (any.kinds === ANY_KIND) return undefined;
  // One array is put around it: arrays within arrays have no end where a schema leads back to itself.
  const item = { ...any, kinds: any.kinds & ~ARRAY };
  const repaired = json.startsWith('"')
    ? repairString(json, item, false, places, () => undefined)
    : repairWord(json, item, false, places);
  const text = `[${typeof repaired === "string" ? repaired : json}]`;
  return places.fits(JSON.parse(text), place) ? text : undefined;
}
