/** Runs the compiled executable as a user would, and sees it off properly. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathOf } from "./needs.ts";
import { PATIENCE_MS } from "./patience.ts";

/**
 * A port of this machine that nobody has, for programs that cannot choose one themselves. It is none of those that the
 * system gives out by itself: between here and such a program's start another test would get it.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    try {
      await Bun.serve({ port, hostname: "127.0.0.1", fetch: () => new Response() }).stop(true);
      return port;
    } catch {
      // Somebody has it.
    }
  }
}

export interface ShimOptions {
  args: string[];
  env?: Record<string, string>;
  /** Instead of the executable alone. */
  command?: string[];
}

export class Shim implements AsyncDisposable {
  /** Zero until it has told its port. */
  port = 0;
  readonly process: Bun.Subprocess<"ignore", "pipe", "pipe">;
  /** Its home. */
  readonly dir: string;
  private readonly readers: Promise<void>[];
  private text = "";

  private constructor(options: ShimOptions) {
    this.dir = mkdtempSync(join(tmpdir(), "juscode-shim-"));
    // Nothing of the caller's environment: a proxy or a key there would change what is tested.
    // It chooses a port itself: one that was free a moment ago may have gone to another test.
    this.process = Bun.spawn([...(options.command ?? [pathOf("shim")]), ...options.args, "--listen", "127.0.0.1:0"], {
      cwd: this.dir,
      env: { PATH: process.env["PATH"] ?? "", HOME: this.dir, ...options.env },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    this.readers = [this.process.stdout, this.process.stderr].map((stream) => this.read(stream));
  }

  /** Base URL with `/v1`, as clients want it. */
  get url(): string {
    return `http://127.0.0.1:${this.port}/v1`;
  }

  /** Waits until it answers. Throws with its output when it does not. */
  static async start(options: ShimOptions): Promise<Shim> {
    const shim = new Shim(options);
    const end = performance.now() + PATIENCE_MS;
    while (performance.now() < end && shim.process.exitCode === null) {
      shim.port = Number(/listens on http:\/\/127\.0\.0\.1:(\d+)/.exec(shim.text)?.[1] ?? 0);
      if (shim.port !== 0 && (await fetch(`http://127.0.0.1:${shim.port}/health`)).ok) return shim;
      await Bun.sleep(5);
    }
    shim.process.kill("SIGKILL");
    throw new Error(`the shim did not start (exit code ${String(shim.process.exitCode)}):\n${await shim.output()}`);
  }

  /** What it has printed so far, both streams together; all of it once it has ended. */
  async output(): Promise<string> {
    if (this.process.exitCode !== null || this.process.killed) await Promise.all(this.readers);
    return this.text;
  }

  /** Ends it by SIGTERM and returns the exit code; throws when it does not end. */
  async stop(): Promise<number> {
    this.process.kill("SIGTERM");
    const late = setTimeout(() => this.process.kill("SIGKILL"), PATIENCE_MS);
    const code = await this.process.exited;
    clearTimeout(late);
    rmSync(this.dir, { recursive: true, force: true });
    if (this.process.signalCode === "SIGKILL")
      throw new Error(`the shim did not end within ${PATIENCE_MS} ms of SIGTERM:\n${await this.output()}`);
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.process.exitCode !== null) return rmSync(this.dir, { recursive: true, force: true });
    const code = await this.stop();
    if (code !== 0) throw new Error(`the shim ended with exit code ${code}:\n${await this.output()}`);
  }

  private async read(stream: ReadableStream<Uint8Array>): Promise<void> {
    const utf8 = new TextDecoder();
    for await (const bytes of stream) this.text += utf8.decode(bytes, { stream: true });
  }
}
