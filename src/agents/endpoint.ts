/** What every agent needs: where the shim is, and which model to use. */
export interface Endpoint {
  /** Ends in `/v1`. */
  base_url: string;
  model: string;
  /** Environment variable that holds the shim's key; absent where the shim needs none. */
  key_env?: string;
  /** In tokens; absent where it is unknown. */
  context_window?: number;
  images?: boolean;
}

/** The shim's id in the configs of agents. */
export const PROVIDER_ID = "juscode";

/** The key where none is needed: most agents do not start without one. */
export const NO_KEY = "unused";

/** The variable that holds the key, unless another one is named. */
export const KEY_VARIABLE = "JUSCODE_API_KEY";

/** A file of an agent's, and its new text. */
export interface FileChange {
  path: string;
  before: string | undefined;
  after: string;
}

/** What setting up an agent comes to. */
export interface AgentPlan {
  changes: readonly FileChange[];
  /** What the user has to know or do besides, a line or a paragraph each. */
  notes: readonly string[];
  start: string;
}

/** How an agent is started without changing any file: its arguments, and what is added to its environment. */
export interface Launch {
  args: readonly string[];
  env: Readonly<Record<string, string>>;
}

/** The shim's address without `/v1`, as some agents want it. */
export const rootOf = ({ base_url }: Endpoint): string => base_url.replace(/\/v1$/, "");

/** The note for an agent that is set up without a context window. */
export function windowUnknown({ context_window }: Endpoint, consequence: string): string[] {
  if (context_window !== undefined) return [];
  return [`The model's context window is unknown: ${consequence}. Set it by --context-window.`];
}
