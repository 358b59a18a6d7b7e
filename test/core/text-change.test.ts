/** Changes shown, and taken back. */
import { describe, expect, test } from "bun:test";
import { shownChange, undone, undoOf, withoutSecrets } from "../../src/core/text-change.ts";

const lines = (...all: string[]): string => all.join("\n");

describe("a change is taken back", () => {
  const before = lines("a = 1", "b = 2", "c = 3", "");
  const after = lines("a = 1", "b = 9", "c = 3", "", "[new]", "x = 1", "");

  test("exactly", () => {
    expect(undone(after, undoOf(before, after))).toBe(before);
  });

  test("beside other changes, before and behind", () => {
    const since = `# above\nz = 0\n${after}\n[own]\ny = 1\n`;
    expect(undone(since, undoOf(before, after))).toBe(`# above\nz = 0\n${before}\n[own]\ny = 1\n`);
  });

  test("beside changes that touch its own lines", () => {
    const since = after.replace("a = 1", "a = 0").replace("c = 3", "c = 4").replace("[new]", "[own]\n\n[new]");
    const then = before.replace("a = 1", "a = 0").replace("c = 3", "c = 4");
    expect(undone(since.replace("[own]\n\n", ""), undoOf(before, after))).toBe(then);
    expect(undone(since, undoOf(before, after))).toBe(`${then}\n[own]\n`);
  });

  test("not where its lines stand twice", () => {
    const since = after.replace("a = 1", "a = 0").replace("c = 3", "c = 4");
    expect(undone(`${since}\n[t]\nb = 9\n`, undoOf(before, after))).toBeUndefined();
  });

  test("not where its own lines have been changed", () => {
    expect(undone(after.replace("b = 9", "b = 10"), undoOf(before, after))).toBeUndefined();
    expect(undone(after.replace("x = 1", "x = 2"), undoOf(before, after))).toBeUndefined();
  });

  test.each(["\r\n", "\n"])("with every byte of its line breaks: %j", (end) => {
    const [old, now] = [`a = 1${end}b = 2`, `a = 1${end}b = 3${end}c = 4`];
    expect(undone(now, undoOf(old, now))).toBe(old);
  });
});

describe("what is shown", () => {
  test.each([
    [`experimental_bearer_token = "abc"`, `experimental_bearer_token = "…"`],
    [`  "apiKey": "abc",`, `  "apiKey": "…",`],
    [`ANTHROPIC_AUTH_TOKEN: abc`, `ANTHROPIC_AUTH_TOKEN: "…"`],
    [`openai-api-key: 'abc'`, `openai-api-key: "…"`],
    [`http_headers = { Authorization = "Bearer abc", x = "y" }`, `http_headers = { Authorization = "…", x = "y" }`],
    [`env_key = "MY_KEY"`, `env_key = "MY_KEY"`],
    [`model_auto_compact_token_limit = 5`, `model_auto_compact_token_limit = 5`],
  ])("%s", (line, shown) => {
    expect(withoutSecrets(line)).toBe(shown);
  });

  test("has no line of a long new file", () => {
    expect(shownChange("f", undefined, "x\n".repeat(100))).toBe("--- /dev/null\n+++ f\n@@ 100 lines @@\n");
  });
});
