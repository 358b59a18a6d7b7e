/** The real Aider through the compiled shim, set up as a user sets it up. It knows no tools: files come as text. */
import { expect, test } from "bun:test";
import {
  homeOf,
  interrupted,
  MODEL,
  saidAtLast,
  setUpAgent,
  type AgentOptions,
  type AgentSetting,
} from "../support/agent.ts";
import { hang, refuse, reply, say, type Reply, type Script } from "../support/chat-upstream.ts";
import { Llama } from "../support/llama.ts";
import { describeWith } from "../support/needs.ts";
import { messages } from "../support/setting.ts";
import { Shim } from "../support/shim.ts";

const describe = describeWith("shim", "aider");
const describeLlama = describeWith("shim", "aider", "llama-server", "tiny model");
const listing = (text: string): string => `I change it.\n\nhello.txt\n\`\`\`\n${text}\n\`\`\`\n`;
const ask = (words: string): string[] => ["--message", words, "hello.txt"];

/** The first is not what the test command wants, and Aider says so. */
const WORK: Reply[] = [reply(say(listing("good evening"))), reply(say(listing("good morning")))];

async function setUp(script: Script, options: AgentOptions = {}): Promise<AgentSetting> {
  const on = await setUpAgent("aider", script, options);
  await on.setup("--yes", "--default", "--base-url", on.shim.url, "--model", MODEL, "--context-window", "65536");
  return on;
}

async function works(on: AgentSetting, ...args: string[]): Promise<void> {
  const checked = ["--auto-test", "--test-cmd", "grep -c morning hello.txt"];
  const run = await on.run([...args, ...checked, ...ask("change the greeting")]);
  saidAtLast(run, "Applied edit to hello.txt");
  on.upstream.check();
  expect(on.home.read("work/hello.txt")).toBe("good morning\n");
  expect(JSON.stringify(messages(on.upstream, 1).at(-1))).toContain("grep -c morning hello.txt");
}

describe("Aider by Chat", () => {
  test("edits, runs, and mends what it edited; it knows the model", async () => {
    await using on = await setUp(WORK);
    await works(on);
    expect((await on.run(["--exit"])).output).not.toContain("Unknown context window");
  });

  test.each(["responses", "messages"] as const)("the same on a host that speaks %s", async (wire) => {
    await using on = await setUp(WORK, { wire });
    await works(on);
  });

  test.each([
    ["a key that is refused", refuse(401, "bad key"), "bad key"],
    // In the words of OpenAI, which it knows, whatever those of the host are.
    ["a prompt that is too long", refuse(400, "request exceeds the available context size"), "has hit a token limit"],
  ])("tells of %s, and asks once", async (_, line, words) => {
    await using on = await setUp([line]);
    expect((await on.run(ask("change it"))).output.replaceAll(/\s+/g, " ")).toContain(words);
    expect(on.upstream.requests).toHaveLength(1);
  });

  const half = say("I change it.\n\nhello.txt\n```\ngood mor");
  test.each([
    ["too many requests", refuse(429, "slow down", {}, { "retry-after": "1" })],
    ["a stream without an end", { steps: [half], broken: "eof" }],
    ["an error in the stream", { steps: [half], broken: "error-frame" }],
  ] as const)("tries again after %s, and writes no half of a file", async (_, line) => {
    await using on = await setUp([line as Script[number], reply(say("I leave it."))]);
    saidAtLast(await on.run(ask("change it")), "I leave it.");
    on.upstream.check();
    expect(on.home.read("work/hello.txt")).toBe("hello world\n");
  });

  test("stops the host when it is interrupted", async () => {
    await using on = await setUp([reply(say("I think."), hang())]);
    await interrupted(on, ask("change it"));
    expect(on.upstream.request(0).aborted_ms).toBeDefined();
  });
});

describe("Aider by Messages", () => {
  test("edits, runs, and mends what it edited", async () => {
    await using on = await setUpAgent("aider", WORK);
    const env = { ANTHROPIC_API_BASE: on.shim.url.replace("/v1", ""), ANTHROPIC_API_KEY: "unused" };
    const sets = Object.entries(env).flatMap(([name, value]) => ["--set-env", `${name}=${value}`]);
    await works(on, "--model", `anthropic/${MODEL}`, ...sets);
    expect(await on.shim.output()).toContain("/v1/messages");
  });
});

describe("Aider's set-up", () => {
  test("the command that it tells works as it is; --undo takes all back", async () => {
    await using on = await setUpAgent("aider", [reply(say("By its command."))]);
    const told = await on.setup("--yes", "--base-url", on.shim.url, "--model", MODEL, "--context-window", "65536");
    const words = /Start it with: aider (.*)\n/.exec(told)?.[1] ?? "";
    const { code, output } = await on.run([...words.split(" "), ...ask("say hello")]);
    saidAtLast({ code, output }, "By its command.");
    expect(output).not.toContain("Unknown context window");
    on.upstream.check();
    await on.setup("--undo", "--yes");
    expect(Object.keys(on.home.files()).filter((name) => /^\.aider\.(?:conf|juscode)/.test(name))).toEqual([]);
  });
});

describeLlama("Aider on llama-server", () => {
  test("starts, streams and ends", async () => {
    await using llama = await Llama.start();
    const shim = await Shim.start({ args: ["--upstream", llama.url] });
    await using on = homeOf("aider", [shim]);
    await on.setup("--yes", "--default", "--base-url", shim.url, "--model", "jusCode-auto");
    expect((await on.run(ask("say hello"))).code).toBe(0);
    expect(await shim.output()).toMatch(/chat\/completions .*(?:stop|length|completed|incomplete)/);
  });
});
