/** A coding agent in a home of its own, the compiled shim, and a scripted Chat upstream behind it, for one test. */
import { ChatUpstream, type Script, type UpstreamOptions } from "./chat-upstream.ts";
import { pathOf, type Program } from "./needs.ts";
import { aWhile, RUN_MS, until } from "./patience.ts";
import { FILES } from "./setting.ts";
import { Shim } from "./shim.ts";
import { ended, UserHome, type Ran } from "./user-home.ts";

export type Agent = Extract<Program, "opencode" | "cline" | "goose" | "aider">;

export const MODEL = "scripted";

/** What is said for a test rather than by a user: nobody outside is called, nothing is left running, no terminal. */
const QUIET: Readonly<Record<Agent, Readonly<Record<string, string>>>> = {
  opencode: {
    OPENCODE_DISABLE_AUTOUPDATE: "1",
    OPENCODE_DISABLE_MODELS_FETCH: "1",
    npm_config_registry: "http://127.0.0.1:9",
  },
  // Else a daemon takes a fixed port of the machine and stays.
  cline: { CLINE_SESSION_BACKEND_MODE: "local" },
  goose: { GOOSE_DISABLE_KEYRING: "1", GOOSE_TELEMETRY_OFF: "1" },
  aider: {
    AIDER_ANALYTICS: "false",
    AIDER_CHECK_UPDATE: "false",
    AIDER_SHOW_RELEASE_NOTES: "false",
    AIDER_PRETTY: "false",
    AIDER_YES_ALWAYS: "true",
    AIDER_GIT: "false",
    LITELLM_LOCAL_MODEL_COST_MAP: "True",
  },
};

export interface AgentOptions {
  /** What the shim asks: the Chat upstream itself, or another shim by that wire, which asks it. */
  wire?: "chat" | "responses" | "messages";
  upstream?: UpstreamOptions;
}

export interface AgentSetting extends AsyncDisposable {
  upstream: ChatUpstream;
  shim: Shim;
  home: UserHome;
  /** The agent's own program. */
  start(args: readonly string[], env?: Readonly<Record<string, string>>): ReturnType<UserHome["start"]>;
  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ran>;
  /** The compiled `juscode-shim setup AGENT …`; throws when it fails. */
  setup(...args: string[]): Promise<string>;
}

export async function setUpAgent(agent: Agent, script: Script, options: AgentOptions = {}): Promise<AgentSetting> {
  const { wire = "chat" } = options;
  const upstream = new ChatUpstream(script, { models: [MODEL], ...options.upstream });
  const inner = wire === "chat" ? undefined : await Shim.start({ args: ["--upstream", upstream.url] });
  const shim = await Shim.start({
    args: inner ? ["--upstream", inner.url, "--wire", wire] : ["--upstream", upstream.url],
  });
  return { upstream, shim, ...homeOf(agent, [upstream, ...(inner ? [inner] : []), shim]) };
}

/** The agent in a home of its own; `servers` end with it, the last first. */
export function homeOf(agent: Agent, servers: readonly AsyncDisposable[]): Omit<AgentSetting, "upstream" | "shim"> {
  const home = new UserHome({
    programs: { [agent]: pathOf(agent), "juscode-shim": pathOf("shim") },
    env: { NO_COLOR: "1", ...QUIET[agent] },
  });
  for (const [name, text] of Object.entries(FILES)) home.write(`work/${name}`, text);
  const start: AgentSetting["start"] = (args, env) => home.start(agent, args, env);
  return {
    home,
    start,
    run: (args, env) => within(agent, start(args, env)),
    async setup(...args) {
      const { code, output } = await ended(home.start("juscode-shim", ["setup", agent, ...args]));
      if (code !== 0) throw new Error(`setup ${agent} ended with ${code}:\n${output}`);
      return output;
    },
    async [Symbol.asyncDispose]() {
      home[Symbol.dispose]();
      for (const server of servers.toReversed()) await server[Symbol.asyncDispose]();
    },
  };
}

async function within(agent: Agent, child: ReturnType<UserHome["start"]>): Promise<Ran> {
  const late = setTimeout(() => child.kill("SIGKILL"), RUN_MS);
  const ran = await ended(child);
  clearTimeout(late);
  if (child.signalCode === "SIGKILL") throw new Error(`${agent} took more than ${RUN_MS} ms:\n${ran.output}`);
  return ran;
}

/** A run that gets ctrl-C in the middle of its first answer. */
export async function interrupted(
  { upstream, start }: AgentSetting,
  args: readonly string[],
  env?: Readonly<Record<string, string>>,
): Promise<Ran> {
  const child = start(args, env);
  await until("the agent asks", () => upstream.requests.length > 0 || child.exitCode !== null);
  await aWhile(60);
  child.kill("SIGINT");
  const ran = await ended(child);
  // The host sees it some milliseconds later than the agent's end is seen here.
  await until("the host is left", () => upstream.requests[0]?.aborted_ms !== undefined);
  return ran;
}

/** The run came to its end with these words; else the failure shows all that the agent said. */
export function saidAtLast({ code, output }: Ran, words: string): void {
  if (code !== 0 || !output.includes(words))
    throw new Error(`it did not say ${JSON.stringify(words)} (${code}):\n${output}`);
}
