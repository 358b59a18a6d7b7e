/** Hosts found on this machine, from their ports to the answers of their models. */
import { expect, test } from "bun:test";
import type { Preset } from "../../src/config/preset.ts";
import { probeLocal } from "../../src/server/upstreams/probe.ts";
import { AS_CODEX, ask } from "../support/ask.ts";
import { ChatUpstream, reply, say, type Reply } from "../support/chat-upstream.ts";
import { presetAt } from "../support/preset.ts";
import { freePort } from "../support/shim.ts";
import { RawHost } from "./raw-host.ts";
import { serving } from "./serving.ts";

const presetOf = (id: string, url: string): Preset => presetAt(id, Number(new URL(url).port));
const answers = (text: string, times: number): Reply[] => Array.from({ length: times }, () => reply(say(text)));

test("each model is answered by its host, also by the host's name and its own", async () => {
  await using one = new ChatUpstream(answers("I am one.", 3), { models: ["small", "shared"] });
  await using two = new ChatUpstream(answers("I am two.", 2), { models: ["large", "shared"] });
  const presets = [presetOf("one", one.url), presetOf("two", two.url)];
  await using on = await serving(() => probeLocal(0, {}, presets));
  const list = (await (await fetch(`${on.url}/models`)).json()) as { data: { id: string; owned_by: string }[] };
  expect(list.data.map(({ id, owned_by }) => `${owned_by}: ${id}`)).toEqual([
    "one: small",
    "one: one/shared",
    "two: large",
    "two: two/shared",
  ]);
  for (const [model, provider] of [
    ["small", "one"],
    ["one/shared", "one"],
    ["large", "two"],
    ["two/shared", "two"],
  ] as const) {
    const answer = await ask(on.url, { model, input: "hi" });
    expect(answer.text).toContain(`I am ${provider}.`);
    expect(answer.headers.get("x-juscode-provider")).toBe(provider);
  }
  // Codex's default name stands for the first model, and whoever asks by it is told which that is.
  const aliased = await ask(on.url, { model: "gpt-oss:20b", input: "hi" });
  expect(aliased.headers.get("x-juscode-model")).toBe("small");
  expect(on.lines.at(-1)).toContain(" gpt-oss:20b → one/small: stop");
  expect(on.lines.at(-2)).toContain(" two/shared → two/shared: stop");
  expect(on.lines[0]).toContain(" small → one: stop");
  // The host's name is ours; what it gets is its own model's.
  expect(two.request(1).body.model).toBe("shared");
  one.check();
  two.check();
});

test("a name that nobody has is refused with those that there are", async () => {
  await using one = new ChatUpstream([], { models: ["small"] });
  await using two = new ChatUpstream([], { models: ["large"] });
  await using on = await serving(() => probeLocal(0, {}, [presetOf("one", one.url), presetOf("two", two.url)]));
  for (const headers of [{}, AS_CODEX]) {
    const { status, response } = await ask(on.url, { model: "huge", input: "hi", stream: true }, headers);
    expect(status).toBe(404);
    expect(response).toEqual({
      error: {
        message: "no upstream serves a model `huge`; there are: one/small, two/large",
        type: "invalid_request_error",
        param: "model",
        code: "model_not_found",
      },
    });
  }
});

test("a host that starts later is noticed by the list of models", async () => {
  const port = await freePort();
  await using on = await serving(() => probeLocal(0, {}, [presetAt("late", port)]));
  const models = async (): Promise<string[]> => {
    const list = (await (await fetch(`${on.url}/models`)).json()) as { data: { id: string }[] };
    return list.data.map(({ id }) => id);
  };
  expect(await models()).toEqual(["demo"]);
  const late = Bun.serve({ port, hostname: "127.0.0.1", fetch: () => Response.json({ data: [{ id: "here-now" }] }) });
  try {
    on.age();
    expect(await models()).toEqual(["here-now"]);
  } finally {
    await late.stop(true);
  }
});

test.concurrent("a port that takes the connection and says nothing holds the others up for moments only", async () => {
  using mute = new RawHost(() => {});
  await using good = new ChatUpstream(answers("Here.", 1), { models: ["good"] });
  await using on = await serving(() => probeLocal(0, {}, [presetOf("mute", mute.url), presetOf("good", good.url)]));
  expect((await ask(on.url, { model: "good", input: "hi" })).text).toContain("Here.");
  expect(mute.requests).toBe(1);
});
