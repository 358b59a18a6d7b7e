/** What in the settings of the agents on this machine keeps them from working with the shim. */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import process from "node:process";
import { hasProfileFiles } from "../../agents/codex-config.ts";
import { codexTraps, xdgTrap, type Trap, type TrapContext } from "../../agents/codex-traps.ts";
import { IrregularFile, readRegularFile } from "../../config/regular-file.ts";
import { PROVIDER_ID } from "../../agents/endpoint.ts";
import { judged, ok, shown, type Finding, type Judged } from "../../server/doctor/finding.ts";
import { urlHost } from "../../server/listen.ts";
import { countKeys } from "../outside.ts";
import { codexComplaint, findCodex, type CodexProgram } from "../setup/program.ts";
import type { Settings } from "../settings.ts";

const CODEX = "codex";
const CONFIG = "config.toml";
const PROFILE = `${PROVIDER_ID}.config.toml`;

/** What is looked at of the shim: where it listens, and whether it asks for keys. */
export type Listens = Pick<Settings, "host" | "port"> & {
  outside?: Pick<Settings["outside"], "keys_file" | "require_keys">;
};

type Shim = Pick<TrapContext, "base_url" | "asks_key">;

export function agentFindings({ host, port, outside }: Listens): Finding[] {
  const base_url = `http://${urlHost(host)}:${port}/v1`;
  const asks_key = outside !== undefined && (outside.require_keys || countKeys(outside.keys_file) > 0);
  return codexFindings({ base_url, asks_key }).map((each) => ({ subject: CODEX, ...each }));
}

function codexFindings(shim: Shim): Judged[] {
  const set = process.env["CODEX_HOME"];
  const home = set ? resolve(set) : join(homedir(), ".codex");
  const codex = findCodex();
  const [config, profile] = [CONFIG, PROFILE].map((name) => readIfThere(join(home, name)));
  const unread = [CONFIG, PROFILE].flatMap((name) => irregular(join(home, name)));
  if (!codex && config === undefined && profile === undefined && unread.length === 0) return [];
  return [
    programFinding(codex),
    ...unread,
    ...trapsIn(join(home, CONFIG), config, codex, shim),
    ...trapsIn(join(home, PROFILE), profile, codex, shim),
    ...complaints(codex, { [CONFIG]: config, [PROFILE]: profile }, home),
    ...misplaced(home),
    profile === undefined
      ? judged("profile", "note", `codex --profile ${PROVIDER_ID} is not set up`, undefined, "juscode-shim setup codex")
      : ok("profile", `codex --profile ${PROVIDER_ID}`),
  ];
}

function programFinding(codex: CodexProgram | undefined): Judged {
  if (!codex) return judged("program", "note", "not on PATH; only its settings were read");
  return ok("program", codex.path);
}

function trapsIn(file: string, text: string | undefined, codex: CodexProgram | undefined, shim: Shim): Judged[] {
  if (text === undefined) return [];
  const traps = codexTraps(text, { ...shim, profile_files: hasProfileFiles(codex?.version) });
  return traps.length === 0 ? [ok("settings", file)] : traps.map((trap) => trapFinding(trap, file));
}

function trapFinding({ blocks, fails, line, message, fix, repair }: Trap, file?: string): Judged {
  const at = file === undefined ? "" : `${file}${line === undefined ? "" : `:${line}`}: `;
  return judged(
    "settings",
    blocks || fails !== undefined ? "problem" : "warning",
    at + shown(message, 200),
    fails ?? (blocks ? "Codex does not start with it" : "Codex starts, and does something else than meant"),
    repair ? `${fix} (juscode-shim setup codex --fix does it)` : fix,
  );
}

/** What Codex itself says, where it is installed. */
function complaints(
  codex: CodexProgram | undefined,
  files: Readonly<Record<string, string | undefined>>,
  home: string,
): Judged[] {
  if (!codex || Object.values(files).every((text) => text === undefined)) return [];
  const complaint = codexComplaint(codex, files, home, files[PROFILE] !== undefined);
  if (complaint === undefined) return [ok("loads", "Codex takes its settings")];
  return [judged("loads", "problem", shown(complaint, 240), "Codex does not start", "set right what it names")];
}

/** A folder where other programs keep their settings. */
function misplaced(home: string): Judged[] {
  const xdg = process.env["XDG_CONFIG_HOME"];
  const path = join(xdg !== undefined && isAbsolute(xdg) ? xdg : join(homedir(), ".config"), "codex", CONFIG);
  return existsSync(path) && join(home, CONFIG) !== path ? [trapFinding(xdgTrap(path, home))] : [];
}

/** What is no regular file makes Codex wait for ever, or end. */
function irregular(file: string): Judged[] {
  try {
    readRegularFile(file);
    return [];
  } catch (error) {
    if (!(error instanceof IrregularFile)) return [];
    return [
      judged("settings", "problem", error.message, "Codex cannot read it either", "put a text file in its place"),
    ];
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readRegularFile(file);
  } catch {
    return undefined; // What is there and cannot be read has a finding of its own.
  }
}
