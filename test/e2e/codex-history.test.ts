/** Threads that went wrong, changed their model or were summed up: every later turn is one that a host can take. */
import { expect, test } from "bun:test";
import { itemsOf } from "../support/codex.ts";
import {
  call,
  hang,
  reply,
  say,
  slowly,
  think,
  type ChatBody,
  type Reply,
  type Script,
} from "../support/chat-upstream.ts";
import { describeWith } from "../support/needs.ts";
import { aWhile, until } from "../support/patience.ts";
import { expectPrefixes, messages, setUp, succeeded, toolTexts, type Setting } from "../support/setting.ts";

const describe = describeWith("shim", "codex");
// They mostly wait, so they wait together; on a busy machine that takes longer than usual.
const BACK: Reply = reply(say("I am back."));
const run = (cmd: string): ReturnType<typeof call> => call("exec_command", { cmd });
const names = (body: ChatBody): string[] => (body.tools ?? []).map((tool) => tool.function.name);
const sent = (on: Setting): string => JSON.stringify(messages(on.upstream, -1));

describe("a thread goes on", () => {
  test.concurrent.each<[string, Reply]>([
    ["the stream ended early", { ...reply(say("I write."), run("touch made.txt")), broken: "eof" }],
    ["the stream broke", { ...reply(say("I write."), run("touch made.txt")), broken: "reset" }],
    ["the host failed within its answer", { ...reply(run("touch made.txt")), broken: "error-frame" }],
    ["the length limit cut a call", { ...reply(say("I write."), run("touch made.txt")), finish: "length" }],
  ])("after a turn that failed: %s", async (_, failure) => {
    await using on = await setUp([failure, BACK]);
    expect((await on.codex.run("make a file")).exit_code).not.toBe(0);
    succeeded(await on.codex.resume("go on"), "I am back.");
    on.upstream.check();
    expect(on.codex.file("made.txt")).toBeUndefined();
    expect(sent(on)).not.toContain("touch made.txt");
    expectPrefixes(on.upstream);
  });

  test.concurrent.each([
    ["no JSON", "list the files"],
    ["half of it", '{"cmd": "tou'],
    ["a list", "[1, 2]"],
    ["nothing", ""],
    ["NUL and half a character", '{"cmd": "printf \'a\\u0000b\\ud83d\'"}'],
  ])("after a call with broken arguments: %s", async (_, args) => {
    await using on = await setUp([reply(call("exec_command", args)), reply(say("I erred.")), BACK]);
    succeeded(await on.codex.run("go"), "I erred.");
    succeeded(await on.codex.resume("go on"), "I am back.");
    on.upstream.check();
    expect(toolTexts(messages(on.upstream, -1))).toHaveLength(1);
    expectPrefixes(on.upstream);
  });

  test.concurrent("after calls of a tool that does not exist", async () => {
    await using on = await setUp([
      reply(call("launch", {}), call("exec_command", { cmd: "cat hello.txt" })),
      reply(say("One of the two.")),
      BACK,
    ]);
    succeeded(await on.codex.run("go"), "One of the two.");
    succeeded(await on.codex.resume("go on"), "I am back.");
    on.upstream.check();
    const [first, second] = toolTexts(messages(on.upstream, -1));
    expect(first).toContain("unsupported call");
    expect(second).toContain("hello world");
    expectPrefixes(on.upstream);
  });

  test.concurrent("after output that is no text", async () => {
    await using on = await setUp([reply(run("printf 'a\\000b\\377\\n'")), reply(say("Odd.")), BACK]);
    succeeded(await on.codex.run("go"), "Odd.");
    succeeded(await on.codex.resume("go on"), "I am back.");
    on.upstream.check();
    expectPrefixes(on.upstream);
  });

  test.concurrent("after an answer that said nothing", async () => {
    await using on = await setUp([reply(think("Hm."), say("")), BACK]);
    expect((await on.codex.run("go")).exit_code).toBe(0);
    succeeded(await on.codex.resume("go on"), "I am back.");
    on.upstream.check();
  });

  test.concurrent("with the same call made again under the same id", async () => {
    const again = call("exec_command", { cmd: "cat hello.txt" }, "call_same");
    await using on = await setUp([reply(again), reply(again), reply(say("Twice.")), BACK]);
    succeeded(await on.codex.run("read it twice"), "Twice.");
    succeeded(await on.codex.resume("go on"), "I am back.");
    on.upstream.check();
    expect(toolTexts(messages(on.upstream, -1)).filter((text) => text.includes("hello world"))).toHaveLength(2);
    expectPrefixes(on.upstream);
  });
});

/** Codex has run so far that the upstream is in the middle of its answer. */
async function interruptAt(on: Setting, asked: number, shown: () => boolean): Promise<void> {
  await until("it has come so far", () => on.upstream.requests.length >= asked && shown());
  // So that what the upstream wrote has come through.
  await aWhile(40);
  on.codex.interrupt();
}

describe("a user interrupts, and resumes", () => {
  test.concurrent.each<[string, Reply]>([
    ["before the first word", reply(hang())],
    ["in the middle of a text", reply(say("Let me "), hang())],
    ["in the middle of a thought", reply(think("Let me "), hang())],
    ["in the middle of a call", reply(slowly(1e9, run("touch made.txt")))],
  ])("%s", async (_, answer) => {
    await using on = await setUp([answer, BACK]);
    const running = on.codex.run("tell me a long story");
    await interruptAt(on, 1, () => true);
    const first = await running;
    expect(itemsOf(first, "command_execution")).toEqual([]);
    await until("it is left", () => on.upstream.request(0).aborted_ms !== undefined);
    succeeded(await on.codex.resume("go on"), "I am back.");
    on.upstream.check();
    expect(sent(on)).toContain("tell me a long story");
    expect(on.codex.file("made.txt")).toBeUndefined();
  });

  test.concurrent("while a command runs: the call keeps its answer", async () => {
    await using on = await setUp([reply(run("touch begun.txt; sleep 60")), BACK]);
    const running = on.codex.run("wait for long");
    await interruptAt(on, 1, () => on.codex.file("begun.txt") !== undefined);
    await running;
    succeeded(await on.codex.resume("go on"), "I am back.");
    on.upstream.check();
    const all = messages(on.upstream, -1);
    expect(all.filter((message) => message.tool_calls)).toHaveLength(1);
    expect(toolTexts(all)).toHaveLength(1);
    expectPrefixes(on.upstream);
  });
});

describe("a thread changes its model", () => {
  const HELLO = 'text((await tools.exec_command({ cmd: "cat hello.txt" })).output);';
  const read = (model: string): Reply =>
    reply(model === "gpt-6.1-sol" ? call("exec", { input: HELLO }) : run("cat hello.txt"));
  /** The new model's tools; those that stand in the thread itself (`declared`) stay callable, as they do at OpenAI. */
  const expectToolsOf = (model: string, body: ChatBody, declared = model): void => {
    expect(body.model).toBe(model);
    expect(names(body).includes("exec")).toBe([model, declared].includes("gpt-6.1-sol"));
    expect(names(body).includes("exec_command")).toBe(model !== "gpt-6.1-sol");
  };

  test.concurrent.each([
    ["gpt-6.1-sol", "scripted"],
    ["scripted", "gpt-6.1-sol"],
  ])("%s, then %s", async (from, to) => {
    await using on = await setUp([read(from), reply(say("It says hello.")), BACK], { model: from, catalog: false });
    succeeded(await on.codex.run("what does it say?"), "It says hello.");
    succeeded(await on.codex.resume("go on", "--model", to), "I am back.");
    on.upstream.check();
    const { body } = on.upstream.request(2);
    expectToolsOf(to, body, from);
    expect(toolTexts(body.messages).join()).toContain("hello world");
  });

  // Between two models that it knows, Codex has the first sum up for the second.
  test.concurrent.each([
    ["gpt-5.5", "gpt-6.1-sol"],
    ["gpt-6.1-sol", "gpt-5.5"],
  ])("%s, then %s, which gets a summary", async (from, to) => {
    const script: Script = [read(from), reply(say("It says hello.")), reply(say("There was a greeting.")), BACK];
    await using on = await setUp(script, { model: from, catalog: false });
    succeeded(await on.codex.run("what does it say?"), "It says hello.");
    succeeded(await on.codex.resume("go on", "--model", to), "I am back.");
    on.upstream.check();
    expect(on.upstream.request(2).body.model).toBe(from);
    expectToolsOf(to, on.upstream.request(3).body);
    expect(sent(on)).toContain("There was a greeting.");
  });

  test.concurrent("what one model thought is not sent to another as its own", async () => {
    await using on = await setUp([reply(think("A secret thought."), say("Said.")), BACK], { catalog: false });
    succeeded(await on.codex.run("think"), "Said.");
    succeeded(await on.codex.resume("go on", "--model", "another"), "I am back.");
    on.upstream.check();
    const spoken = messages(on.upstream, -1).filter(({ role }) => role === "assistant");
    expect(spoken).toHaveLength(1);
    expect(spoken[0]).not.toHaveProperty("reasoning_content");
  });
});
