/**
 * Programs that some tests need and a machine may lack. What is missing is skipped by name and counted; with
 * `CI=true` it fails, so that no run looks whole that was not.
 */
import { describe } from "bun:test";
import { existsSync } from "node:fs";
import { resolve } from "node:path";

const PROGRAMS = {
  shim: { path: env("SHIM_EXECUTABLE", "dist/juscode-shim"), how: "bun run build" },
  "llama-server": { path: env("SHIM_LLAMA_SERVER", ".tools/llama/llama-server"), how: "sh scripts/test.sh" },
  "tiny model": { path: env("SHIM_TINY_GGUF", ".tools/tiny.gguf"), how: "sh scripts/test.sh" },
  postgres: { path: env("SHIM_POSTGRES", debian("usr/lib/postgresql/*/bin/postgres")), how: "sh scripts/test.sh" },
  codex: { path: installed("@openai/codex-*/vendor/*/bin/codex"), how: "bun install" },
  claude: { path: installed("@anthropic-ai/claude-code-*/claude"), how: "bun install" },
  opencode: brought("opencode"),
  cline: brought("cline"),
  goose: brought("goose"),
  aider: brought("aider"),
  deno: { path: installed("@deno/*/deno"), how: "bun install" },
} as const;

export type Program = keyof typeof PROGRAMS;

function env(name: string, otherwise: string): string {
  return resolve(process.env[name] ?? otherwise);
}

/** Where Debian's package puts it, which is on no path. */
function debian(program: string): string {
  const [path] = new Bun.Glob(program).scanSync({ cwd: "/" });
  return path === undefined ? ".tools/postgres/bin/postgres" : `/${path}`;
}

/** The native program: a package's own starter is a Node script, whose death would leave it running. */
function installed(program: string): string {
  const pattern = `node_modules/${program}`;
  for (const path of new Bun.Glob(pattern).scanSync({ followSymlinks: true })) return resolve(path);
  return pattern;
}

/** By scripts/agents.sh, in one version. */
function brought(agent: string): { path: string; how: string } {
  const pattern = `.tools/agents/${agent}/*/${agent}`;
  const [path = pattern] = new Bun.Glob(pattern).scanSync({ dot: true, followSymlinks: true });
  return { path: resolve(path), how: "sh scripts/agents.sh .tools/agents" };
}

export const pathOf = (program: Program): string => PROGRAMS[program].path;

/** `describe` for tests that need these programs. */
export function describeWith(...programs: Program[]): typeof describe {
  const missing = programs.filter((program) => !existsSync(pathOf(program)));
  if (missing.length === 0) return describe;
  const what = missing
    .map((program) => `${program} (no ${pathOf(program)}; run \`${PROGRAMS[program].how}\`)`)
    .join(", ");
  if (process.env["CI"] === "true") throw new Error(`cannot test without ${what}`);
  console.warn(`skipped: ${what}`);
  return describe.skip as typeof describe;
}
