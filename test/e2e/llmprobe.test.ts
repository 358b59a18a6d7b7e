/**
 * llmprobe, a conformance suite of others for model servers, against the executable before a real llama-server: what it
 * demands of Responses, Messages and Chat Completions holds. How able the tiny model is, it grades apart.
 */
import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { Llama } from "../support/llama.ts";
import { describeWith } from "../support/needs.ts";
import { Shim } from "../support/shim.ts";

const describe = describeWith("shim", "llama-server", "tiny model");
const PROBE = resolve("node_modules/llmprobe/bin/dist/llmprobe.mjs");
const TIME_MS = 240_000;

/** What it demands in vain, and why. */
const WAIVED: Record<string, string> = {
  "messages-usage-cached-bound": "Anthropic's `input_tokens` leave out what the cache held, so that those can be more",
  "responses-chain-remembers":
    "the tiny model says the same whatever it was told; that it was told is tested elsewhere",
};

interface Result {
  id: string;
  surface: string;
  outcome: string;
  failures?: { id: string; severity: string; message: string }[];
}
interface Report {
  conformance: { bySurface: { surface: string; passed: number; total: number }[]; results: Result[] };
}

async function probe(url: string): Promise<Report> {
  // It keeps a library of its runs in the user's home.
  const home = mkdtempSync(join(tmpdir(), "llmprobe-"));
  try {
    const args = [PROBE, url, "--no-bench", "--no-save", "--reasoning", "default", "--json"];
    const run = Bun.spawn([process.execPath, ...args], {
      cwd: home,
      env: { PATH: process.env["PATH"] ?? "", HOME: home },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    const late = setTimeout(() => run.kill("SIGKILL"), TIME_MS);
    const [report, said] = await Promise.all([new Response(run.stdout).text(), new Response(run.stderr).text()]);
    await run.exited;
    clearTimeout(late);
    if (!report.startsWith("{")) throw new Error(`llmprobe told nothing:\n${said}`);
    return JSON.parse(report) as Report;
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

describe("llmprobe", () => {
  test(
    "is content with Responses, Messages and Chat",
    async () => {
      await using llama = await Llama.start();
      await using shim = await Shim.start({ args: ["--upstream", llama.url, "--preset", "llama-server"] });
      const { results, bySurface } = (await probe(shim.url)).conformance;
      for (const surface of ["responses", "messages", "chat"])
        expect(bySurface.find((each) => each.surface === surface)?.total ?? 0).toBeGreaterThan(50);
      const failures = results
        .filter(({ surface }) => ["responses", "messages", "chat", "models", "count-tokens"].includes(surface))
        .flatMap(({ failures = [] }) => failures)
        .filter(({ id, severity }) => severity === "MUST" && !(id in WAIVED));
      expect(failures).toEqual([]);
    },
    TIME_MS + 30_000,
  );
});
