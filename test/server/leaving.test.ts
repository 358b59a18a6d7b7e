/** When the client goes, the upstream's request ends with it, wherever it stands. */
import { expect, test } from "bun:test";
import { OpenStream, post } from "../support/ask.ts";
import { OPEN_HEAD, RawHost, textFrame, type RawScript } from "./raw-host.ts";
import { serving, until } from "./serving.ts";

const SILENT: RawScript = () => {};
const HALF: RawScript = (host) => host.write(OPEN_HEAD + textFrame("Hi"));
const HEAD_ONLY: RawScript = (host) => host.write(OPEN_HEAD);
const CASES: [string, { script: RawScript; stream: boolean; hold_ms: number; after: string }][] = [
  ["before the upstream's head", { script: SILENT, stream: true, hold_ms: 60_000, after: "" }],
  ["before the head, when the answer has begun", { script: SILENT, stream: true, hold_ms: 10, after: "created" }],
  ["between head and first word", { script: HEAD_ONLY, stream: true, hold_ms: 60_000, after: "created" }],
  ["in mid-stream", { script: HALF, stream: true, hold_ms: 60_000, after: "Hi" }],
  ["before the head, not streaming", { script: SILENT, stream: false, hold_ms: 60_000, after: "" }],
  ["in mid-reply, not streaming", { script: HALF, stream: false, hold_ms: 60_000, after: "" }],
];

test.each(CASES)("a client leaves %s", async (_, { script, stream, hold_ms, after }) => {
  using host = new RawHost(script);
  await using on = await serving(host.url, { hold_ms });
  const leave = new AbortController();
  const answer = post(on.url, { model: "m", input: "hi", stream }, {}, leave.signal);
  answer.catch(() => {});
  await until("the upstream is asked", () => host.requests === 1);
  if (after !== "") await new OpenStream(await answer).until(after);
  expect(host.connections[0]?.closed).toBe(false);
  leave.abort();
  await until("the upstream's connection is closed", () => host.connections[0]?.closed === true);
  await until("it is logged", () => on.lines.length === 1);
  expect(on.lines[0]).toContain("aborted");
  expect(host.requests).toBe(1);
});

test("one client leaves, the other's answer goes on", async () => {
  const goOn = Promise.withResolvers<void>();
  using host = new RawHost(async (connection, n) => {
    connection.write(OPEN_HEAD + textFrame(`No. ${n}`));
    if (n === 0) return;
    await goOn.promise;
    connection.write(`${textFrame(" ends.")}data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n`);
    connection.end();
  });
  await using on = await serving(host.url);
  const leave = new AbortController();
  const body = { model: "m", input: "hi", stream: true };
  const first = new OpenStream(await post(on.url, body, {}, leave.signal));
  await first.until("No. 0");
  const second = new OpenStream(await post(on.url, body));
  await second.until("No. 1");
  leave.abort();
  await until("the first connection is closed", () => host.connections[0]?.closed === true);
  expect(host.connections[1]?.closed).toBe(false);
  goOn.resolve();
  expect(await second.rest()).toContain('"text":"No. 1 ends."');
});
