/**
 * The forms in which a text may repeat a secret. Encodings of single characters (percent, JSON, HTML, one within another)
 * are undone in the text; encodings of the whole secret (base64, hex) are searched for as texts of their own.
 */

/** A shorter secret stands in many texts by chance, and protects nothing. */
export const SHORTEST = 6;

/** An escape of one character; no part of it can match in two ways, so that it takes linear time. */
const ESCAPE =
  /%([\da-f]{2})|\\(?:u([\da-f]{4})|u\{([\da-f]{1,6})\}|x([\da-f]{2})|([^ux]))|&(?:#(\d{1,7})|#x([\da-f]{1,6})|(amp|lt|gt|quot|apos));/gis;

const NAMED: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
const LETTERS: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f" };

/** A text with some of its escapes undone. */
export interface Layer {
  text: string;
  /** Where in the original each character begins, and last the end. Undefined: each stands where it stood. */
  starts: Uint32Array | undefined;
}

/** How often escapes are undone: texts within texts have their escapes escaped. */
const MOST_LAYERS = 5;

/** The text itself, then with its escapes undone once, twice and so on, as long as there are any. */
export function layersOf(text: string): Layer[] {
  const layers: Layer[] = [{ text, starts: undefined }];
  for (let last = layers[0]; last && layers.length < MOST_LAYERS;) {
    last = unescaped(last);
    if (last) layers.push(last);
  }
  return layers;
}

/** Undefined where there is nothing to undo. */
function unescaped({ text, starts }: Layer): Layer | undefined {
  let out = "";
  let from = 0;
  let places: Uint32Array | undefined;
  let size = 0;
  const placeOf = (at: number): number => starts?.[at] ?? at;
  for (const match of text.matchAll(ESCAPE)) {
    const character = meant(match);
    if (character === undefined) continue;
    places ??= new Uint32Array(text.length + 1);
    for (let at = from; at < match.index; at++) places[size++] = placeOf(at);
    // A character beyond the first 65,536 is two here, as it is in the text.
    for (let i = 0; i < character.length; i++) places[size++] = placeOf(match.index);
    out += text.slice(from, match.index) + character;
    from = match.index + match[0].length;
  }
  if (!places) return undefined;
  for (let at = from; at <= text.length; at++) places[size++] = placeOf(at);
  return { text: out + text.slice(from), starts: places.subarray(0, size) };
}

function meant(match: RegExpMatchArray): string | undefined {
  const [, percent, unit, point, byte, letter, decimal, hexadecimal, name] = match;
  const code = percent ?? unit ?? byte;
  if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
  if (letter !== undefined) return LETTERS[letter] ?? letter;
  if (name !== undefined) return NAMED[name.toLowerCase()];
  const number = decimal === undefined ? Number.parseInt(point ?? hexadecimal ?? "", 16) : Number(decimal);
  return number <= 0x10_ffff ? String.fromCodePoint(number) : undefined;
}

/** The texts, in lower case, that give the secret away in a text whose escapes are undone. */
export function formsOf(secret: string): string[] {
  if (secret.length < SHORTEST) return [];
  const bytes = Buffer.from(secret, "utf8");
  const plain = layersOf(secret).map(({ text }) => text);
  const all = [
    ...plain,
    // One character for each byte, which is how percent encoding writes characters beyond ASCII.
    ...plain.map((text) => Buffer.from(text, "utf8").toString("latin1")),
    ...plain.map((text) => text.replaceAll(" ", "+")),
    secret.replace(/=+$/, ""),
    bytes.toString("hex"),
    ...[0, 1, 2].flatMap((offset) => base64At(bytes, offset)),
  ];
  return [...new Set(all.map(folded))].filter((form) => form.length >= SHORTEST);
}

/** The part of a base64 text that depends on these bytes alone, where `offset` (of 3) bytes stand before them. */
function base64At(bytes: Uint8Array, offset: number): string[] {
  const all = Buffer.concat([Buffer.alloc(offset), bytes]);
  const text = all.toString("base64").slice(Math.ceil((offset * 8) / 6), Math.floor((all.length * 8) / 6));
  return [text, text.replaceAll("+", "-").replaceAll("/", "_")];
}

/** In lower case, as far as that moves no character. */
export function folded(text: string): string {
  const lower = text.toLowerCase();
  if (lower.length === text.length) return lower;
  return text.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase());
}
