/** The table [store]: where responses and conversations are kept, and for how long. */
import type { StoreConfig, StorePlace } from "./config-file.ts";
import type { Setting } from "./findings.ts";
import { isVariable, noVariable, readSecret, readVariable, resolvePath } from "./resolve-files.ts";
import type { StoreToml } from "./schema.ts";

const WAYS = ["url", "url_env", "url_file"] as const;

export const DEFAULT_STORE: StoreConfig = {
  enabled: true,
  place: { kind: "sqlite" },
  max_age_days: 30,
  max_mb: 1024,
};

export function resolveStore(toml: StoreToml, setting: Setting): StoreConfig {
  const { enabled, place, max_age_days, max_mb } = DEFAULT_STORE;
  return {
    enabled: toml.enabled ?? enabled,
    place: readPlace(toml, setting) ?? place,
    max_age_days: toml.max_age_days ?? max_age_days,
    max_mb: toml.max_mb ?? max_mb,
  };
}

function readPlace(toml: StoreToml, setting: Setting): StorePlace | undefined {
  const [way, second] = WAYS.filter((each) => toml[each] !== undefined);
  if (way === undefined) return undefined;
  if (second !== undefined)
    return setting.at(second).problem(`the URL is already given by ${way}`, `keep one of ${WAYS.join(", ")}`);
  const text = readUrl(toml[way] ?? "", way, setting.at(way));
  return text === undefined ? undefined : placeOf(text, setting.at(way));
}

function readUrl(written: string, way: (typeof WAYS)[number], setting: Setting): string | undefined {
  if (way === "url") return written;
  if (way === "url_env") {
    if (!isVariable(written)) return noVariable(setting, "URL", "url_env", "STORE_URL");
    return readVariable(written, setting)?.trim();
  }
  const file = resolvePath(written, setting);
  return file === undefined ? undefined : readSecret(file, setting, "URL")?.trim();
}

/** The URL may hold a password: no message repeats it. */
function placeOf(text: string, setting: Setting): StorePlace | undefined {
  const scheme = /^(?<scheme>[a-z][a-z\d+.-]+):/i.exec(text)?.groups?.["scheme"]?.toLowerCase();
  // A scheme of one letter is a drive.
  if (scheme === undefined || scheme === "sqlite") {
    const file = resolvePath(scheme === undefined ? text : text.slice("sqlite:".length), setting);
    return file === undefined ? undefined : { kind: "sqlite", file };
  }
  const is_postgres = /^postgres(?:ql)?$/.test(scheme);
  const url = URL.parse(text);
  if (is_postgres && url !== null && (url.hostname !== "" || url.searchParams.has("host")))
    return { kind: "postgres", url: text };
  const [what, fix] = is_postgres
    ? ["is not the URL of a database", "write special characters of the password as %XX"]
    : [`\`${scheme}:\` is not a supported store`, "use a SQLite file or PostgreSQL"];
  return setting.problem(what, `${fix}: "sqlite:PATH" or "postgres://USER:PASSWORD@HOST/DATABASE"`);
}

/** Without its password. */
export function shownPlace(place: StorePlace): string {
  if (place.kind === "sqlite") return place.file ?? "responses.sqlite in the state folder";
  const url = new URL(place.url);
  const user = url.username || url.searchParams.get("user");
  const host = url.host || url.searchParams.get("host");
  return `${url.protocol}//${user ? `${user}@` : ""}${host}${url.pathname}`;
}
