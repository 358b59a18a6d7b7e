/** Two shims before one PostgreSQL, as behind a load balancer: what one has made the other knows. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import OpenAI from "openai";
import { LEASE_MS, RENEW_MS } from "../../src/server/state/limits.ts";
import { ChatUpstream, hang, reply, say, type Script } from "../support/chat-upstream.ts";
import { describeWith } from "../support/needs.ts";
import { PostgresServer } from "../support/postgres.ts";
import { Shim } from "../support/shim.ts";
import { until } from "../server/serving.ts";
import { expectLeft, failure, MODEL, sent } from "../sdk/through-shim.ts";

const clientOf = ({ url }: Shim) => new OpenAI({ apiKey: "unused", baseURL: url, maxRetries: 0 });
const BACKGROUND = { model: MODEL, input: "hi", background: true } as const;

describeWith("shim", "postgres")("two replicas", () => {
  let server: PostgresServer;
  const folder = mkdtempSync(join(tmpdir(), "juscode-replicas-"));

  beforeAll(async () => {
    server = await PostgresServer.start();
  });
  afterAll(async () => {
    await server[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  async function replicas(script: Script) {
    const upstream = new ChatUpstream(script);
    const config = join(folder, "config.toml");
    writeFileSync(
      config,
      `[store]\nurl = "${server.url()}"\n[model_providers.up]\nbase_url = "${upstream.url}"\nwire_api = "chat"\n`,
      { mode: 0o600 },
    );
    const [one, two] = await Promise.all([0, 1].map(() => Shim.start({ args: ["--config", config] })));
    if (!one || !two) throw new Error("no shim");
    return {
      upstream,
      one,
      two,
      async [Symbol.asyncDispose]() {
        for (const shim of [one, two]) if (shim.process.exitCode === null && !shim.process.killed) await shim.stop();
        await upstream[Symbol.asyncDispose]();
      },
    };
  }

  test("a thread that began on one goes on at the other", async () => {
    await using it = await replicas([reply(say("Hello")), reply(say("Fine")), reply(say("Bye"))]);
    const [one, two] = [clientOf(it.one), clientOf(it.two)];
    const first = await one.responses.create({ model: MODEL, input: "hi" });
    const second = await two.responses.create({ model: MODEL, input: "how?", previous_response_id: first.id });
    const third = await one.responses
      .stream({ model: MODEL, input: "bye", previous_response_id: second.id })
      .finalResponse();
    it.upstream.check();
    expect(third.output_text).toBe("Bye");
    expect(sent(it.upstream, 2).map(({ content }) => content)).toEqual(["hi", "Hello", "how?", "Fine", "bye"]);
    expect((await two.responses.retrieve(third.id)).output_text).toBe("Bye");
    await two.responses.delete(first.id);
    expect(await failure(one.responses.retrieve(first.id))).toMatchObject({ status: 404 });
    expect(await it.one.output()).toMatch(/kept in postgres:\S+ .*for \d+ days/);
    expect(await it.one.output()).not.toContain("planted");
  });

  test("what runs on one is followed and cancelled at the other", async () => {
    await using it = await replicas([reply(say("Half of it"), hang())]);
    const [one, two] = [clientOf(it.one), clientOf(it.two)];
    const stream = await one.responses.create({ ...BACKGROUND, stream: true });
    let id = "";
    let text = "";
    for await (const event of stream) {
      if (event.type === "response.created") id = event.response.id;
      if (event.type === "response.output_text.delta") text += event.delta;
      if (text === "Half of it") break;
    }
    const followed = await two.responses.retrieve(id, { stream: true, starting_after: 2 });
    let seen = "";
    let last = "";
    let cancelled: Promise<unknown> | undefined;
    for await (const event of followed) {
      last = event.type;
      if (event.type === "response.output_text.delta") seen += event.delta;
      if (seen === text) cancelled ??= two.responses.cancel(id);
    }
    await cancelled;
    expect([seen, last]).toEqual([text, "response.failed"]);
    // It hears of it when it renews its lease.
    await until("the upstream is left", () => it.upstream.request(0).aborted_ms !== undefined);
    await expectLeft(it.upstream);
    expect((await one.responses.retrieve(id)).status).toBe("cancelled");
  });

  test("a database that is down takes no answer with it, and is used again when it is back", async () => {
    await using it = await replicas([reply(say("Hello")), reply(say("Hello")), reply(say("Hello"))]);
    const one = clientOf(it.one);
    const kept = await one.responses.create({ model: MODEL, input: "hi" });
    server.down("immediate");
    const alone = await one.responses.stream({ model: MODEL, input: "hi" }).finalResponse();
    expect(alone).toMatchObject({ status: "completed", store: false });
    const refused = await Promise.all([
      failure(one.responses.retrieve(kept.id)),
      failure(one.responses.create(BACKGROUND)),
      failure(one.responses.create({ model: MODEL, input: "hi", previous_response_id: kept.id })),
      failure(one.conversations.create()),
    ]);
    for (const error of refused) expect(error).toMatchObject({ status: 503 });
    server.up();
    await until("it is there again", async () => {
      const found = await one.responses.retrieve(kept.id).catch(() => undefined);
      return found?.output_text === "Hello";
    });
    const next = await one.responses.create({ model: MODEL, input: "and?", previous_response_id: kept.id });
    expect(next).toMatchObject({ store: true });
  });

  test("one that is killed in mid-stream loses nothing that was acknowledged", async () => {
    await using it = await replicas([
      reply(say("Hello")),
      reply(say("Half"), hang()),
      reply(say("Half"), hang()),
      reply(say("Still here")),
    ]);
    const [one, two] = [clientOf(it.one), clientOf(it.two)];
    const whole = await one.responses.stream({ model: MODEL, input: "hi" }).finalResponse();
    const ids: string[] = [];
    const streams = [
      await one.responses.create({ ...BACKGROUND, stream: true }),
      await one.responses.create({ model: MODEL, input: "hi", stream: true }),
    ];
    const broken = await Promise.all(
      streams.map((stream) =>
        failure(
          (async () => {
            for await (const event of stream) {
              if (event.type === "response.created") ids.push(event.response.id);
              if (event.type === "response.output_text.delta" && ids.length === 2) it.one.process.kill("SIGKILL");
            }
          })(),
        ),
      ),
    );
    expect(broken).toHaveLength(2);
    await it.one.process.exited;
    const killed_at = performance.now();
    expect((await two.responses.retrieve(whole.id)).output_text).toBe("Hello");
    for (const id of ids) {
      const { status = "" } = await two.responses.retrieve(id);
      // Their leases may be over where this took so long.
      if (performance.now() - killed_at < LEASE_MS - 2 * RENEW_MS) expect(["queued", "in_progress"]).toContain(status);
    }
    await until("they have failed", async () => {
      const all = await Promise.all(ids.map((id) => two.responses.retrieve(id)));
      return all.every(({ status }) => status === "failed");
    });
    const next = await two.responses.create({ model: MODEL, input: "and?", previous_response_id: whole.id });
    expect(next.output_text).toBe("Still here");
    expect(sent(it.upstream, 3).map(({ content }) => content)).toEqual(["hi", "Hello", "and?"]);
  });
});
