/** What doctor says of each trap in a Codex config, as people read it; beside it what the real Codex says. */
import { afterEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runKey } from "../../src/cli/key/key.ts";
import { readKeyOptions } from "../../src/cli/key/options.ts";
import { agentFindings, type Listens } from "../../src/cli/doctor/agents.ts";
import { findingsText } from "../../src/cli/doctor/text.ts";
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
function told(files: Readonly<Record<string, string>>, listens: Listens = LISTENS): string {
  using home = new UserHome();
  for (const [file, text] of Object.entries(files)) home.write(file, text);
  process.env["CODEX_HOME"] = join(home.dir, ".codex");
  process.env["HOME"] = home.dir;
  process.env["XDG_CONFIG_HOME"] = join(home.dir, ".config");
  process.env["PATH"] = join(home.dir, "bin");
  const text = findingsText(agentFindings(listens));
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

  test("a provider without a key, where the shim asks for one", () => {
    const dir = mkdtempSync(join(tmpdir(), "juscode-doctor-keys-"));
    const keys_file = join(dir, "keys.json");
    const asking = { ...LISTENS, operations: { keys_file, require_keys: false } };
    const profile = (more: string): Record<string, string> => ({
      ".codex/juscode.config.toml": `model = "m"\nmodel_provider = "juscode"\n[model_providers.juscode]\nname = "juscode"\nbase_url = "http://127.0.0.1:5872/v1"\nwire_api = "responses"\n${more}`,
    });
    try {
      expect(told(profile(""), asking)).toContain("All is well");
      runKey(readKeyOptions(["add", "me"], {}), keys_file, new Date());
      const text = told(profile(""), asking);
      expect(text).toContain("juscode.config.toml:5: the provider juscode sends no key, and the shim needs one");
      expect(text).toContain("why: the shim refuses every turn with 401");
      expect(text).toContain('write env_key = "JUSCODE_API_KEY" in [model_providers.juscode]');
      expect(text).toContain("1 problem");
      for (const more of ['env_key = "KEY"\n', 'env_http_headers = { "X-Api-Key" = "KEY" }\n'])
        expect(told(profile(more), asking)).not.toContain("sends no key");
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
});
