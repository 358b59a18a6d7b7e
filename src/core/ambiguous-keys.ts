/**
 * Finds what two readers of one JSON text would read differently: a key that stands twice in an object (JSON.parse takes
 * the last, others take the first), and at the root `Model` for `model` (Go's decoder takes the one for the other). A
 * check here would look at one value, and the upstream use the other.
 *
 * One pass without a copy: strings are jumped over, and keys are cut out only where their hashes are equal.
 */
import { ShimError } from "./errors.ts";
import { skipBlanks, stringEnd } from "./json-edit.ts";
import { joinPath } from "./parse.ts";

/**
 * Below the root, objects under these names are data on which no check here depends: the inside of a schema, and the
 * arguments of a call. They are let through, since models write a key twice into a call and MCP servers into a schema,
 * and clients that keep such texts as they came (Go's `json.RawMessage`) would lose the thread for good. `parameters`
 * is not among them: tools that an upstream runs have their settings there, a model's name too.
 */
export const DATA_MEMBERS: ReadonlySet<string> = new Set(
  "properties patternProperties $defs definitions input_schema schema arguments input".split(" "),
);
const DATA_HASHES = new Set(Array.from(DATA_MEMBERS, hashOf));

/** Fields at the root by which something is decided here: whom a request goes to, and what it goes on from. */
const DECISIVE = new Set(
  "model models previous_response_id conversation store background stream input messages prompt tools instructions system thread container".split(
    " ",
  ),
);

const LONGEST_DECISIVE = Math.max(...Array.from(DECISIVE, (name) => name.length));

// What kind of container is open.
const ARRAY = 0;
const OBJECT = 1;
const DATA = 2; // Everything within data.

const FEW_KEYS = 16; // Up to so many keys are compared one by one; of more a set is made.

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const UNDERSCORE = 0x5f;
const LOWER_Z = 0x7a;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/** `meant`: the key that it would be taken for, where it stands there only once. The text must be valid JSON. */
export function findAmbiguousKey(text: string): { path: string; meant?: string } | undefined {
  const { length } = text;
  const kinds: number[] = []; // Kinds of what is around each open container.
  const places: number[] = []; // In each open container the number of the element, or where the key begins.
  const bases: number[] = []; // Where the keys of each open object begin in the lists below.
  const hashes: number[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  const sets = new Map<number, Set<string>>(); // Keys of open objects that have many, by depth.
  let kind = ARRAY;
  let is_data = false; // The value that follows is data.
  for (let i = 0; i < length;) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) {
      i = stringEnd(text, i);
      continue;
    }
    i++;
    if (code > COMMA && code < OPEN_BRACKET) continue; // Digits, and the colon.
    if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      kinds.push(kind);
      places.push(0);
      if (is_data || kind === DATA) kind = DATA;
      else if (code === OPEN_BRACKET) kind = ARRAY;
      else {
        kind = OBJECT;
        bases.push(hashes.length);
      }
      is_data = false;
      if (code === OPEN_BRACKET) continue;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) {
      if (kind === OBJECT) {
        const depth = bases.length;
        const base = bases.pop() ?? 0;
        if (hashes.length - base >= FEW_KEYS) sets.delete(depth);
        hashes.length = starts.length = ends.length = base;
      }
      kind = kinds.pop() ?? ARRAY;
      places.pop();
      continue;
    } else if (code !== COMMA) continue;
    const last = places.length - 1;
    if (kind === ARRAY) places[last] = (places[last] ?? 0) + 1;
    if (kind !== OBJECT) continue;
    i = skipBlanks(text, i);
    if (text.charCodeAt(i) !== QUOTE) continue; // An empty object.
    const start = i;
    places[last] = start;
    let hash = 0;
    let is_plain = true;
    for (;;) {
      const at = text.charCodeAt(++i);
      if (at === QUOTE) break;
      if (at === BACKSLASH) {
        // The same key may be written in several ways.
        i = stringEnd(text, start) - 1;
        hash = hashOf(keyIn(text, start, i + 1));
        is_plain = false;
        break;
      }
      if (at < UNDERSCORE || at > LOWER_Z) is_plain = false;
      hash = (Math.imul(hash, 31) + at) | 0;
    }
    const end = ++i;
    const depth = bases.length;
    if (!is_plain && depth === 1 && kinds.length === 1) {
      const key = keyIn(text, start, end);
      const meant = folded(key);
      if (meant !== key && DECISIVE.has(meant)) return { path: shortKey(key), meant };
    }
    const base = bases[depth - 1] ?? 0;
    if (hashes.length - base < FEW_KEYS) {
      for (let k = base; k < hashes.length; k++)
        if (hashes[k] === hash && keyIn(text, starts[k] ?? 0, ends[k] ?? 0) === keyIn(text, start, end))
          return { path: pathOf(text, kinds, places) };
      hashes.push(hash);
      starts.push(start);
      ends.push(end);
    } else {
      let keys = sets.get(depth);
      if (!keys)
        sets.set(depth, (keys = new Set(starts.slice(base).map((at, k) => keyIn(text, at, ends[base + k] ?? 0)))));
      const key = keyIn(text, start, end);
      if (keys.has(key)) return { path: pathOf(text, kinds, places) };
      keys.add(key);
    }
    is_data = depth > 1 && DATA_HASHES.has(hash) && DATA_MEMBERS.has(keyIn(text, start, end));
  }
  return undefined;
}

/** Throws a ShimError that names the key. The text must be valid JSON. */
export function refuseAmbiguousKeys(text: string): void {
  const found = findAmbiguousKey(text);
  if (!found) return;
  const { path, meant } = found;
  const words =
    meant === undefined
      ? `\`${path}\` stands twice in the same object; send each key once, since servers differ in which of them they read`
      : `\`${path}\` is read as \`${meant}\` by some servers; write \`${meant}\``;
  throw new ShimError("invalid_request", words, { param: path, code: meant === undefined ? "duplicate_key" : null });
}

/** `end` is behind the closing quote. */
function keyIn(text: string, start: number, end: number): string {
  const key = text.slice(start + 1, end - 1);
  return key.includes("\\") ? JSON.parse(text.slice(start, end)) : key;
}

/** Without regard to case, as far as any letter has one: the long s and the Kelvin sign are letters of ASCII, too. */
const folded = (key: string): string => (key.length > LONGEST_DECISIVE ? key : key.toUpperCase().toLowerCase());

function hashOf(key: string): number {
  let hash = 0;
  for (let i = 0; i < key.length; i++) hash = (Math.imul(hash, 31) + key.charCodeAt(i)) | 0;
  return hash;
}

// Characters of a path, and of each key in it, that an error shows.
const MOST_PATH = 200;
const MOST_KEY = 64;

/** Of the key that was read last. */
function pathOf(text: string, kinds: readonly number[], places: readonly number[]): string {
  const nameAt = (start: number): string => shortKey(keyIn(text, start, stringEnd(text, start)));
  let path = "";
  for (let i = 0; i < places.length - 1 && path.length <= MOST_PATH; i++) {
    const place = places[i] ?? 0;
    path = joinPath(path, [kinds[i + 1] === ARRAY ? place : nameAt(place)]);
  }
  if (path.length > MOST_PATH) path = `${path.slice(0, MOST_PATH).toWellFormed()}…`;
  return joinPath(path, [nameAt(places.at(-1) ?? 0)]);
}

/** Control characters of a stranger's must not reach a terminal. */
function shortKey(key: string): string {
  const line = key
    .slice(0, MOST_KEY)
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, "?");
  return key.length > MOST_KEY ? `${line}…` : line;
}
