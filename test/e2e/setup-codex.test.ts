/** `setup codex` on configs as people have them: the real Codex loads the result, and undoing gives the same bytes. */
import { expect, test } from "bun:test";
import { existsSync, lstatSync, readdirSync, statSync, symlinkSync } from "node:fs";

import { BROKEN_CONFIGS, CODEX_CONFIGS } from "../support/codex-configs.ts";
import { describeWith } from "../support/needs.ts";

import { UserHome } from "../support/user-home.ts";

const describe = describeWith("codex");
const CONFIG = ".codex/config.toml";
const shapes = Object.entries(CODEX_CONFIGS);

describe("setup codex", () => {
  test.each(shapes)("leaves the config alone: %s", async (_, text) => {
    using home = new UserHome();
    home.write(CONFIG, text);
    const before = home.files();
    const ran = await home.setup("codex", "--yes");
    expect(ran).toMatchObject({ code: 0 });
    expect(home.read(CONFIG)).toBe(text);
    expect(Object.keys(home.files()).filter((name) => !(name in before) && name.startsWith(".codex"))).toEqual([
      ".codex/juscode-models.json",
      ".codex/juscode.config.toml",
    ]);
    expect(await home.codexComplaint("--profile", "juscode")).toBeUndefined();
    expect(await home.setup("codex", "--undo", "--yes")).toMatchObject({ code: 0 });
    expect(ours(home)).toEqual(before);
  });

  test.each(shapes)("--default edits it in place: %s", async (_, text) => {
    using home = new UserHome();
    home.write(CONFIG, text, 0o640);
    const before = home.files();
    expect(await home.setup("codex", "--yes", "--default")).toMatchObject({ code: 0 });
    expect(statSync(home.path(CONFIG)).mode & 0o777).toBe(0o640);
    expect(home.read(`${CONFIG}.before-juscode`)).toBe(text);
    expect(await home.codexComplaint()).toBeUndefined();
    expect(await home.codexComplaint("--profile", "juscode")).toBeUndefined();
    // Once more there is nothing to do.
    expect((await home.setup("codex", "--yes", "--default")).output).toContain("Everything is set up already");
    expect(await home.setup("codex", "--undo", "--yes")).toMatchObject({ code: 0 });
    expect(ours(home)).toEqual(before);
  });

  test("says no word too much, and nothing is written by a dry run", async () => {
    using home = new UserHome();
    home.write(CONFIG, CODEX_CONFIGS["usual"] ?? "");
    const before = home.files();
    const ran = await home.setup("codex", "--dry-run", "--default");
    expect(ran.code).toBe(0);
    expect(ran.output).toContain('-model = "gpt-5.5" # the good one\n+model = "jusCode-auto" # the good one');
    expect(ran.output).toContain('provider "openai" are not listed');
    expect(ran.output).not.toContain("secret-of-mine");
    expect(home.files()).toEqual(before);
  });

  test("asks nobody who cannot answer", async () => {
    using home = new UserHome();
    const ran = await home.setup("codex");
    expect(ran.code).toBe(2);
    expect(ran.output).toContain("pass --yes");
    expect(home.files()).toEqual({});
  });

  test("has an address, a model and a key as they are given", async () => {
    using home = new UserHome({ env: { MY_KEY: "secret" } });
    const flags = [
      "--yes",
      "--base-url",
      "https://shim.example/v1/responses",
      "--model",
      "coder",
      "--key-env",
      "MY_KEY",
    ];
    const ran = await home.setup("codex", ...flags);
    expect(ran.output).toContain("Nothing is listening at https://shim.example/v1");
    expect(home.read(".codex/juscode.config.toml"))
      .toBe(`# Written by juscode-shim setup codex; used by: codex --profile juscode
model = "coder"
model_provider = "juscode"

[model_providers.juscode]
name = "juscode"
base_url = "https://shim.example/v1"
wire_api = "responses"
env_key = "MY_KEY"
`);
    expect(JSON.stringify(home.files())).not.toContain("secret");
  });

  test("its profile may hold settings of the user's, which stay", async () => {
    using home = new UserHome();
    const own = 'approval_policy = "never" # mine\nmodel = "mine"\n';
    home.write(".codex/juscode.config.toml", own);
    await home.setup("codex", "--yes");
    expect(home.read(".codex/juscode.config.toml")).toStartWith(
      'approval_policy = "never" # mine\nmodel = "jusCode-auto"\n',
    );
    await home.setup("codex", "--undo", "--yes");
    expect(ours(home)).toEqual({ ".codex/juscode.config.toml": own });
  });

  test("a link stays a link", async () => {
    using home = new UserHome();
    home.write("dotfiles/codex.toml", 'model = "gpt-5.5"\n');
    symlinkSync("../dotfiles/codex.toml", home.path(CONFIG));
    expect(await home.setup("codex", "--yes", "--default")).toMatchObject({ code: 0 });
    expect(lstatSync(home.path(CONFIG)).isSymbolicLink()).toBe(true);
    expect(home.read("dotfiles/codex.toml")).toContain('model = "jusCode-auto"');
    await home.setup("codex", "--undo", "--yes");
    expect(lstatSync(home.path(CONFIG)).isSymbolicLink()).toBe(true);
    expect(home.read("dotfiles/codex.toml")).toBe('model = "gpt-5.5"\n');
  });

  test("a read-only config is left alone, and the profile needs none", async () => {
    using home = new UserHome();
    home.write(CONFIG, 'model = "gpt-5.5"\n', 0o444);
    const refused = await home.setup("codex", "--yes", "--default");
    expect(refused.code).toBe(2);
    expect(refused.output).toContain("read-only");
    expect(Object.keys(home.files())).toEqual([CONFIG]);
    expect(await home.setup("codex", "--yes")).toMatchObject({ code: 0 });
  });

  test.each(Object.entries(BROKEN_CONFIGS))(
    "a broken one is told, with its line: %s",
    async (_, { text, line, says }) => {
      using home = new UserHome();
      home.write(CONFIG, text);
      expect(await home.codexComplaint()).toContain("TOML parse error");
      for (const flags of [[], ["--default"], ["--fix"]]) {
        const ran = await home.setup("codex", "--yes", ...flags);
        expect(ran.code).toBe(1);
        expect(ran.output).toContain(`config.toml:${line}: `);
        expect(ran.output).toContain(says);
        expect(home.files()).toEqual({ [CONFIG]: text });
      }
    },
  );

  test("nothing is written that the installed Codex does not load", async () => {
    using home = new UserHome();
    const text = 'sandbox_mode = "no-such-mode"\n';
    home.write(CONFIG, text);
    const ran = await home.setup("codex", "--yes", "--default");
    expect(ran.code).toBe(1);
    expect(ran.output).toContain("unknown variant `no-such-mode`");
    expect(home.files()).toEqual({ [CONFIG]: text });
  });
});

describe("undoing", () => {
  test("keeps what the user has changed since", async () => {
    using home = new UserHome();
    home.write(CONFIG, CODEX_CONFIGS["usual"] ?? "");
    await home.setup("codex", "--yes", "--default");
    const mine = (text: string): string =>
      text.replace('trust_level = "trusted"', 'trust_level = "untrusted"').replace("# Codex", "# Codex, mine") +
      "\n[tui]\nnotifications = true\n";
    home.write(CONFIG, mine(home.read(CONFIG) ?? ""));
    expect(await home.setup("codex", "--undo", "--yes")).toMatchObject({ code: 0 });
    expect(home.read(CONFIG)).toBe(mine(CODEX_CONFIGS["usual"] ?? ""));
    expect(await home.codexComplaint()).toBeUndefined();
  });

  test("shows where it cannot, and then changes nothing at all", async () => {
    using home = new UserHome();
    home.write(CONFIG, CODEX_CONFIGS["usual"] ?? "");
    await home.setup("codex", "--yes", "--default");
    home.write(CONFIG, (home.read(CONFIG) ?? "").replace('model = "jusCode-auto"', 'model = "mine"'));
    const before = home.files();
    const ran = await home.setup("codex", "--undo", "--yes");
    expect(ran.code).toBe(1);
    expect(ran.output).toContain('- -model = "jusCode-auto" # the good one'.slice(2));
    expect(ran.output).toContain("config.toml.before-juscode");
    expect(home.files()).toEqual(before);
  });

  test("what was made and changed since is not deleted", async () => {
    using home = new UserHome();
    await home.setup("codex", "--yes");
    home.write(".codex/juscode.config.toml", `${home.read(".codex/juscode.config.toml")}# mine\n`);
    const before = home.files();
    expect(await home.setup("codex", "--undo", "--yes")).toMatchObject({ code: 1 });
    expect(home.files()).toEqual(before);
  });

  test("several setups are undone at once, and twice is no harm", async () => {
    using home = new UserHome();
    home.write(CONFIG, CODEX_CONFIGS["CRLF"] ?? "");
    const before = home.files();
    for (const flags of [[], ["--default"], ["--model", "other", "--default"], ["--keys", "--default"], []])
      await home.setup("codex", "--yes", ...flags);
    expect(await home.setup("codex", "--undo", "--yes")).toMatchObject({ code: 0 });
    expect(ours(home)).toEqual(before);
    expect((await home.setup("codex", "--undo", "--yes")).output).toContain("Nothing to undo");
  });
});

test.skipIf(!Bun.which("kill"))("killed at any moment it leaves a valid file, and undoing leads back", async () => {
  using home = new UserHome();
  const text = CODEX_CONFIGS["usual"] ?? "";
  home.write(CONFIG, text);
  const before = home.files();
  const started = performance.now();
  await home.setup("codex", "--yes", "--default");
  const whole = performance.now() - started;
  const after = home.read(CONFIG);
  await home.setup("codex", "--undo", "--yes");
  const seen = new Set<string>();
  for (let n = 0; n < 24 || (seen.size < 2 && n < 100); n++) {
    const child = home.shim("setup", "codex", "--yes", "--default", "--no-discover");
    // Half of them at any moment, the others while files are being written. A machine may grow slower meanwhile.
    if (n % 2 === 0) await Bun.sleep(whole * Math.random() * (n < 24 ? 1 : 3));
    else while (child.exitCode === null && !isWriting(home)) await Bun.sleep(0);
    child.kill("SIGKILL");
    await child.exited;
    const now = home.read(CONFIG);
    expect([text, after]).toContain(now);
    seen.add(now === text ? "before" : "after");
    const profile = home.read(".codex/juscode.config.toml");
    if (profile !== undefined) expect(profile).toEndWith('wire_api = "responses"\n');
    const undo = await home.setup("codex", "--undo", "--yes");
    expect(undo).toMatchObject({ code: 0 });
    expect(home.read(CONFIG)).toBe(text);
  }
  await home.setup("codex", "--yes", "--default");
  await home.setup("codex", "--undo", "--yes");
  expect([...seen].sort()).toEqual(["after", "before"]);
  // Nothing is left over of those that were killed.
  expect(ours(home)).toEqual(before);
});

function isWriting(home: UserHome): boolean {
  const state = home.path(".local/state/juscode-shim/setup");
  return existsSync(state) || readdirSync(home.path(".codex")).some((name) => name.includes("before-juscode"));
}

/** Without what Codex itself leaves when it is asked whether it loads. */
function ours(home: UserHome): Record<string, string> {
  return Object.fromEntries(
    Object.entries(home.files()).filter(
      ([name]) => !/^\.codex\/(?:tmp|log|.*\.sqlite|installation_id|version)/.test(name),
    ),
  );
}
