/** From the start of the executable to its first answer. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PATHS, requestOf } from "./ask.ts";
import { Connection } from "./client.ts";
import { WORD } from "./frames.ts";
import { median } from "./statistics.ts";
import type { Bench } from "./streams.ts";

export interface Startup {
  first_answer_ms: number;
  version_ms: number;
  /** The same way of starting with a program that does nothing. */
  bun_ms: number;
}

export async function startup({ quick, executable, upstream }: Bench): Promise<Startup> {
  const home = mkdtempSync(join(tmpdir(), "shim-bench-"));
  const options = { cwd: home, env: { PATH: process.env["PATH"] ?? "", HOME: home } } as const;
  const ended = async (command: string[]): Promise<number> => {
    const started = performance.now();
    await Bun.spawn(command, { ...options, stdout: "ignore", stderr: "ignore" }).exited;
    return performance.now() - started;
  };
  const answered = async (): Promise<number> => {
    const started = performance.now();
    const url = `http://127.0.0.1:${upstream.port}/v1`;
    const command = [executable, "--listen", "127.0.0.1:0", "--upstream", url, "--quiet"];
    const child = Bun.spawn(command, { ...options, stdout: "pipe", stderr: "ignore" });
    const utf8 = new TextDecoder();
    let said = "";
    for await (const bytes of child.stdout) {
      said += utf8.decode(bytes, { stream: true });
      if (/127\.0\.0\.1:(\d+)/.test(said)) break;
    }
    const connection = new Connection(Number(/127\.0\.0\.1:(\d+)/.exec(said)?.[1]));
    const ask = { deltas: 1, paced: false, content: "text" } as const;
    await connection.ask(PATHS.responses, requestOf("responses", ask), { first: WORD, end: "sequence_number" });
    const took = performance.now() - started;
    connection.close();
    child.kill("SIGKILL");
    await child.exited;
    return took;
  };
  const [first, version, bare]: [number[], number[], number[]] = [[], [], []];
  try {
    for (let round = -2; round < (quick ? 5 : 21); round++) {
      const times = [
        await answered(),
        await ended([executable, "--version"]),
        await ended([process.execPath, "-e", "0"]),
      ];
      if (round < 0) continue;
      first.push(times[0] ?? 0);
      version.push(times[1] ?? 0);
      bare.push(times[2] ?? 0);
    }
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
  return { first_answer_ms: median(first), version_ms: median(version), bun_ms: median(bare) };
}
