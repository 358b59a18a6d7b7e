/**
 * Wordings as data: plain text with places in braces. Rows need no regular expressions of their own, and matching takes
 * linear time on any text.
 *
 * - `{prompt}`, `{window}`, `{output}`, `{most}`, `{least}`, `{given}` are numbers;
 * - `{path}`, `{value}`, `{type}`, `{word}`, `{role}`, `{instead}` are names, quoted or not;
 * - `{supported}` is the rest of the sentence, a list of quoted names;
 * - `{exceed|exceeds}` is any of these texts, the last of which may be empty; `{}` is any short text.
 */

/** The text in each place of a wording. */
export type Found = Readonly<Record<string, string>>;

/** Only this much of a message is read: upstreams that repeat the request do so after their own words. */
const MAX_TEXT = 2000;

/** After these words an upstream repeats what it was sent. */
const ECHO = /\binput(?:_value)?'? ?[:=] ?['[{]|\b(?:received|got|body|messages)'? ?[:=] ?'?[[{]/;

/** With one kind of quotes, one space between words, and nothing of the request. */
export function plainWords(message: string): string {
  const text = message
    .slice(0, MAX_TEXT)
    .replaceAll(/[`"‘’“”]/g, "'")
    .replaceAll(/\s+/g, " ");
  const echo = text.search(ECHO);
  return echo > 0 ? text.slice(0, echo) : text;
}

const GAP = ".{0,80}?";
const NUMBER = String.raw`(?<NAME>\d[\d,_]{0,15})`;
/** It does not start in the middle of a name, so that each name is tried once. */
const NAMED = String.raw`['([{ ]{0,3}(?<![\w$.:/@*-])(?<NAME>[\w$][\w$.:/@[\]*-]{0,199})['\])}]{0,2}`;
const LIST = "(?<NAME>.{1,400})";

const PLACES: ReadonlyMap<string, string> = new Map([
  ["", GAP],
  ...["prompt", "window", "output", "most", "least", "given"].map((name): [string, string] => [name, NUMBER]),
  ...["path", "value", "type", "word", "role", "instead"].map((name): [string, string] => [name, NAMED]),
  ["supported", LIST],
]);

const SPECIAL = /[.*+?^$()|[\]\\]/g;

/** Wordings that are written in one text, with ` / ` between them. */
export const wordings = (text: string): string[] => text.trim().split(/\s+\/\s+/);

/** Compiles a wording; the function returns the text of its places, or undefined where the wording does not match. */
export function wording(words: string): (text: string) => Found | undefined {
  const pattern = patternOf(words);
  return (text) => {
    const found = pattern.exec(text);
    return found ? { ...found.groups } : undefined;
  };
}

export function patternOf(words: string): RegExp {
  const literal = (text: string): string => text.replaceAll(SPECIAL, String.raw`\$&`);
  const source = words
    .split(/[{}]/)
    .map((part, at) => {
      if (at % 2 === 0) return literal(part);
      if (part.includes("|")) return `(?:${part.split("|").map(literal).join("|")})`;
      const place = PLACES.get(part);
      if (place === undefined) throw new Error(`the wording "${words}" has an unknown place {${part}}`);
      return place.replace("NAME", part);
    })
    .join("");
  return new RegExp(source, "i");
}

export function numberOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : Number(text.replaceAll(/[,_]/g, ""));
}

/** `'low', 'medium' and 'high'.` */
export function listed(text: string): string[] {
  const quoted = [...text.matchAll(/'([^']{1,60})'/g)].map(([, name = ""]) => name);
  if (quoted.length > 0) return quoted;
  return text
    .split(/,| and | or /)
    .map((each) => each.trim().replace(/[.)\]]+$/, ""))
    .filter((each) => /^[\w-]{1,60}$/.test(each));
}

const MAX_PATH = 200;

/** A path in one form, `messages[2].content`: also from `messages.2.content`, `$.messages[2]`, `body.messages[2]`, `input/3/id`. */
export function pathOf(text: string): string {
  return text
    .slice(0, MAX_PATH)
    .replace(/^\$\.?|^(?:body|request)\./, "")
    .replaceAll("/", ".")
    .replaceAll(/\.?\[(\d{1,9})\]/g, "[$1]")
    .replaceAll(/\.(\d{1,9})(?=\.|\[|$)/g, "[$1]")
    .replace(/[.:,]+$/, "");
}

/** A place in pydantic's list: `["body", "messages", 2, "content"]`. */
export function pathOfPlaces(places: readonly unknown[]): string {
  const named = places.filter((each) => typeof each === "string" || typeof each === "number");
  return pathOf(named.join("."));
}

/** The field's own name. */
export const lastName = (path: string): string => /([^.[\]]*)(?:\[\d*\])*$/.exec(path)?.[1] ?? path;
