/** Where a provider is: its base URL made sure, and whether what is sent there stays in house. */
import { isPrivate } from "../../core/addresses.ts";
import type { Findings } from "./findings.ts";
import type { Preset } from "../preset.ts";
import type { KeyPath } from "../../core/toml-positions.ts";

export interface Address {
  /** Without a slash at its end, without a query. */
  base_url: string;
  query: Record<string, string>;
  local: boolean;
}

/** What clients add by themselves. */
const TAIL = /\/(chat\/completions|responses|completions|messages|models)$/;

/** The address as written, or the preset's. No value is shown that may hold a password. */
export function resolveAddress(
  written: string | undefined,
  preset: Preset | undefined,
  path: KeyPath,
  found: Findings,
): Address | undefined {
  const text = written?.trim() ?? homeOf(preset);
  const key = [...path, "base_url"];
  const wrong = (message: string, fix: string): undefined => {
    found.problem(written === undefined ? path : key, message, fix);
  };
  if (text === undefined || text === "") {
    return wrong(
      preset ? `has no base_url, and preset ${preset.id} has no address of its own` : "has no base_url",
      'write where the host is: base_url = "https://host.example/v1"',
    );
  }
  const blank = /\{[^}]*\}/.exec(text)?.[0];
  if (blank !== undefined) {
    return wrong(
      `the address has a place to fill in, ${blank}`,
      `write it with yours: base_url = "${withoutSecrets(text)}"`,
    );
  }
  const url = /^https?:\/\//i.test(text) ? urlOf(text) : undefined;
  if (!url)
    return wrong(
      "is no URL that begins with http:// or https://",
      'write for example: base_url = "http://127.0.0.1:11434/v1"',
    );
  if (url.username !== "" || url.password !== "") {
    return wrong(
      "holds a name or password, and addresses are printed",
      "leave them out; give the key by env_key or api_key_file",
    );
  }
  const root = url.origin + url.pathname.replace(/(?<!\/)\/+$/, "");
  const tail = TAIL.exec(root)?.[0];
  if (tail !== undefined) {
    return wrong(`ends in ${tail}, which is added to it anyway`, `write: base_url = "${root.slice(0, -tail.length)}"`);
  }
  if (url.hash !== "") return wrong("has a part after #, which is never sent", `write: base_url = "${root}"`);
  if (root === url.origin && !preset) found.warn(key, `has no path; most hosts want ${root}/v1`);
  return { base_url: root, query: Object.fromEntries(url.searchParams), local: isPrivate(url.hostname) };
}

/** Programs without a home of their own are at their usual port. */
function homeOf(preset: Preset | undefined): string | undefined {
  const [port] = preset?.ports ?? [];
  return preset?.base_url ?? (port === undefined ? undefined : `http://127.0.0.1:${port}/v1`);
}

const withoutSecrets = (url: string): string => url.replace(/\/\/[^/@]*@/, "//").replace(/\?.*$/, "");

export function urlOf(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}
