/** The compiled executable from its start to its end. */
import { expect, test } from "bun:test";
import { after, ChatUpstream, hang, reply, say } from "../support/chat-upstream.ts";
import { OpenStream, post } from "../support/ask.ts";
import { describeWith, pathOf } from "../support/needs.ts";
import { PATIENCE_MS, until } from "../support/patience.ts";
import { freePort, Shim } from "../support/shim.ts";

const describe = describeWith("shim");

function run(...args: string[]): { code: number; stdout: string; stderr: string } {
  const child = Bun.spawnSync([pathOf("shim"), ...args], { timeout: PATIENCE_MS });
  return { code: child.exitCode, stdout: child.stdout.toString(), stderr: child.stderr.toString() };
}

describe("juscode-shim", () => {
  test("explains itself", () => {
    for (const words of ["--upstream URL", "--key-env NAME", "JUSCODE_API_KEY"])
      expect(run("--help").stdout).toContain(words);
    expect(run("--version").stdout).toMatch(/^juscode-shim \d+\.\d+\.\d+/);
    const wrong = run("--lisen", "1");
    expect([wrong.code, wrong.stdout]).toEqual([2, ""]);
    expect(wrong.stderr).toStartWith("juscode-shim: unknown option");
    expect(wrong.stderr.trim().split("\n")).toHaveLength(1);
  });

  test("output that is lost: a command fails in one line, a reader that has had enough is no failure", async () => {
    const onto = (where: string, command: string): { code: number; stderr: string } => {
      const child = Bun.spawnSync(["bash", "-c", `"$0" ${command} ${where}; exit \${PIPESTATUS[0]}`, pathOf("shim")]);
      return { code: child.exitCode, stderr: child.stderr.toString() };
    };
    for (const command of ["--help", "completions bash"]) {
      const full = onto("> /dev/full", command);
      expect(full.stderr).toMatch(/^juscode-shim: its output cannot be written: ENOSPC[^\n]*\n$/);
      expect(full.code).toBe(1);
      expect(onto("| true", command)).toEqual({ code: 0, stderr: "" });
    }
  });

  test("a server goes on where its log's disk is full", async () => {
    const port = await freePort();
    const line = 'exec "$0" --no-discover --listen "$1" > /dev/full 2> /dev/full';
    const child = Bun.spawn(["bash", "-c", line, pathOf("shim"), `127.0.0.1:${port}`]);
    const asked = (): Promise<boolean> =>
      fetch(`http://127.0.0.1:${port}/health`)
        .then((reply) => reply.ok)
        .catch(() => false);
    await until("it listens", asked);
    for (let i = 0; i < 3; i++)
      expect((await post(`http://127.0.0.1:${port}/v1`, { model: "none", input: "a" })).status).toBeLessThan(500);
    expect(await asked()).toBe(true);
    child.kill();
    expect(await child.exited).toBe(0);
  });

  test("says who has its port", async () => {
    await using shim = await Shim.start({ args: ["--no-discover"] });
    const second = run("--listen", String(shim.port), "--no-discover");
    expect(second.code).toBe(2);
    expect(second.stderr).toContain("another juscode-shim is running there");
    const other = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: () => new Response() });
    expect(run("--listen", String(other.port), "--no-discover").stderr).toContain("another program has it");
    await other.stop(true);
  });

  test("refuses itself as its upstream", async () => {
    const port = String(await freePort());
    const { code, stderr } = run("--listen", port, "--upstream", `http://127.0.0.1:${port}`);
    expect(code).toBe(2);
    expect(stderr).toContain("is this juscode-shim itself");
  });

  test("prints what it found, and how agents come to it", async () => {
    await using upstream = new ChatUpstream([], { models: ["first", "second"] });
    await using shim = await Shim.start({ args: ["--upstream", upstream.url] });
    await until("it has greeted", async () => (await shim.output()).includes("any other agent"));
    const output = await shim.output();
    expect(output).toContain(`base URL ${shim.url}, any key`);
    expect(output).toContain("first, second");
  });

  test.each(["SIGTERM", "SIGINT"] as const)("%s: a running answer ends in order", async (signal) => {
    const ending = Promise.withResolvers<void>();
    await using upstream = new ChatUpstream([reply(say("One, "), after(ending.promise), say("two."))]);
    await using shim = await Shim.start({ args: ["--upstream", upstream.url, "--quiet"] });
    const stream = new OpenStream(await post(shim.url, { model: "scripted", input: "count", stream: true }));
    await stream.until("output_text.delta");
    shim.process.kill(signal);
    await until("it says that it waits", async () => (await shim.output()).includes("a second signal ends it at once"));
    ending.resolve();
    expect(await stream.rest()).toContain("response.completed");
    expect(await shim.process.exited).toBe(0);
  });

  test.each(["SIGTERM", "SIGINT"] as const)("a second %s does not wait, as the first one says", async (signal) => {
    await using upstream = new ChatUpstream([reply(say("One, "), hang())]);
    await using shim = await Shim.start({ args: ["--upstream", upstream.url, "--quiet"] });
    const stream = new OpenStream(await post(shim.url, { model: "scripted", input: "count", stream: true }));
    await stream.until("output_text.delta");
    shim.process.kill(signal);
    await until("it says that it waits", async () => (await shim.output()).includes("a second signal ends it at once"));
    expect(shim.process.exitCode).toBeNull();
    shim.process.kill(signal);
    expect(await shim.process.exited).toBe(0);
    await stream.rest().catch(() => {});
  });

  test("while it ends it takes nothing new, and without running answers it ends at once and in silence", async () => {
    await using upstream = new ChatUpstream([reply(say("One, "), hang())]);
    await using busy = await Shim.start({ args: ["--upstream", upstream.url, "--quiet"] });
    const stream = new OpenStream(await post(busy.url, { model: "scripted", input: "count", stream: true }));
    await stream.until("output_text.delta");
    busy.process.kill("SIGTERM");
    await until("nobody listens any more", () =>
      fetch(busy.url).then(
        () => false,
        () => true,
      ),
    );
    expect(busy.process.exitCode).toBeNull();
    busy.process.kill("SIGTERM");
    await stream.rest().catch(() => {});

    await using idle = await Shim.start({ args: ["--no-discover", "--quiet"] });
    expect(await idle.stop()).toBe(0);
    expect(await idle.output()).not.toContain("signal");
  });
});
