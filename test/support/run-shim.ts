/** The executable as a command that ends by itself; one that does not is killed, and has no exit code. */
import { pathOf } from "./needs.ts";

/** Where programs are started on a busy machine. */
const LIMIT_MS = 60_000;

export interface Ended {
  /** Null when it had to be killed. */
  code: number | null;
  /** Both streams, one after the other. */
  output: string;
}

/** Nothing of the caller's environment, but for what it names. */
export async function runShim(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  limit_ms = LIMIT_MS,
): Promise<Ended> {
  const child = Bun.spawn([pathOf("shim"), ...args], {
    env: { PATH: process.env["PATH"] ?? "", ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const late = setTimeout(() => child.kill("SIGKILL"), limit_ms);
  const [stdout, stderr] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()]);
  await child.exited;
  clearTimeout(late);
  return { code: child.exitCode, output: stdout + stderr };
}
