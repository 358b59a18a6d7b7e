/** The real Codex on `jusCode-auto`: threads that outgrow a model, and upstreams that die under them. */
import { expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Codex, itemsOf } from "../support/codex.ts";
import { call, ChatUpstream, refuse, reply, say, type Script } from "../support/chat-upstream.ts";
import { describeWith } from "../support/needs.ts";
import { succeeded, toolTexts, messages } from "../support/setting.ts";
import { Shim } from "../support/shim.ts";

interface Routed extends AsyncDisposable {
  first: ChatUpstream;
  second: ChatUpstream;
  shim: Shim;
  codex: Codex;
}

/** Two hosts of one model each, the first one preferred. */
async function routed(first: Script, second: Script, windows: [number, number]): Promise<Routed> {
  const one = new ChatUpstream(first, { models: ["m1"] });
  const two = new ChatUpstream(second, { models: ["m2"] });
  const folder = mkdtempSync(join(tmpdir(), "juscode-shim-routing-"));
  const file = join(folder, "config.toml");
  const host = (id: string, url: string): string => `[model_providers.${id}]\nbase_url = "${url}"\nwire_api = "chat"\n`;
  const model = (id: string, provider: string, window: number): string =>
    `[models.${id}]\nprovider = "${provider}"\ncontext_window = ${window}\n`;
  writeFileSync(
    file,
    `${host("one", one.url)}${host("two", two.url)}${model("m1", "one", windows[0])}${model("m2", "two", windows[1])}
[routes."jusCode-auto"]
candidates = ["m1", "m2"]
prefer = "ordered"
`,
  );
  const shim = await Shim.start({ args: ["--config", file] });
  const codex = new Codex({
    url: shim.url,
    model: "jusCode-auto",
    files: { "hello.txt": "hello world\n" },
    stream_retries: 2,
  });
  return {
    first: one,
    second: two,
    shim,
    codex,
    async [Symbol.asyncDispose]() {
      codex[Symbol.dispose]();
      await shim[Symbol.asyncDispose]();
      await one[Symbol.asyncDispose]();
      await two[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

describeWith("shim", "codex")("Codex on jusCode-auto", () => {
  test("a thread that outgrows the small model's window moves on, and finishes", async () => {
    const read = call("exec_command", { cmd: "cat hello.txt" });
    await using on = await routed(
      [reply(read), reply(say("Read."))],
      [reply(read), reply(say("All of it."))],
      [24_000, 262_144],
    );
    succeeded(await on.codex.run("read the file"), "Read.");
    const run = await on.codex.resume(`and now all of this: ${"word ".repeat(20_000)}`);
    succeeded(run, "All of it.");
    on.first.check();
    on.second.check();
    expect(itemsOf(run, "command_execution").map((item) => item["aggregated_output"])).toEqual(["hello world\n"]);
    // What the small one has heard the large one knows.
    expect(toolTexts(messages(on.second, 0)).join("")).toContain("hello world");
    expect(await on.shim.output()).toContain("jusCode-auto → two/m2");
  });

  test("an upstream that dies before its first item costs the user nothing", async () => {
    await using on = await routed(
      [refuse(503, "busy")],
      [reply(call("exec_command", { cmd: "cat hello.txt" })), reply(say("Read."))],
      [65_536, 65_536],
    );
    succeeded(await on.codex.run("read the file"), "Read.");
    expect(on.first.requests).toHaveLength(1);
    on.second.check();
  });

  test("one that dies in mid-stream: one clean failure, and Codex's own retry succeeds elsewhere", async () => {
    const dying: Script = [{ steps: [say("Let me ")], broken: "reset" }, refuse(503, "gone")];
    await using on = await routed(dying, [reply(say("Here I am."))], [65_536, 65_536]);
    const run = await on.codex.run("hello");
    succeeded(run, "Here I am.");
    expect(on.first.requests).toHaveLength(2);
    expect(itemsOf(run, "agent_message")).toHaveLength(1);
    on.second.check();
  });
});
