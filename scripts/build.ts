/**
 * Builds the executable: bun scripts/build.ts [--target bun-linux-arm64] [--outfile dist/juscode-shim]
 *
 * It must not pick up what happens to lie in the folder where it is started: a `.env` or a `bunfig.toml` there
 * could run code or redirect keys, so both are switched off. Never strip the result: that leaves bare Bun.
 */
import { mkdirSync, mkdtempSync, renameSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { parseArgs } from "node:util";
import pkg from "../package.json";

const { values } = parseArgs({
  options: { target: { type: "string" }, outfile: { type: "string", default: "dist/juscode-shim" } },
});

function commit(): string {
  const git = Bun.spawnSync(["git", "rev-parse", "--short=9", "HEAD"], { stderr: "ignore" });
  return git.success ? `+${git.stdout.toString().trim()}` : "";
}

/** A thread's own entry. In the executable it stands where it does in the sources, below what all of them share. */
const WORKER = "src/server/store/sqlite-worker.ts";
const workerWithin = WORKER.replace(/^src/, ".").replace(/ts$/, "js");

// Maps of its parts are written beside it, and are inside it too: they go with the folder.
mkdirSync(dirname(values.outfile), { recursive: true });
const folder = mkdtempSync(join(dirname(values.outfile), ".build-"));
const built = join(folder, basename(values.outfile));

const command = [
  process.execPath,
  "build",
  "src/main.ts",
  WORKER,
  `--outfile=${built}`,
  "--compile",
  "--minify",
  // What is imported late is a part of its own: nothing of it is read at the start.
  "--splitting",
  "--bytecode",
  "--format=esm",
  "--sourcemap",
  "--no-compile-autoload-dotenv",
  "--no-compile-autoload-bunfig",
  "--compile-exec-argv=--smol",
  `--define=SHIM_VERSION=${JSON.stringify(pkg.version + commit())}`,
  `--define=SHIM_SQLITE_WORKER=${JSON.stringify(workerWithin)}`,
  ...(values.target === undefined ? [] : [`--target=${values.target}`]),
];

const build = Bun.spawnSync(command, { stdout: "pipe", stderr: "pipe" });
if (build.success) renameSync(built, values.outfile);
rmSync(folder, { recursive: true });
if (!build.success) {
  process.stderr.write(build.stdout.toString() + build.stderr.toString());
  process.exit(1);
}
console.log(`${values.outfile}: ${(statSync(values.outfile).size / 1e6).toFixed(1)} MB`);
