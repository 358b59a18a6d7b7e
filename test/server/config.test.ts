/** The compiled executable with a config file: several hosts, and edits while it runs. */
import { expect, test } from "bun:test";
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ask, OpenStream, post } from "../support/ask.ts";
import { after, ChatUpstream, reply, say, type Reply } from "../support/chat-upstream.ts";
import { describeWith } from "../support/needs.ts";
import { ResponsesSocket } from "../support/responses-socket.ts";
import { Shim } from "../support/shim.ts";
import { until } from "./serving.ts";

const answers = (text: string, times: number): Reply[] => Array.from({ length: times }, () => reply(say(text)));

class Folder implements Disposable {
  private readonly path = mkdtempSync(join(tmpdir(), "juscode-shim-config-"));
  readonly file = join(this.path, "config.toml");

  /** As an editor does it: a new file takes the old one's place. */
  write(text: string): void {
    writeFileSync(`${this.file}.new`, text);
    renameSync(`${this.file}.new`, this.file);
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true });
  }
}

const provider = (id: string, url: string, more = ""): string =>
  `[model_providers.${id}]\nbase_url = "${url}"\nwire_api = "chat"\n${more}\n`;
const health = async (shim: Shim): Promise<{ config: { problems: string[] }; upstreams: { id: string }[] }> =>
  (await (await fetch(`http://127.0.0.1:${shim.port}/health`)).json()) as never;

describeWith("shim")("a config file", () => {
  test("several hosts, names, keys and headers", async () => {
    using folder = new Folder();
    await using one = new ChatUpstream(answers("I am one.", 3), { models: ["small"] });
    await using two = new ChatUpstream(answers("I am two.", 2), { models: ["large"] });
    folder.write(`
${provider("one", one.url, 'env_key = "ONE_KEY"\nhttp_headers = { x-team = "a" }')}
${provider("two", two.url, 'auth = { command = "printf", args = ["from-a-command"] }')}
[models."quick"]
provider = "one"
model = "small"
context_window = 12345
aliases = ["Q"]
`);
    await using shim = await Shim.start({ args: ["--config", folder.file], env: { ONE_KEY: "first-key" } });
    const list = (await (await fetch(`${shim.url}/models`)).json()) as {
      data: { id: string; context_length?: number }[];
    };
    expect(list.data.map(({ id }) => id)).toEqual(["jusCode-auto", "quick", "small", "large"]);
    expect(list.data[1]?.context_length).toBe(12_345);
    for (const [model, words] of [
      ["quick", "I am one."],
      ["q", "I am one."],
      ["small", "I am one."],
      ["two/large", "I am two."],
      ["large", "I am two."],
    ] as const)
      expect((await ask(shim.url, { model, input: "hi" })).text).toContain(words);
    expect(one.request(0).headers.get("authorization")).toBe("Bearer first-key");
    expect(one.request(0).headers.get("x-team")).toBe("a");
    expect(one.request(0).body.model).toBe("small");
    expect(two.request(0).headers.get("authorization")).toBe("Bearer from-a-command");
    const unknown = await ask(shim.url, { model: "huge", input: "hi" });
    expect(unknown.status).toBe(404);
    expect(unknown.text).toContain("one/small, two/large");
  });

  test("an edit counts for new requests, and running ones end as they began", async () => {
    using folder = new Folder();
    const edited = Promise.withResolvers<void>();
    await using one = new ChatUpstream([reply(say("One "), after(edited.promise), say("to its end."))]);
    await using two = new ChatUpstream(answers("I am two.", 1));
    folder.write(provider("one", one.url));
    await using shim = await Shim.start({ args: ["--config", folder.file] });
    const running = new OpenStream(await post(shim.url, { model: "scripted", input: "hi", stream: true }));
    await running.until("One ");
    folder.write(provider("two", two.url));
    await until("it is read anew", async () => (await health(shim)).upstreams[0]?.id === "two");
    expect((await ask(shim.url, { input: "hi" })).text).toContain("I am two.");
    edited.resolve();
    await running.until("response.completed");
    expect(running.text).toContain("to its end.");
    one.check();
  });

  test("a WebSocket that was open before an edit uses the new config for its next response", async () => {
    using folder = new Folder();
    await using one = new ChatUpstream(answers("I am one.", 1));
    await using two = new ChatUpstream(answers("I am two.", 1));
    folder.write(provider("one", one.url));
    await using shim = await Shim.start({ args: ["--config", folder.file] });
    await using socket = await ResponsesSocket.open(shim.url);
    expect(JSON.stringify((await socket.ask({ input: "hi" })).response)).toContain("I am one.");
    folder.write(provider("two", two.url));
    shim.process.kill("SIGHUP");
    await until("it is reloaded", async () => (await health(shim)).upstreams[0]?.id === "two");
    expect(JSON.stringify((await socket.ask({ input: "hi" })).response)).toContain("I am two.");
  });

  test("a broken edit changes nothing, and is told; the next good one counts", async () => {
    using folder = new Folder();
    await using one = new ChatUpstream(answers("I am one.", 2));
    folder.write(provider("one", one.url));
    await using shim = await Shim.start({ args: ["--config", folder.file] });
    folder.write(provider("one", one.url, 'env_kee = "K"'));
    // Told to, it looks at once.
    shim.process.kill("SIGHUP");
    await until("the problem is told", async () => (await health(shim)).config.problems.length > 0);
    expect((await health(shim)).config.problems[0]).toContain("env_kee");
    expect(await shim.output()).toContain("the previous config stays in use");
    expect((await ask(shim.url, { input: "hi" })).text).toContain("I am one.");
    folder.write(provider("uno", one.url));
    shim.process.kill("SIGHUP");
    await until("it is read anew", async () => (await health(shim)).upstreams[0]?.id === "uno");
    expect((await health(shim)).config.problems).toEqual([]);
    expect((await ask(shim.url, { input: "hi" })).text).toContain("I am one.");
  });

  test("no request is lost while it is edited", async () => {
    using folder = new Folder();
    await using one = new ChatUpstream(answers("Here.", 60));
    folder.write(provider("one", one.url));
    await using shim = await Shim.start({ args: ["--config", folder.file, "--quiet"] });
    const statuses: number[] = [];
    const clients = Array.from({ length: 4 }, async () => {
      for (let i = 0; i < 15; i++) statuses.push((await ask(shim.url, { input: "hi", stream: i % 2 === 0 })).status);
    });
    for (let i = 0; i < 8; i++) {
      folder.write(provider(`name-${i}`, one.url));
      shim.process.kill("SIGHUP");
      await Bun.sleep(15);
    }
    await Promise.all(clients);
    expect(statuses).toEqual(Array.from({ length: 60 }, () => 200));
  });

  test("a provider that is the shim itself is only its own problem", async () => {
    using folder = new Folder();
    await using one = new ChatUpstream(answers("I am one.", 2));
    folder.write(provider("one", one.url));
    await using shim = await Shim.start({ args: ["--config", folder.file] });
    folder.write(provider("one", one.url) + provider("me", shim.url));
    shim.process.kill("SIGHUP");
    await until("it is read anew", async () => (await health(shim)).upstreams.length === 2);
    expect((await ask(shim.url, { model: "one/scripted", input: "hi" })).text).toContain("I am one.");
    const own = await ask(shim.url, { model: "me/scripted", input: "hi" });
    expect(own.status).toBeGreaterThanOrEqual(400);
  });

  test("what must stay in house is refused by every name of the other", async () => {
    using folder = new Folder();
    await using inside = new ChatUpstream(answers("Inside.", 1));
    await using outside = new ChatUpstream([]);
    folder.write(`[server]
local_only = true
${provider("in", inside.url)}${provider("out", outside.url, "local = false")}
[models.remote]
provider = "out"
`);
    await using shim = await Shim.start({ args: ["--config", folder.file] });
    for (const model of ["remote", "REMOTE", "out/remote", "out/other"]) {
      const refused = await ask(shim.url, { model, input: "hi" });
      expect(refused.status).toBe(403);
      expect(refused.text).toContain("nothing may leave your network");
    }
    expect((await ask(shim.url, { model: "in/scripted", input: "hi" })).text).toContain("Inside.");
    expect(outside.requests).toHaveLength(0);
  });

  test("a file that is wrong from the start: nothing is served, all is told", async () => {
    using folder = new Folder();
    folder.write(
      '[model_providers.a]\nbase_url = "http://h/v1/chat/completions"\n[model_providers.b]\nenv_key = "NOT_SET"\nbase_url = "http://h/v1"\n',
    );
    const start = Shim.start({ args: ["--config", folder.file] });
    const error = (await start.catch((thrown: unknown) => thrown)) as Error;
    expect(error.message).toContain("exit code 2");
    expect(error.message).toContain("/chat/completions");
    expect(error.message).toContain("export NOT_SET=");
    expect(error.message).toContain("2 problems");
  });
});
