/** What of the executable is Bun, and which dependency brings how much of the rest. */
import { statSync } from "node:fs";
import { join } from "node:path";

export interface Size {
  executable_bytes: number;
  bun_bytes: number;
  /** Bytes of minified source, by package; `src` is this program's own. */
  shares: [name: string, bytes: number][];
}

export async function size(executable: string): Promise<Size> {
  const built = await Bun.build({
    entrypoints: [join(import.meta.dir, "../../src/main.ts")],
    target: "bun",
    minify: true,
    metafile: true,
  });
  const shares = new Map<string, number>();
  for (const output of Object.values(built.metafile?.outputs ?? {})) {
    for (const [path, { bytesInOutput }] of Object.entries(output.inputs)) {
      const name = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? "src";
      shares.set(name, (shares.get(name) ?? 0) + bytesInOutput);
    }
  }
  return {
    executable_bytes: statSync(executable).size,
    bun_bytes: statSync(process.execPath).size,
    shares: [...shares].sort((a, b) => b[1] - a[1]),
  };
}
