/** Finds the markers of all families in a text, and reads what follows one. */
import type { WorkBudget } from "../work-budget.ts";
import { Cursor, NEED_MORE, NO_CALL } from "./cursor.ts";
import { FAMILIES, type Family } from "./families.ts";
import { readHarmony, readXtml } from "./read-channels.ts";
import { readInvokes } from "./read-invokes.ts";
import { readJsonBlock, readNamedJson } from "./read-json.ts";
import { readOwnTags } from "./read-own-tags.ts";
import { readPairs } from "./read-pairs.ts";
import { readPython } from "./read-python.ts";
import { readTypedMap } from "./read-typed-map.ts";
import { THOUGHT_WORDS } from "./later-thoughts.ts";
import { LONGEST_RESIDUE, RESIDUE, RESIDUE_WORDS } from "./residue.ts";
import type { TextCall } from "./text-call.ts";

/** Families in the order of the table, by the marker that stands before a call. */
const byMarker = new Map<string, Family[]>();
for (const family of FAMILIES)
  for (const marker of family.whole ? [] : new Set(family.markers))
    byMarker.set(marker, [...(byMarker.get(marker) ?? []), family]);
const MARKERS: readonly string[] = [...byMarker.keys()].toSorted((a, b) => b.length - a.length);
const ANY = MARKERS.map((marker) => RegExp.escape(marker)).join("|");
const HERE = new RegExp(ANY, "y");
/** Those that no word of a text begins with: they count within a line, too. */
const EVERYWHERE = new RegExp(ANY, "g");
const FOLLOWS = new RegExp(`${ANY}|${RESIDUE.source}`, "y");

const WORDS: readonly string[] = [...MARKERS, ...RESIDUE_WORDS, ...THOUGHT_WORDS];
const WORD = new RegExp(WORDS.map((word) => RegExp.escape(word)).join("|"), "y");
const beginnings = new Set(WORDS.flatMap((word) => [...word].map((_, i) => word.slice(0, i))));
beginnings.delete("");
const LONGEST = Math.max(...[...beginnings].map(({ length }) => length));

/** What a word can begin with: its first sign, and its first two. */
const first = new Set(WORDS.map((word) => word.charCodeAt(0)));
const firstTwo = new Set(WORDS.map((word) => word.charCodeAt(0) * 0x1_00_00 + word.charCodeAt(1)));

/** Whether a marker, residue or a tag of a thought may begin at this place. Most places are ruled out by two signs. */
export function mayBegin(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return first.has(code) && (at + 1 === text.length || firstTwo.has(code * 0x1_00_00 + text.charCodeAt(at + 1)));
}

/** The families whose marker stands at this place. */
export function familiesAt(text: string, at: number): readonly Family[] | undefined {
  HERE.lastIndex = at;
  const marker = HERE.exec(text)?.[0];
  return marker === undefined ? undefined : byMarker.get(marker);
}

/** Whether a marker, residue, or a tag of a thought stands at this place. */
export function isWord(text: string, at: number): boolean {
  WORD.lastIndex = at;
  return WORD.test(text);
}

/** Whether what stands from here up to the end of the text may become a marker or residue. */
export function maybeMarker(text: string, at: number): boolean {
  return text.length - at <= LONGEST && beginnings.has(text.slice(at));
}

export interface Reading {
  family: Family;
  calls: TextCall[];
  end: number;
  /** Residue follows the call, and is passed. */
  residue: boolean;
}

/** What was found, `more` where it is not known yet, `none` where no call begins there; and how much was looked at. */
interface Outcome {
  found: Reading | "more" | "none";
  cost: number;
}

/** Reads the call at this place as that of the first of these families whose body fits. */
export function readAt(text: string, at: number, ended: boolean, families: readonly Family[]): Outcome {
  let cost = 8;
  let found: Outcome["found"] = "none";
  for (const family of families) {
    const cursor = new Cursor(text, at, ended, FOLLOWS);
    try {
      const calls = readBody(cursor, family);
      const residue = passResidue(cursor);
      // A word that is glued to it makes it a part of a text.
      if (!cursor.atEnd && !/\s/.test(text[cursor.at] ?? "") && !cursor.mayEnd()) cursor.fail();
      cost += cursor.reach - at;
      return { found: { family, calls, end: cursor.at, residue }, cost };
    } catch (error) {
      if (error !== NEED_MORE && error !== NO_CALL) throw error;
      cost += cursor.reach - at;
      // A family that is further down may be the right one only if this one is not.
      if (error === NEED_MORE) return { found: "more", cost };
    }
  }
  return { found, cost };
}

function readBody(cursor: Cursor, { body }: Family): TextCall[] {
  switch (body.style) {
    case "json":
      return readJsonBlock(cursor, body);
    case "named":
      return readNamedJson(cursor, body);
    case "invokes":
      return readInvokes(cursor, body);
    case "own tags":
      return readOwnTags(cursor, body);
    case "pairs":
      return readPairs(cursor, body);
    case "harmony":
      return readHarmony(cursor);
    case "xtml":
      return readXtml(cursor);
    case "python":
      return readPython(cursor, body);
    case "typed map":
      return readTypedMap(cursor, body);
  }
}

const VALUE_END = /(?:parameter|arg_value)>$/;

/** Passes control tokens and orphan tags behind a call. */
function passResidue(cursor: Cursor): boolean {
  let any = false;
  for (;;) {
    const before = cursor.at;
    cursor.skip();
    if (cursor.atEnd || !cursor.match(RESIDUE, LONGEST_RESIDUE + 1)) {
      cursor.at = before;
      return any;
    }
    // The end of a value means that the call was cut within it.
    if (VALUE_END.test(cursor.text.slice(cursor.at - LONGEST_RESIDUE, cursor.at))) cursor.fail();
    any = true;
  }
}

/**
 * Calls in any markup, wherever they stand in a text. Undefined where the budget ends: then there may be any.
 */
export function markupCallsIn(text: string, budget: WorkBudget): TextCall[] | undefined {
  const calls: TextCall[] = [];
  for (let at = 0; ;) {
    EVERYWHERE.lastIndex = at;
    const marker = EVERYWHERE.exec(text);
    if (!marker) return calls;
    const { found, cost } = readAt(text, marker.index, true, familiesAt(text, marker.index) ?? []);
    if (!budget.spend(8 + cost / 4)) return undefined;
    at = marker.index + 1;
    if (typeof found === "string") continue;
    for (const call of found.calls) calls.push(call);
    at = Math.max(at, found.end);
  }
}
