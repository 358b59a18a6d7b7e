/** The ways in which hosts repeat what they were sent. */

const hex = (code: number, digits: number): string => code.toString(16).padStart(digits, "0");
const each = (text: string, change: (character: string) => string): string => Array.from(text, change).join("");
const unicode = (character: string): string => `\\u${hex(character.charCodeAt(0), 4)}`;
const percent = (character: string): string => `%${hex(character.charCodeAt(0), 2)}`;
/** What JSON has to escape, and the slash that it may. */
const inJson = (text: string): string => JSON.stringify(text).slice(1, -1).replaceAll("/", "\\/");

export const FORMS: Readonly<Record<string, (secret: string) => string>> = {
  "as it is": (secret) => secret,
  "in capitals": (secret) => secret.toUpperCase(),
  "percent-encoded": encodeURIComponent,
  "percent-encoded, every character": (secret) => each(secret, percent),
  "percent-encoded in capitals": (secret) => each(secret, percent).toUpperCase(),
  "percent-encoded twice": (secret) => encodeURIComponent(encodeURIComponent(`${secret}/`)),
  "with slashes escaped": inJson,
  "as \\u escapes": (secret) => each(secret, unicode),
  "as \\u escapes in capitals": (secret) =>
    each(secret, (character) => unicode(character).replace(/[a-f]+/g, (digits) => digits.toUpperCase())),
  "some characters as \\u escapes": (secret) =>
    each(secret, (character) => (/[aeiou\d\\]/.test(character) ? unicode(character) : character)),
  "in JSON within JSON": (secret) =>
    inJson(inJson(each(secret, (character) => (/[a-f]/.test(character) ? unicode(character) : character)))),
  "as \\x escapes": (secret) => each(secret, (character) => `\\x${hex(character.charCodeAt(0), 2)}`),
  "as HTML": (secret) =>
    each(secret, (character) => (/\w/.test(character) ? character : `&#${character.charCodeAt(0)};`)),
  "as HTML in hexadecimal": (secret) => each(secret, (character) => `&#x${hex(character.charCodeAt(0), 2)};`),
  "in base64": (secret) => Buffer.from(secret).toString("base64"),
  "in base64 behind one byte": (secret) => Buffer.from(`:${secret}`).toString("base64"),
  "in base64 behind two bytes": (secret) => Buffer.from(`k=${secret}&`).toString("base64"),
  "in base64 for URLs": (secret) => Buffer.from(`user:${secret}`).toString("base64url"),
  "in hexadecimal": (secret) => Buffer.from(secret).toString("hex"),
  "percent-encoded base64": (secret) => encodeURIComponent(Buffer.from(`${secret}?>`).toString("base64")),
};

/** Undoes what a reader would undo, again and again, and says whether the secret is in it. */
export function givesAway(text: string, secret: string): boolean {
  const small = secret.toLowerCase();
  const seen = new Set<string>();
  for (let now = text; !seen.has(now); now = plainer(now)) {
    seen.add(now);
    if (now.toLowerCase().includes(small)) return true;
    for (const [word] of now.matchAll(/[A-Za-z0-9+/_-]{8,}/g))
      for (const from of [0, 1, 2, 3])
        if (Buffer.from(word.slice(from), "base64").toString("latin1").toLowerCase().includes(small)) return true;
    for (const [word] of now.matchAll(/(?:[\da-f]{2}){6,}/gi))
      if (Buffer.from(word, "hex").toString("latin1").toLowerCase().includes(small)) return true;
  }
  return false;
}

function plainer(text: string): string {
  return text
    .replaceAll(/%([\da-f]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
    .replaceAll(/\\u([\da-f]{4})|\\x([\da-f]{2})/gi, (_, unit?: string, byte?: string) =>
      String.fromCharCode(Number.parseInt(unit ?? byte ?? "", 16)),
    )
    .replaceAll(/&#x([\da-f]+);/gi, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)))
    .replaceAll(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replaceAll(/\\([/\\"])/g, "$1");
}
