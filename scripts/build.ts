/**
 * Builds the executable: bun scripts/build.ts [--target bun-linux-arm64] [--outfile dist/juscode-shim]
 *
 * It must not pick up what happens to lie in the folder where it is started: a `.env` or a `bunfig.toml` there
 * could run code or redirect keys, so both are switched off. Never strip the result: that leaves bare Bun.
 */
import { rmSync, statSync } from "node:fs";
import { parseArgs } from "node:util";
import pkg from "../package.json";

const { values } = parseArgs({
  options: { target: { type: "string" }, outfile: { type: "string", default: "dist/juscode-shim" } },
});

function commit(): string {
  const git = Bun.spawnSync(["git", "rev-parse", "--short=9", "HEAD"], { stderr: "ignore" });
  return git.success ? `+${git.stdout.toString().trim()}` : "";
}

const command = [
  process.execPath,
  "build",
  "src/main.ts",
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
  ...(values.target === undefined ? [] : [`--target=${values.target}`]),
];

const build = Bun.spawnSync(command, { stdout: "pipe", stderr: "pipe" });
if (!build.success) {
  process.stderr.write(build.stdout.toString() + build.stderr.toString());
  process.exit(1);
}
// The map is inside the executable too.
rmSync(`${values.outfile}.map`, { force: true });
console.log(`${values.outfile}: ${(statSync(values.outfile).size / 1e6).toFixed(1)} MB`);
