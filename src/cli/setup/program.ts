/** The installed programs of agents; of Codex its version, and whether it loads a config. */
import { spawnSync } from "node:child_process";
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import process from "node:process";
import { hasProfileFiles, readVersion, type Version } from "../../agents/codex-config.ts";
import { PROVIDER_ID } from "../../agents/endpoint.ts";

const RUN_MS = 20_000;

export interface CodexProgram {
  path: string;
  version: Version | undefined;
}

/** The first of this name on `PATH`. */
export function findProgram(name: string): string | undefined {
  const endings = process.platform === "win32" ? (process.env["PATHEXT"] ?? ".EXE;.CMD").split(";") : [""];
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    for (const ending of endings) {
      const path = join(folder, name + ending);
      try {
        accessSync(path, constants.X_OK);
        if (folder !== "" && statSync(path).isFile()) return path;
      } catch {
        // Not here.
      }
    }
  }
  return undefined;
}

export function findCodex(): CodexProgram | undefined {
  const path = findProgram("codex");
  if (path === undefined) return undefined;
  const { output } = runIn({ path }, {}, ["--version"]);
  return { path, version: readVersion(/codex\S* (\d+\.\d+\.\d+)/.exec(output)?.[1] ?? "") };
}

/** Texts of a Codex folder, by their names. */
type CodexFiles = Readonly<Record<string, string | undefined>>;

/** Files beside the config that it may name, without those that Codex writes itself. */
const BESIDE = /^(?!auth\.|models_cache|version).*\.(?:md|txt|json|toml)$/;

/**
 * Lets Codex load these files in a folder of their own. Returns its error; undefined when it loads them. Nothing is sent
 * over the network and no server of its config is started: a question about a nonexistent MCP server makes Codex read all
 * of its config, and do nothing else.
 */
export function codexComplaint(
  codex: CodexProgram,
  files: CodexFiles,
  home: string,
  profile: boolean,
): string | undefined {
  const args = profile ? ["--profile", PROVIDER_ID] : [];
  const question = hasProfileFiles(codex.version) ? ["mcp", "get", NONEXISTENT] : ["features", "list"];
  const { status, output } = runIn(codex, files, [...args, ...question], home);
  if (status === 0 || output.includes(`No MCP server named '${NONEXISTENT}'`)) return undefined;
  const lines = output.split("\n").map((line) => line.trim());
  const noise = /^$|^WARNING|^Stack backtrace|^\d+: <unknown>|^Caused by:/;
  return (
    lines
      .filter((line) => !noise.test(line))
      .slice(0, 4)
      .join("\n") || "it ended without an error message"
  );
}

/** A placeholder in texts for the folder of a run. */
export const CODEX_HOME = "{CODEX_HOME}";
const NONEXISTENT = "juscode-shim-asks";
const MANY = 20;

/** The names of settings that this Codex does not know; it reports one at a time. */
export function unknownSettings(
  codex: CodexProgram,
  text: string,
  without: (text: string, key: string) => string,
): string[] {
  const found: string[] = [];
  let rest = text;
  // When all settings are known, the nonexistent provider makes it end.
  const args = ["--strict-config", "-c", `model_provider="${NONEXISTENT}"`, "exec", "--skip-git-repo-check", "nothing"];
  while (found.length < MANY) {
    const key = /unknown configuration field `([^`]+)`/.exec(runIn(codex, { "config.toml": rest }, args).output)?.[1];
    if (key === undefined || found.includes(key)) break;
    found.push(key);
    rest = without(rest, key);
  }
  return found;
}

/** Never in the user's own folder: Codex leaves files there whatever it runs. */
function runIn(
  codex: { path: string },
  files: CodexFiles,
  args: readonly string[],
  beside?: string,
): { status: number | null; output: string } {
  const home = mkdtempSync(join(tmpdir(), "juscode-setup-"));
  const within = JSON.stringify(home).slice(1, -1);
  try {
    for (const [name, text] of Object.entries(files))
      if (text !== undefined) writeFileSync(join(home, name), text.replaceAll(CODEX_HOME, within), { mode: 0o600 });
    for (const name of beside !== undefined && existsSync(beside) ? readdirSync(beside) : [])
      if (BESIDE.test(name) && !(name in files)) symlinkSync(join(beside ?? "", name), join(home, name));
    mkdirSync(join(home, "work"));
    const { status, stdout, stderr } = spawnSync(codex.path, args, {
      cwd: join(home, "work"),
      env: { ...process.env, CODEX_HOME: home },
      encoding: "utf8",
      timeout: RUN_MS,
      stdio: ["ignore", "pipe", "pipe"],
    });
    return { status, output: `${stdout ?? ""}${stderr ?? ""}`.replaceAll(home, "$CODEX_HOME") };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
