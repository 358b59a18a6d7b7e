/** On a terminal `setup` asks before it writes, and before it takes back. */
import { expect, test } from "bun:test";
import { describeWith } from "../support/needs.ts";
import { UserHome } from "../support/user-home.ts";

const describe = describeWith("codex");

describe("setup on a terminal", () => {
  test.each<[string, number]>([
    ["n", 1],
    ["", 1],
    ["\x03", 1],
    ["\x04", 1],
    ["y", 0],
    ["Yes", 0],
  ])("is answered %j", async (answer, code) => {
    using home = new UserHome();
    const set = await home.answered(answer, "setup", "codex", "--no-discover");
    expect(set.output).toContain("Write this? [y/N]");
    expect(set.code).toBe(code);
    expect(home.read(".codex/juscode.config.toml") !== undefined).toBe(code === 0);
    if (code !== 0) return;
    const kept = await home.answered("no", "setup", "codex", "--undo", "--no-discover");
    expect(kept.code).toBe(1);
    expect(home.read(".codex/juscode.config.toml")).toBeDefined();
    const undone = await home.answered(answer, "setup", "codex", "--undo", "--no-discover");
    expect(undone.output).toContain("Undo this? [y/N]");
    expect(home.read(".codex/juscode.config.toml")).toBeUndefined();
  });
});
