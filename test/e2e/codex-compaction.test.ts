/** A thread that grows too long is summed up by the model itself, in both forms that Codex knows. */
import { expect, test } from "bun:test";
import { call, reply, say, type ChatBody, type Script } from "../support/chat-upstream.ts";
import { describeWith } from "../support/needs.ts";
import { messages, setUp, succeeded } from "../support/setting.ts";

const describe = describeWith("shim", "codex");

const SUMMARY = "The greeting was read; it says hello world.";
/** Codex compares what the upstream counted with this. */
const LIMIT = "model_auto_compact_token_limit = 1000";
const FULL = { prompt_tokens: 5000, completion_tokens: 10, total_tokens: 5010 };

const lastOf = (body: ChatBody): string => JSON.stringify(body.messages.at(-1));
/** How Codex itself asks for a summary. */
const CODEX_ASKS = "CONTEXT CHECKPOINT COMPACTION";

describe("compaction", () => {
  test.each([
    ["by an ordinary request", "shim", true],
    ["by a trigger", "OpenAI", false],
  ])("%s", async (_, provider_name, codex_asks) => {
    const script: Script = [
      { ...reply(call("exec_command", { cmd: "cat hello.txt" })), usage: FULL },
      (body) => {
        expect(lastOf(body)).toContain("summary");
        expect(lastOf(body).includes(CODEX_ASKS)).toBe(codex_asks);
        return reply(say(SUMMARY));
      },
      (body) => {
        expect(JSON.stringify(body.messages)).toContain(SUMMARY);
        return reply(say("It says hello."));
      },
      reply(say("Nothing more.")),
    ];
    await using on = await setUp(script, { provider_name, config: LIMIT });
    const run = await on.codex.run("what does the greeting say?");
    succeeded(run, "It says hello.");
    succeeded(await on.codex.resume("and what more?"), "Nothing more.");
    on.upstream.check();
    const after = JSON.stringify(messages(on.upstream, 3));
    expect(after).toContain(SUMMARY);
    expect(after).toContain("It says hello.");
    expect(messages(on.upstream, 2).length).toBeLessThan(messages(on.upstream, 1).length + 3);
  });
});
