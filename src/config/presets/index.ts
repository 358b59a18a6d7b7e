/** All presets, and how one is found. */
import type { DialectPatch } from "../../core/dialect.ts";
import type { Preset } from "../preset.ts";
import { HOSTED } from "./hosted.ts";
import { LOCAL } from "./local.ts";
import { NATIVE } from "./native.ts";

export const PRESETS: readonly Preset[] = [...LOCAL, ...NATIVE, ...HOSTED];

export const presetById = (id: string | undefined): Preset | undefined => PRESETS.find((preset) => preset.id === id);

/** Its own address, or the usual port of a program on this machine. */
export function presetHome({ base_url, ports: [port] }: Preset): string | undefined {
  return base_url ?? (port === undefined ? undefined : `http://127.0.0.1:${port}/v1`);
}

/** By the `owned_by` of a list of models. */
export function presetByOwner(owner: string | undefined): Preset | undefined {
  return owner === undefined ? undefined : PRESETS.find((preset) => preset.owned_by.includes(owner));
}

/** By the address of a service; of several at one host the one with this path. */
export function presetByUrl(base_url: string): Preset | undefined {
  const [host, path] = addressOf(base_url);
  const there = PRESETS.filter(({ base_url: home }) => home !== undefined && matches(addressOf(home)[0], host));
  return there.find(({ base_url: home = "" }) => addressOf(home)[1] === path) ?? there[0];
}

function addressOf(url: string): [host: string, path: string] {
  const found = /^https?:\/\/([^/?#]*)([^?#]*)/.exec(url);
  return [found?.[1]?.toLowerCase() ?? "", found?.[2]?.replace(/(?<!\/)\/+$/, "") ?? ""];
}

/** In a pattern such as `{resource}.openai.azure.com` the braces stand for one name. */
function matches(pattern: string, host: string): boolean {
  if (!pattern.includes("{")) return pattern === host;
  const [before = "", after = ""] = pattern.split(/\{[^}]*\}/);
  return host.startsWith(before) && host.endsWith(after) && host.length > before.length + after.length;
}

/** The dialects of one of its models. */
export function presetModel(preset: Preset | undefined, model: string): DialectPatch[] {
  return Object.entries(preset?.models ?? {})
    .filter(([name]) => (name.endsWith("*") ? model.startsWith(name.slice(0, -1)) : model === name))
    .map(([, patch]) => patch);
}
