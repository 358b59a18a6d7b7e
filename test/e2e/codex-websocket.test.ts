/** The real Codex works over one WebSocket connection, and falls back to HTTP where there is none. */
import { expect, test } from "bun:test";
import { AS_CODEX } from "../support/ask.ts";
import { ChatUpstream, call, hang, reply, say, think, type Reply } from "../support/chat-upstream.ts";
import { Codex, itemsOf } from "../support/codex.ts";
import { describeWith } from "../support/needs.ts";
import { aWhile } from "../support/patience.ts";
import type { Json } from "../support/response-rules.ts";
import { until } from "../server/serving.ts";
import { expectPrefixes, messages, setUp, succeeded, toolTexts } from "../support/setting.ts";
import { Shim } from "../support/shim.ts";

const describe = describeWith("shim", "codex");

const PATCH = "*** Begin Patch\n*** Update File: hello.txt\n@@\n-hello world\n+good morning\n*** End Patch\n";
const DONE = "The greeting is changed.";
const EDIT: Reply[] = [
  reply(think("Look at it first."), call("exec_command", { cmd: "cat hello.txt" })),
  reply(call("exec_command", { cmd: "wc -c hello.txt" })),
  reply(call("apply_patch", { input: PATCH })),
  reply(say(DONE)),
];
/** Two runs, on a machine that may be busy. */
const BY_SOCKET = { websockets: true };

/** What the upstream was asked, without what two runs of Codex differ in. */
const contents = (on: Awaited<ReturnType<typeof setUp>>, n: number): unknown =>
  JSON.parse(
    JSON.stringify(messages(on.upstream, n))
      .replaceAll(/\/[\w/.]*juscode-codex-\w+/g, "DIR")
      .replaceAll(/Chunk ID: \w+|Wall time: [\d.]+|<current_date>[^<]+/g, ""),
  );

describe("Codex over WebSocket", () => {
  test("reads, runs, patches and answers, and its upstream is asked as it is over HTTP", async () => {
    await using on = await setUp(EDIT, BY_SOCKET);
    const run = await on.codex.run("change the greeting");
    succeeded(run, DONE);
    on.upstream.check();
    expect(on.codex.file("hello.txt")).toBe("good morning\n");
    const [first, second, third] = toolTexts(messages(on.upstream, 3));
    expect(first).toContain("hello world");
    expect(second).toContain("12 hello.txt");
    expect(third).toContain("Success");
    expectPrefixes(on.upstream);
    // Warmed up without the upstream, and nothing was asked twice or otherwise.
    expect(on.upstream.requests).toHaveLength(EDIT.length);
    const lines = (await on.shim.output()).split("\n").filter((line) => line.includes("/v1/responses codex"));
    expect(lines.map((line) => line.replace(/\d\S* (?:ms|in|out).*/, ""))).toEqual(
      lines.map(() => expect.stringMatching(/ ws \/v1\/responses codex .*: (?:tool_calls|stop) \| $/)),
    );
    expect(lines).toHaveLength(EDIT.length);

    await using http = await setUp(EDIT);
    succeeded(await http.codex.run("change the greeting"), DONE);
    for (const n of EDIT.keys()) expect(contents(on, n)).toEqual(contents(http, n));
  });

  test("resumes a thread on another connection", async () => {
    await using on = await setUp([...EDIT, reply(say("Again."))], BY_SOCKET);
    succeeded(await on.codex.run("change the greeting"), DONE);
    succeeded(await on.codex.resume("once more"), "Again.");
    on.upstream.check();
    expectPrefixes(on.upstream);
  });

  test("is interrupted: the upstream is left at once", async () => {
    await using on = await setUp([reply(say("I think"), hang())], BY_SOCKET);
    const run = on.codex.run("take your time");
    await until("the upstream is asked", () => on.upstream.requests.length > 0);
    await aWhile(40);
    on.codex.interrupt();
    // Which would go on without end.
    await until("it is left", () => on.upstream.request(0).aborted_ms !== undefined);
    await run;
  });

  test("an answer that breaks off is asked for again, with the whole history", async () => {
    const broken: Reply = { ...reply(say("I thi")), broken: "eof" };
    const [look, ...rest] = EDIT as [Reply, ...Reply[]];
    await using on = await setUp([look, broken, ...rest], { ...BY_SOCKET, stream_retries: 2 });
    const run = await on.codex.run("change the greeting");
    succeeded(run, DONE);
    expect(itemsOf(run, "command_execution")).toHaveLength(2);
    expect(on.codex.file("hello.txt")).toBe("good morning\n");
  });
});

describe("Codex in an editor", () => {
  test("is steered while it writes: what had begun is dropped at once, and it goes on where it was", async () => {
    const model = "gpt-6.1-sol"; // Only models of its "lite" kind are interrupted by a message.
    const script = [reply(think("Let me see."), say("I thi"), hang()), reply(say("Yes."))];
    await using on = await setUp(script, { ...BY_SOCKET, model, catalog: false }, { models: [model] });
    await using editor = on.codex.server();
    await editor.call("initialize", { clientInfo: { name: "editor", version: "1" } });
    editor.write({ method: "initialized" });
    const { thread } = (await editor.call("thread/start", {})) as { thread: { id: string } };
    const input = (text: string): Json[] => [{ type: "text", text }];
    const started = await editor.call("turn/start", { threadId: thread.id, input: input("first prompt") });
    const turn = started["turn"] as { id: string };
    await until("it writes", () => editor.notes.some(({ method }) => method === "item/agentMessage/delta"));
    const steer = { threadId: thread.id, expectedTurnId: turn.id, input: input("second prompt") };
    await editor.call("turn/steer", steer);
    await until("the turn ends", () => editor.notes.some(({ method }) => method === "turn/completed"));
    on.upstream.check();
    expect(on.upstream.request(0).aborted_ms).toBeDefined();
    const history = JSON.stringify(messages(on.upstream, 1));
    for (const text of ["first prompt", "second prompt"]) expect(history.split(text)).toHaveLength(2);
    expect(history).not.toContain("I thi");
    expect(editor.notes.filter(({ method }) => method === "error")).toEqual([]);
  });
});

describe("Codex where no connection is to be had", () => {
  test("a proxy between that knows no WebSocket: the turn goes by HTTP", async () => {
    await using upstream = new ChatUpstream([reply(say("Hi."))]);
    await using shim = await Shim.start({ args: ["--upstream", upstream.url] });
    let refused = 0;
    const proxy = Bun.serve({
      port: 0,
      hostname: "127.0.0.1",
      idleTimeout: 0,
      async fetch(request) {
        if (!request.headers.has("upgrade"))
          return fetch(`${shim.url}/responses`, { method: "POST", body: await request.text(), headers: AS_CODEX });
        refused++;
        return new Response("no", { status: 426 });
      },
    });
    using codex = new Codex({ url: `http://127.0.0.1:${proxy.port}/v1`, ...BY_SOCKET });
    succeeded(await codex.run("hello"), "Hi.");
    expect(refused).toBe(1);
    const output = await shim.output();
    expect(output).toContain(" /v1/responses codex scripted");
    expect(output).not.toContain("ws /v1/responses");
    await proxy.stop(true);
  });
});
