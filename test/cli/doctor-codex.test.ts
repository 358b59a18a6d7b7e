/** What doctor says of each trap in a Codex config, as people read it; beside it what the real Codex says. */
import { afterEach, expect, test } from "bun:test";
import { join } from "node:path";
import { agentFindings } from "../../src/cli/doctor-agents.ts";
import { findingsText } from "../../src/cli/doctor-text.ts";
import { BROKEN_CONFIGS } from "../support/codex-configs.ts";
import { TRAPS } from "../support/codex-traps.ts";
import { golden } from "../support/golden.ts";
import { describeWith, pathOf } from "../support/needs.ts";
import { UserHome } from "../support/user-home.ts";

const describe = describeWith("codex");
const LISTENS = { host: "127.0.0.1", port: 5872 };
const BEFORE = { ...process.env };

afterEach(() => {
  for (const name of ["CODEX_HOME", "HOME", "PATH", "XDG_CONFIG_HOME"]) {
    if (BEFORE[name] === undefined) delete process.env[name];
    else process.env[name] = BEFORE[name];
  }
});

/** With the paths of this machine and the words of Codex's own version taken out. */
function told(files: Readonly<Record<string, string>>): string {
  using home = new UserHome();
  for (const [file, text] of Object.entries(files)) home.write(file, text);
  process.env["CODEX_HOME"] = join(home.dir, ".codex");
  process.env["HOME"] = home.dir;
  process.env["XDG_CONFIG_HOME"] = join(home.dir, ".config");
  process.env["PATH"] = join(home.dir, "bin");
  const text = findingsText(agentFindings(LISTENS));
  return text.replaceAll(pathOf("codex"), "/usr/bin/codex").replaceAll(home.dir, "~");
}

describe("doctor on Codex", () => {
  const cases = [
    ...Object.entries(TRAPS).map(([name, { text }]) => [name, { ".codex/config.toml": text }] as const),
    ...Object.entries(BROKEN_CONFIGS).map(([name, { text }]) => [name, { ".codex/config.toml": text }] as const),
    ["settings where Codex never reads", { ".codex/config.toml": "", ".config/codex/config.toml": "" }] as const,
    ["nothing set up", { ".codex/config.toml": "" }] as const,
  ];

  test.each(cases)("%s", (name, files) => {
    const text = told(files);
    golden(`doctor/codex/${name.replaceAll(/[^a-z]+/gi, "-").toLowerCase()}.txt`, text);
    expect(text).not.toContain(process.cwd());
  });
});
