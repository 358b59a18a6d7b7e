/** The table [store]: where responses and conversations are kept, and for how long. */
import type { StoreConfig, StorePlace } from "./config-file.ts";
import type { Findings } from "./findings.ts";
import { readNamed, resolvePath } from "./resolve-files.ts";
import type { StoreToml } from "./schema.ts";

const MAX_AGE_DAYS = 30;
const MAX_MB = 1024;
const WAYS = ["url", "url_env", "url_file"] as const;

/** What holds when nothing is said. */
export const DEFAULT_STORE: StoreConfig = {
  enabled: true,
  place: { kind: "sqlite" },
  max_age_days: MAX_AGE_DAYS,
  max_mb: MAX_MB,
};

export function resolveStore(toml: StoreToml, found: Findings): StoreConfig {
  const { enabled = true, max_age_days = MAX_AGE_DAYS, max_mb = MAX_MB } = toml;
  return { enabled, place: readPlace(toml, found) ?? DEFAULT_STORE.place, max_age_days, max_mb };
}

function readPlace(toml: StoreToml, found: Findings): StorePlace | undefined {
  const [way, second] = WAYS.filter((each) => toml[each] !== undefined);
  if (way === undefined) return undefined;
  if (second !== undefined) {
    found.problem(["store", second], `there is already a URL, by ${way}`, `keep one of ${WAYS.join(", ")}`);
    return undefined;
  }
  const written = toml[way] ?? "";
  if (way === "url") return placeOf(written, way, found);
  const text = way === "url_env" ? fromEnv(written, found) : fromFile(written, found);
  return text === undefined ? undefined : placeOf(text.trim(), way, found);
}

function fromEnv(name: string, found: Findings): string | undefined {
  if (!/^[A-Za-z_]\w*$/.test(name)) {
    const fix = 'write the variable\'s name, url_env = "STORE_URL", and run: export STORE_URL=…';
    found.problem(["store", "url_env"], "is no name of an environment variable; is it the URL itself?", fix);
    return undefined;
  }
  const value = found.variable(name);
  if (value !== undefined && value.trim() !== "") return value;
  const what = value === undefined ? "is not set" : "is set, but empty";
  found.problem(["store", "url_env"], `the environment variable ${name} ${what}`, `run: export ${name}=…`);
  return undefined;
}

function fromFile(written: string, found: Findings): string | undefined {
  const path = ["store", "url_file"];
  const file = resolvePath(written, path, found);
  const text = file === undefined ? undefined : readNamed(file, path, found);
  if (text?.trim() === "") {
    found.problem(path, `${file} is empty`, "write the URL into it");
    return undefined;
  }
  return text;
}

/** It may hold a password: no message repeats it. */
function placeOf(text: string, key: string, found: Findings): StorePlace | undefined {
  const scheme = /^(?<scheme>[a-z][a-z\d+.-]+):/i.exec(text)?.groups?.["scheme"]?.toLowerCase();
  // Of one letter it is a drive.
  if (scheme === undefined || scheme === "sqlite") {
    const file = resolvePath(scheme === undefined ? text : text.slice("sqlite:".length), ["store", key], found);
    return file === undefined ? undefined : { kind: "sqlite", file };
  }
  const url = URL.parse(text);
  if (/^postgres(?:ql)?$/.test(scheme) && url !== null && (url.hostname !== "" || url.searchParams.has("host")))
    return { kind: "postgres", url: text };
  const [what, fix] = /^postgres(?:ql)?$/.test(scheme)
    ? ["is no URL of a database", "special characters of the password are written as %XX"]
    : [`\`${scheme}:\` is no kind of store`, "keep responses in a SQLite file, or in PostgreSQL"];
  found.problem(["store", key], what, `${fix}: "sqlite:PATH" or "postgres://USER:PASSWORD@HOST/DATABASE"`);
  return undefined;
}

/** Without its password. */
export function shownPlace(place: StorePlace): string {
  if (place.kind === "sqlite") return place.file ?? "responses.sqlite in the state folder";
  const url = new URL(place.url);
  const user = url.username || url.searchParams.get("user");
  const host = url.host || url.searchParams.get("host");
  return `${url.protocol}//${user ? `${user}@` : ""}${host}${url.pathname}`;
}
