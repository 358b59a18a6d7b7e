/** `setup codex`: what there is, what is to be written, and whether the installed Codex loads it. */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import process from "node:process";
import {
  codexCatalogText,
  codexChanges,
  hasProfileFiles,
  PROFILE_HEAD,
  type CodexTarget,
} from "../../agents/codex-config.ts";
import { codexTraps, hiddenThreads, unknownTrap, xdgTrap, type Trap } from "../../agents/codex-traps.ts";
import { PROVIDER_ID, type AgentPlan, type Endpoint, type FileChange } from "../../agents/endpoint.ts";
import { editToml, TomlEditError } from "../../core/toml-edit.ts";
import { scanToml, tomlName } from "../../core/toml-scan.ts";
import { moveProviders } from "./move.ts";
import { CODEX_HOME, codexComplaint, findCodex, unknownSettings, type CodexProgram } from "./program.ts";
import { readText } from "./files.ts";
import type { SetupOptions } from "./options.ts";
import { UsageError } from "../usage-error.ts";

export interface CodexPlan extends AgentPlan {
  traps: readonly Trap[];
  /** File that the traps' lines are of. */
  config: string;
  /** Lets the installed Codex load what would be there. What it says when it does not. */
  complaint(): string | undefined;
}

export function codexHome(): string {
  const set = process.env["CODEX_HOME"];
  return set ? resolve(set) : join(homedir(), ".codex");
}

const NAMES = { config: "config.toml", profile: `${PROVIDER_ID}.config.toml`, catalog: `${PROVIDER_ID}-models.json` };

export function planCodex(
  endpoint: Endpoint,
  list: unknown,
  options: Pick<SetupOptions, "as_default" | "live_catalog" | "fix">,
  shim_config: string | undefined,
): CodexPlan {
  const home = codexHome();
  const path = (name: string): string => join(home, name);
  const codex = findCodex();
  const profile_files = hasProfileFiles(codex?.version);
  const before = readText(path(NAMES.config));
  const traps = trapsOf(before, codex, { base_url: endpoint.base_url, profile_files }, home);
  const catalog = options.live_catalog ? undefined : codexCatalogText(list);
  const target: CodexTarget = {
    ...endpoint,
    live: options.live_catalog,
    ...(catalog !== undefined && { catalog_file: path(NAMES.catalog) }),
  };
  const repairs = options.fix ? traps.filter(({ repair }) => repair) : [];
  const changes: FileChange[] = [];
  if (catalog !== undefined)
    changes.push({ path: path(NAMES.catalog), before: readText(path(NAMES.catalog)), after: catalog });
  changes.push(...moveProviders(repairs, shim_config));
  if (profile_files) {
    const own = readText(path(NAMES.profile));
    const after = edited(own ?? PROFILE_HEAD, codexChanges(target, "top"), path(NAMES.profile));
    changes.push({ path: path(NAMES.profile), before: own, after });
  }
  const inside = [
    ...repairs.flatMap(({ repair = [] }) => repair),
    ...(profile_files ? [] : codexChanges(target, "profile_table")),
    ...(options.as_default ? codexChanges(target, "top") : []),
  ];
  const readable = traps.every(({ blocks, repair }) => !blocks || repair);
  const after = inside.length > 0 && readable ? edited(before ?? "", inside, path(NAMES.config)) : before;
  if (after !== undefined) changes.push({ path: path(NAMES.config), before, after });
  const blocking = traps.filter(({ blocks, repair }) => blocks && !(options.fix && repair));
  return {
    changes: changes.filter((change) => change.before !== change.after),
    notes: notesOf(codex, options, before, readable, endpoint),
    start: options.as_default ? "codex" : `codex --profile ${PROVIDER_ID}`,
    traps,
    config: path(NAMES.config),
    complaint: () => (codex && blocking.length === 0 ? complaintOf(codex, home, changes, after) : undefined),
  };
}

function edited(text: string, changes: ReturnType<typeof codexChanges>, path: string): string {
  try {
    return editToml(text, changes);
  } catch (error) {
    const why = error instanceof TomlEditError ? error.message : (error as Error).message.split("\n")[0];
    throw new UsageError(`${path}: ${why}`);
  }
}

/** Only what the profile needs is tried where the config was not touched; all files as they will be. */
function complaintOf(
  codex: CodexProgram,
  home: string,
  changes: readonly FileChange[],
  config: string | undefined,
): string | undefined {
  const text = (name: string): string | undefined =>
    changes
      .find(({ path }) => path === join(home, name))
      ?.after.replaceAll(JSON.stringify(home).slice(1, -1), CODEX_HOME);
  const files = {
    [NAMES.config]: config?.replaceAll(JSON.stringify(join(home, NAMES.catalog)), `"${CODEX_HOME}/${NAMES.catalog}"`),
    [NAMES.profile]: text(NAMES.profile),
    [NAMES.catalog]: changes.find(({ path }) => path === join(home, NAMES.catalog))?.after,
  };
  return codexComplaint(codex, files, home, false) ?? codexComplaint(codex, files, home, true);
}

function trapsOf(
  text: string | undefined,
  codex: CodexProgram | undefined,
  context: { base_url: string; profile_files: boolean },
  home: string,
): Trap[] {
  const found = codexTraps(text ?? "", context);
  if (text !== undefined && codex && context.profile_files && found.every(({ blocks, repair }) => !blocks || repair)) {
    // Codex tells what it does not know of a config only that it would load.
    const repaired = editToml(
      text,
      found.flatMap(({ repair = [] }) => repair),
    );
    for (const key of unknownSettings(codex, repaired, withoutKey)) found.push(unknownTrap(key, lineOf(text, key)));
  }
  const { env } = process;
  const xdg = env["XDG_CONFIG_HOME"];
  const stray = join(xdg !== undefined && isAbsolute(xdg) ? xdg : join(homedir(), ".config"), "codex", NAMES.config);
  if (existsSync(stray) && stray !== join(home, NAMES.config)) found.push(xdgTrap(stray, home));
  return found;
}

function statementOf(text: string, key: string) {
  return scanToml(text).statements.find(({ path }) => path.join(".") === key || tomlName(path.map(String)) === key);
}

function withoutKey(text: string, key: string): string {
  const path = statementOf(text, key)?.path.map(String) ?? key.split(".");
  try {
    return editToml(text, [{ path, remove: true }]);
  } catch {
    return text;
  }
}

function lineOf(text: string, key: string): number | undefined {
  const start = statementOf(text, key)?.line?.start;
  return start === undefined ? undefined : text.slice(0, start).split("\n").length;
}

function notesOf(
  codex: CodexProgram | undefined,
  { as_default, live_catalog }: Pick<SetupOptions, "as_default" | "live_catalog">,
  text: string | undefined,
  readable: boolean,
  { key_env }: Endpoint,
): string[] {
  const hidden = as_default && readable ? hiddenThreads(text) : "";
  return [
    ...(codex ? [] : ["Codex is not on PATH: this is for its version 0.134 or later."]),
    ...(codex && !hasProfileFiles(codex.version)
      ? [
          `This Codex is ${codex.version?.join(".")}: its profiles stand in config.toml. Run setup again after an upgrade to 0.134 or later, with --fix.`,
        ]
      : []),
    ...(hidden === "" ? [] : [hidden]),
    ...(live_catalog
      ? [
          "Codex asks the shim for its models at each start, and keeps them in models_cache.json, which all its profiles share.",
        ]
      : []),
    ...(key_env !== undefined && !process.env[key_env]
      ? [`${key_env} is not set: export ${key_env}=…, or Codex will not start.`]
      : []),
  ];
}
