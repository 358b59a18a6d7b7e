/** The real Codex at a shim that asks for keys. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ChatUpstream, reply, say } from "../support/chat-upstream.ts";
import { Codex } from "../support/codex.ts";
import { describeWith, pathOf } from "../support/needs.ts";
import { Shim } from "../support/shim.ts";
import { until } from "../server/serving.ts";

let home: string;
beforeAll(() => void (home = mkdtempSync(join(tmpdir(), "juscode-codex-keys-"))));
afterAll(() => rmSync(home, { recursive: true }));

describeWith("shim", "codex")("Codex and keys", () => {
  test("with its key it works; with another one it gives up at once and says why", async () => {
    const made = Bun.spawnSync([pathOf("shim"), "key", "add", "codex", "--models", "scripted"], {
      env: { HOME: home },
    });
    const key = made.stdout.toString().split("\n")[0] ?? "";
    await using upstream = new ChatUpstream([reply(say("Let in."))]);
    await using shim = await Shim.start({ args: ["--upstream", upstream.url], env: { HOME: home } });
    using inside = new Codex({ url: shim.url, env: { SHIM_KEY: key }, default_retries: true });
    const { last_message } = await inside.run("hi");
    expect(last_message).toBe("Let in.");
    for (const lost of ["any", `${key.slice(0, -1)}_`]) {
      using outside = new Codex({ url: shim.url, env: { SHIM_KEY: lost }, default_retries: true });
      const run = await outside.run("hi");
      expect(run.exit_code).not.toBe(0);
      expect(JSON.stringify(run.events)).toContain("juscode-shim key add NAME");
    }
    expect(upstream.requests.length).toBe(1);
    expect(await shim.output()).toContain("codex (codex) scripted");
    // Asked once each; what comes within a second of another one is counted in the next line.
    const refused = async (): Promise<number> =>
      [...(await shim.output()).matchAll(/ refused with .*?\(from 127\.0\.0\.1(?: and (\d+) more like it)?\)/g)].reduce(
        (sum, [, more = "0"]) => sum + 1 + Number(more),
        0,
      );
    await until("both are logged", async () => (await refused()) >= 2);
    expect(await refused()).toBe(2);
  });
});
