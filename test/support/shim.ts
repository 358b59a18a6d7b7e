/** Runs the compiled executable as a user would, and sees it off properly. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathOf } from "./needs.ts";

const START_MS = 5000;
/** Longer than the shim itself lets running answers go on. */
const STOP_MS = 12_000;

/** A port of this machine that nobody has. */
export async function freePort(): Promise<number> {
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
  const { port } = server;
  await server.stop(true);
  return port as number;
}

export interface ShimOptions {
  args: string[];
  env?: Record<string, string>;
}

export class Shim implements AsyncDisposable {
  /** Base URL with `/v1`, as clients want it. */
  readonly url: string;
  readonly port: number;
  readonly process: Bun.Subprocess<"ignore", "pipe", "pipe">;
  private readonly dir: string;
  private readonly readers: Promise<void>[];
  private text = "";

  private constructor(port: number, options: ShimOptions) {
    this.port = port;
    this.url = `http://127.0.0.1:${port}/v1`;
    this.dir = mkdtempSync(join(tmpdir(), "juscode-shim-"));
    // Nothing of the caller's environment: a proxy or a key there would change what is tested.
    this.process = Bun.spawn([pathOf("shim"), ...options.args, "--listen", `127.0.0.1:${port}`], {
      cwd: this.dir,
      env: { PATH: process.env["PATH"] ?? "", HOME: this.dir, ...options.env },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    this.readers = [this.process.stdout, this.process.stderr].map((stream) => this.read(stream));
  }

  /** Waits until it answers. Throws with its output when it does not. */
  static async start(options: ShimOptions): Promise<Shim> {
    const shim = new Shim(await freePort(), options);
    const end = performance.now() + START_MS;
    while (performance.now() < end && shim.process.exitCode === null) {
      const answer = await fetch(`http://127.0.0.1:${shim.port}/health`).catch(() => undefined);
      if (answer?.headers.has("x-juscode-shim")) return shim;
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
    const late = setTimeout(() => this.process.kill("SIGKILL"), STOP_MS);
    const code = await this.process.exited;
    clearTimeout(late);
    rmSync(this.dir, { recursive: true, force: true });
    if (this.process.signalCode === "SIGKILL")
      throw new Error(`the shim did not end within ${STOP_MS} ms of SIGTERM:\n${await this.output()}`);
    return code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.process.exitCode !== null) return;
    const code = await this.stop();
    if (code !== 0) throw new Error(`the shim ended with exit code ${code}:\n${await this.output()}`);
  }

  private async read(stream: ReadableStream<Uint8Array>): Promise<void> {
    const utf8 = new TextDecoder();
    for await (const bytes of stream) this.text += utf8.decode(bytes, { stream: true });
  }
}
