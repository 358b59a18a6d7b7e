/** Traps in a Codex config: told with their line, and whether the real Codex falls into them. */
import { expect, test } from "bun:test";
import { codexTraps, hiddenThreads, unknownTrap } from "../../src/agents/codex-traps.ts";
import { editToml } from "../../src/core/toml-edit.ts";
import { BROKEN_CONFIGS, CODEX_CONFIGS } from "../support/codex-configs.ts";
import { provider, TRAPS } from "../support/codex-traps.ts";
import { describeWith } from "../support/needs.ts";
import { UserHome } from "../support/user-home.ts";

const describe = describeWith("codex");
const context = { base_url: "http://127.0.0.1:5872/v1", profile_files: true };

describe("a trap", () => {
  test.each(Object.entries(TRAPS))("%s", async (_, { text, line, says, blocks = false, repairs = false }) => {
    const [trap] = codexTraps(text, context);
    expect(trap).toMatchObject({ line, blocks });
    expect(trap?.message).toContain(says);
    expect(trap?.fix).not.toBe("");
    expect(trap?.repair !== undefined).toBe(repairs);
    using home = new UserHome();
    home.write(".codex/config.toml", text);
    expect((await home.codexComplaint()) !== undefined).toBe(blocks);
    if (!trap?.repair) return;
    const repaired = editToml(text, trap.repair);
    expect(codexTraps(repaired, context)).toEqual([]);
    home.write(".codex/config.toml", repaired);
    expect(await home.codexComplaint()).toBeUndefined();
  });

  test("of an older profile of ours blocks that profile alone", () => {
    const text = '[profiles.juscode]\nmodel = "m"\n';
    expect(codexTraps(text, context)).toMatchObject([{ blocks: true, line: 1 }]);
    expect(codexTraps(text, { ...context, profile_files: false })).toEqual([]);
  });

  test.each(Object.entries(BROKEN_CONFIGS))("that is no TOML: %s", (_, { text, line, says }) => {
    const [trap] = codexTraps(text, context);
    expect(trap).toMatchObject({ blocks: true, line });
    expect(trap?.message).toContain(says);
  });

  const harmless = Object.entries(CODEX_CONFIGS).filter(([name]) => !/legacy|numbers/.test(name));
  test.each(harmless)("is not seen where none is: %s", (_, text) => {
    expect(codexTraps(text, context)).toEqual([]);
  });

  test("keys of another host are no business of ours", () => {
    const text = provider("x", 'name = "Azure"\nbase_url = "https://h.example/openai/v1"\nrequires_openai_auth = true');
    expect(codexTraps(text, context)).toEqual([]);
  });
});

test("a provider that moves keeps all that was said of it", () => {
  const [trap] = codexTraps(TRAPS["chat, inline"]?.text ?? "", context);
  expect(trap?.moved?.id).toBe("old");
  for (const part of ['wire_api = "chat"', 'base_url = "http://h/v1"', 'a = "b"'])
    expect(trap?.moved?.toml).toContain(part);
});

test("settings that are gone are told with what takes their place", () => {
  expect(unknownTrap("preferred_auth_method", 3)).toMatchObject({ line: 3, blocks: false });
  expect(unknownTrap("preferred_auth_method", 3).fix).toContain("forced_login_method");
  expect(unknownTrap("model_providers.x.api_key", undefined).fix).toContain("env_key");
  expect(unknownTrap("modell", 1).fix).toContain("misspelt");
});

test("threads that would not be listed any more are told of", () => {
  expect(hiddenThreads(undefined)).toContain('"openai"');
  expect(hiddenThreads('model_provider = "mine"\n')).toContain('"mine"');
  expect(hiddenThreads('model_provider = "juscode"\n')).toBe("");
});
