/** A real llama-server's own `/v1/responses`, which leaves out half of the events. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { Llama } from "../../../support/llama.ts";
import { describeWith } from "../../../support/needs.ts";
import { assistant, result, system, user } from "../../chat/upstream/items.ts";
import { exchange } from "./exchange.ts";

const TOOLS = [
  {
    name: "exec_command",
    parameters: { type: "object", properties: { cmd: { type: "string" } }, required: ["cmd"] },
  },
];

describeWith("llama-server", "tiny model")("llama-server", () => {
  let llama: Llama;
  beforeAll(async () => void (llama = await Llama.start()));
  afterAll(() => llama[Symbol.asyncDispose]());

  test.each([false, true])("text (in one piece: %p)", async (whole) => {
    const { said, error, events } = await exchange(llama.url, { items: [system("s"), user("[[text]] hi")] }, { whole });
    expect(error).toBeUndefined();
    expect(said).toEqual([assistant("Hello! This is a tiny model speaking from llama-server.")]);
    expect(events.at(-1)).toMatchObject({ type: "end", reason: "stop", usage: { output_tokens: expect.any(Number) } });
  });

  test("text streams, though the thought before it ends only at the end", async () => {
    const { said, events } = await exchange(llama.url, { items: [user("[[think]] hi")] });
    expect(said.map(({ type }) => type)).toEqual(["reasoning", "message"]);
    expect(events.filter(({ type }) => type === "item_delta").length).toBeGreaterThan(10);
  });

  test.each([false, true])("a whole turn of thought, call, result and answer (in one piece: %p)", async (whole) => {
    const items = [system("s"), user("[[thinktool]] hi")];
    const first = await exchange(llama.url, { items, tools: TOOLS }, { whole });
    expect(first.error).toBeUndefined();
    expect(first.said.map(({ type }) => type)).toEqual(["reasoning", "tool_call"]);
    const call = first.said.find((item) => item.type === "tool_call");
    expect(call).toMatchObject({ name: "exec_command", arguments: '{"cmd": "echo hello"}' });
    const history = [...items, ...first.said, result(call?.call_id ?? "", "hello")];
    const second = await exchange(llama.url, { items: history, tools: TOOLS }, { whole });
    expect(second.error).toBeUndefined();
    expect(second.said).toEqual([assistant("The tool has answered, so nothing is left to do.")]);
    const third = await exchange(llama.url, {
      items: [...history, ...second.said, user("[[text]] more")],
      tools: TOOLS,
    });
    expect(third.said).toEqual([assistant("Hello! This is a tiny model speaking from llama-server.")]);
  });

  test("two calls", async () => {
    const { said, events } = await exchange(llama.url, { items: [user("[[two]] hi")], tools: TOOLS });
    expect(said.map(({ type }) => type)).toEqual(["tool_call", "tool_call"]);
    expect(events.at(-1)).toMatchObject({ type: "end", reason: "tool_calls" });
  });

  test("characters that come in pieces", async () => {
    const { said } = await exchange(llama.url, { items: [user("[[utf8]] hi")] });
    expect(JSON.stringify(said)).toContain("日本語 plus emoji in bytes: 😀");
    expect(JSON.stringify(said).isWellFormed()).toBe(true);
  });

  test("a prompt that is too long", async () => {
    const { error } = await exchange(llama.url, { items: [user("word ".repeat(80_000))] });
    expect(error?.kind).toBe("context_overflow");
  });

  test("a refusal of what it was sent", async () => {
    const image = { type: "image" as const, url: "data:image/png;base64,AA==" };
    const { error } = await exchange(llama.url, { items: [user("[[text]]", image)] });
    expect(error?.message).toContain("host returned");
    expect(error?.kind).toBe("unsupported");
  });
});
