/** Responses in the background through the compiled executable, by OpenAI's own SDK. */
import { expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import OpenAI from "openai";
import { LEASE_MS, RENEW_MS } from "../../src/server/state/limits.ts";
import { ChatUpstream, hang, reply, say, wait, type Script } from "../support/chat-upstream.ts";
import { describeWith } from "../support/needs.ts";
import { Shim } from "../support/shim.ts";
import { until } from "../server/serving.ts";
import { expectLeft, failure, MODEL, setUp } from "./through-shim.ts";

const describe = describeWith("shim");

const on = (script: Script) => setUp(script, (baseURL) => new OpenAI({ apiKey: "unused", baseURL, maxRetries: 0 }));
const ASKED = { model: MODEL, input: "hi", background: true } as const;

describe("a response in the background", () => {
  test("answers at once, goes on alone, and is there when it is asked for", async () => {
    const go = Promise.withResolvers<void>();
    const later = async () => (await go.promise, reply(say("Hello")));
    await using it = await on([later]);
    // Its model has not said a word.
    const first = await it.client.responses.create(ASKED);
    expect(first).toMatchObject({ status: "queued", background: true, store: true, output: [] });
    let found = await it.client.responses.retrieve(first.id);
    expect(["queued", "in_progress"]).toContain(found.status ?? "");
    const next = { model: MODEL, input: "and?", previous_response_id: first.id };
    expect(await failure(it.client.responses.create(next))).toMatchObject({ status: 400 });
    go.resolve();
    await until("it has ended", async () => {
      found = await it.client.responses.retrieve(first.id);
      return found.status === "completed";
    });
    expect(found.output_text).toBe("Hello");
    it.upstream.check();
  });

  test("is streamed, left, and taken up again where it was left", async () => {
    await using it = await on([reply(say("One "), wait(300), say("two "), wait(300), say("three"))]);
    const stop = new AbortController();
    const stream = await it.client.responses.create({ ...ASKED, stream: true }, { signal: stop.signal });
    let id = "";
    const seen: { type: string; sequence_number: number }[] = [];
    for await (const event of stream) {
      seen.push(event);
      if (event.type === "response.created") id = event.response.id;
      if (event.type === "response.output_text.delta") break;
    }
    stop.abort();
    expect(seen.slice(0, 3).map(({ type }) => type)).toEqual([
      "response.created",
      "response.queued",
      "response.in_progress",
    ]);
    const starting_after = seen.at(-1)?.sequence_number ?? 0;
    let text = seen.flatMap((event) => ("delta" in event ? [event.delta] : [])).join("");
    const rest = await it.client.responses.retrieve(id, { stream: true, starting_after });
    let last = "";
    for await (const event of rest) {
      seen.push(event);
      if (event.type === "response.output_text.delta") text += event.delta;
      if (event.type === "response.completed")
        last = event.response.output_text || JSON.stringify(event.response.output);
    }
    expect(text).toBe("One two three");
    expect(last).toContain("One two three");
    expect(seen.map(({ sequence_number }) => sequence_number)).toEqual(seen.map((_, i) => i));
    // And again, from the beginning, by the library's own accumulator.
    const again = it.client.responses.stream({ response_id: id });
    expect((await again.finalResponse()).output_text).toBe("One two three");
    it.upstream.check();
  });

  test("is cancelled: its upstream stops, and twice is the same", async () => {
    await using it = await on([reply(say("Half"), hang())]);
    const stream = await it.client.responses.create({ ...ASKED, stream: true });
    let id = "";
    let cancelled: Promise<OpenAI.Responses.Response> | undefined;
    const types: string[] = [];
    for await (const event of stream) {
      types.push(event.type);
      if (event.type === "response.created") id = event.response.id;
      if (event.type === "response.output_text.delta") cancelled ??= it.client.responses.cancel(id);
      if (event.type === "response.failed") expect(event.response.status).toBe("cancelled");
    }
    expect(await cancelled).toMatchObject({ id, status: "cancelled" });
    expect(types.at(-1)).toBe("response.failed");
    await expectLeft(it.upstream);
    expect(await it.client.responses.cancel(id)).toMatchObject({ id, status: "cancelled" });
    expect(await it.client.responses.retrieve(id)).toMatchObject({ id, status: "cancelled" });
  });

  test("that is deleted while it runs stops its upstream", async () => {
    await using it = await on([reply(say("Half"), hang())]);
    const { id } = await it.client.responses.create(ASKED);
    await until("the upstream is asked", () => it.upstream.requests.length === 1);
    await it.client.responses.delete(id);
    await expectLeft(it.upstream);
    expect(await failure(it.client.responses.retrieve(id))).toMatchObject({ status: 404 });
  });

  test("tells how it failed", async () => {
    await using it = await on([{ steps: [say("Half")], broken: "error-frame" }]);
    const { id } = await it.client.responses.create(ASKED);
    await until("it has failed", async () => (await it.client.responses.retrieve(id)).status === "failed");
    expect((await it.client.responses.retrieve(id)).error).toMatchObject({ code: expect.any(String) });
  });

  test("refuses what cannot be", async () => {
    await using it = await on([reply(say("Hello"))]);
    const { responses } = it.client;
    expect(await failure(responses.create({ ...ASKED, store: false }))).toMatchObject({
      status: 400,
      param: "background",
    });
    expect(await failure(responses.create({ ...ASKED, temperature: 9 }))).toMatchObject({ status: 400 });
    const { id } = await responses.create({ model: MODEL, input: "hi" });
    expect(await failure(responses.cancel(id))).toMatchObject({ status: 400 });
    expect(await failure(responses.retrieve(id, { stream: true }))).toMatchObject({ status: 400, param: "stream" });
  });

  test("is failed in order when the server is stopped, and so is one whose server is killed", async () => {
    const home = mkdtempSync(join(tmpdir(), "juscode-home-"));
    await using upstream = new ChatUpstream([reply(say("Half"), hang()), reply(say("Half"), hang())]);
    const start = () => Shim.start({ args: ["--upstream", upstream.url], env: { HOME: home } });
    const client = ({ url }: Shim) => new OpenAI({ apiKey: "unused", baseURL: url, maxRetries: 0 });
    try {
      const one = await start();
      const stopped = await client(one).responses.create(ASKED);
      expect(await one.stop()).toBe(0);
      const two = await start();
      const found = await client(two).responses.retrieve(stopped.id);
      expect(found).toMatchObject({ status: "failed", error: { message: expect.stringContaining("stopped") } });
      const killed = await client(two).responses.create({ ...ASKED, stream: true });
      let id = "";
      let last = 0;
      const broke = await failure(
        (async () => {
          for await (const event of killed) {
            last = event.sequence_number;
            if (event.type === "response.created") id = event.response.id;
            if (event.type === "response.output_text.delta") two.process.kill("SIGKILL");
          }
        })(),
      );
      expect(broke).toBeInstanceOf(Error);
      await two.process.exited;
      const killed_at = performance.now();
      await using three = await start();
      const { status } = await client(three).responses.retrieve(id);
      // Its lease may be over where a program takes so long to start.
      if (performance.now() - killed_at < LEASE_MS - RENEW_MS) expect(status).toMatch(/queued|in_progress/);
      const rest = await client(three).responses.retrieve(id, { stream: true, starting_after: last });
      const types: string[] = [];
      for await (const event of rest) types.push(event.type);
      expect(types).toEqual(["response.failed"]);
      expect(await client(three).responses.retrieve(id)).toMatchObject({ status: "failed" });
    } finally {
      rmSync(home, { recursive: true, force: true });
    }
  });
});
