/** Calls without markers at the head of a message: they count only when the message is nothing else. */
import { FAMILIES, type Family } from "./families.ts";
import { plainName } from "./read-json.ts";

const WHOLE: readonly Family[] = FAMILIES.filter(({ whole }) => whole);
const MARKED: readonly { marker: string; family: Family }[] = WHOLE.flatMap((family) =>
  family.markers.map((marker) => ({ marker, family })),
);
const PYTHON = WHOLE.filter(({ body, markers }) => body.style === "python" && markers.length === 0);
const NAMED = WHOLE.filter(({ body, markers }) => body.style === "named" && markers.length === 0);

const HEAD = /(\[\s{0,8})?(?:print\(\s{0,8})?([A-Za-z_][\w.-]{0,127})?(\s{0,8})/y;
const PREFIXES = ["functions.", "default_api.", "print("];
const LONGEST = 160;

/** Families of which the message may be a call; none, or undefined where more of it is needed to tell. */
export function headFamilies(text: string, at: number, declared: ReadonlySet<string>): readonly Family[] | undefined {
  if (declared.size === 0 || !/[[A-Za-z_]/.test(text[at] ?? "")) return [];
  const rest = text.slice(at, at + LONGEST);
  const marked = MARKED.filter(({ marker }) => rest.startsWith(marker));
  if (marked.length > 0) return marked.map(({ family }) => family);
  if (MARKED.some(({ marker }) => marker.startsWith(rest))) return undefined;
  if (PREFIXES.some((prefix) => prefix.startsWith(rest))) return undefined;
  HEAD.lastIndex = 0;
  const [whole = "", list, name = "", blank = ""] = HEAD.exec(rest) ?? [];
  const next = rest.slice(whole.length);
  const plain = plainName(name);
  if (next === "" && blank === "" && rest.length < LONGEST)
    return startsName(declared, plain) || PREFIXES.some((prefix) => prefix.startsWith(name)) ? undefined : [];
  if (!declared.has(plain)) return [];
  if (next === "") return rest.length < LONGEST ? undefined : [];
  if (next.startsWith("(")) return PYTHON;
  if (list !== undefined || (blank !== "" && !blank.includes("\n"))) return [];
  if ("[ARGS]".startsWith(next)) return undefined;
  return next.startsWith("{") || next.startsWith("[ARGS]") ? NAMED : [];
}

function startsName(declared: ReadonlySet<string>, beginning: string): boolean {
  for (const name of declared) if (name.startsWith(beginning)) return true;
  return false;
}
