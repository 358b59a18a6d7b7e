/** What keeps Codex from loading is repaired on request, and what its users had works again. */
import { expect, test } from "bun:test";
import { ChatUpstream, reply, say } from "../support/chat-upstream.ts";
import { describeWith } from "../support/needs.ts";
import { until } from "../support/patience.ts";
import { Shim } from "../support/shim.ts";
import { ended, UserHome } from "../support/user-home.ts";

const describe = describeWith("shim", "codex");
const CONFIG = ".codex/config.toml";
const SHIM_CONFIG = ".config/juscode-shim/config.toml";

const chat = (url: string): string => `model = "scripted" # as ever
model_provider = "old"

[model_providers.old]
name = "My host" # mine
base_url = "${url}"
wire_api = "chat"
env_key = "OLD_KEY"
http_headers = { "x-team" = "blue" }
`;

describe("a provider of the removed chat wire", () => {
  test("moves into the shim's config; the same model answers under the same id", async () => {
    await using upstream = new ChatUpstream([reply(say("Still here."))]);
    const env = { OLD_KEY: "secret-of-mine" };
    using home = new UserHome({ env });
    home.write(CONFIG, chat(upstream.url));
    home.write(SHIM_CONFIG, "# mine\n[server]\ndiscover = false\n");
    const before = home.files();
    // Nothing is done unasked.
    const refused = await home.setup("codex", "--yes");
    expect(refused.code).toBe(1);
    expect(refused.output).toContain('config.toml:7: the provider old has wire_api = "chat"');
    expect(home.files()).toEqual(before);

    const address = "http://127.0.0.1:PORT/v1";
    await using shim = await Shim.start({
      args: ["--config", home.path(SHIM_CONFIG)],
      env: { ...env, HOME: home.dir },
    });
    const ran = await home.setup("codex", "--yes", "--fix", "--base-url", shim.url);
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.output).not.toContain("secret-of-mine");
    expect(home.read(CONFIG)?.replace(shim.url, address)).toBe(`model = "scripted" # as ever
model_provider = "old"

[model_providers.old]
name = "My host" # mine
base_url = "${address}"
wire_api = "responses"
`);
    expect(home.read(SHIM_CONFIG)).toBe(`# mine
[server]
discover = false

# Moved here from Codex's config.toml by juscode-shim setup codex
[model_providers.old]
name = "My host"
base_url = "${upstream.url}"
wire_api = "chat"
env_key = "OLD_KEY"

[model_providers.old.http_headers]
x-team = "blue"
`);
    // The shim follows its config while it runs.
    await until("it has reloaded", async () =>
      (await (await fetch(`${shim.url}/models`)).text()).includes('"owned_by":"old"'),
    );
    const exec = ["exec", "--skip-git-repo-check", "hello"];
    const turn = await ended(home.start("codex", exec));
    expect(turn.output).toContain("Still here.");
    upstream.check();
    expect(upstream.request(0).headers.get("authorization")).toBe("Bearer secret-of-mine");
    expect(upstream.request(0).headers.get("x-team")).toBe("blue");

    expect(await home.setup("codex", "--undo", "--yes")).toMatchObject({ code: 0 });
    expect(home.read(CONFIG)).toBe(before[CONFIG]);
    expect(home.read(SHIM_CONFIG)).toBe(before[SHIM_CONFIG]);
  });

  test("stays where the shim's config would not be right with it", async () => {
    using home = new UserHome();
    home.write(CONFIG, chat("http://127.0.0.1:9/v1"));
    const before = home.files();
    const ran = await home.setup("codex", "--yes", "--fix");
    expect(ran.code).toBe(2);
    expect(ran.output).toContain("nothing was moved");
    expect(ran.output).toContain("OLD_KEY");
    expect(home.files()).toEqual(before);
  });
});

describe("other traps", () => {
  test("settings that this Codex does not know, and a config that it never reads", async () => {
    using home = new UserHome();
    home.write(
      CONFIG,
      'model = "m"\npreferred_auth_method = "apikey"\n[model_providers.x]\nname = "x"\nbase_url = "http://h/v1"\napi_key = "secret-of-mine"\n',
    );
    home.write(".config/codex/config.toml", 'model = "n"\n');
    const { code, output } = await home.setup("codex", "--dry-run", "--default");
    expect(code).toBe(0);
    expect(output).toContain("config.toml:2: Codex does not know the setting preferred_auth_method");
    expect(output).toContain("config.toml:6: Codex does not know the setting model_providers.x.api_key");
    expect(output).toContain(".config/codex/config.toml is never read by Codex");
    expect(output).not.toContain("secret-of-mine");
  });
});

describe("the live catalog", () => {
  test("is Codex's own list while our profile is used, and no other profile sees it", async () => {
    await using upstream = new ChatUpstream([reply(say("One.")), reply(say("Two."))], { models: ["scripted"] });
    await using shim = await Shim.start({ args: ["--upstream", upstream.url] });
    using home = new UserHome();
    const models = async (): Promise<string> => (await ended(home.start("codex", ["debug", "models"]))).output;
    const before = await models();
    expect(await home.setup("codex", "--yes", "--live-catalog", "--base-url", shim.url)).toMatchObject({ code: 0 });
    expect(home.read(".codex/juscode-models.json")).toBeUndefined();
    const exec = ["exec", "--skip-git-repo-check", "--profile", "juscode", "--model", "scripted", "hello"];
    const turn = await ended(home.start("codex", exec));
    expect(turn.output).toContain("One.");
    expect(turn.output).not.toContain("Model metadata");
    expect(home.read(".codex/models_cache.json")).toContain("Served by juscode-shim");
    expect(await models()).toBe(before);
    // The shim's tools and prompt, as its catalog tells them.
    expect(JSON.stringify(upstream.request(0).body)).toContain("apply_patch");
  });
});
