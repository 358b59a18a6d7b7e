/** A real llama-server under conditions that users meet: keys, small windows, one slot for two, other wires. */
import { expect, test } from "bun:test";
import { AS_CODEX, ask, OpenStream, post } from "../support/ask.ts";
import { Codex, itemsOf, told } from "../support/codex.ts";
import { Llama } from "../support/llama.ts";
import { describeWith } from "../support/needs.ts";
import { Shim } from "../support/shim.ts";

const CLOSING = "The tool has answered, so nothing is left to do.";
const GREETING = "Hello! This is a tiny model speaking from llama-server.";

interface Listed {
  data: { id: string; context_length?: number }[];
  models: { context_window: number }[];
}

const listed = async (shim: Shim): Promise<Listed> => (await (await fetch(`${shim.url}/models`)).json()) as Listed;

describeWith(
  "shim",
  "codex",
  "llama-server",
  "tiny model",
)("llama-server", () => {
  test("with a key: the right one works, a wrong one is told at once", async () => {
    await using llama = await Llama.start("--api-key", "the-key");
    const args = ["--upstream", llama.url, "--upstream-key-env", "KEY"];
    await using right = await Shim.start({ args, env: { KEY: "the-key" } });
    expect((await ask(right.url, { input: "[[text]]" })).text).toContain(GREETING);
    await using wrong = await Shim.start({ args, env: { KEY: "another" } });
    const refused = await ask(wrong.url, { input: "[[text]]" });
    expect(refused.status).toBe(401);
    expect(refused.text).toContain("check the upstream's key");
    using codex = new Codex({ url: wrong.url, model: "tiny" });
    const run = await codex.run("[[text]]");
    expect(run.exit_code).not.toBe(0);
    expect(told(run)).toContain("Invalid API Key");
  });

  test("with a small window: it is known, warned of, and an overflow is an overflow", async () => {
    await using llama = await Llama.start("-c", "4096");
    await using shim = await Shim.start({ args: ["--upstream", llama.url] });
    expect((await listed(shim)).data[0]?.context_length).toBe(4096);
    expect((await listed(shim)).models[0]?.context_window).toBe(4096);
    const small = await ask(shim.url, { input: "[[text]]" });
    expect(small.headers.get("x-juscode-warning")).toContain("-c 65536");
    const over = await ask(shim.url, { input: "word ".repeat(20_000) });
    expect(over.status).toBe(400);
    expect((over.response["error"] as { code: string }).code).toBe("context_length_exceeded");
    const streamed = await ask(shim.url, { input: "word ".repeat(20_000), stream: true }, AS_CODEX);
    expect(streamed.text).toContain("context_length_exceeded");
    expect(shim.process.exitCode).toBeNull();
  });

  test.each(["chat", "messages", "responses"])(
    "with a full window: each client knows it, whichever of its wires is asked (%s)",
    async (wire) => {
      await using llama = await Llama.start("-c", "4096");
      await using shim = await Shim.start({ args: ["--upstream", llama.url, "--wire", wire] });
      const words = "word ".repeat(20_000);
      const requests = {
        responses: { input: words },
        messages: { max_tokens: 100, messages: [{ role: "user", content: words }] },
        "chat/completions": { messages: [{ role: "user", content: words }] },
      };
      for (const [path, body] of Object.entries(requests)) {
        const reply = await fetch(`${shim.url}/${path}`, {
          method: "POST",
          headers: { "content-type": "application/json" },
          body: JSON.stringify({ model: "tiny", ...body }),
        });
        const { error } = (await reply.json()) as { error: { code?: string; message: string } };
        expect(reply.status).toBe(400);
        if (path === "messages") expect(error.message).toMatch(/^prompt is too long: \d{5,} tokens > 4096 maximum$/);
        else expect(error.code).toBe("context_length_exceeded");
      }
      const streamed = await ask(shim.url, { input: words, stream: true }, AS_CODEX);
      expect(streamed.text).toContain("context_length_exceeded");
    },
  );

  test("with one slot for two: the second waits with signs of life, and is answered", async () => {
    await using llama = await Llama.start("-np", "1");
    await using shim = await Shim.start({
      args: ["--upstream", llama.url, "--hold-ms", "200", "--heartbeat-ms", "200"],
    });
    const abort = new AbortController();
    const first = new OpenStream(
      await post(shim.url, { model: "tiny", input: "[[long]]", stream: true }, {}, abort.signal),
    );
    await first.until("tick");
    const second = new OpenStream(await post(shim.url, { model: "tiny", input: "[[text]]", stream: true }, AS_CODEX));
    await second.until("event: keepalive", 2);
    abort.abort();
    await second.until("response.completed");
    expect(second.text).toContain("response.completed");
    expect(second.text).toContain("tiny model speaking");
  });

  test("by its Messages wire: Codex acts there too", async () => {
    await using llama = await Llama.start();
    await using shim = await Shim.start({ args: ["--upstream", llama.url, "--wire", "messages"] });
    using codex = new Codex({ url: shim.url, model: "tiny" });
    const run = await codex.run("[[tool]]");
    if (run.exit_code !== 0) throw new Error(told(run));
    expect(itemsOf(run, "command_execution").map((item) => item["aggregated_output"])).toEqual(["hello\n"]);
    expect(run.last_message).toBe(CLOSING);
    const patched = await codex.run("[[patch]]");
    if (patched.exit_code !== 0) throw new Error(told(patched));
    expect(codex.file("hello.txt")).toContain("hello");
  });

  test("behind another shim that speaks Responses: bytes go through, and Codex acts", async () => {
    await using llama = await Llama.start();
    await using inner = await Shim.start({ args: ["--upstream", llama.url] });
    await using outer = await Shim.start({ args: ["--upstream", inner.url, "--wire", "responses"] });
    using codex = new Codex({ url: outer.url, model: "tiny" });
    const run = await codex.run("[[two]]");
    if (run.exit_code !== 0) throw new Error(told(run));
    expect(itemsOf(run, "command_execution")).toHaveLength(2);
    expect(run.last_message).toBe(CLOSING);
    expect(await outer.output()).toMatch(/completed \|.* in \(\d+ cached\)/);
  });
});
