/** Texts that a reviewer reads. UPDATE_GOLDEN=1 writes them anew; the difference is then to be read. */
import { expect } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const WRITE = "UPDATE_GOLDEN=1 bun test writes it; read the difference before you commit it";
const FOLDER = join(import.meta.dir, "../golden");

export function golden(path: string, text: string): void {
  const file = join(FOLDER, path);
  if (process.env["UPDATE_GOLDEN"]) {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  if (!existsSync(file)) throw new Error(`there is no test/golden/${path} yet: ${WRITE}`);
  if (text !== readFileSync(file, "utf8"))
    console.error(`test/golden/${path} differs; if the new text is right, ${WRITE}`);
  expect(text).toBe(readFileSync(file, "utf8"));
}
