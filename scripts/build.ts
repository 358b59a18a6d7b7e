/**
 * Builds the executable: bun scripts/build.ts [--target bun-linux-arm64] [--outfile dist/juscode-shim]
 *
 * It must not pick up what happens to lie in the folder where it is started: a `.env` or a `bunfig.toml` there
 * could run code or redirect keys, so both are switched off. Never strip the result: that leaves bare Bun.
 */
import { rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
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

const command = [
  process.execPath,
  "build",
  "src/main.ts",
  WORKER,
  `--outfile=${values.outfile}`,
  "--compile",
  "--minify",
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
if (!build.success) {
  process.stderr.write(build.stdout.toString() + build.stderr.toString());
  process.exit(1);
}
// The maps are inside the executable too.
for (const map of [`${values.outfile}.map`, join(dirname(values.outfile), "sqlite-worker.js.map")])
  rmSync(map, { force: true });
console.log(`${values.outfile}: ${(statSync(values.outfile).size / 1e6).toFixed(1)} MB`);
