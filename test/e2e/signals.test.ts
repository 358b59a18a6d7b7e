/** Signals that mean nothing to the server end it in none of its phases: while it starts, serves, or ends. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OpenStream, post } from "../support/ask.ts";
import { ChatUpstream, reply, say, wait } from "../support/chat-upstream.ts";
import { describeWith, pathOf } from "../support/needs.ts";
import { Shim } from "../support/shim.ts";
import { until } from "../server/serving.ts";

setDefaultTimeout(60_000);

const SIGNALS = ["SIGHUP", "SIGUSR1", "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGVTALRM", "SIGPROF", "SIGIO"] as const;
type Child = Pick<Bun.Subprocess, "kill" | "exitCode" | "signalCode" | "pid">;

let dir: string;
beforeAll(() => void (dir = mkdtempSync(join(tmpdir(), "juscode-signals-"))));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

/** Each by itself, since several of one kind may arrive as one. */
async function sendAll(child: Child): Promise<void> {
  for (const signal of SIGNALS) {
    child.kill(signal as NodeJS.Signals);
    await Bun.sleep(20);
    expect([signal, child.exitCode, child.signalCode]).toEqual([signal, null, null]);
  }
}

describeWith("shim")("signals", () => {
  test("while it serves", async () => {
    await using upstream = new ChatUpstream([reply(say("a"), wait(2000), say("b"))]);
    await using shim = await Shim.start({ args: ["--upstream", upstream.url] });
    const stream = new OpenStream(await post(shim.url, { model: "scripted", input: "hi", stream: true }));
    await stream.until('"delta":"a"');
    await sendAll(shim.process);
    expect(await stream.rest()).toContain("response.completed");
    // SIGUSR1 makes some runtimes open a port for whoever wants to debug them.
    expect(await shim.output()).not.toMatch(/debug|inspect/i);
  });

  test("while it ends", async () => {
    await using upstream = new ChatUpstream([reply(say("a"), wait(2000), say("b"))]);
    const shim = await Shim.start({ args: ["--upstream", upstream.url] });
    const stream = new OpenStream(await post(shim.url, { model: "scripted", input: "hi", stream: true }));
    await stream.until('"delta":"a"');
    shim.process.kill("SIGTERM");
    await sendAll(shim.process);
    expect(await stream.rest()).toContain("response.completed");
    expect(await shim.process.exited).toBe(0);
    rmSync(shim.dir, { recursive: true, force: true });
  });

  test("while it starts", async () => {
    let asked = 0;
    // A database that takes connections and says nothing keeps it starting for a while.
    using mute = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {}, open: () => void asked++ } });
    const config = join(dir, "config.toml");
    writeFileSync(config, `[store]\nurl = "postgres://a:b@127.0.0.1:${mute.port}/c"\n`);
    const child = Bun.spawn([pathOf("shim"), "--config", config, "--no-discover", "--listen", "127.0.0.1:0"], {
      env: { HOME: dir },
      stdout: "ignore",
      stderr: "ignore",
    });
    await until("it has asked for its store", () => asked > 0);
    await sendAll(child);
    child.kill("SIGTERM");
    await child.exited;
  });
});
