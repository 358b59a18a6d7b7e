/** A provider's base URL, checked, and whether it is local. */
import { isPrivate } from "../../core/addresses.ts";
import type { Preset } from "../preset.ts";
import { presetHome } from "../presets/index.ts";
import type { Setting } from "./findings.ts";

/** What clients add by themselves. */
const TAIL = /\/(chat\/completions|responses|completions|messages|models)$/;

/** The address as written, or the preset's, without its query. No value is shown that may hold a password. */
export function resolveAddress(written: string | undefined, preset: Preset | undefined, table: Setting) {
  const text = written?.trim() ?? (preset && presetHome(preset));
  const setting = table.at("base_url");
  const wrong = (message: string, fix: string): undefined =>
    (written === undefined ? table : setting).problem(message, fix);
  if (text === undefined || text === "") {
    const message = preset ? `has no base_url, and preset ${preset.id} has no address of its own` : "has no base_url";
    return wrong(message, 'write the provider\'s address: base_url = "https://host.example/v1"');
  }
  const blank = /\{[^}]*\}/.exec(text)?.[0];
  if (blank !== undefined)
    return wrong(`the address has a placeholder, ${blank}`, `fill it in: base_url = "${withoutSecrets(text)}"`);
  const url = /^https?:\/\//i.test(text) ? URL.parse(text) : null;
  if (!url) return wrong("is not an http:// or https:// URL", 'for example: base_url = "http://127.0.0.1:11434/v1"');
  if (url.username !== "" || url.password !== "")
    return wrong(
      "holds a user name or password, and addresses are printed",
      "leave them out; give the key by env_key or api_key_file",
    );
  const root = url.origin + url.pathname.replace(/(?<!\/)\/+$/, "");
  const tail = TAIL.exec(root)?.[0];
  if (tail !== undefined)
    return wrong(`ends in ${tail}, which is added to it anyway`, `write: base_url = "${root.slice(0, -tail.length)}"`);
  if (url.hash !== "") return wrong("has a part after #, which is never sent", `write: base_url = "${root}"`);
  if (root === url.origin && !preset) setting.warn(`has no path; most upstreams want ${root}/v1`);
  return { base_url: root, query: Object.fromEntries(url.searchParams), local: isPrivate(url.hostname) };
}

const withoutSecrets = (url: string): string => url.replace(/\/\/[^/@]*@/, "//").replace(/\?.*$/, "");
