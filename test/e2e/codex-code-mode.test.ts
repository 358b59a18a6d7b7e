/** Some models of Codex write JavaScript that calls the tools; over Chat it is a function with one text. */
import { expect, test } from "bun:test";
import { itemsOf } from "../support/codex.ts";
import { call, reply, say, type ChatBody, type Reply, type Script } from "../support/chat-upstream.ts";
import { describeWith } from "../support/needs.ts";
import { expectPrefixes, messages, setUp, succeeded, toolTexts, type Setting } from "../support/setting.ts";

const describe = describeWith("shim", "codex");
// They mostly wait, so they wait together; on a busy machine that takes longer than usual.
const CODE_MODE = { model: "gpt-6.1-sol", catalog: false };
const MCP = new URL("../support/mcp-server.ts", import.meta.url).pathname;
const PATCH = "*** Begin Patch\n*** Update File: hello.txt\n@@\n-hello world\n+good morning\n*** End Patch\n";
const names = (body: ChatBody): string[] => (body.tools ?? []).map((tool) => tool.function.name);
const exec = (...lines: string[]): Reply => reply(call("exec", { input: lines.join("\n") }));
const outputs = (on: Setting): string => toolTexts(messages(on.upstream, -1)).join("\n");

describe("gpt-6.1-sol: JavaScript", () => {
  test.concurrent("runs commands and edits files", async () => {
    const first: Script[number] = (body) => {
      expect(names(body)).toEqual(expect.arrayContaining(["exec", "wait"]));
      expect(names(body)).not.toContain("exec_command");
      return exec('text((await tools.exec_command({ cmd: "cat hello.txt" })).output);');
    };
    await using on = await setUp(
      [first, exec(`text(await tools.apply_patch(${JSON.stringify(PATCH)}));`), reply(say("Changed."))],
      CODE_MODE,
    );
    const run = await on.codex.run("change the greeting");
    succeeded(run, "Changed.");
    on.upstream.check();
    expect(on.codex.file("hello.txt")).toBe("good morning\n");
    expect(outputs(on)).toContain("hello world");
    expect(itemsOf(run, "file_change")).toHaveLength(1);
    expectPrefixes(on.upstream);
  });

  test.concurrent("that goes on running is waited for", async () => {
    const script: Script = [
      exec(
        '// @exec: {"yield_time_ms": 100}',
        'text("begun");',
        'await tools.exec_command({ cmd: "sleep 1; printf done > made.txt" });',
        'text("ended");',
      ),
      ({ messages: all }) => {
        const cell = /cell ID (\S+)/.exec(toolTexts(all).join())?.[1] ?? "no cell";
        return reply(call("wait", { cell_id: cell, yield_time_ms: 9000 }));
      },
      reply(say("It ran.")),
    ];
    await using on = await setUp(script, CODE_MODE);
    succeeded(await on.codex.run("take your time"), "It ran.");
    on.upstream.check();
    expect(on.codex.file("made.txt")).toBe("done");
    const [begun, ended] = toolTexts(messages(on.upstream, 2));
    expect(begun).toContain("begun");
    expect(ended).toContain("ended");
  });

  test.concurrent("that reports before it has ended: both outputs of the one call arrive", async () => {
    await using on = await setUp(
      [
        exec('notify("half way");', 'await tools.exec_command({ cmd: "sleep 0.2" });', 'text("all the way");'),
        reply(say("It ran.")),
        reply(say("It did.")),
      ],
      CODE_MODE,
    );
    succeeded(await on.codex.run("report"), "It ran.");
    succeeded(await on.codex.resume("did it?"), "It did.");
    on.upstream.check();
    const sent = JSON.stringify(messages(on.upstream, 1));
    expect(sent).toContain("half way");
    expect(sent).toContain("all the way");
    expectPrefixes(on.upstream);
  });

  test.concurrent("calls an MCP tool and several tools at once", async () => {
    await using on = await setUp(
      [
        exec(
          "const [said, seen] = await Promise.all([",
          '  tools.mcp__tiny__echo({ text: "good news" }),',
          '  tools.exec_command({ cmd: "cat hello.txt" }),',
          "]);",
          "text(JSON.stringify(said)); text(seen.output);",
        ),
        reply(say("It came back.")),
      ],
      { ...CODE_MODE, mcp: { name: "tiny", script: MCP } },
    );
    succeeded(await on.codex.run("echo the news"), "It came back.");
    on.upstream.check();
    expect(on.codex.echoed()).toBe("good news\n");
    expect(outputs(on)).toContain("echo: good news");
    expect(outputs(on)).toContain("hello world");
  });

  // A grammar that is not checked here is passed on, and the tool tells the model.
  test.concurrent.each([
    ["is wrong", "this is no JavaScript"],
    ["stands in a code fence", '```js\nawait tools.exec_command({ cmd: "touch made.txt" });\n```'],
  ])("that %s is told to the model", async (_, text) => {
    await using on = await setUp([exec(text), reply(say("Sorry."))], CODE_MODE);
    succeeded(await on.codex.run("try"), "Sorry.");
    on.upstream.check();
    expect(outputs(on)).toMatch(/SyntaxError|TypeError/);
    expect(on.codex.file("made.txt")).toBeUndefined();
  });

  test.concurrent.each([
    ["under another key", JSON.stringify({ code: 'await tools.exec_command({ cmd: "touch made.txt" });' })],
    ["without JSON around it", 'await tools.exec_command({ cmd: "touch made.txt" });'],
  ])("%s runs all the same", async (_, args) => {
    await using on = await setUp([reply(call("exec", args)), reply(say("Made."))], CODE_MODE);
    succeeded(await on.codex.run("make a file"), "Made.");
    on.upstream.check();
    expect(on.codex.file("made.txt")).toBe("");
  });

  test.concurrent("that the length limit cut never runs", async () => {
    const cut = exec('await tools.exec_command({ cmd: "touch made.txt" });');
    await using on = await setUp([{ ...cut, finish: "length" }], CODE_MODE);
    const run = await on.codex.run("make a file");
    expect(run.exit_code).not.toBe(0);
    on.upstream.check();
    expect(on.codex.file("made.txt")).toBeUndefined();
  });
});
