/** Codex before 0.134 has its profiles in config.toml; after an upgrade they move into a file of their own. */
import { expect, test } from "bun:test";
import { rmSync, symlinkSync } from "node:fs";
import { CODEX_CONFIGS } from "../support/codex-configs.ts";
import { describeWith, pathOf } from "../support/needs.ts";
import { describeWithOldCodex, oldCodex, OLD_VERSIONS, type OldVersion } from "../support/old-codex.ts";
import { Shim } from "../support/shim.ts";
import { ended, UserHome, type Ran } from "../support/user-home.ts";

const describeOld = describeWithOldCodex();
const describeShim = describeWith("shim", "codex");
const CONFIG = ".codex/config.toml";

const homeWith = (version: OldVersion): UserHome => new UserHome({ programs: { codex: oldCodex(version) } });
const loads = (home: UserHome, ...args: string[]): Promise<Ran> =>
  ended(home.start("codex", [...args, "features", "list"]));

// Behind `exec`, where 0.107 looks for it.
const exec = [
  "exec",
  "--profile",
  "juscode",
  "--skip-git-repo-check",
  "--dangerously-bypass-approvals-and-sandbox",
  "show me that it works",
];

/** Enough to see that it reads them alike. */
const OLDEST = ["usual", "CRLF", "inline tables", "dotted keys"];

describeOld.each([...OLD_VERSIONS])("setup codex for %s", (version) => {
  // Its own checks of values have become others since.
  const shapes = Object.entries(CODEX_CONFIGS).filter(
    ([name]) => name !== "numbers and dates" && (version !== "0.107.0" || OLDEST.includes(name)),
  );

  test.each(shapes)("adds a profile to the config, in place: %s", async (_, text) => {
    using home = homeWith(version);
    home.write(CONFIG, text);
    const ran = await home.setup("codex", "--yes");
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.output).toContain(`This Codex is ${version}`);
    expect(home.read(".codex/juscode.config.toml")).toBeUndefined();
    expect(await loads(home, "--profile", "juscode")).toMatchObject({ code: 0 });
    expect(await loads(home)).toMatchObject({ code: 0 });
    expect(await home.setup("codex", "--undo", "--yes")).toMatchObject({ code: 0 });
    expect(home.read(CONFIG)).toBe(text);
    expect(home.read(`${CONFIG}.before-juscode`)).toBeUndefined();
  });

  test("after an upgrade its profile is in the way, and --fix moves it", async () => {
    using home = homeWith(version);
    const text = CODEX_CONFIGS["usual"] ?? "";
    home.write(CONFIG, text);
    await home.setup("codex", "--yes");
    rmSync(home.path("bin/codex"));
    symlinkSync(pathOf("codex"), home.path("bin/codex"));
    expect(await home.codexComplaint("--profile", "juscode")).toContain("cannot be used while");
    const refused = await home.setup("codex", "--yes");
    expect(refused.code).toBe(1);
    expect(refused.output).toContain("[profiles.juscode] is for an older Codex");
    expect(await home.setup("codex", "--yes", "--fix")).toMatchObject({ code: 0 });
    expect(await home.codexComplaint("--profile", "juscode")).toBeUndefined();
    expect(home.read(CONFIG)).not.toContain("[profiles");
    expect(await home.setup("codex", "--undo", "--yes")).toMatchObject({ code: 0 });
    expect(home.read(CONFIG)).toBe(text);
  });
});

describeOld("the profile of an old Codex", () => {
  describeShim.each([...OLD_VERSIONS])("%s", (version) => {
    test("works", async () => {
      await using shim = await Shim.start({ args: ["--no-discover"] });
      using home = homeWith(version);
      expect(await home.setup("codex", "--yes", "--base-url", shim.url)).toMatchObject({ code: 0 });
      const { code, output } = await ended(home.start("codex", exec));
      expect(output).toContain("It works.");
      expect(code).toBe(0);
    });
  });
});
