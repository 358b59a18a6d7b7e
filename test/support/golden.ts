/** Texts that a reviewer reads. UPDATE_GOLDEN=1 writes them anew; the difference is then to be read. */
import { expect } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const FOLDER = join(import.meta.dir, "../golden");

export function golden(path: string, text: string): void {
  const file = join(FOLDER, path);
  if (process.env["UPDATE_GOLDEN"]) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  expect(text).toBe(readFileSync(file, "utf8"));
}
