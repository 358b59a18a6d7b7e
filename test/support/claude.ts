/** Runs the real Claude Code in a home and a working folder of its own, against a server of the test. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathOf } from "./needs.ts";
import { RUN_MS } from "./patience.ts";
import type { Json } from "./response-rules.ts";

export interface ClaudeOptions {
  /** Base URL without `/v1`. */
  url: string;
  /** An id that Claude Code does not know; its own default otherwise. */
  model?: string;
  /** How often it asks again after an error. */
  retries?: number;
  env?: Record<string, string>;
  /** Tools that it may use besides the usual ones. */
  tools?: string[];
  /** Starts an MCP server of this name over stdio. */
  mcp?: { name: string; script: string };
  files?: Record<string, string>;
}

export interface ClaudeRun {
  exit_code: number;
  /** What `--output-format stream-json` printed, one a line. */
  events: Json[];
  /** The last of them: how it ended. */
  result: Json;
  stderr: string;
}

export class Claude implements Disposable {
  /** The folder it works in. */
  readonly dir: string;
  private readonly base: string;
  private readonly options: ClaudeOptions;
  private session: string | undefined;
  private child: Bun.Subprocess | undefined;

  constructor(options: ClaudeOptions) {
    this.options = options;
    this.base = mkdtempSync(join(tmpdir(), "juscode-claude-"));
    this.dir = join(this.base, "work");
    for (const folder of ["work", "home", "tmp"]) mkdirSync(join(this.base, folder));
    for (const [name, text] of Object.entries(options.files ?? {})) writeFileSync(join(this.dir, name), text);
  }

  /** One turn of a new session. */
  run(prompt: string, ...args: string[]): Promise<ClaudeRun> {
    return this.exec([prompt, ...args]);
  }

  /** One more turn of the session that the last run began. */
  resume(prompt: string, ...args: string[]): Promise<ClaudeRun> {
    if (!this.session) throw new Error("there is no session to resume");
    return this.exec([prompt, "--resume", this.session, ...args]);
  }

  /** What ctrl-C does. */
  interrupt(): void {
    this.child?.kill("SIGINT");
  }

  /** The text of a file in the working folder; undefined when there is none. */
  file(name: string): string | undefined {
    const path = join(this.dir, name);
    return existsSync(path) ? readFileSync(path, "utf8") : undefined;
  }

  /** What the MCP server was asked to echo. */
  echoed(): string | undefined {
    const path = join(this.base, "echo.log");
    return existsSync(path) ? readFileSync(path, "utf8") : undefined;
  }

  [Symbol.dispose](): void {
    rmSync(this.base, { recursive: true, force: true });
  }

  private async exec(args: readonly string[]): Promise<ClaudeRun> {
    const { model, retries = 0, env = {}, tools = [], mcp, url } = this.options;
    const home = join(this.base, "home");
    const server = mcp && {
      mcpServers: {
        [mcp.name]: {
          command: process.execPath,
          args: [mcp.script],
          env: { ECHO_LOG: join(this.base, "echo.log") },
        },
      },
    };
    const options = [
      "--verbose",
      "--output-format=stream-json",
      "--permission-mode=acceptEdits",
      `--allowedTools=${["Bash", "Edit", "Read", "Write", ...tools, ...(mcp ? [`mcp__${mcp.name}`] : [])].join(",")}`,
      ...(server ? ["--strict-mcp-config", "--mcp-config", JSON.stringify(server)] : []),
      ...(model === undefined ? [] : ["--model", model]),
    ];
    const child = Bun.spawn([pathOf("claude"), "-p", ...args.slice(0, 1), ...options, ...args.slice(1)], {
      cwd: this.dir,
      env: {
        PATH: process.env["PATH"] ?? "",
        HOME: home,
        CLAUDE_CONFIG_DIR: join(home, ".claude"),
        TMPDIR: join(this.base, "tmp"),
        ANTHROPIC_BASE_URL: url,
        ANTHROPIC_AUTH_TOKEN: "unused",
        CLAUDE_CODE_MAX_RETRIES: String(retries),
        // With these it calls nobody but its model.
        CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
        DISABLE_TELEMETRY: "1",
        DISABLE_ERROR_REPORTING: "1",
        DISABLE_AUTOUPDATER: "1",
        ...env,
      },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      timeout: RUN_MS,
      killSignal: "SIGKILL",
    });
    this.child = child;
    const [stdout, stderr, exit_code] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    if (child.signalCode === "SIGKILL")
      throw new Error(`Claude Code took more than ${RUN_MS} ms:\n${stdout}\n${stderr}`);
    const events = stdout
      .split("\n")
      .filter((line) => line.startsWith("{"))
      .map((line) => JSON.parse(line) as Json);
    const session = events.find((event) => typeof event["session_id"] === "string")?.["session_id"];
    if (typeof session === "string") this.session = session;
    return { exit_code, events, result: events.findLast(({ type }) => type === "result") ?? {}, stderr };
  }
}

/** All that a run said, for the message of a failed test. */
export function told(run: ClaudeRun): string {
  return [...run.events.map((event) => JSON.stringify(event)), run.stderr, `exit code ${run.exit_code}`].join("\n");
}
