/** The real Cline, its command line program, through the compiled shim, set up by what `setup cline` tells. */
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

const describe = describeWith("shim", "cline");
const describeLlama = describeWith("shim", "cline", "llama-server", "tiny model");
const WORK: Reply[] = [
  reply(
    think("Look at it first."),
    say("Let me look."),
    call("read_files", { files: [{ path: "hello.txt" }] }),
    call("run_commands", { commands: ["wc -c hello.txt"] }),
  ),
  reply(call("editor", { path: "hello.txt", old_text: "hello world", new_text: "good morning" })),
  reply(call("run_commands", { commands: ["cat hello.txt"] })),
  reply(say("The greeting is changed.")),
];

const TOUCH = call("run_commands", { commands: ["touch made.txt"] });

/** The command that `setup cline` prints, as a user would copy it; another provider of Cline's by its name. */
async function authorize(
  on: Omit<AgentSetting, "upstream">,
  url: string,
  model: string,
  provider = "openai",
): Promise<void> {
  const told = await on.setup("--base-url", url, "--model", model);
  const words = / cline (auth -p openai .*)\n/.exec(told)?.[1] ?? "";
  const { code, output } = await on.run(words.replace("-p openai", `-p ${provider}`).split(" "));
  if (code !== 0) throw new Error(`cline ${words}:\n${output}`);
}

async function setUp(script: Script, provider?: string, options: AgentOptions = {}): Promise<AgentSetting> {
  const on = await setUpAgent("cline", script, options);
  await authorize(on, on.shim.url, MODEL, provider);
  return on;
}

async function works(on: AgentSetting, words = "Edited"): Promise<void> {
  saidAtLast(await on.run(["--json", "change the greeting"]), "The greeting is changed.");
  on.upstream.check();
  expect(on.home.read("work/hello.txt")).toBe("good morning\n");
  const [read, counted, edited, looked] = toolTexts(messages(on.upstream, 3));
  expect(read).toContain("hello world");
  expect(counted).toContain("12 hello.txt");
  expect(edited).toContain(words);
  expect(looked).toContain("good morning");
  expectPrefixes(on.upstream);
}

describe("Cline by Chat", () => {
  test.each([NORMAL, { ...NORMAL, index: "none", id: "none", args: "object", finish_stop: true } as const])(
    "reads, runs, edits and answers",
    async (style) => {
      await using on = await setUp(WORK, undefined, { upstream: { style } });
      await works(on);
    },
  );

  test.each(["responses", "messages"] as const)("the same on a host that speaks %s", async (wire) => {
    await using on = await setUp(WORK, undefined, { wire });
    await works(on);
  });

  test.each([
    ["a key that is refused", refuse(401, "bad key"), "bad key"],
    ["an account that is used up", refuse(429, "no credit", { type: "insufficient_quota" }), "no credit"],
    ["a stream without an end", { steps: [say("I make it."), TOUCH], broken: "eof" }, "ended before it was complete"],
  ] as const)("tells of %s, asks once, and runs no call that did not arrive whole", async (_, line, words) => {
    await using on = await setUp([line as Script[number]]);
    const { code, output } = await on.run(["--json", "say hello"]);
    expect(code).toBe(1);
    expect(output).toContain(words);
    expect(on.upstream.requests).toHaveLength(1);
    expect(on.home.read("work/made.txt")).toBeUndefined();
  });

  test.each([
    ["too many requests", refuse(429, "slow down", {}, { "retry-after": "1" })],
    ["an answer cut by its length", { steps: [say("I"), call("run_commands", '{"comm')], finish: "length" }],
  ])("tries again after %s", async (_, line) => {
    await using on = await setUp([line, reply(say("Here it is."))]);
    saidAtLast(await on.run(["--json", "say hello"]), "Here it is.");
    on.upstream.check();
  });

  test("knows a thread that has grown too long", async () => {
    await using on = await setUp([
      refuse(400, "request (9000 tokens) exceeds the available context size (8192 tokens)"),
    ]);
    const { output } = await on.run(["--json", "say hello"]);
    expect(output).toContain("context window exceeded — compacting and retrying");
    expect(output).toContain("ContextWindowOverflowError");
  });

  test("stops the host when it is interrupted", async () => {
    await using on = await setUp([reply(say("I think."), hang())]);
    await interrupted(on, ["--json", "say hello"]);
    expect(on.upstream.request(0).aborted_ms).toBeDefined();
  });
});

describe("Cline by Responses", () => {
  test("has another tool to edit with, and works all the same", async () => {
    const patch = "*** Begin Patch\n*** Update File: hello.txt\n@@\n-hello world\n+good morning\n*** End Patch";
    const [first, , ...rest] = WORK;
    await using on = await setUp(
      [first as Reply, reply(call("apply_patch", { input: patch })), ...rest],
      "openai-native",
    );
    await works(on, "hello.txt");
    expect(await on.shim.output()).toContain("/v1/responses");
  });
});

describeLlama("Cline on llama-server", () => {
  test("starts, streams and ends", async () => {
    await using llama = await Llama.start();
    const shim = await Shim.start({ args: ["--upstream", llama.url] });
    await using on = homeOf("cline", [shim]);
    await authorize({ ...on, shim }, shim.url, "jusCode-auto");
    const { output } = await on.run(["--json", "--retries", "1", "say hello"]);
    expect(output).toContain('"type":"run_result"');
    expect(await shim.output()).toMatch(/chat\/completions .*(?:stop|length|tool_calls)/);
  });
});
