/** Where each agent keeps its config, and what is to be written there. */
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { planAider } from "../../agents/aider.ts";
import { planClaude } from "../../agents/claude-code.ts";
import { planCline } from "../../agents/cline.ts";
import { PROVIDER_ID, type AgentPlan, type Endpoint } from "../../agents/endpoint.ts";
import { planGoose } from "../../agents/goose.ts";
import { SettingsError } from "../../agents/json-settings.ts";
import { planOpencode } from "../../agents/opencode.ts";
import { configHome } from "../../config/file/locate.ts";
import { UsageError } from "../usage-error.ts";
import { codexPath } from "./codex.ts";
import { readText } from "./files.ts";
import { SETUP_AGENTS, type SetupAgent } from "./options.ts";
import { findProgram } from "./program.ts";

type OtherAgent = Exclude<SetupAgent, "codex">;

/** Reads a file of the agent's; undefined where there is none. */
type Read = (path: string) => string | undefined;

interface AgentRow {
  program: string;
  /** The file, or the folder, that holds its config on this machine. */
  place(): string;
  /** The same place as it is written for another machine. */
  elsewhere: string;
  plan(path: string, endpoint: Endpoint, as_default: boolean, read: Read): AgentPlan;
}

const AGENTS: Readonly<Record<OtherAgent, AgentRow>> = {
  "claude-code": {
    program: "claude",
    place: () => join(process.env["CLAUDE_CONFIG_DIR"] || join(homedir(), ".claude"), "settings.json"),
    elsewhere: "~/.claude/settings.json",
    plan: (path, endpoint, _, read) => planClaude(path, read(path), endpoint),
  },
  opencode: {
    program: "opencode",
    place: () => process.env["OPENCODE_CONFIG"] || opencodeFile(join(configHome(), "opencode")),
    elsewhere: "~/.config/opencode/opencode.json",
    plan: (path, endpoint, as_default, read) => planOpencode(path, read(path), endpoint, as_default),
  },
  cline: {
    program: "cline",
    place: () => join(homedir(), ".cline"),
    elsewhere: "~/.cline",
    plan: (_, endpoint) => planCline(endpoint),
  },
  goose: {
    program: "goose",
    place: () => join(gooseFolder(), "custom_providers", `${PROVIDER_ID}.json`),
    elsewhere: `~/.config/goose/custom_providers/${PROVIDER_ID}.json`,
    plan: (path, endpoint, _, read) => planGoose(path, read(path), endpoint),
  },
  aider: {
    program: "aider",
    place: () => join(homedir(), ".aider.conf.yml"),
    elsewhere: "~/.aider.conf.yml",
    plan: (path, endpoint, as_default, read) => {
      const file = (path: string) => ({ path, text: read(path) });
      const models = join(dirname(path), ".aider.juscode-models.json");
      return planAider(file(path), file(models), endpoint, as_default);
    },
  },
};

/** opencode reads both files; the one with comments wins. */
function opencodeFile(folder: string): string {
  const commented = join(folder, "opencode.jsonc");
  return existsSync(commented) ? commented : join(folder, "opencode.json");
}

function gooseFolder(): string {
  const { APPDATA } = process.env;
  if (process.platform === "win32" && APPDATA) return join(APPDATA, "Block", "goose", "config");
  return join(configHome(), "goose");
}

export const placeOf = (agent: SetupAgent): string => (agent === "codex" ? codexPath() : AGENTS[agent].place());

export function planOther(agent: OtherAgent, endpoint: Endpoint, as_default: boolean): AgentPlan {
  const path = placeOf(agent);
  try {
    return AGENTS[agent].plan(path, endpoint, as_default, readText);
  } catch (error) {
    if (error instanceof SettingsError) throw new UsageError(`${path} ${error.message}`);
    throw error;
  }
}

/** The plan for another machine, where nothing can be read. */
export function planElsewhere(agent: OtherAgent, endpoint: Endpoint, as_default: boolean): AgentPlan {
  const { elsewhere, plan } = AGENTS[agent];
  return plan(elsewhere, endpoint, as_default, () => undefined);
}

/** `program` is undefined where it is not on `PATH`. */
export function listAgents(): { agent: SetupAgent; program: string | undefined; place: string }[] {
  return SETUP_AGENTS.map((agent) => {
    const program = findProgram(agent === "codex" ? agent : AGENTS[agent].program);
    return { agent, program, place: placeOf(agent) };
  });
}
