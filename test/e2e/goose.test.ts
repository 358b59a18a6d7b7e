/** The real Goose through the compiled shim, set up as a user sets it up. */
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
import {
  call,
  ChatUpstream,
  hang,
  NORMAL,
  refuse,
  reply,
  say,
  think,
  type Reply,
  type Script,
} from "../support/chat-upstream.ts";
import { Llama } from "../support/llama.ts";
import { describeWith } from "../support/needs.ts";
import { expectPrefixes, messages, toolTexts } from "../support/setting.ts";
import { Shim } from "../support/shim.ts";
import { ended } from "../support/user-home.ts";

const describe = describeWith("shim", "goose");
const describeLlama = describeWith("shim", "goose", "llama-server", "tiny model");
const ENV = { GOOSE_PROVIDER: "juscode", GOOSE_MODEL: MODEL, GOOSE_DISABLE_SESSION_NAMING: "true" };
const RUN = ["run", "--quiet", "--text"];

const WORK: Reply[] = [
  reply(
    think("Look at it first."),
    say("Let me look."),
    call("shell", { command: "cat hello.txt" }),
    call("shell", { command: "wc -c hello.txt" }),
  ),
  reply(call("edit", { path: "hello.txt", before: "hello world", after: "good morning" })),
  reply(call("shell", { command: "cat hello.txt" })),
  reply(say("The greeting is changed.")),
];

const TOUCH = call("shell", { command: "touch made.txt" });

async function setUp(script: Script, options: AgentOptions = {}): Promise<AgentSetting> {
  const on = await setUpAgent("goose", script, options);
  await on.setup("--yes", "--base-url", on.shim.url, "--model", MODEL, "--context-window", "65536");
  return on;
}

async function works(on: AgentSetting, env: Readonly<Record<string, string>> = ENV): Promise<void> {
  saidAtLast(await on.run([...RUN, "change the greeting"], env), "The greeting is changed.");
  on.upstream.check();
  expect(on.home.read("work/hello.txt")).toBe("good morning\n");
  const [read, counted, edited, looked] = toolTexts(messages(on.upstream, 3));
  expect(read).toContain("hello world");
  expect(counted).toContain("12 hello.txt");
  expect(edited).toContain("hello.txt");
  expect(looked).toContain("good morning");
}

describe("Goose by Chat", () => {
  test.each([NORMAL, { ...NORMAL, index: "none", id: "none", args: "object", finish_stop: true } as const])(
    "runs, edits and answers",
    async (style) => {
      await using on = await setUp(WORK, { upstream: { style } });
      await works(on);
      expectPrefixes(on.upstream);
    },
  );

  test.each(["responses", "messages"] as const)("the same on a host that speaks %s", async (wire) => {
    await using on = await setUp(WORK, { wire });
    await works(on);
  });

  test("as it is told where it knows no custom providers", async () => {
    await using on = await setUpAgent("goose", WORK);
    const told = await on.setup("--dry-run", "--base-url", on.shim.url, "--model", MODEL);
    const words = /GOOSE_PROVIDER=openai .*(?= goose\n)/.exec(told)?.[0] ?? "";
    await works(on, {
      ...ENV,
      ...Object.fromEntries(words.split(" ").map((word) => word.split("=") as [string, string])),
    });
  });

  test("asks for a name of the session too, and goes on with it", async () => {
    const script: Script = Array.from(
      { length: 3 },
      () =>
        ({ tools }) =>
          reply(say(tools ? "Hello." : "Greeting")),
    );
    await using on = await setUp(script);
    saidAtLast(await on.run([...RUN, "say hello"], { ...ENV, GOOSE_DISABLE_SESSION_NAMING: "false" }), "Hello.");
    saidAtLast(await on.run([...RUN, "once more", "--resume"], ENV), "Hello.");
    on.upstream.check();
    expect(messages(on.upstream, 2).map(({ role }) => role)).toEqual(["system", "user", "assistant", "user"]);
  });

  test.each([
    ["a key that is refused", refuse(401, "bad key"), "bad key"],
    ["an account that is used up", refuse(429, "no credit", { type: "insufficient_quota" }), "add more credits"],
    ["a stream without an end", { steps: [say("I make it."), TOUCH], broken: "eof" }, "ended before it was complete"],
    [
      "an error in the stream",
      { steps: [say("I make it."), TOUCH], broken: "error-frame" },
      "the scripted model broke",
    ],
    ["a connection that breaks", { steps: [say("I make it."), TOUCH], broken: "reset" }, "broke in mid-reply"],
    [
      "an answer cut by its length",
      { steps: [say("I"), call("shell", '{"comm')], finish: "length" },
      "output-token limit",
    ],
  ] as const)("tells of %s, asks once, and runs no call that did not arrive whole", async (_, line, words) => {
    await using on = await setUp([line as Script[number]]);
    const { output } = await on.run([...RUN, "say hello"], ENV);
    expect(output).toContain(words);
    expect(on.upstream.requests).toHaveLength(1);
    expect(on.home.read("work/made.txt")).toBeUndefined();
  });

  test.each([
    ["too many requests", refuse(429, "slow down", {}, { "retry-after": "1" })],
    ["a host that fails", refuse(500, "oh no")],
  ])("tries again after %s", async (_, line) => {
    await using on = await setUp([line, reply(say("Here it is."))]);
    saidAtLast(await on.run([...RUN, "say hello"], ENV), "Here it is.");
    on.upstream.check();
  });

  test("sums up a thread that has grown too long, and goes on", async () => {
    const full = refuse(400, "request (9000 tokens) exceeds the available context size (8192 tokens)");
    await using on = await setUp([full, reply(say("They greeted.")), reply(say("Still here."))]);
    saidAtLast(await on.run([...RUN, "say hello"], ENV), "Still here.");
    on.upstream.check();
    expect(JSON.stringify(messages(on.upstream, 2))).toContain("They greeted.");
  });

  test("stops the host when it is interrupted", async () => {
    await using on = await setUp([reply(say("I think."), hang())]);
    const { code } = await interrupted(on, [...RUN, "say hello"], ENV);
    expect(code).toBe(1);
    expect(on.upstream.request(0).aborted_ms).toBeDefined();
  });
});

describe("Goose by Messages", () => {
  test("runs, edits and answers", async () => {
    await using on = await setUpAgent("goose", WORK);
    const env = {
      GOOSE_PROVIDER: "anthropic",
      ANTHROPIC_HOST: on.shim.url.replace("/v1", ""),
      ANTHROPIC_API_KEY: "unused",
    };
    await works(on, { ...ENV, ...env });
    expect(await on.shim.output()).toContain("/v1/messages");
  });
});

describe("Goose's set-up", () => {
  test("--undo takes it back", async () => {
    await using on = await setUp([reply(say("By its settings."))]);
    saidAtLast(await on.run([...RUN, "say hello"], ENV), "By its settings.");
    await on.setup("--undo", "--yes");
    expect((await on.run([...RUN, "say hello"], ENV)).output).toContain("Unknown provider: juscode");
    on.upstream.check();
  });
});

describe("Goose at a shim that asks for keys", () => {
  test("with its key it works; with another one it gives up at once and says why", async () => {
    await using upstream = new ChatUpstream([reply(say("Let in."))]);
    await using on = homeOf("goose", []);
    const { output } = await ended(on.home.start("juscode-shim", ["key", "add", "goose"]));
    const JUSCODE_API_KEY = output.split("\n")[0] ?? "";
    await using shim = await Shim.start({ args: ["--upstream", upstream.url], env: { HOME: on.home.dir } });
    await on.setup("--yes", "--keys", "--base-url", shim.url, "--model", MODEL, "--context-window", "65536");
    saidAtLast(await on.run([...RUN, "say hello"], { ...ENV, JUSCODE_API_KEY }), "Let in.");
    const stranger = await on.run([...RUN, "say hello"], { ...ENV, JUSCODE_API_KEY: "any" });
    expect(stranger.output).toContain("juscode-shim does not know this key");
    upstream.check();
    expect(upstream.requests).toHaveLength(1);
    expect(upstream.request(0).headers.get("authorization")).toBeNull();
  });
});

describeLlama("Goose on llama-server", () => {
  test("starts, streams and ends", async () => {
    await using llama = await Llama.start();
    const shim = await Shim.start({ args: ["--upstream", llama.url] });
    await using on = homeOf("goose", [shim]);
    await on.setup("--yes", "--base-url", shim.url, "--model", "jusCode-auto");
    const { code } = await on.run([...RUN, "hi", "--max-turns", "1"], { ...ENV, GOOSE_MODEL: "jusCode-auto" });
    expect(code).toBe(0);
    expect(await shim.output()).toMatch(/chat\/completions .*(?:stop|length|tool_calls)/);
  });
});
