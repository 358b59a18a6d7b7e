/** What every agent has to be told: where the shim is, and what it shall ask for. */
export interface Endpoint {
  /** With `/v1` at its end. */
  base_url: string;
  model: string;
  /** Environment variable that holds the shim's key; absent where the shim asks for none. */
  key_env?: string;
  /** Tokens that prompt and answer may have together. */
  context_window?: number;
  images?: boolean;
}

/** The id that the shim has within the configs of agents. */
export const PROVIDER_ID = "juscode";

/** What is given as a key where none is asked for: most agents do not start without one. */
export const NO_KEY = "unused";

/** The variable that holds the key, where one is asked for and nobody said another name. */
export const KEY_VARIABLE = "JUSCODE_API_KEY";

/** A file of an agent's, and what is to become of it. */
export interface FileChange {
  path: string;
  /** Undefined where there is no such file. */
  before: string | undefined;
  after: string;
}

/** What setting up an agent comes to. */
export interface AgentPlan {
  changes: readonly FileChange[];
  /** What the user has to know or do besides, a line or a paragraph each. */
  notes: readonly string[];
  /** How the agent is started afterwards. */
  start: string;
}

/** Where the shim is, without `/v1`: as some agents want it. */
export function rootOf({ base_url }: Endpoint): string {
  return base_url.replace(/\/v1$/, "");
}
