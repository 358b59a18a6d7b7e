/** `setup` for the other agents: what they have stays, and undoing gives the same bytes. */
import { describe, expect, test } from "bun:test";
import { ChatUpstream, reply, say } from "../support/chat-upstream.ts";
import { describeWith, pathOf } from "../support/needs.ts";
import { Shim } from "../support/shim.ts";
import { ended, UserHome } from "../support/user-home.ts";

const describeClaude = describeWith("shim", "claude");

const EXISTING: Readonly<Record<string, { file: string; text: string; kept: string[]; flags: string[] }>> = {
  "claude-code": {
    file: ".claude/settings.json",
    text: '{\r\n    "theme": "dark",\r\n    "env": {\r\n        "MY_TOKEN": "secret-of-mine"\r\n    }\r\n}\r\n',
    kept: ['"MY_TOKEN": "secret-of-mine"', '"theme": "dark"', '"ANTHROPIC_MODEL": "jusCode-auto"'],
    flags: [],
  },
  opencode: {
    file: ".config/opencode/opencode.jsonc",
    text: '// mine\n{\n\t"model": "other/model", // as ever\n\t"list": [1, 2],\n}\n',
    kept: ["// mine\n", "// as ever\n", '"list": [1, 2],', '"model": "juscode/jusCode-auto", // as ever'],
    flags: ["--default"],
  },
  aider: {
    file: ".aider.conf.yml",
    text: "# mine\nmodel: sonnet # as ever\nread:\n  - notes.md",
    kept: ["# mine\n", 'model: "openai/jusCode-auto" # as ever\n', "read:\n  - notes.md\n", "openai-api-base:"],
    flags: ["--default"],
  },
  goose: { file: ".config/goose/config.yaml", text: "GOOSE_MODE: auto\n", kept: ["GOOSE_MODE: auto\n"], flags: [] },
};

describe("setup of", () => {
  test.each(Object.entries(EXISTING))(
    "%s keeps what is there, and is undone",
    async (agent, { file, text, kept, flags }) => {
      using home = new UserHome({ programs: {} });
      home.write(file, text);
      const ran = await home.setup(agent, "--yes", ...flags);
      expect(ran).toMatchObject({ code: 0 });
      expect(ran.output).not.toContain("secret-of-mine");
      for (const part of kept) expect(home.read(file)).toContain(part);
      expect((await home.setup(agent, "--yes", ...flags)).output).toContain("Everything is set up already");
      expect(await home.setup(agent, "--undo", "--yes")).toMatchObject({ code: 0 });
      expect(home.files()).toEqual({ [file]: text });
    },
  );

  test.each(["claude-code", "opencode", "aider", "goose"])("%s begins where nothing is", async (agent) => {
    using home = new UserHome({ programs: {} });
    expect(await home.setup(agent, "--yes")).toMatchObject({ code: 0 });
    expect(Object.keys(home.files()).length).toBeGreaterThan(1);
    expect(await home.setup(agent, "--undo", "--yes")).toMatchObject({ code: 0 });
    expect(home.files()).toEqual({});
  });

  test("what Claude Code may do from then on is said before anything is written", async () => {
    using home = new UserHome({ programs: {} });
    const { output } = await home.setup("claude-code", "--dry-run");
    expect(output).toContain("permission mode becomes acceptEdits, in which it edits files without asking");
    expect(home.files()).toEqual({});
  });

  test("cline is told in its own settings, so that nothing is written", async () => {
    using home = new UserHome({ programs: {} });
    const { code, output } = await home.setup("cline");
    expect(code).toBe(0);
    expect(output).toContain("Base URL         http://127.0.0.1:5872/v1");
    expect(output).toContain("cline auth -p openai -k unused -m jusCode-auto -b http://127.0.0.1:5872/v1");
    expect(home.files()).toEqual({});
  });

  test.each([
    [".claude/settings.json", "claude-code", '{ "a": 1, }\n{', "is not valid JSON"],
    [".claude/settings.json", "claude-code", "[]", "is not a JSON object"],
    [".aider.conf.yml", "aider", "a: [1\n", "is not valid YAML"],
  ])("a broken %s is left as it is", async (file, agent, text, says) => {
    using home = new UserHome({ programs: {} });
    home.write(file, text);
    const ran = await home.setup(agent, "--yes", ...(agent === "aider" ? ["--default"] : []));
    expect(ran.code).toBe(2);
    expect(ran.output).toContain(says);
    expect(home.files()).toEqual({ [file]: text });
  });
});

describe("for other machines", () => {
  test.each(["codex", "claude-code", "opencode", "cline", "goose", "aider"])(
    "--print %s writes nothing",
    async (agent) => {
      using home = new UserHome({ programs: {} });
      home.write(".codex/config.toml", "not = [read");
      const url = "https://shim.example/v1";
      const { code, output } = await home.setup(
        agent,
        "--print",
        "--base-url",
        url,
        "--keys",
        "--context-window",
        "65536",
      );
      expect(code).toBe(0);
      expect(output).toContain(agent === "claude-code" ? '"https://shim.example"' : "https://shim.example");
      expect(output).toContain("JUSCODE_API_KEY");
      expect(output).toContain("Start it with: ");
      expect(output).not.toContain(home.dir);
      expect(Object.keys(home.files())).toEqual([".codex/config.toml"]);
    },
  );

  test("--list tells what there is", async () => {
    using home = new UserHome({ programs: { aider: "/bin/true" } });
    const { output } = await home.setup("--list");
    expect(output).toMatch(/^codex +not on PATH +\S+\.codex\n/);
    expect(output).toMatch(/^aider +\S+\/bin\/aider +\S+\.aider\.conf\.yml$/m);
  });
});

describeClaude("the real Claude Code", () => {
  const told = ["-p", "hello", "--output-format", "text"];

  test("asks the shim after its setup", async () => {
    await using upstream = new ChatUpstream([reply(say("By its settings."))], { models: ["scripted"] });
    await using shim = await Shim.start({ args: ["--upstream", upstream.url] });
    using home = new UserHome({ programs: { claude: pathOf("claude") } });
    const set = ["--base-url", shim.url, "--model", "scripted", "--context-window", "65536"];
    expect(await home.setup("claude-code", "--yes", ...set)).toMatchObject({ code: 0 });
    const ran = await ended(home.start("claude", told));
    expect(ran.output).toContain("By its settings.");
    upstream.check();
  });

  test("asks the shim that it is launched with", async () => {
    await using upstream = new ChatUpstream([reply(say("By its start."))], { models: ["scripted"] });
    using home = new UserHome({ programs: { claude: pathOf("claude") } });
    // What the user's own settings say does not count for this start.
    const own = '{ "env": { "ANTHROPIC_BASE_URL": "http://127.0.0.1:9", "ANTHROPIC_MODEL": "mine" } }\n';
    home.write(".claude/settings.json", own);
    const args = ["launch", "claude", "--upstream", upstream.url, "--model", "scripted", "--", ...told];
    const ran = await ended(home.shim(...args));
    expect(ran.output).toContain("By its start.");
    expect(ran.code).toBe(0);
    expect(home.read(".claude/settings.json")).toBe(own);
    upstream.check();
  });
});
