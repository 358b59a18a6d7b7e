/** Old releases of Codex, brought once by scripts/old-codex.sh. With `CI=true` their absence is a failure. */
import { describe } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "../..");
const FOLDER = join(ROOT, ".tools/codex");

/** 0.133 is the last that has profiles in its config. */
export const OLD_VERSIONS = ["0.107.0", "0.133.0"] as const;
export type OldVersion = (typeof OLD_VERSIONS)[number];

export const oldCodex = (version: OldVersion): string => join(FOLDER, version, "codex");

export function describeWithOldCodex(): typeof describe {
  const missing = (): boolean => OLD_VERSIONS.some((version) => !existsSync(oldCodex(version)));
  if (missing()) {
    const { stderr } = Bun.spawnSync(["sh", "scripts/old-codex.sh", FOLDER], { cwd: ROOT, timeout: 300_000 });
    if (missing()) {
      const why = `old releases of Codex cannot be brought here: ${stderr.toString().trim()}`;
      if (process.env["CI"] === "true") throw new Error(why);
      console.warn(`skipped: ${why}`);
      return describe.skip as typeof describe;
    }
  }
  return describe;
}
