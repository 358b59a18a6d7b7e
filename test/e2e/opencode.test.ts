/** The real opencode through the compiled shim, set up as a user sets it up. */
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
import { call, hang, NORMAL, refuse, reply, say, think, type Reply, type Script } from "../support/chat-upstream.ts";
import { Llama } from "../support/llama.ts";
import { describeWith } from "../support/needs.ts";
import { expectPrefixes, messages, toolTexts } from "../support/setting.ts";
import { Shim } from "../support/shim.ts";

const describe = describeWith("shim", "opencode");
const describeLlama = describeWith("shim", "opencode", "llama-server", "tiny model");
/** The title would else be asked for at the same time as the answer. */
const RUN = ["run", "--format", "json", "--title", "t", "--model", `juscode/${MODEL}`];

/** Reads and runs at once, edits, looks, answers. */
const WORK: Reply[] = [
  reply(
    think("Look at it first."),
    say("Let me look."),
    call("read", { filePath: "hello.txt" }),
    call("bash", { command: "wc -c hello.txt", description: "Counts" }),
  ),
  reply(call("edit", { filePath: "hello.txt", oldString: "hello world", newString: "good morning" })),
  reply(call("bash", { command: "cat hello.txt", description: "Looks" })),
  reply(say("The greeting is changed.")),
];

const TOUCH = call("bash", { command: "touch made.txt", description: "Makes" });

async function setUp(script: Script, options: AgentOptions = {}): Promise<AgentSetting> {
  const on = await setUpAgent("opencode", script, options);
  if (/429|50[0234]|524/.test(on.upstream.url)) {
    // In an address within an error it takes them for a status after which it asks again.
    await on[Symbol.asyncDispose]();
    return setUp(script, options);
  }
  await on.setup("--yes", "--base-url", on.shim.url, "--model", MODEL, "--context-window", "65536");
  return on;
}

async function works(on: AgentSetting): Promise<void> {
  saidAtLast(await on.run([...RUN, "change the greeting"]), "The greeting is changed.");
  on.upstream.check();
  expect(on.home.read("work/hello.txt")).toBe("good morning\n");
  const [read, counted, edited, looked] = toolTexts(messages(on.upstream, 3));
  expect(read).toContain("hello world");
  expect(counted).toContain("12 hello.txt");
  expect(edited).toContain("applied");
  expect(looked).toBe("good morning\n");
  expectPrefixes(on.upstream);
}

describe("opencode by Chat", () => {
  // The second is how the worst of hosts tells of calls.
  test.each([NORMAL, { ...NORMAL, index: "none", id: "none", args: "object", finish_stop: true } as const])(
    "reads, runs, edits and answers",
    async (style) => {
      await using on = await setUp(WORK, { upstream: { style } });
      await works(on);
    },
  );

  test.each(["responses", "messages"] as const)("the same on a host that speaks %s", async (wire) => {
    await using on = await setUp(WORK, { wire });
    await works(on);
  });

  test("asks for a title too, and goes on with a session", async () => {
    const script: Script = Array.from(
      { length: 3 },
      () =>
        ({ tools }) =>
          reply(say(tools ? "Hello." : "Greeting")),
    );
    await using on = await setUp(script);
    const run = RUN.filter((word) => word !== "--title" && word !== "t");
    saidAtLast(await on.run([...run, "say hello"]), "Hello.");
    saidAtLast(await on.run([...run, "--continue", "once more"]), "Hello.");
    on.upstream.check();
    const last = messages(on.upstream, 2);
    expect(last.map(({ role }) => role)).toEqual(["system", "user", "assistant", "user"]);
  });

  test.each([
    ["a key that is refused", refuse(401, "bad key"), "bad key"],
    ["an account that is used up", refuse(429, "no credit", { type: "insufficient_quota" }), "no credit"],
  ])("tells of %s, and asks once", async (_, line, words) => {
    await using on = await setUp([line]);
    const { code, output } = await on.run([...RUN, "say hello"]);
    expect(code).toBe(1);
    expect(output).toContain(words);
    expect(on.upstream.requests).toHaveLength(1);
  });

  const cut = (broken: "eof" | "error-frame"): Reply => ({ steps: [say("I make it."), TOUCH], broken });
  test.each([
    ["too many requests", refuse(429, "slow down", {}, { "retry-after": "1" })],
    ["a stream without an end", cut("eof")],
    ["an error in the stream", cut("error-frame")],
  ])("tries again after %s, and runs no call that did not arrive whole", async (_, line) => {
    await using on = await setUp([line, reply(say("Here it is."))]);
    saidAtLast(await on.run([...RUN, "say hello"]), "Here it is.");
    on.upstream.check();
    expect(on.home.read("work/made.txt")).toBeUndefined();
  });

  test("sums up a thread that has grown too long, and goes on", async () => {
    const full = refuse(400, "request (9000 tokens) exceeds the available context size (8192 tokens)");
    await using on = await setUp([reply(say("Hello.")), full, reply(say("They greeted.")), reply(say("Still here."))]);
    saidAtLast(await on.run([...RUN, "say hello"]), "Hello.");
    // It goes on, and ends with 1 for the error all the same.
    expect((await on.run([...RUN, "--continue", "and now?"])).output).toContain("Still here.");
    on.upstream.check();
    expect(JSON.stringify(messages(on.upstream, 3))).toContain("They greeted.");
  });

  test("stops the host when it is interrupted", async () => {
    await using on = await setUp([reply(say("I think."), hang())]);
    const { code } = await interrupted(on, [...RUN, "say hello"]);
    expect(code).not.toBe(0);
    expect(on.upstream.request(0).aborted_ms).toBeDefined();
  });
});

describe("opencode by its other wires", () => {
  test.each(["@ai-sdk/openai", "@ai-sdk/anthropic"])("%s", async (npm) => {
    await using on = await setUpAgent("opencode", WORK);
    const options = { baseURL: on.shim.url, apiKey: "unused" };
    const provider = { npm, name: "shim", options, models: { [MODEL]: { tool_call: true, reasoning: true } } };
    on.home.write(".config/opencode/opencode.json", JSON.stringify({ provider: { juscode: provider } }));
    await works(on);
    const path = npm === "@ai-sdk/openai" ? "/v1/responses" : "/v1/messages";
    expect(await on.shim.output()).toContain(path);
  });
});

describe("opencode's set-up", () => {
  test("--default makes it the model of every session; --undo takes it back", async () => {
    await using on = await setUpAgent(
      "opencode",
      Array.from({ length: 2 }, () => reply(say("By default."))),
    );
    // What it would add by itself stands there already.
    const own = '{\n  "$schema": "https://opencode.ai/config.json",\n  // mine\n  "share": "disabled"\n}\n';
    on.home.write(".config/opencode/opencode.jsonc", own);
    await on.setup("--yes", "--default", "--base-url", on.shim.url, "--model", MODEL);
    saidAtLast(await on.run(["run", "--format", "json", "say hello"]), "By default.");
    on.upstream.check();
    await on.setup("--undo", "--yes");
    expect(on.home.read(".config/opencode/opencode.jsonc")).toBe(own);
    expect((await on.run(["models"])).output).not.toContain("juscode");
  });

  test("launch gives it all by its environment", async () => {
    await using on = await setUpAgent("opencode", [reply(say("By its start."))]);
    const launched = ["launch", "opencode", "--upstream", on.upstream.url, "--model", MODEL, "--"];
    const child = on.home.start("juscode-shim", [...launched, "run", "--title", "t", "say hello"]);
    const output = (await new Response(child.stdout).text()) + (await new Response(child.stderr).text());
    saidAtLast({ code: await child.exited, output }, "By its start.");
    on.upstream.check();
    expect(on.home.read(".config/opencode/opencode.json")).toBeUndefined();
  });
});

describeLlama("opencode on llama-server", () => {
  test("starts, streams and ends", async () => {
    await using llama = await Llama.start();
    const shim = await Shim.start({ args: ["--upstream", llama.url] });
    await using on = homeOf("opencode", [shim]);
    await on.setup("--yes", "--base-url", shim.url, "--model", "jusCode-auto");
    const { output } = await on.run([
      "run",
      "--format",
      "json",
      "--title",
      "t",
      "--model",
      "juscode/jusCode-auto",
      "hi",
    ]);
    expect(output).toContain('"type":"step_finish"');
    expect(await shim.output()).toMatch(/chat\/completions .*(?:stop|length|tool_calls)/);
  });
});
