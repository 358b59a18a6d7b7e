/** What in the settings of the agents on this machine keeps them from working with the shim. */
import { hasProfileFiles } from "../../agents/codex-config.ts";
import { codexTraps, xdgTrap, type Trap, type TrapContext } from "../../agents/codex-traps.ts";
import { PROVIDER_ID } from "../../agents/endpoint.ts";
import { IrregularFile, readRegularFile } from "../../config/regular-file.ts";
import { judged, ok, shown, type Finding, type Judged } from "../../server/doctor/finding.ts";
import { urlHost } from "../../server/listen.ts";
import { countKeys } from "../operations.ts";
import type { Settings } from "../settings.ts";
import { CODEX_FILES, codexPath, strayCodexConfig } from "../setup/codex.ts";
import { codexComplaint, findCodex, type CodexProgram } from "../setup/program.ts";

/** Where the shim listens, and whether it needs keys. */
export type Listens = Pick<Settings, "host" | "port"> & {
  operations?: Pick<Settings["operations"], "keys_file" | "require_keys">;
};

export function agentFindings({ host, port, operations }: Listens): Finding[] {
  const base_url = `http://${urlHost(host)}:${port}/v1`;
  const asks_key = operations !== undefined && (operations.require_keys || countKeys(operations.keys_file) > 0);
  return codexFindings({ base_url, asks_key }).map((each) => ({ subject: "codex", ...each }));
}

function codexFindings(shim: Pick<TrapContext, "base_url" | "asks_key">): Judged[] {
  const { config, profile } = CODEX_FILES;
  const codex = findCodex();
  const texts = { [config]: readIfThere(config), [profile]: readIfThere(profile) };
  const unread = [config, profile].flatMap(irregular);
  const is_there = Object.values(texts).some((text) => text !== undefined);
  if (!codex && !is_there && unread.length === 0) return [];
  const stray = strayCodexConfig();
  const context = { ...shim, profile_files: hasProfileFiles(codex?.version) };
  return [
    codex ? ok("program", codex.path) : judged("program", "note", "not on PATH; only its settings were read"),
    ...unread,
    ...[config, profile].flatMap((name) => trapFindings(codexPath(name), texts[name], context)),
    ...(codex && is_there ? [loadFinding(codex, texts)] : []),
    ...(stray === undefined ? [] : [trapFinding(xdgTrap(stray, codexPath()))]),
    texts[profile] === undefined
      ? judged("profile", "note", `codex --profile ${PROVIDER_ID} is not set up`, undefined, "juscode-shim setup codex")
      : ok("profile", `codex --profile ${PROVIDER_ID}`),
  ];
}

function trapFindings(file: string, text: string | undefined, context: TrapContext): Judged[] {
  if (text === undefined) return [];
  const traps = codexTraps(text, context);
  return traps.length === 0 ? [ok("settings", file)] : traps.map((trap) => trapFinding(trap, file));
}

function trapFinding({ blocks, fails, line, message, fix, repair }: Trap, file?: string): Judged {
  const at = file === undefined ? "" : `${file}${line === undefined ? "" : `:${line}`}: `;
  return judged(
    "settings",
    blocks || fails !== undefined ? "problem" : "warning",
    at + shown(message, 200),
    fails ?? (blocks ? "Codex does not start with it" : "Codex starts, and does something else than intended"),
    repair ? `${fix} (juscode-shim setup codex --fix does it)` : fix,
  );
}

/** What Codex itself reports. */
function loadFinding(codex: CodexProgram, texts: Readonly<Record<string, string | undefined>>): Judged {
  const complaint = codexComplaint(codex, texts, codexPath(), texts[CODEX_FILES.profile] !== undefined);
  if (complaint === undefined) return ok("loads", "Codex accepts its settings");
  return judged("loads", "problem", shown(complaint, 240), "Codex does not start", "correct what it names");
}

/** A file that is not regular makes Codex wait for ever, or end. */
function irregular(name: string): Judged[] {
  try {
    readRegularFile(codexPath(name));
    return [];
  } catch (error) {
    if (!(error instanceof IrregularFile)) return [];
    return [
      judged("settings", "problem", error.message, "Codex cannot read it either", "put a text file in its place"),
    ];
  }
}

function readIfThere(name: string): string | undefined {
  try {
    return readRegularFile(codexPath(name));
  } catch {
    return undefined; // A file that exists and cannot be read has a finding of its own.
  }
}
