/** Claude Code: its settings, in its file or at its start. Measured with 2.1.330. */
import { isJsonObject } from "../core/json-fields.ts";
import { NO_KEY, rootOf, windowUnknown, type AgentPlan, type Endpoint, type Launch } from "./endpoint.ts";
import { readJson, setJson } from "./json-settings.ts";

/** Recognized by a header of its own (2.1.330). */
export const isClaudeCode = (headers: Headers): boolean => headers.has("x-claude-code-session-id");

/** Its environment variables; its settings file has a block of the same names. */
function claudeEnvironment(endpoint: Endpoint): Record<string, string> {
  const { model, context_window } = endpoint;
  return {
    // It adds /v1/messages by itself.
    ANTHROPIC_BASE_URL: rootOf(endpoint),
    ANTHROPIC_AUTH_TOKEN: NO_KEY,
    // Aliases and sub-agents use these.
    ANTHROPIC_MODEL: model,
    ANTHROPIC_DEFAULT_OPUS_MODEL: model,
    ANTHROPIC_DEFAULT_SONNET_MODEL: model,
    ANTHROPIC_DEFAULT_HAIKU_MODEL: model,
    ANTHROPIC_DEFAULT_FABLE_MODEL: model,
    // For an unknown model it assumes a million tokens.
    ...(context_window !== undefined && { CLAUDE_CODE_MAX_CONTEXT_TOKENS: String(context_window) }),
    // A line in front of the prompt that differs in each session would defeat every prompt cache.
    CLAUDE_CODE_ATTRIBUTION_HEADER: "0",
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
  };
}

/** Auto mode, its default, needs a server that judges actions, and stops without one. */
const MODE = "acceptEdits";

/** `text` is the settings file as it is. */
export function planClaude(path: string, text: string | undefined, endpoint: Endpoint): AgentPlan {
  const { ANTHROPIC_AUTH_TOKEN, ...environment } = claudeEnvironment(endpoint);
  const { key_env } = endpoint;
  const variables = key_env === undefined ? { ...environment, ANTHROPIC_AUTH_TOKEN } : environment;
  const settings = Object.entries(variables).map(([name, value]) => ({ path: ["env", name], value }));
  const mode = modeOf(text);
  const chosen = mode === undefined || mode === "auto";
  if (chosen) settings.push({ path: ["permissions", "defaultMode"], value: MODE });
  return {
    changes: [{ path, before: text, after: setJson(text, settings) }],
    notes: [
      ...(key_env === undefined
        ? []
        : [`Claude Code reads the key from its own variable: export ANTHROPIC_AUTH_TOKEN="$${key_env}"`]),
      ...windowUnknown(endpoint, "Claude Code will assume a million tokens"),
      ...(chosen
        ? [
            `Its permission mode becomes ${MODE}, in which it edits files without asking: auto mode needs a server that judges actions. To use another one: permissions.defaultMode in this file, or --permission-mode at its start.`,
          ]
        : []),
      "This applies to every session of Claude Code. To use it only sometimes, without changing its settings: juscode-shim launch claude",
    ],
    start: "claude",
  };
}

function modeOf(text: string | undefined): unknown {
  if (text === undefined || text.trim() === "") return undefined;
  const { permissions } = readJson(text);
  return isJsonObject(permissions) ? permissions["defaultMode"] : undefined;
}

/** For one start: settings on the command line win over the user's file, whose `env` would win over ours. */
export function claudeLaunch(endpoint: Endpoint, args: readonly string[], key: string | undefined): Launch {
  const { ANTHROPIC_AUTH_TOKEN, ...env } = claudeEnvironment(endpoint);
  const given = args.some((arg) => /^--(?:permission-mode|dangerously-skip-permissions)\b/.test(arg));
  return {
    // The key stays out of the command line, which other users of the machine see.
    args: ["--settings", JSON.stringify({ env }), ...(given ? [] : ["--permission-mode", MODE]), ...args],
    env: { ...env, ANTHROPIC_AUTH_TOKEN: key ?? ANTHROPIC_AUTH_TOKEN ?? NO_KEY },
  };
}
