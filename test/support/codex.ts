/** Runs the real Codex CLI in a home and a working folder of its own, against a server of the test. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { codexCatalogEntry } from "../../src/agents/codex.ts";
import { CodexServer } from "./codex-server.ts";
import { pathOf } from "./needs.ts";
import { RUN_MS } from "./patience.ts";
import type { Json } from "./response-rules.ts";

export interface CodexOptions {
  /** Base URL with `/v1`. */
  url: string;
  model?: string;
  /** Tell Codex of the model by a catalog, which gives it apply_patch; else it falls back on what it assumes. */
  catalog?: boolean;
  /** What the catalog holds, instead of an entry made for the model. */
  catalog_text?: string;
  /** Further environment. */
  env?: Record<string, string>;
  /** Starts an MCP server of this name over stdio. */
  mcp?: { name: string; script: string };
  /** Offers the tools that start further agents. */
  agents?: boolean;
  /** The provider's own name: Codex treats "OpenAI" apart. */
  provider_name?: string;
  /** It asks by WebSocket first. */
  websockets?: boolean;
  /** Silence within a stream after which Codex gives it up. */
  idle_ms?: number;
  /** How often Codex asks again after a stream that broke. */
  stream_retries?: number;
  /** Codex retries as it does for a user who has set nothing. */
  default_retries?: boolean;
  /** How Codex offers the web to its model; "disabled" unless said otherwise. */
  web_search?: "disabled" | "cached" | "indexed" | "live";
  /** More lines for the top of config.toml. */
  config?: string;
  files?: Record<string, string>;
}

export interface CodexRun {
  exit_code: number;
  /** What `--json` printed. */
  events: CodexEvent[];
  /** What `-o` wrote; undefined when there was no final message. */
  last_message: string | undefined;
  stderr: string;
}

export interface CodexEvent extends Json {
  type: string;
  item?: Json & { type: string };
}

export class Codex implements Disposable {
  /** The folder Codex works in. */
  readonly dir: string;
  private readonly base: string;
  private readonly model: string;
  private readonly env: Record<string, string>;
  private thread_id: string | undefined;
  private child: Bun.Subprocess | undefined;

  constructor(options: CodexOptions) {
    this.env = options.env ?? {};
    this.model = options.model ?? "scripted";
    this.base = mkdtempSync(join(tmpdir(), "juscode-codex-"));
    this.dir = join(this.base, "work");
    for (const folder of ["work", "home", "tmp"]) mkdirSync(join(this.base, folder));
    for (const [name, text] of Object.entries(options.files ?? {})) writeFileSync(join(this.dir, name), text);
    writeFileSync(join(this.base, "home", "config.toml"), this.config(options));
    if (options.catalog ?? true)
      writeFileSync(
        this.path("catalog.json"),
        options.catalog_text ??
          JSON.stringify({
            models: [codexCatalogEntry({ id: this.model, context_window: 100_000, images: true, efforts: "any" }, 1)],
          }),
      );
  }

  /** One turn of a new thread. */
  run(prompt: string, ...args: string[]): Promise<CodexRun> {
    return this.exec([...args, prompt]);
  }

  /** What ctrl-C does. */
  interrupt(): void {
    this.child?.kill("SIGINT");
  }

  /** Another command of `codex exec`, such as `review`. */
  command(...args: string[]): Promise<CodexRun> {
    return this.exec(args);
  }

  /** One more turn of the thread that the last run began. */
  resume(prompt: string, ...args: string[]): Promise<CodexRun> {
    if (!this.thread_id) throw new Error("there is no thread to resume");
    return this.exec(["resume", ...args, this.thread_id, prompt]);
  }

  /** The same Codex as editors run it. */
  server(): CodexServer {
    return new CodexServer(this.path("home"), this.dir);
  }

  /** The text of a file in the working folder; undefined when there is none. */
  file(name: string): string | undefined {
    const path = join(this.dir, name);
    return existsSync(path) ? readFileSync(path, "utf8") : undefined;
  }

  /** What the MCP server was asked to echo. */
  echoed(): string | undefined {
    return existsSync(this.path("echo.log")) ? readFileSync(this.path("echo.log"), "utf8") : undefined;
  }

  [Symbol.dispose](): void {
    rmSync(this.base, { recursive: true, force: true });
  }

  private path(name: string): string {
    return join(this.base, name);
  }

  private async exec(args: readonly string[]): Promise<CodexRun> {
    const last = this.path("last.txt");
    rmSync(last, { force: true });
    const options = ["--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox", "--json", "-o", last];
    const home = this.path("home");
    const child = Bun.spawn([pathOf("codex"), "exec", ...options, ...args], {
      cwd: this.dir,
      env: {
        PATH: process.env["PATH"] ?? "",
        HOME: home,
        CODEX_HOME: home,
        TMPDIR: this.path("tmp"),
        SHIM_KEY: "unused",
        ...this.env,
      },
      // Codex reads a standard input that is no terminal to its end.
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
    if (child.signalCode) throw new Error(`Codex took more than ${RUN_MS} ms:\n${stdout}\n${stderr}`);
    const events = stdout
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as CodexEvent);
    const thread = events.find((event) => event.type === "thread.started")?.["thread_id"];
    if (typeof thread === "string") this.thread_id = thread;
    return { exit_code, events, last_message: existsSync(last) ? readFileSync(last, "utf8") : undefined, stderr };
  }

  private config(options: CodexOptions): string {
    const text = JSON.stringify;
    const mcp = options.mcp && [
      `[mcp_servers.${options.mcp.name}]`,
      `command = ${text(process.execPath)}`,
      `args = [${text(options.mcp.script)}]`,
      "[mcp_servers." + options.mcp.name + ".env]",
      `ECHO_LOG = ${text(this.path("echo.log"))}`,
    ];
    return [
      `model = ${text(this.model)}`,
      `model_provider = "shim"`,
      ...((options.catalog ?? true) ? [`model_catalog_json = ${text(this.path("catalog.json"))}`] : []),
      `web_search = ${text(options.web_search ?? "disabled")}`,
      "check_for_update_on_startup = false",
      options.config ?? "",
      // With these two off Codex calls nobody but its model.
      "[analytics]\nenabled = false",
      "[features]\nplugins = false",
      ...(options.agents ? [] : ["[agents]\nenabled = false"]),
      "[model_providers.shim]",
      `name = ${text(options.provider_name ?? "shim")}\nbase_url = ${text(options.url)}\nenv_key = "SHIM_KEY"\nwire_api = "responses"`,
      options.websockets ? "supports_websockets = true" : "",
      options.default_retries ? "" : `request_max_retries = 0\nstream_max_retries = ${options.stream_retries ?? 0}`,
      `stream_idle_timeout_ms = ${options.idle_ms ?? RUN_MS}`,
      ...(mcp ?? []),
      "",
    ].join("\n");
  }
}

/** The items that a run has finished, of one type. */
export function itemsOf(run: CodexRun, type: string): Json[] {
  return run.events.flatMap(({ type: kind, item }) => (kind === "item.completed" && item?.type === type ? [item] : []));
}

/** All that a run said, for the message of a failed test. */
export function told(run: CodexRun): string {
  return [...run.events.map((event) => JSON.stringify(event)), run.stderr, `exit code ${run.exit_code}`].join("\n");
}
