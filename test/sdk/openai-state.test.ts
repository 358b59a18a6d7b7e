/** Stored responses and conversations through the compiled executable, by OpenAI's own SDK. */
import { expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import OpenAI, { BadRequestError, NotFoundError } from "openai";
import { call, ChatUpstream, hang, reply, say, think, type Script } from "../support/chat-upstream.ts";
import { describeWith } from "../support/needs.ts";
import { Shim } from "../support/shim.ts";
import { expectLeft, failure, MODEL, sent, setUp } from "./through-shim.ts";

const describe = describeWith("shim");

const on = (script: Script) => setUp(script, (baseURL) => new OpenAI({ apiKey: "unused", baseURL, maxRetries: 0 }));

describe("a response that is stored", () => {
  test.each([false, true])("is fetched, listed, gone on from and deleted (stream: %p)", async (stream) => {
    await using it = await on([reply(think("Hm."), say("Hello")), reply(say("Fine")), reply(say("Bye"))]);
    const ask = async (
      body: { model: string; input: string | OpenAI.Responses.ResponseInput } & Partial<{
        instructions: string;
        metadata: Record<string, string>;
        previous_response_id: string;
      }>,
    ) => (stream ? it.client.responses.stream(body).finalResponse() : it.client.responses.create(body));
    const first = await ask({ model: MODEL, input: "hi", instructions: "Be brief.", metadata: { a: "b" } });
    expect(first).toMatchObject({ store: true, previous_response_id: null, background: false });
    const second = await ask({
      model: MODEL,
      input: [{ role: "user", content: "how?" }],
      previous_response_id: first.id,
    });
    expect(second.previous_response_id).toBe(first.id);
    const third = await ask({ model: MODEL, input: "bye", previous_response_id: second.id });
    it.upstream.check();
    // Instructions are not carried over.
    expect(sent(it.upstream, 1)).toMatchObject([
      { role: "user", content: "hi" },
      { role: "assistant", content: "Hello", reasoning_content: "Hm." },
      { role: "user", content: "how?" },
    ]);
    expect(sent(it.upstream, 2).slice(0, 3)).toEqual(sent(it.upstream, 1));

    // With what the library adds to a stream's answer, and without.
    expect(first).toMatchObject(JSON.parse(JSON.stringify(await it.client.responses.retrieve(first.id))) as object);
    const sealed = await it.client.responses.retrieve(first.id, { include: ["reasoning.encrypted_content"] });
    expect(sealed.output[0]).toMatchObject({ type: "reasoning", encrypted_content: expect.any(String) });

    const input = await it.client.responses.inputItems.list(second.id);
    expect(input.data).toMatchObject([
      { type: "message", role: "user", status: "completed", content: [{ type: "input_text", text: "how?" }] },
    ]);
    expect(await it.client.responses.delete(first.id)).toMatchObject({ id: first.id, deleted: true });
    expect(await failure(it.client.responses.retrieve(first.id))).toBeInstanceOf(NotFoundError);
    expect(await failure(ask({ model: MODEL, input: "?", previous_response_id: third.id }))).toMatchObject({
      status: 400,
      code: "previous_response_not_found",
      param: "previous_response_id",
    });
  });

  test("its input is listed in pages", async () => {
    await using it = await on([reply(say("Hello"))]);
    const texts = Array.from({ length: 45 }, (_, i) => `text ${i}`);
    const { id } = await it.client.responses.create({
      model: MODEL,
      input: texts.map((content) => ({ role: "user", content })),
    });
    const seen: string[] = [];
    for await (const item of it.client.responses.inputItems.list(id, { order: "asc", limit: 20 }))
      if (item.type === "message" && item.content[0]?.type === "input_text") seen.push(item.content[0].text);
    expect(seen).toEqual(texts);
    const last = await it.client.responses.inputItems.list(id, { limit: 2 });
    expect(last.has_more).toBe(true);
    expect(JSON.stringify(last.data[0])).toContain("text 44");
    expect(await failure(it.client.responses.inputItems.list(id, { limit: 101 }))).toMatchObject({ param: "limit" });
    expect(await failure(it.client.responses.inputItems.list(id, { after: "msg_none" }))).toBeInstanceOf(NotFoundError);
  });

  test("calls and their results are part of the history", async () => {
    await using it = await on([reply(call("weather", { city: "Bern" }, "call_a")), reply(say("Fine."))]);
    const tools = [{ type: "function" as const, name: "weather", parameters: { type: "object" }, strict: false }];
    const first = await it.client.responses.create({ model: MODEL, input: "Weather?", tools });
    const second = await it.client.responses.create({
      model: MODEL,
      tools,
      previous_response_id: first.id,
      input: [{ type: "function_call_output", call_id: "call_a", output: "fine" }],
    });
    it.upstream.check();
    expect(second.output_text).toBe("Fine.");
    expect(sent(it.upstream, 1).map(({ role }) => role)).toEqual(["user", "assistant", "tool"]);
  });

  test("its input is counted before it is asked, with all that went before", async () => {
    await using it = await on([reply(say("Hello"))]);
    const first = await it.client.responses.create({ model: MODEL, input: "word ".repeat(4000) });
    const count = (previous: object) =>
      it.client.responses.inputTokens.count({ model: MODEL, input: "and?", ...previous });
    const alone = await count({});
    const after = await count({ previous_response_id: first.id });
    expect(alone).toMatchObject({ object: "response.input_tokens" });
    expect(alone.input_tokens).toBeLessThan(50);
    // By what the host has counted for a prompt of this length.
    expect(after.input_tokens).toBeGreaterThan(90);
  });

  test("is summed up with all that went before", async () => {
    await using it = await on([reply(say("Hello")), reply(say("A summary."))]);
    const first = await it.client.responses.create({ model: MODEL, input: "hi" });
    const compacted = await it.client.responses.compact({ model: MODEL, previous_response_id: first.id });
    it.upstream.check();
    expect(compacted).toMatchObject({ object: "response.compaction", output: [{ type: "compaction" }] });
    expect(sent(it.upstream, 1).slice(0, 2)).toMatchObject([
      { role: "user", content: "hi" },
      { role: "assistant", content: "Hello" },
    ]);
  });

  test("what never was is not found, in OpenAI's words", async () => {
    await using it = await on([]);
    const asked = { model: MODEL, input: "hi", previous_response_id: "resp_none" };
    const error = await failure(it.client.responses.create(asked));
    expect(error).toBeInstanceOf(BadRequestError);
    expect(error).toMatchObject({
      code: "previous_response_not_found",
      message: expect.stringContaining("Previous response with id 'resp_none' not found."),
    });
    for (const gone of [
      it.client.responses.retrieve("resp_none"),
      it.client.responses.delete("resp_none"),
      it.client.responses.cancel("resp_none"),
      it.client.responses.inputItems.list("resp_none"),
    ])
      expect(await failure(gone)).toMatchObject({ status: 404, message: expect.stringContaining("resp_none") });
    const both = { model: MODEL, input: "hi", previous_response_id: "resp_none", conversation: "conv_none" };
    expect(await failure(it.client.responses.create(both))).toMatchObject({
      status: 400,
      code: "mutually_exclusive_parameters",
    });
  });

  test("nothing is written for `store: false`", async () => {
    await using it = await on([reply(say("SECRETanswer")), reply(say("kept answer"))]);
    const asked = { model: MODEL, input: "SECRETquestion", store: false };
    const first = await it.client.responses.create(asked);
    expect(first).toMatchObject({ store: false });
    await it.client.responses.create({ model: MODEL, input: "kept question" });
    expect(await failure(it.client.responses.retrieve(first.id))).toBeInstanceOf(NotFoundError);
    const folder = join(it.home, ".local", "state", "juscode-shim");
    const bytes = readdirSync(folder)
      .filter((name) => name.includes("sqlite"))
      .map((name) => readFileSync(join(folder, name), "latin1"))
      .join("");
    expect(bytes).toContain("kept question");
    expect(bytes).toContain("kept answer");
    expect(bytes).not.toContain("SECRET");
  });

  test("a client that leaves in mid-stream has what had come", async () => {
    await using it = await on([reply(say("Half"), hang())]);
    const stop = new AbortController();
    const stream = await it.client.responses.create(
      { model: MODEL, input: "hi", stream: true },
      { signal: stop.signal },
    );
    let id = "";
    for await (const event of stream) {
      if (event.type === "response.created") id = event.response.id;
      if (event.type === "response.output_text.delta") stop.abort();
    }
    await expectLeft(it.upstream);
    const left = await it.client.responses.retrieve(id);
    expect(left).toMatchObject({ id, status: "cancelled" });
  });
});

describe("a folder that cannot be written to", () => {
  test("keeps nothing but stored responses from working, and is told of", async () => {
    await using upstream = new ChatUpstream([reply(say("Hello"))]);
    const args = ["--upstream", upstream.url];
    const state = mkdtempSync(join(tmpdir(), "juscode-unwritable-"));
    mkdirSync(join(state, "juscode-shim", "responses.sqlite"), { recursive: true });
    await using shim = await Shim.start({ args, env: { XDG_STATE_HOME: state } });
    const client = new OpenAI({ apiKey: "unused", baseURL: shim.url, maxRetries: 0 });
    const first = await client.responses.create({ model: MODEL, input: "hi" });
    expect(first).toMatchObject({ output_text: "Hello", store: false });
    const next = { model: MODEL, input: "and?", previous_response_id: first.id };
    expect(await failure(client.responses.create(next))).toMatchObject({
      status: 503,
      message: expect.stringContaining("the store cannot be written or read"),
    });
    expect(await shim.output()).toContain("not_stored");
    rmSync(state, { recursive: true, force: true });
  });
});

describe("conversations", () => {
  test("are made, changed, listed, filled and deleted", async () => {
    await using it = await on([reply(say("Hello")), reply(say("Fine"))]);
    const { conversations, responses } = it.client;
    const made = await conversations.create({
      metadata: { topic: "a" },
      items: [{ type: "message", role: "user", content: "before" }],
    });
    expect(made).toMatchObject({ object: "conversation", metadata: { topic: "a" } });
    expect(await conversations.retrieve(made.id)).toEqual(made);
    expect(await conversations.update(made.id, { metadata: { topic: "b" } })).toMatchObject({
      metadata: { topic: "b" },
    });
    const first = await responses.create({ model: MODEL, input: "hi", conversation: made.id });
    expect(first.conversation).toEqual({ id: made.id });
    const stream = responses.stream({ model: MODEL, input: "how?", conversation: { id: made.id } });
    expect((await stream.finalResponse()).output_text).toBe("Fine");
    it.upstream.check();
    expect(sent(it.upstream, 1).map(({ content }) => content)).toEqual(["before\n\nhi", "Hello", "how?"]);
    const seen: string[] = [];
    for await (const item of conversations.items.list(made.id, { order: "asc", limit: 2 }))
      if (item.type === "message") seen.push(`${item.role} ${JSON.stringify(item.content)}`);
    expect(seen.map((text) => /"text":"([^"]*)"/.exec(text)?.[1])).toEqual(["before", "hi", "Hello", "how?", "Fine"]);
    const added = await conversations.items.create(made.id, {
      items: [{ type: "message", role: "user", content: [{ type: "input_text", text: "more" }] }],
    });
    expect(added).toMatchObject({ object: "list", data: [{ type: "message", role: "user" }] });
    const one = added.data[0] as { id: string };
    const where = { conversation_id: made.id };
    expect(await conversations.items.retrieve(one.id, where)).toMatchObject({ id: one.id });
    expect(await conversations.items.delete(one.id, where)).toMatchObject({ id: made.id, object: "conversation" });
    expect(await failure(conversations.items.retrieve(one.id, where))).toBeInstanceOf(NotFoundError);
    expect(await conversations.delete(made.id)).toMatchObject({ object: "conversation.deleted", deleted: true });
    expect(await failure(responses.create({ model: MODEL, input: "?", conversation: made.id }))).toMatchObject({
      status: 404,
      message: expect.stringContaining(`Conversation with id '${made.id}' not found.`),
    });
  });

  test("may begin with nothing, and refuse what is wrong", async () => {
    await using it = await on([]);
    const { conversations, responses } = it.client;
    const { id } = await conversations.create();
    expect((await conversations.items.list(id)).data).toEqual([]);
    const many = Array.from({ length: 21 }, () => ({ role: "user" as const, content: "x" }));
    expect(await failure(conversations.create({ items: many }))).toMatchObject({ status: 400, param: "items" });
    const metadata = Object.fromEntries(many.map((_, i) => [`key ${i}`, "x"]));
    expect(await failure(conversations.create({ metadata }))).toMatchObject({ status: 400 });
    const unkept = { model: MODEL, input: "hi", conversation: id, store: false };
    expect(await failure(responses.create(unkept))).toMatchObject({ status: 400, param: "store" });
  });
});
