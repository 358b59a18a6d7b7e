/** Every kind of mistake, word for word as the user reads it. UPDATE_GOLDEN=1 writes anew what is then to be read. */
import { describe, expect, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { problemText, type Problem } from "../../../src/config/file/problem.ts";
import { PRESETS } from "../../../src/config/presets/index.ts";
import { PLANTED, read } from "./setting.ts";

const WRONG = join(import.meta.dirname, "../../fixtures/config/wrong");
const GOLDEN = join(import.meta.dirname, "../../golden/config/wrong");

/** They are more each month. */
const ALL_PRESETS = PRESETS.map(({ id }) => id).join(", ");

const names = [...new Bun.Glob("*.toml").scanSync(WRONG)].map((file) => basename(file, ".toml")).sort();

describe("what is wrong with a config", () => {
  test.skipIf(!!process.env["UPDATE_GOLDEN"])("has a fixture for each golden text", () => {
    const texts = [...new Bun.Glob("*.txt").scanSync(GOLDEN)].map((file) => basename(file, ".txt")).sort();
    expect(texts).toEqual(names);
  });

  test.each(names)("%s", (name) => {
    const source = readFileSync(join(WRONG, `${name}.toml`), "utf8");
    const result = read(source);
    if (!("problems" in result)) throw new Error("it was taken for right");
    const text = `${result.problems.map(problemText).join("\n")}\n`.replaceAll(ALL_PRESETS, "(all presets)");
    const golden = join(GOLDEN, `${name}.txt`);
    if (process.env["UPDATE_GOLDEN"]) writeFileSync(golden, text);
    expect(existsSync(golden)).toBe(true);
    expect(text).toBe(readFileSync(golden, "utf8"));
    expect(text).not.toContain(PLANTED);
    for (const problem of result.problems) expect(isAt(problem, source)).toBe(true);
  });
});

/** The place is that of the key itself, or of the table around one that is missing; entries of lists have no name. */
function isAt({ line, column, key }: Problem, source: string): boolean {
  const there = source.split("\n")[line - 1]?.slice(column - 1) ?? "";
  const parts = key.match(/"(?:[^"\\]|\\.)*"|[^.]+/g) ?? [];
  return key === "" || /\[\d+\]$/.test(key) || [key, ...parts.slice(-2)].some((part) => there.startsWith(part));
}
