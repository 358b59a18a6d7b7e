/** Finds the secrets in an upstream's settings: its key, and whatever else is sent to it that may be one. */

interface SecretSettings {
  key?: string | undefined;
  headers?: Readonly<Record<string, string>> | undefined;
  query?: Readonly<Record<string, string>> | undefined;
  /** Their user names, passwords and query values are secret. */
  urls?: readonly (string | undefined)[];
  /** Of a body; those with the name of a secret are secret. */
  fields?: unknown;
}

/** Each secret value, and the parts that an upstream may repeat alone. */
export function secretsIn({ key, headers = {}, query = {}, urls = [], fields }: SecretSettings): string[] {
  const all = [
    ...(key === undefined ? [] : partsOf(key)),
    ...Object.entries(headers).flatMap(([name, value]) =>
      SECRET.test(name) ? wordsOf(value) : partsOf(value, KNOWN_SCHEME),
    ),
    ...Object.values(query).flatMap((value) => partsOf(value, KNOWN_SCHEME)),
    ...urls.flatMap((url) => (url === undefined ? [] : inUrl(url))),
    ...inFields(fields),
  ];
  return [...new Set(all)];
}

const SECRET = /auth|key|token|secret|passw|cookie|session|credential|signature/i;

/** `Bearer 7f3a…`: the scheme is no secret, what follows is. */
const SCHEME = /^([a-z][a-z-]*)\s+(\S.*)$/i;
/** The schemes that are recognized where none is expected. */
const KNOWN_SCHEME = /^(bearer|basic|token|key|api-?key|oauth|digest|negotiate)\s+(\S.*)$/i;

function partsOf(value: string, form = SCHEME): string[] {
  const [, scheme = "", rest] = form.exec(value.trim()) ?? [];
  if (rest === undefined) return [value.trim()];
  return [value.trim(), rest, ...(scheme.toLowerCase() === "basic" ? inBasic(rest) : [])];
}

/** `user:password` and its password: the name alone is no secret. */
function inBasic(encoded: string): string[] {
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const at = text.indexOf(":");
  return at === -1 ? [] : [text, text.slice(at + 1)];
}

/** Headers of several fields: `Token token="…", id="…"`, `session=…; theme=…`. */
function wordsOf(value: string): string[] {
  const whole = partsOf(value);
  const words = (whole[1] ?? value)
    .split(/[\s;,]+/)
    .map((word) => word.replace(/^[\w.-]+=/, "").replaceAll(/^"|"$/g, ""));
  return [...whole, ...words];
}

function inUrl(text: string): string[] {
  const url = URL.parse(text);
  if (!url) return [];
  const { username, password, searchParams } = url;
  const [user, word] = [username, password].map(decoded);
  const login = word === "" ? [user ?? ""] : [word ?? "", `${user}:${word}`];
  return [...login, username === "" ? "" : password, ...searchParams.values()].filter((each) => each !== "");
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function inFields(fields: unknown, named = false): string[] {
  if (typeof fields === "string") return named ? partsOf(fields) : [];
  if (typeof fields !== "object" || fields === null) return [];
  return Object.entries(fields).flatMap(([name, each]) => inFields(each, named || SECRET.test(name)));
}
