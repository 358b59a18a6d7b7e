/** A user's home of its own, in which `setup` and agents run as processes and leave what they leave. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathOf } from "./needs.ts";

const COMMAND = join(import.meta.dir, "setup-command.ts");

export interface Ran {
  code: number | null;
  /** Both streams, one after the other. */
  output: string;
}

export interface HomeOptions {
  /** Programs that are found on `PATH`, by their names; Codex unless it says otherwise. */
  programs?: Readonly<Record<string, string>>;
  env?: Readonly<Record<string, string>>;
}

export class UserHome implements Disposable {
  readonly dir: string;
  private readonly env: Record<string, string>;

  constructor({ programs = { codex: pathOf("codex") }, env = {} }: HomeOptions = {}) {
    this.dir = mkdtempSync(join(tmpdir(), "juscode-home-"));
    for (const folder of ["bin", "tmp", "work", ".codex"]) mkdirSync(join(this.dir, folder));
    for (const [name, program] of Object.entries(programs)) symlinkSync(program, join(this.dir, "bin", name));
    this.env = {
      PATH: `${join(this.dir, "bin")}:/usr/bin:/bin`,
      HOME: this.dir,
      TMPDIR: join(this.dir, "tmp"),
      ...env,
    };
  }

  path(name: string): string {
    return join(this.dir, name);
  }

  write(name: string, text: string, mode?: number): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), text);
    if (mode !== undefined) chmodSync(this.path(name), mode);
  }

  read(name: string): string | undefined {
    return existsSync(this.path(name)) ? readFileSync(this.path(name), "utf8") : undefined;
  }

  /** Every file with its text, but for what programs need to run. */
  files(): Record<string, string> {
    const names = readdirSync(this.dir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() || entry.isSymbolicLink())
      .map((entry) => join(entry.parentPath, entry.name).slice(this.dir.length + 1))
      .filter((name) => !/^(?:bin|tmp|\.bun|\.codex\/tmp)\//.test(name));
    return Object.fromEntries(names.sort().map((name) => [name, readFileSync(this.path(name), "utf8")]));
  }

  start(
    program: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Bun.Subprocess<"ignore", "pipe", "pipe"> {
    return Bun.spawn([program, ...args], {
      cwd: this.path("work"),
      env: { ...this.env, ...env },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
  }

  /** `juscode-shim …` */
  shim(...args: string[]): Bun.Subprocess<"ignore", "pipe", "pipe"> {
    return this.start(process.execPath, [COMMAND, ...args]);
  }

  /** The same with these variables. */
  shimWith(env: Readonly<Record<string, string>>, ...args: string[]): Bun.Subprocess<"ignore", "pipe", "pipe"> {
    return this.start(process.execPath, [COMMAND, ...args], env);
  }

  /** `juscode-shim setup …`; no model host is looked for. */
  setup(...args: string[]): Promise<Ran> {
    return ended(this.shim("setup", ...args, "--no-discover"));
  }

  /** `juscode-shim …` on a terminal, where its question gets this answer. */
  async answered(answer: string, ...args: string[]): Promise<Ran> {
    let output = "";
    let asked = false;
    const child = Bun.spawn([process.execPath, COMMAND, ...args], {
      cwd: this.path("work"),
      env: this.env,
      terminal: {
        data(terminal, bytes) {
          output += new TextDecoder().decode(bytes);
          if (asked || !output.includes("[y/N]")) return;
          asked = true;
          terminal.write(`${answer}\r`);
        },
      },
    });
    await child.exited;
    return { code: child.exitCode, output };
  }

  /** Which Codex loads, with our profile or without: undefined, or what it says. */
  async codexComplaint(...args: string[]): Promise<string | undefined> {
    const { output } = await ended(this.start("codex", [...args, "mcp", "get", "nobody"]));
    return output.includes("No MCP server named 'nobody'") ? undefined : output;
  }

  [Symbol.dispose](): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}

export async function ended(child: Bun.Subprocess<"ignore", "pipe", "pipe">): Promise<Ran> {
  const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  await child.exited;
  return { code: child.exitCode, output: stdout + stderr };
}
