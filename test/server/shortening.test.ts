/** `truncation: "auto"` through the executable: what is too long is shortened, whoever knows it first. */
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ask } from "../support/ask.ts";
import { ChatUpstream, refuse, reply, say } from "../support/chat-upstream.ts";
import { describeWith } from "../support/needs.ts";
import type { Json } from "../support/response-rules.ts";
import { Shim } from "../support/shim.ts";

const describe = describeWith("shim");

const folder = mkdtempSync(join(tmpdir(), "shortening-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const WORDS = "Every good history is long. ".repeat(80);
/** Twenty turns of some 600 tokens. */
const HISTORY: Json[] = Array.from({ length: 20 }, (_, i): Json => {
  const [role, type] = i % 2 === 0 ? ["user", "input_text"] : ["assistant", "output_text"];
  return { type: "message", role, content: [{ type, text: `${i}: ${WORDS}` }] };
});
const INPUT: Json[] = [...HISTORY, { type: "message", role: "user", content: "And now?" }];
const OVERFLOW = refuse(400, "This model's maximum context length is 8192 tokens.", {
  code: "context_length_exceeded",
});

describe("a history that is too long", () => {
  test("loses its oldest items before it is sent, where the window is known", async () => {
    await using upstream = new ChatUpstream([reply(say("Good.")), reply(say("Whole.")), reply(say("Good."))]);
    const file = join(folder, "config.toml");
    writeFileSync(
      file,
      `[model_providers.box]\nbase_url = "${upstream.url}"\nwire_api = "chat"\n` +
        `[routes.pair]\ncandidates = ["small", "smaller"]\n` +
        `[models.smaller]\nprovider = "box"\nmodel = "tiny"\ncontext_window = 4096\n` +
        `[models.small]\nprovider = "box"\nmodel = "scripted"\ncontext_window = 8192\n`,
    );
    await using shim = await Shim.start({ args: ["--config", file] });
    const model = "small";
    const answer = await ask(shim.url, {
      model,
      instructions: "Be brief.",
      input: INPUT,
      truncation: "auto",
      stream: true,
    });
    expect(answer.response).toMatchObject({ status: "completed", truncation: "auto" });
    expect(answer.headers.get("x-juscode-ignored")).toMatch(/^input: \d+ items$/);
    const { messages } = upstream.request(0).body;
    expect(messages[0]).toMatchObject({ role: "system", content: "Be brief." });
    expect(messages[1]?.role).toBe("user");
    expect(messages.at(-1)).toMatchObject({ role: "user", content: "And now?" });
    // Some 6,000 tokens are left for the prompt.
    expect(JSON.stringify(messages).length).toBeWithin(15_000, 25_000);
    // Who does not ask for it gets it whole.
    await ask(shim.url, { model, input: INPUT });
    expect(upstream.request(1).body.messages).toHaveLength(INPUT.length);
    // A route takes the largest window that it has.
    const routed = await ask(shim.url, { model: "pair", input: INPUT, truncation: "auto" });
    expect(routed.response).toMatchObject({ status: "completed" });
    expect(upstream.request(2).body).toMatchObject({ model: "scripted" });
    expect(JSON.stringify(upstream.request(2).body.messages).length).toBeWithin(15_000, 25_000);
    expect((await ask(shim.url, { model: "pair", input: INPUT })).status).toBe(400);
    upstream.check();
  });

  test("is no reason for a route to refuse, whoever of it has the largest window and cannot be asked", async () => {
    await using upstream = new ChatUpstream([reply(say("Good.")), reply(say("Good."))]);
    const file = join(folder, "bounded.toml");
    const model = (name: string, window: number, more = ""): string =>
      `[models.${name}]\nprovider = "box"\nmodel = "${name}"\ncontext_window = ${window}\n${more}`;
    writeFileSync(
      file,
      `[model_providers.box]\nbase_url = "${upstream.url}"\nwire_api = "chat"\n` +
        `[routes.three]\ncandidates = ["small", "smaller", "mute"]\n` +
        model("small", 8192) +
        model("smaller", 4096) +
        model("mute", 400_000, "tools = false\n"),
    );
    await using shim = await Shim.start({ args: ["--config", file] });
    const tools = [{ type: "function", name: "look", parameters: { type: "object", properties: {} } }];
    const body = { model: "three", input: INPUT, tools };
    const answer = await ask(shim.url, { ...body, truncation: "auto" });
    expect(answer.response).toMatchObject({ status: "completed" });
    expect(answer.headers.get("x-juscode-model")).toBe("small");
    expect(answer.headers.get("x-juscode-route-reason")).toContain("to which the history is shortened");
    // What goes is the history, and not the room for the answer.
    await ask(shim.url, { ...body, truncation: "auto", max_output_tokens: 2000 });
    expect(upstream.request(1).body).toMatchObject({ max_tokens: 2000 });
    const refused = await ask(shim.url, body);
    expect(refused.response).toMatchObject({ error: { code: "context_length_exceeded" } });
    upstream.check();
  });

  test("is sent shorter and shorter where only the host knows its window", async () => {
    await using upstream = new ChatUpstream([OVERFLOW, OVERFLOW, reply(say("Good."))]);
    await using shim = await Shim.start({ args: ["--upstream", upstream.url] });
    const answer = await ask(shim.url, { input: INPUT, truncation: "auto" });
    expect(answer.response).toMatchObject({ status: "completed", output: [{ content: [{ text: "Good." }] }] });
    const [whole, shorter, shortest] = [0, 1, 2].map((n) => upstream.request(n).body.messages.length);
    expect(whole).toBe(INPUT.length);
    expect(shorter).toBeLessThan(INPUT.length);
    expect(shortest).toBeLessThan(shorter ?? 0);
  });

  test("is refused where nothing more can go, and where nobody asked for less", async () => {
    await using upstream = new ChatUpstream([OVERFLOW, OVERFLOW]);
    await using shim = await Shim.start({ args: ["--upstream", upstream.url] });
    for (const body of [{ input: INPUT }, { input: `And now? ${WORDS}`, truncation: "auto" }]) {
      const answer = await ask(shim.url, body);
      expect(answer.status).toBe(400);
      expect(answer.response).toMatchObject({ error: { code: "context_length_exceeded" } });
    }
    expect(upstream.requests).toHaveLength(2);
  });
});
