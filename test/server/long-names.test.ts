/** What is remembered by names that clients choose stays small, however long the names are. */
import { expect, test } from "bun:test";
import { PrefixWatch } from "../../src/server/relay/prefix.ts";
import { ChatUpstream, reply, say } from "../support/chat-upstream.ts";
import { serving } from "./serving.ts";

const messages = [{ role: "user", content: "hi" }];

test.each([
  ["/responses", { input: "hi" }],
  ["/chat/completions", { messages }],
  ["/messages", { messages, max_tokens: 5 }],
  ["/messages/count_tokens", { messages }],
])("%s: a model of 512 characters is asked for, a longer one refused", async (path, body) => {
  await using upstream = new ChatUpstream([reply(say("Here."))]);
  await using on = await serving(upstream.url);
  const asked = async (model: string): Promise<[number, string]> => {
    const answer = await fetch(on.url + path, { method: "POST", body: JSON.stringify({ model, ...body }) });
    return [answer.status, await answer.text()];
  };
  expect((await asked("m".repeat(512)))[0]).toBe(200);
  const [status, text] = await asked("m".repeat(513));
  expect(status).toBe(400);
  expect(text).toContain("`model` may have 512 characters at most");
});

test("the prompts of threads with long names are forgotten as those with short ones are", () => {
  const watch = new PrefixWatch();
  watch.kept("short", "prompt");
  for (let i = 0; i < 20; i++) watch.kept(`${i}`.padEnd(1_000_000, "n"), "prompt");
  expect(watch.kept("short", "prompt")).toBeUndefined();
  expect(watch.kept("short", "prompt")).toBe(1);
});
