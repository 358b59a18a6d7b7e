/** `setup codex`: what there is, what will be written, and whether the installed Codex loads it. */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { codexCatalogText, codexChanges, hasProfileFiles, PROFILE_HEAD } from "../../agents/codex-config.ts";
import { codexTraps, hiddenThreads, unknownTrap, xdgTrap, type Trap } from "../../agents/codex-traps.ts";
import { PROVIDER_ID, type AgentPlan, type Endpoint, type FileChange } from "../../agents/endpoint.ts";
import { configHome, findConfig, placeForConfig } from "../../config/file/locate.ts";
import { parseConfig } from "../../config/file/parse.ts";
import { problemText } from "../../config/file/problem.ts";
import { editToml, TomlEditError, tomlValue, type TomlChange } from "../../core/toml-edit.ts";
import { scanToml, tomlName } from "../../core/toml-scan.ts";
import { messageOf, UsageError } from "../usage-error.ts";
import { readText } from "./files.ts";
import type { SetupOptions } from "./options.ts";
import { CODEX_HOME, codexComplaint, findCodex, unknownSettings, type CodexProgram } from "./program.ts";

export interface CodexPlan extends AgentPlan {
  traps: readonly Trap[];
  config: string;
  /** Lets the installed Codex load the files as they will be. Returns its complaint, if it has one. */
  complaint(): string | undefined;
}

export const CODEX_FILES = {
  config: "config.toml",
  profile: `${PROVIDER_ID}.config.toml`,
  catalog: `${PROVIDER_ID}-models.json`,
} as const;
const { config: CONFIG, profile: PROFILE, catalog: CATALOG } = CODEX_FILES;

/** Codex's folder, or a file in it. */
export function codexPath(name = ""): string {
  const set = process.env["CODEX_HOME"];
  return join(set ? resolve(set) : join(homedir(), ".codex"), name);
}

/** A config in the folder where other programs keep theirs, which Codex never reads. */
export function strayCodexConfig(): string | undefined {
  const path = join(configHome(), "codex", CONFIG);
  return existsSync(path) && path !== codexPath(CONFIG) ? path : undefined;
}

type CodexOptions = Pick<SetupOptions, "as_default" | "live_catalog" | "fix">;

/** `shim_config` is the value of `--config`. */
export function planCodex(
  endpoint: Endpoint,
  list: unknown,
  options: CodexOptions,
  shim_config: string | undefined,
): CodexPlan {
  const { as_default, live_catalog, fix } = options;
  const codex = findCodex();
  const profile_files = hasProfileFiles(codex?.version);
  const before = readText(codexPath(CONFIG));
  const traps = trapsOf(before, codex, { base_url: endpoint.base_url, profile_files });
  const catalog = live_catalog ? undefined : codexCatalogText(list);
  const catalog_file = codexPath(CATALOG);
  const target = { ...endpoint, live: live_catalog, ...(catalog !== undefined && { catalog_file }) };
  const repairs = fix ? traps.filter(({ repair }) => repair) : [];
  const changes: FileChange[] = [];
  if (catalog !== undefined) changes.push({ path: catalog_file, before: readText(catalog_file), after: catalog });
  changes.push(...moveProviders(repairs, shim_config));
  if (profile_files) {
    const path = codexPath(PROFILE);
    const own = readText(path);
    changes.push({ path, before: own, after: edited(own ?? PROFILE_HEAD, codexChanges(target, "top"), path) });
  }
  const inside = [
    ...repairs.flatMap(({ repair = [] }) => repair),
    ...(profile_files ? [] : codexChanges(target, "profile_table")),
    ...(as_default ? codexChanges(target, "top") : []),
  ];
  const is_readable = isReadable(traps);
  const path = codexPath(CONFIG);
  const after = inside.length > 0 && is_readable ? edited(before ?? "", inside, path) : before;
  if (after !== undefined) changes.push({ path, before, after });
  const is_blocked = traps.some(({ blocks, repair }) => blocks && !(fix && repair));
  return {
    changes: changes.filter((change) => change.before !== change.after),
    notes: notesOf(codex, options, is_readable ? before : null, endpoint),
    start: as_default ? "codex" : `codex --profile ${PROVIDER_ID}`,
    traps,
    config: path,
    complaint: () => (codex && !is_blocked ? complaintOf(codex, changes, after) : undefined),
  };
}

/** Every trap that keeps Codex from loading the config can be repaired. */
const isReadable = (traps: readonly Trap[]): boolean => traps.every(({ blocks, repair }) => !blocks || repair);

function edited(text: string, changes: readonly TomlChange[], path: string): string {
  try {
    return editToml(text, changes);
  } catch (error) {
    const message = messageOf(error);
    throw new UsageError(`${path}: ${error instanceof TomlEditError ? message : message.split("\n")[0]}`);
  }
}

/** Tries the config alone, and then with the profile: all files as they will be. */
function complaintOf(
  codex: CodexProgram,
  changes: readonly FileChange[],
  config: string | undefined,
): string | undefined {
  const text = (name: string): string | undefined => changes.find(({ path }) => path === codexPath(name))?.after;
  const home = codexPath();
  const files = {
    [CONFIG]: config?.replaceAll(JSON.stringify(codexPath(CATALOG)), `"${CODEX_HOME}/${CATALOG}"`),
    [PROFILE]: text(PROFILE)?.replaceAll(JSON.stringify(home).slice(1, -1), CODEX_HOME),
    [CATALOG]: text(CATALOG),
  };
  return codexComplaint(codex, files, home, false) ?? codexComplaint(codex, files, home, true);
}

function trapsOf(
  text: string | undefined,
  codex: CodexProgram | undefined,
  context: { base_url: string; profile_files: boolean },
): Trap[] {
  const found = codexTraps(text ?? "", context);
  if (text !== undefined && codex && context.profile_files && isReadable(found)) {
    // Codex reports unknown settings only for a config that it would load.
    const repairs = found.flatMap(({ repair = [] }) => repair);
    for (const key of unknownSettings(codex, editToml(text, repairs), withoutKey))
      found.push(unknownTrap(key, lineOf(text, key)));
  }
  const stray = strayCodexConfig();
  if (stray !== undefined) found.push(xdgTrap(stray, codexPath()));
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

/** `text` is the config before; null where it cannot be read. */
function notesOf(
  codex: CodexProgram | undefined,
  { as_default, live_catalog }: CodexOptions,
  text: string | null | undefined,
  { key_env }: Endpoint,
): string[] {
  const notes: string[] = [];
  const hidden = as_default && text !== null ? hiddenThreads(text) : "";
  if (!codex) notes.push("Codex is not on PATH: this is for version 0.134 or later.");
  else if (!hasProfileFiles(codex.version))
    notes.push(
      `This Codex is ${codex.version?.join(".")}: its profiles are in config.toml. Run setup again after an upgrade to 0.134 or later, with --fix.`,
    );
  if (hidden !== "") notes.push(hidden);
  if (live_catalog)
    notes.push(
      "Codex asks the shim for its models at each start, and stores them in models_cache.json, which all its profiles share.",
    );
  if (key_env !== undefined && !process.env[key_env])
    notes.push(`${key_env} is not set: export ${key_env}=…, or Codex will not start.`);
  return notes;
}

/** Copies providers that Codex can no longer use into the shim's own config; one that is there stays as it is. */
function moveProviders(traps: readonly Trap[], flag: string | undefined): FileChange[] {
  const moved = traps.flatMap((trap) => trap.moved ?? []);
  if (moved.length === 0) return [];
  const path = findConfig(flag) ?? placeForConfig(flag);
  const before = readText(path);
  let after = before ?? "";
  for (const { id, toml } of moved) {
    if (tomlValue(after, ["model_providers", id]) !== undefined) continue;
    const gap = after === "" ? "" : after.endsWith("\n") ? "\n" : "\n\n";
    after += `${gap}# Moved here from Codex's config.toml by juscode-shim setup codex\n${toml.trimEnd()}\n`;
  }
  if (after === (before ?? "")) return [];
  const result = parseConfig(after, path, { env: process.env, readFile: (file) => readText(file) ?? "" });
  if ("config" in result) return [{ path, before, after }];
  throw new UsageError(
    "the shim's own config would be invalid with the provider from Codex's, so nothing was moved",
    ...result.problems.flatMap((problem) => problemText(problem).split("\n")),
  );
}
