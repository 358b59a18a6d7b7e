/** The real Claude Code through the compiled shim, when the upstream fails. */
import { expect, test } from "bun:test";
import { call, hang, refuse, reply, say, type Reply, type Script } from "../support/chat-upstream.ts";
import { setUp, succeeded } from "../support/claude-setting.ts";
import { describeWith } from "../support/needs.ts";
import { aWhile, until } from "../support/patience.ts";
import { messages } from "../support/setting.ts";

const describe = describeWith("shim", "claude");
describe("Claude Code when the Chat upstream fails", () => {
  const many = (line: Script[number]): Script => Array.from({ length: 8 }, () => line);

  test.each([
    ["a request that is refused", refuse(400, "this is odd"), 1, "this is odd"],
    ["a key that is refused", refuse(401, "bad key"), 1, "bad key"],
    ["a model that is not there", refuse(404, "model `x` not found"), 1, "model `x` not found"],
    ["an account that is used up", refuse(429, "no credit", { type: "insufficient_quota" }), 1, "no credit"],
    ["a host that is busy", refuse(503, "busy"), 2, "busy"],
    ["a host that fails", refuse(500, "oh no"), 2, "oh no"],
    ["too many requests", refuse(429, "slow down", {}, { "retry-after": "0" }), 2, "slow down"],
  ])("tells of %s, and asks again only where that helps", async (_, line, requests, words) => {
    await using on = await setUp(many(line), { retries: 1 });
    const run = await on.claude.run("go");
    expect(run.exit_code).not.toBe(0);
    expect(String(run.result["result"])).toContain(words);
    expect(on.upstream.requests).toHaveLength(requests);
  });

  test("asks for a shorter answer where only that is too long", async () => {
    const words =
      "'max_tokens' or 'max_completion_tokens' is too large: 32000. This model's maximum context length is 32768 tokens and your request has 20000 input tokens (32000 > 32768 - 20000).";
    await using on = await setUp([refuse(400, words), reply(say("Short."))], { retries: 1 });
    succeeded(await on.claude.run("hi"), "Short.");
    on.upstream.check();
    const [first, second] = [0, 1].map((n) => Number(on.upstream.request(n).body["max_tokens"]));
    expect(first).toBe(32_000);
    expect(second).toBeLessThanOrEqual(12_768);
  });

  test("goes on with an answer that was cut by its length", async () => {
    const cut: Reply = { steps: [say("I begin"), call("Bash", '{"command": "touch ma')], finish: "length" };
    await using on = await setUp([cut, reply(say("and end."))]);
    const run = await on.claude.run("write");
    expect(run.exit_code).toBe(0);
    on.upstream.check();
    expect(messages(on.upstream, 1).filter(({ role }) => role === "assistant")).toEqual([
      { role: "assistant", content: "I begin" },
    ]);
  });

  test("sums up a thread that has grown too long, and goes on", async () => {
    const full = refuse(400, "request (9000 tokens) exceeds the available context size (8192 tokens)");
    const summary = reply(say("<analysis>x</analysis><summary>The user greeted.</summary>"));
    await using on = await setUp([reply(say("Hello.")), full, summary, reply(say("Still here."))]);
    succeeded(await on.claude.run("hi"), "Hello.");
    succeeded(await on.claude.resume("and now?"), "Still here.");
    on.upstream.check();
    expect(JSON.stringify(messages(on.upstream, 3))).toContain("The user greeted.");
  });

  test.each(["eof", "error-frame", "reset"] as const)(
    "never runs a call that did not arrive whole: %s",
    async (broken) => {
      const cut: Reply = { steps: [say("I write."), call("Bash", { command: "touch made.txt" })], broken };
      await using on = await setUp(many(cut));
      await on.claude.run("make a file");
      expect(on.claude.file("made.txt")).toBeUndefined();
    },
  );

  test("stops the upstream when it is interrupted", async () => {
    await using on = await setUp([reply(say("I think."), hang())]);
    const running = on.claude.run("go");
    await until("the upstream is asked", () => on.upstream.requests.length > 0);
    await aWhile();
    on.claude.interrupt();
    await running;
    await until("it is left", () => on.upstream.request(0).aborted_ms !== undefined);
  });
});
