/** Codex offers other tools to each kind of model; all of them work over Chat, on an upstream that knows none. */
import { expect, test } from "bun:test";
import { itemsOf } from "../support/codex.ts";
import { call, reply, say, type ChatBody, type Reply, type Script } from "../support/chat-upstream.ts";
import { describeWith } from "../support/needs.ts";
import { messages, setUp, succeeded, toolTexts } from "../support/setting.ts";

const describe = describeWith("shim", "codex");

const MCP = new URL("../support/mcp-server.ts", import.meta.url).pathname;
const names = (body: ChatBody): string[] => (body.tools ?? []).map((tool) => tool.function.name);

describe("models that Codex knows", () => {
  test("gpt-5.5: the model searches for a tool, finds it, and calls it", async () => {
    const script: Script = [
      (body) => {
        expect(names(body)).toContain("tool_search");
        expect(names(body).join(" ")).not.toContain("echo");
        return reply(call("tool_search", { query: "echo text" }));
      },
      (body) => {
        const echo = names(body).find((name) => name.endsWith("echo"));
        return reply(call(echo ?? "not found", { text: "good news" }));
      },
      reply(say("It came back.")),
    ];
    await using on = await setUp(script, { model: "gpt-5.5", catalog: false, mcp: { name: "tiny", script: MCP } });
    succeeded(await on.codex.run("echo the news"), "It came back.");
    on.upstream.check();
    expect(on.codex.echoed()).toBe("good news\n");
    expect(toolTexts(messages(on.upstream, 2)).join()).toContain("echo: good news");
  });

  test("view_image: the picture reaches the upstream in a user message", async () => {
    const png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    await using on = await setUp([reply(call("view_image", { path: "dot.png" })), reply(say("A dot."))]);
    await Bun.write(`${on.codex.dir}/dot.png`, Buffer.from(png, "base64"));
    succeeded(await on.codex.run("what is on dot.png?"), "A dot.");
    on.upstream.check();
    const last = messages(on.upstream, 1).at(-1);
    expect(last?.role).toBe("user");
    expect(JSON.stringify(last)).toContain("data:image/png;base64,");
  });

  test("sub-agents switched off: none is offered", async () => {
    await using on = await setUp([reply(say("I work alone."))], { agents: false });
    succeeded(await on.codex.run("ask a helper"), "I work alone.");
    on.upstream.check();
    expect(names(on.upstream.request(0).body).join(" ")).not.toContain("agent");
  });

  test("sub-agents: one is started, works by itself, and reports", async () => {
    const started: ChatBody[] = [];
    const answer = (body: ChatBody): Reply => {
      started.push(body);
      const spawn = names(body).find((name) => name.endsWith("spawn_agent"));
      const text = JSON.stringify(body.messages);
      if (text.includes("count the files") && !text.includes("ask a helper")) return reply(say("There is one."));
      const done = toolTexts(body.messages);
      if (done.length === 0) return reply(call(spawn ?? "not offered", { message: "count the files" }));
      const wait = names(body).find((name) => name.endsWith("wait_agent")) ?? "not offered";
      const id = /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(done[0] ?? "")?.[0] ?? "";
      return done.length === 1 ? reply(call(wait, { targets: [id], timeout_ms: 10_000 })) : reply(say("One file."));
    };
    await using on = await setUp(
      Array.from({ length: 4 }, () => answer),
      { agents: true },
    );
    succeeded(await on.codex.run("ask a helper how many files there are"), "One file.");
    on.upstream.check();
    expect(started.some((body) => toolTexts(body.messages).join().includes("There is one."))).toBe(true);
  });

  test("review: its own thread, its own tools", async () => {
    const verdict = {
      findings: [],
      overall_correctness: "patch is correct",
      overall_explanation: "Fine.",
      overall_confidence_score: 1,
    };
    await using on = await setUp([
      reply(call("exec_command", { cmd: "cat hello.txt" })),
      reply(say(JSON.stringify(verdict))),
    ]);
    const run = await on.codex.command("review", "look at hello.txt");
    on.upstream.check();
    expect(run.exit_code).toBe(0);
    expect(JSON.stringify(run.events)).toContain("Fine.");
    expect(itemsOf(run, "command_execution").length).toBeLessThanOrEqual(1);
  });
});
