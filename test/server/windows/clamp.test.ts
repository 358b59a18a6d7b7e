/** Answers are not asked to be longer than what the window leaves. */
import { expect, test } from "bun:test";
import { ask } from "../../support/ask.ts";
import { ChatUpstream, reply, say } from "../../support/chat-upstream.ts";
import { foundAt, serving } from "../serving.ts";

test.each([
  [32_000, { context_window: 16_384 }, "what is left"],
  [32_000, { max_output_tokens: 8192 }, 8192],
  [4000, { context_window: 16_384, max_output_tokens: 8192 }, 4000],
  [32_000, {}, 32_000],
  [32_000, { context_window: 100 }, 1024],
] as const)("%i of %p", async (asked, facts, most) => {
  await using upstream = new ChatUpstream([reply(say("Hi."))]);
  await using on = await serving(async () => [foundAt(upstream.url, ["m"], "host", { models: { m: facts } })]);
  const answer = await ask(on.url, { model: "m", input: "hi", max_output_tokens: asked });
  const sent = upstream.request(0).body["max_tokens"] as number;
  if (typeof most === "string") expect([sent > 16_000, sent < 16_384]).toEqual([true, true]);
  else expect(sent).toBe(most);
  const listed = answer.headers.get("x-juscode-ignored") ?? "";
  expect(listed.includes("max_output_tokens")).toBe(sent !== asked);
});
