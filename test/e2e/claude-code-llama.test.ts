/** The real Claude Code, the compiled shim and a real llama-server; only the model's weights are made up. */
import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Claude } from "../support/claude.ts";
import { succeeded } from "../support/claude-setting.ts";
import { Llama } from "../support/llama.ts";
import { describeWith } from "../support/needs.ts";
import { Shim } from "../support/shim.ts";

describeWith(
  "shim",
  "claude",
  "llama-server",
  "tiny model",
)("Claude Code on a real llama-server", () => {
  test.each([
    ["Chat", []],
    ["Messages", ["--wire", "messages"]],
  ])("answers over %s", async (_, args) => {
    await using llama = await Llama.start();
    await using shim = await Shim.start({ args: ["--upstream", llama.url, ...args] });
    const model = ((await (await fetch(`${shim.url}/models`)).json()) as { data: { id: string }[] }).data.at(-1)?.id;
    using claude = new Claude({ url: shim.url.replace("/v1", ""), model: model ?? "" });
    succeeded(await claude.run("[[text]]"), "Hello! This is a tiny model speaking from llama-server.");
  });

  test("is handed on byte for byte to a host that takes its messages as they are, its model by the config", async () => {
    await using llama = await Llama.start();
    const dir = mkdtempSync(join(tmpdir(), "juscode-config-"));
    const config = join(dir, "config.toml");
    writeFileSync(
      config,
      `[model_providers.up]
base_url = "${llama.url}"
wire_api = "messages"
dialect = { late_system_role = "system" }
[models."claude-opus-5-5"]
provider = "up"
model = "tiny"
`,
    );
    await using shim = await Shim.start({ args: ["--config", config] });
    rmSync(dir, { recursive: true });
    using claude = new Claude({ url: shim.url.replace("/v1", "") });
    const run = await claude.run("[[text]]");
    succeeded(run, "Hello! This is a tiny model speaking from llama-server.");
    // Only a reply that is handed on has the host's own name of the message.
    const said = run.events.find(({ type }) => type === "assistant")?.["message"] as { id: string } | undefined;
    expect(said?.id).not.toMatch(/^msg_[0-9a-f]{32}$/);
    expect(await shim.output()).toContain("claude-opus-5-5 → up/tiny: completed");
  });
});
