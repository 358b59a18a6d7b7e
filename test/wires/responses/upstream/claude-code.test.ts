/** The real Claude Code on an upstream that speaks Responses: another shim over a scripted Chat host, and llama-server. */
import { expect, test } from "bun:test";
import { responsesUpstream } from "../../../../src/wires/responses/upstream/upstream.ts";
import { call, ChatUpstream, reply, say, think } from "../../../support/chat-upstream.ts";
import { Claude, told } from "../../../support/claude.ts";
import { Llama } from "../../../support/llama.ts";
import { MessagesApp } from "../../../support/messages-app.ts";
import { describeWith } from "../../../support/needs.ts";
import { expectPrefixes, FILES, messages, toolTexts } from "../../../support/setting.ts";
import { serving } from "../../../server/serving.ts";

const DONE = "The greeting is changed.";

describeWith("claude")("Claude Code over Responses", () => {
  test("edits a file", async () => {
    await using chat = new ChatUpstream([
      reply(
        think("Look at it first."),
        say("Let me look."),
        call("Read", { file_path: "hello.txt" }),
        call("Bash", { command: "wc -c hello.txt", description: "Counts characters" }),
      ),
      reply(
        think("Now I know."),
        call("Edit", { file_path: "hello.txt", old_string: "hello world", new_string: "good morning" }),
      ),
      reply(say(DONE)),
    ]);
    await using host = await serving(chat.url);
    await using app = new MessagesApp({ upstream: host.url, wire: responsesUpstream });
    using claude = new Claude({ url: app.url, files: FILES });
    const run = await claude.run("change the greeting");
    expect(run.exit_code, told(run)).toBe(0);
    chat.check();
    expect(claude.file("hello.txt")).toBe("good morning\n");
    expect(toolTexts(messages(chat, 2)).join()).toContain("12 hello.txt");
    expectPrefixes(chat);
    // What the model thought came back to it through all of them.
    const spoken = messages(chat, 2).filter(({ role }) => role === "assistant");
    expect(spoken.map(({ reasoning_content }) => reasoning_content)).toEqual(["Look at it first.", "Now I know."]);
  });
});

describeWith(
  "claude",
  "llama-server",
  "tiny model",
)("Claude Code on a real llama-server over Responses", () => {
  test("answers", async () => {
    await using llama = await Llama.start();
    await using app = new MessagesApp({ upstream: llama.url, model: "tiny", wire: responsesUpstream });
    using claude = new Claude({ url: app.url });
    const run = await claude.run("[[text]]");
    expect(told(run)).toContain("Hello! This is a tiny model speaking from llama-server.");
  });
});
