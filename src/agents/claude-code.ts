/** Claude Code: what it has to be told, by its settings file or at its start. Measured with 2.1.330. */
import { NO_KEY, rootOf, type AgentPlan, type Endpoint } from "./endpoint.ts";
import { readJson, setJson } from "./json-settings.ts";

/** By a header of its own (2.1.330). */
export function isClaudeCode(headers: Headers): boolean {
  return headers.has("x-claude-code-session-id");
}

/** Everything that it reads from the environment; its settings file has a block of the same names. */
function claudeEnvironment(endpoint: Endpoint): Record<string, string> {
  const { model, context_window } = endpoint;
  return {
    // It adds /v1/messages by itself.
    ANTHROPIC_BASE_URL: rootOf(endpoint),
    ANTHROPIC_AUTH_TOKEN: NO_KEY,
    // Aliases and sub-agents ask for these names.
    ANTHROPIC_MODEL: model,
    ANTHROPIC_DEFAULT_OPUS_MODEL: model,
    ANTHROPIC_DEFAULT_SONNET_MODEL: model,
    ANTHROPIC_DEFAULT_HAIKU_MODEL: model,
    ANTHROPIC_DEFAULT_FABLE_MODEL: model,
    // Of a model that it does not know it believes that a million tokens fit.
    ...(context_window !== undefined && { CLAUDE_CODE_MAX_CONTEXT_TOKENS: String(context_window) }),
    // A line that differs with each session, in front of the prompt, would defeat every prompt cache.
    CLAUDE_CODE_ATTRIBUTION_HEADER: "0",
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
  };
}

/** Auto mode, its default, asks the server to judge actions, and stops where the server cannot. */
const MODE = "acceptEdits";

const KEY_NOTE = (name: string): string =>
  `Claude Code takes the key from its own variable: export ANTHROPIC_AUTH_TOKEN="$${name}"`;

/** `text` is the settings file as it is. */
export function planClaude(path: string, text: string | undefined, endpoint: Endpoint): AgentPlan {
  const { ANTHROPIC_AUTH_TOKEN, ...environment } = claudeEnvironment(endpoint);
  const { key_env, context_window } = endpoint;
  const variables = key_env === undefined ? { ...environment, ANTHROPIC_AUTH_TOKEN } : environment;
  const settings = Object.entries(variables).map(([name, value]) => ({ path: ["env", name], value }));
  const mode = modeOf(text);
  const chosen = mode === undefined || mode === "auto";
  return {
    changes: [
      {
        path,
        before: text,
        after: setJson(text, [...settings, ...(chosen ? [{ path: ["permissions", "defaultMode"], value: MODE }] : [])]),
      },
    ],
    notes: [
      ...(key_env === undefined ? [] : [KEY_NOTE(key_env)]),
      ...(context_window === undefined
        ? [
            "The model's window is not known: Claude Code will take it for a million tokens. Set it by --context-window.",
          ]
        : []),
      ...(chosen
        ? [
            `Its permission mode becomes ${MODE}, in which it edits files without asking: auto mode needs a server that judges actions. Another one: permissions.defaultMode in this file, or --permission-mode at its start.`,
          ]
        : []),
      "This is for every session of Claude Code. To use it now and then, leave its settings alone: juscode-shim launch claude",
    ],
    start: "claude",
  };
}

function modeOf(text: string | undefined): unknown {
  if (text === undefined || text.trim() === "") return undefined;
  return (readJson(text)["permissions"] as { defaultMode?: unknown } | undefined)?.defaultMode;
}

/** For one start: settings on the command line win over those of the user's file, whose `env` would win over ours. */
export function claudeLaunch(
  endpoint: Endpoint,
  args: readonly string[],
  key: string | undefined,
): { args: string[]; env: Record<string, string> } {
  const { ANTHROPIC_AUTH_TOKEN, ...env } = claudeEnvironment(endpoint);
  const given = args.some((arg) => /^--(?:permission-mode|dangerously-skip-permissions)\b/.test(arg));
  return {
    // The key stays out of the command line, which other users of the machine see.
    args: ["--settings", JSON.stringify({ env }), ...(given ? [] : ["--permission-mode", MODE]), ...args],
    env: { ...env, ANTHROPIC_AUTH_TOKEN: key ?? ANTHROPIC_AUTH_TOKEN ?? NO_KEY },
  };
}
