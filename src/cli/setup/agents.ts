/** Where each agent keeps its config on this machine, and what is to be written there. */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import process from "node:process";
import { planAider } from "../../agents/aider.ts";
import { planClaude } from "../../agents/claude-code.ts";
import { planCline } from "../../agents/cline.ts";
import { planGoose } from "../../agents/goose.ts";
import { SettingsError } from "../../agents/json-settings.ts";
import { planOpencode } from "../../agents/opencode.ts";
import { PROVIDER_ID, type AgentPlan, type Endpoint } from "../../agents/endpoint.ts";
import { codexHome } from "./codex.ts";
import { readText } from "./files.ts";
import { SETUP_AGENTS, type SetupAgent } from "./options.ts";
import { findProgram } from "./program.ts";
import { UsageError } from "../usage-error.ts";

type OtherAgent = Exclude<SetupAgent, "codex">;

/** The folder, or the file, where an agent's config lies. */
export function placeOf(agent: SetupAgent): string {
  const { env } = process;
  const home = homedir();
  switch (agent) {
    case "codex":
      return codexHome();
    case "claude-code":
      return join(env["CLAUDE_CONFIG_DIR"] || join(home, ".claude"), "settings.json");
    case "opencode":
      return env["OPENCODE_CONFIG"] || opencodeFile(join(configHome(), "opencode"));
    case "goose":
      return join(gooseFolder(), "custom_providers", `${PROVIDER_ID}.json`);
    case "aider":
      return join(home, ".aider.conf.yml");
    case "cline":
      return join(home, ".cline");
  }
}

function configHome(): string {
  const xdg = process.env["XDG_CONFIG_HOME"];
  return xdg !== undefined && isAbsolute(xdg) ? xdg : join(homedir(), ".config");
}

/** The file that is there; it reads both. */
function opencodeFile(folder: string): string {
  const commented = join(folder, "opencode.jsonc");
  return existsSync(commented) ? commented : join(folder, "opencode.json");
}

function gooseFolder(): string {
  const { APPDATA } = process.env;
  if (process.platform === "win32" && APPDATA) return join(APPDATA, "Block", "goose", "config");
  return join(configHome(), "goose");
}

const AIDER_MODELS = ".aider.juscode-models.json";

export function planOther(agent: OtherAgent, endpoint: Endpoint, as_default: boolean): AgentPlan {
  const path = placeOf(agent);
  try {
    switch (agent) {
      case "claude-code":
        return planClaude(path, readText(path), endpoint);
      case "opencode":
        return planOpencode(path, readText(path), endpoint, as_default);
      case "goose":
        return planGoose(path, readText(path), endpoint);
      case "aider": {
        const metadata = join(homedir(), AIDER_MODELS);
        const files = {
          config: { path, text: readText(path) },
          metadata: { path: metadata, text: readText(metadata) },
        };
        return planAider(files, endpoint, as_default);
      }
      case "cline":
        return planCline(endpoint);
    }
  } catch (error) {
    if (error instanceof SettingsError) throw new UsageError(`${path} ${error.message}`);
    throw error;
  }
}

/** The same for another machine, where nothing can be read. */
export function planElsewhere(agent: OtherAgent, endpoint: Endpoint, as_default: boolean): AgentPlan {
  switch (agent) {
    case "claude-code":
      return planClaude("~/.claude/settings.json", undefined, endpoint);
    case "opencode":
      return planOpencode("~/.config/opencode/opencode.json", undefined, endpoint, as_default);
    case "goose":
      return planGoose(`~/.config/goose/custom_providers/${PROVIDER_ID}.json`, undefined, endpoint);
    case "aider": {
      const file = (path: string) => ({ path, text: undefined });
      return planAider(
        { config: file("~/.aider.conf.yml"), metadata: file(`~/${AIDER_MODELS}`) },
        endpoint,
        as_default,
      );
    }
    case "cline":
      return planCline(endpoint);
  }
}

const PROGRAMS: Readonly<Record<SetupAgent, string>> = {
  codex: "codex",
  "claude-code": "claude",
  opencode: "opencode",
  cline: "cline",
  goose: "goose",
  aider: "aider",
};

interface Listed {
  agent: SetupAgent;
  /** Undefined where it is not on `PATH`. */
  program: string | undefined;
  place: string;
}

export function listAgents(): Listed[] {
  return SETUP_AGENTS.map((agent) => ({ agent, program: findProgram(PROGRAMS[agent]), place: placeOf(agent) }));
}
