/** Ways to point Codex at the shim, and a user who stops it in the middle. */
import { expect, test } from "bun:test";
import { Codex, itemsOf, told } from "../support/codex.ts";
import { call, ChatUpstream, hang, reply, say } from "../support/chat-upstream.ts";
import { describeWith } from "../support/needs.ts";
import { aWhile, until } from "../support/patience.ts";
import { messages, setUp, succeeded } from "../support/setting.ts";
import { Shim } from "../support/shim.ts";

const describe = describeWith("shim", "codex");

describe("Codex finds the shim", () => {
  test("by --oss and one environment variable, without any config", async () => {
    await using upstream = new ChatUpstream([reply(say("Here."))], { models: ["small-model"] });
    await using shim = await Shim.start({ args: ["--upstream", upstream.url] });
    using codex = new Codex({ url: "http://127.0.0.1:9/v1", catalog: false, env: { CODEX_OSS_BASE_URL: shim.url } });
    const run = await codex.run("hello", "--oss", "--local-provider", "ollama", "--model", "gpt-oss:20b");
    succeeded(run, "Here.");
    upstream.check();
    // Codex's default name stands for the first model that there is.
    expect(upstream.request(0).body.model).toBe("small-model");
  });

  test("with the list of models that the shim serves as its catalog", async () => {
    const patch = "*** Begin Patch\n*** Add File: made.txt\n+made\n*** End Patch\n";
    await using upstream = new ChatUpstream([reply(call("apply_patch", { input: patch })), reply(say("Made."))]);
    await using shim = await Shim.start({ args: ["--upstream", upstream.url] });
    const catalog_text = await (await fetch(`${shim.url}/models`)).text();
    using codex = new Codex({ url: shim.url, catalog_text });
    const run = await codex.run("make a file");
    succeeded(run, "Made.");
    upstream.check();
    expect(codex.file("made.txt")).toBe("made\n");
    expect(told(run)).not.toContain("Model metadata");
    expect(messages(upstream, 0)[0]?.content).toContain("You are a coding agent");
  });
});

describe("a user interrupts Codex", () => {
  test("the upstream is left at once, and the thread goes on later", async () => {
    await using on = await setUp([reply(say("Let me "), hang()), reply(say("Where was I?"))]);
    const running = on.codex.run("tell me a long story");
    await until("the upstream is asked", () => on.upstream.requests.length > 0);
    await aWhile();
    on.codex.interrupt();
    await running;
    await until("it is left", () => on.upstream.request(0).aborted_ms !== undefined);
    const run = await on.codex.resume("go on");
    succeeded(run, "Where was I?");
    on.upstream.check();
    expect(JSON.stringify(messages(on.upstream, 1))).toContain("tell me a long story");
    expect(itemsOf(run, "agent_message")).toHaveLength(1);
  });
});
