/** The processes under test: how they are started, and what they use. Linux only. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Running {
  port: number;
  pid: number;
  stop(): Promise<void>;
}

export interface StartOptions {
  /** Runs on this core alone, where the machine has `taskset`. */
  core?: number | undefined;
  env?: Record<string, string>;
}

const TASKSET = Bun.which("taskset");
const HERE = import.meta.dir;

/** Resolves when it has printed its port. A home of its own: nothing of the user's is read or written. */
export async function start(
  command: string[],
  findPort: RegExp,
  { core, env = {} }: StartOptions = {},
): Promise<Running> {
  const home = mkdtempSync(join(tmpdir(), "shim-bench-"));
  const pinned = core !== undefined && TASKSET ? [TASKSET, "-c", String(core), ...command] : command;
  const child = Bun.spawn(pinned, {
    cwd: home,
    env: { PATH: process.env["PATH"] ?? "", HOME: home, ...env },
    stdout: "pipe",
    stderr: "pipe",
  });
  let said = "";
  const port = await new Promise<number>((resolve, reject) => {
    const read = async (stream: ReadableStream<Uint8Array>): Promise<void> => {
      const utf8 = new TextDecoder();
      for await (const bytes of stream) {
        if (said.length < 100_000) said += utf8.decode(bytes, { stream: true });
        const found = findPort.exec(said)?.[1];
        if (found) resolve(Number(found));
      }
    };
    void read(child.stdout);
    void read(child.stderr);
    void child.exited.then((code) => reject(new Error(`${command.join(" ")} ended with ${code}:\n${said}`)));
  });
  return {
    port,
    pid: child.pid,
    async stop() {
      child.kill("SIGKILL");
      await child.exited;
      rmSync(home, { recursive: true, force: true });
    },
  };
}

export function startUpstream({ port = 0, ...options }: StartOptions & { port?: number } = {}): Promise<Running> {
  return start([process.execPath, `${HERE}/upstream.ts`, String(port)], /^(\d+)\n/, options);
}

export function startRawProxy(upstream: Running, options?: StartOptions): Promise<Running> {
  return start([process.execPath, `${HERE}/raw-proxy.ts`, `http://127.0.0.1:${upstream.port}`], /^(\d+)\n/, options);
}

export function startBareBridge(upstream: Running, options?: StartOptions): Promise<Running> {
  return start([process.execPath, `${HERE}/bare-bridge.ts`, `http://127.0.0.1:${upstream.port}`], /^(\d+)\n/, options);
}

export function startShim(
  executable: string,
  upstream: Running,
  args: string[],
  options?: StartOptions,
): Promise<Running> {
  const url = `http://127.0.0.1:${upstream.port}/v1`;
  const command = [executable, "--listen", "127.0.0.1:0", "--upstream", url, "--quiet", ...args];
  return start(command, /listens on http:\/\/127\.0\.0\.1:(\d+)/, options);
}

/** Time on a core so far, of all its threads, in microseconds; NaN for 0. */
export function cpu_us(pid: number): number {
  if (pid === 0) return Number.NaN;
  let sum = 0;
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      sum += Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, "utf8").split(" ")[0]);
    } catch {
      // It has ended meanwhile.
    }
  }
  return sum / 1000;
}

/** Resident memory in megabytes. */
export function rss_mb(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024;
}
