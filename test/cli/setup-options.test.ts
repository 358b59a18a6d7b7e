/** What the command line says of `setup` and `launch`. */
import { describe, expect, test } from "bun:test";
import type { FlagValues } from "../../src/cli/flags.ts";
import { readLaunch, readSetup } from "../../src/cli/setup/options.ts";
import { hasProfileFiles, readVersion } from "../../src/agents/codex-config.ts";

describe("setup", () => {
  test("has defaults", () => {
    expect(readSetup({}, ["codex"])).toMatchObject({
      agent: "codex",
      model: "jusCode-auto",
      base_url: undefined,
      key_env: undefined,
    });
    expect(readSetup({ list: true }, [])).toMatchObject({ agent: undefined, list: true });
    expect(readSetup({ keys: true }, ["claude"])).toMatchObject({ agent: "claude-code", key_env: "JUSCODE_API_KEY" });
  });

  test.each([
    ["https://shim.example", "https://shim.example/v1"],
    ["http://10.0.0.1:5872/v1/", "http://10.0.0.1:5872/v1"],
    ["http://10.0.0.1:5872/v1/responses", "http://10.0.0.1:5872/v1"],
    ["https://shim.example/team/v1", "https://shim.example/team/v1"],
  ])("takes %s for %s", (text, url) => {
    expect(readSetup({ "base-url": text }, ["codex"]).base_url).toBe(url);
  });

  test.each<[FlagValues, string[], string]>([
    [{}, [], "needs the name of an agent"],
    [{}, ["codx"], "did you mean codex?"],
    [{}, ["codex", "more"], "unexpected argument"],
    [{ "base-url": "shim.example" }, ["codex"], "is not a URL"],
    [{ "base-url": "https://me:secret@h/v1" }, ["codex"], "user name or password"],
    [{ "key-env": "sk-12345" }, ["codex"], "not the key itself"],
    [{ "context-window": "64k" }, ["codex"], "a number of tokens"],
    [{ default: true }, ["goose"], "for codex, opencode, aider only"],
    [{ "live-catalog": true }, ["claude-code"], "for codex only"],
    [{ undo: true, print: true }, ["codex"], "exclude each other"],
  ])("%j %j: %s", (values, words, says) => {
    expect(() => readSetup(values, words)).toThrow(says);
    expect(() => readSetup(values, words)).not.toThrow("sk-12345");
  });
});

test("launch hands everything behind the agent's name on", () => {
  expect(readLaunch({}, ["codex", "exec", "--json", "x"])).toMatchObject({
    agent: "codex",
    args: ["exec", "--json", "x"],
  });
  expect(readLaunch({}, ["claude-code"])).toMatchObject({ agent: "claude", args: [] });
});

test.each([
  ["codex-cli 0.133.0", false],
  ["codex-cli 0.134.0", true],
  ["codex-cli 0.99.9", false],
  ["codex-cli 1.0.0", true],
  ["something else", true],
])("%s has profiles in files of their own: %p", (text, has) => {
  expect(hasProfileFiles(readVersion(text))).toBe(has);
});
