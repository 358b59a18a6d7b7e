/** How each agent is started with everything on its command line and in its environment, so that no file is touched. */
import { claudeLaunch } from "./claude-code.ts";
import { codexArguments } from "./codex-config.ts";
import { KEY_VARIABLE, NO_KEY, type Endpoint } from "./endpoint.ts";
import { opencodeLaunch } from "./opencode.ts";

type LaunchName = "codex" | "claude" | "opencode";

export interface Launch {
  args: readonly string[];
  /** Added to the environment. */
  env: Readonly<Record<string, string>>;
}

interface LaunchInput {
  endpoint: Endpoint;
  /** The agent's own. */
  args: readonly string[];
  /** The shim's key, where it asks for one. */
  key: string | undefined;
  /** Where the model catalog lies for as long as the agent runs. */
  catalog_file: string | undefined;
}

const LAUNCHES: Record<LaunchName, (input: LaunchInput) => Launch> = {
  codex: ({ endpoint, args, key, catalog_file }) => ({
    args: [...codexArguments({ ...endpoint, ...(catalog_file !== undefined && { catalog_file }) }), ...args],
    // A provider of our name in the user's config may ask for it: the two are joined.
    env: { [endpoint.key_env ?? KEY_VARIABLE]: key ?? NO_KEY },
  }),
  claude: ({ endpoint, args, key }) => claudeLaunch(endpoint, args, key),
  opencode: ({ endpoint, args }) => opencodeLaunch(endpoint, args),
};

export function launchOf(agent: LaunchName, input: LaunchInput): Launch {
  return LAUNCHES[agent](input);
}
