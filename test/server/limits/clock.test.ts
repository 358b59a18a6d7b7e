/** The machine's clock may be set, by an hour or by years: nothing here may wait, give up or forgive by it. */
import { afterEach, expect, setSystemTime, test } from "bun:test";
import type { ConfiguredRoute } from "../../../src/config/file/config-file.ts";
import { ask, OpenStream, post } from "../../support/ask.ts";
import { ChatUpstream, hang, refuse, reply, say, wait } from "../../support/chat-upstream.ts";
import { foundAt, serving } from "../serving.ts";

const HOUR_MS = 3_600_000;
const setBy = (ms: number): void => void setSystemTime(new Date(Date.now() + ms));

afterEach(() => void setSystemTime());

const ROUTE: ConfiguredRoute = {
  name: "jusCode-auto",
  candidates: [
    { name: "one", provider: "one", model: "m" },
    { name: "two", provider: "two", model: "m" },
  ],
  prefer: "ordered",
  local_only: false,
};

test.each([HOUR_MS, -HOUR_MS])("a host whose breaker is open is left alone, the clock set by %d ms", async (ms) => {
  await using one = new ChatUpstream([refuse(401, "wrong key"), reply(say("one"))]);
  await using two = new ChatUpstream([reply(say("a")), reply(say("b")), reply(say("c"))]);
  const found = [foundAt(one.url, ["m"], "one"), foundAt(two.url, ["m"], "two")];
  await using on = await serving(async () => found, { routes: [ROUTE] });
  const body = { model: "jusCode-auto", input: "hi" };
  expect((await ask(on.url, body)).status).toBe(200);
  setBy(ms);
  for (let i = 0; i < 2; i++) expect((await ask(on.url, body)).headers.get("x-juscode-provider")).toBe("two");
  expect(one.requests).toHaveLength(1);
});

test("a stream goes on though the clock is set by a day within it, and is given up in its own time", async () => {
  await using upstream = new ChatUpstream([reply(say("a"), wait(50), say("b"), hang())]);
  const found = [foundAt(upstream.url, ["m"], "upstream", { stream_idle_timeout_ms: 2000 })];
  await using on = await serving(async () => found);
  const stream = new OpenStream(await post(on.url, { model: "m", input: "hi", stream: true }));
  await stream.until('"delta":"a"');
  setBy(24 * HOUR_MS);
  await stream.until('"delta":"b"');
  // By a clock that was set back, the end would come in two days.
  setBy(-48 * HOUR_MS);
  expect(await stream.rest()).toContain("the upstream has been silent for 2 s");
});
