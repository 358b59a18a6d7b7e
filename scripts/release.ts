/**
 * Builds what is published: bun scripts/release.ts [--out dist/release] [--only linux-x64,…]
 *
 * One archive for each machine, with the executable alone in it, and SHA256SUMS over all. Bun brings the runtimes of
 * other machines from the npm registry when it needs them; each is checked to be one for that machine.
 */
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";

interface Target {
  /** As in the archive's name; install.sh asks for it by that. */
  name: string;
  /** As Bun calls it. */
  bun: string;
  /** First bytes of its executables. */
  magic: string;
}

const ELF = "7f454c46";

export const TARGETS: readonly Target[] = [
  { name: "linux-x64", bun: "bun-linux-x64", magic: ELF },
  // For processors without AVX2; in Bun 1.4.5 it is the very same program, a later one may differ.
  { name: "linux-x64-baseline", bun: "bun-linux-x64-baseline", magic: ELF },
  // For Alpine and the like.
  { name: "linux-x64-musl", bun: "bun-linux-x64-musl", magic: ELF },
  { name: "linux-x64-musl-baseline", bun: "bun-linux-x64-musl-baseline", magic: ELF },
  { name: "linux-arm64", bun: "bun-linux-arm64", magic: ELF },
  { name: "linux-arm64-musl", bun: "bun-linux-arm64-musl", magic: ELF },
  { name: "darwin-x64", bun: "bun-darwin-x64", magic: "cffaedfe" },
  { name: "darwin-arm64", bun: "bun-darwin-arm64", magic: "cffaedfe" },
  { name: "windows-x64", bun: "bun-windows-x64", magic: "4d5a" },
];

function build({ name, bun, magic }: Target, out: string): string | undefined {
  const folder = join(out, "build", name);
  const program = join(folder, name.startsWith("windows") ? "juscode-shim.exe" : "juscode-shim");
  mkdirSync(folder, { recursive: true });
  const built = run([process.execPath, "scripts/build.ts", "--target", bun, "--outfile", program]);
  if (!built) return undefined;
  const begins = readFileSync(program)
    .subarray(0, magic.length / 2)
    .toString("hex");
  if (begins !== magic) throw new Error(`${program} is no program for ${name}: it begins with ${begins}`);
  chmodSync(program, 0o755);
  const archive = join(out, `juscode-shim-${name}.tar.gz`);
  // The same bytes again from the same program: no times, no names of users.
  const packed = run([
    "tar",
    "--create",
    "--file",
    archive,
    "--use-compress-program",
    "gzip -n",
    "--sort=name",
    "--mtime=@0",
    "--owner=0",
    "--group=0",
    "--numeric-owner",
    "--directory",
    folder,
    basename(program),
  ]);
  if (!packed) throw new Error(`tar could not pack ${archive}`);
  return archive;
}

function run(command: string[]): boolean {
  const ran = Bun.spawnSync(command, { stdout: "inherit", stderr: "inherit" });
  return ran.success;
}

function sumOf(file: string): string {
  return new Bun.CryptoHasher("sha256").update(readFileSync(file)).digest("hex");
}

const { values } = parseArgs({
  options: { out: { type: "string", default: "dist/release" }, only: { type: "string" } },
});
const wanted = values.only?.split(",");
const unknown = wanted?.find((name) => !TARGETS.some((target) => target.name === name));
if (unknown !== undefined) {
  console.error(`there is no target ${unknown}; there are: ${TARGETS.map(({ name }) => name).join(", ")}`);
  process.exit(2);
}
rmSync(values.out, { recursive: true, force: true });
mkdirSync(values.out, { recursive: true });
const made: string[] = [];
const failed: string[] = [];
for (const target of TARGETS.filter(({ name }) => wanted === undefined || wanted.includes(name))) {
  const archive = build(target, values.out);
  if (archive === undefined) failed.push(target.name);
  else made.push(archive);
}
rmSync(join(values.out, "build"), { recursive: true, force: true });
const sums = made.map((file) => `${sumOf(file)}  ${basename(file)}\n`).join("");
writeFileSync(join(values.out, "SHA256SUMS"), sums);
for (const file of made) console.log(`${file}: ${(statSync(file).size / 1e6).toFixed(1)} MB`);
if (failed.length > 0) {
  console.error(`not built: ${failed.join(", ")} (see above)`);
  process.exit(1);
}
