/** How long an error may still become a status, when the answer is begun without the upstream, and signs of life. */
import { expect, test } from "bun:test";
import { AS_CODEX, ask, OpenStream, post } from "../support/ask.ts";
import { tell, validateResponseStream } from "../support/response-events.ts";
import { LAST_FRAMES, OPEN_HEAD, RawHost, textFrame, wholeAnswer } from "./raw-host.ts";
import { serving } from "./serving.ts";

const STREAM = { model: "m", input: "hi", stream: true };
const REFUSAL = 'HTTP/1.1 403 No\r\ncontent-type: application/json\r\ncontent-length: 22\r\n\r\n{"error":"Not for us"}';
const NEVER_MS = 60_000;

test("an error within the hold is told by its status", async () => {
  using host = new RawHost(async (connection) => {
    await Bun.sleep(50);
    connection.write(REFUSAL);
  });
  await using on = await serving(host.url, { hold_ms: NEVER_MS });
  const { status, response } = await ask(on.url, STREAM);
  expect(status).toBe(403);
  expect(JSON.stringify(response)).toContain("Not for us");
});

test("an error after the hold is told within the stream", async () => {
  const refuse = Promise.withResolvers<void>();
  using host = new RawHost(async (connection) => {
    await refuse.promise;
    connection.write(REFUSAL);
  });
  await using on = await serving(host.url, { hold_ms: 20 });
  const answer = await post(on.url, STREAM);
  expect(answer.status).toBe(200);
  const stream = new OpenStream(answer);
  // The answer is begun although the upstream has said nothing at all.
  await stream.until("response.created");
  refuse.resolve();
  const text = await stream.rest();
  expect(tell(validateResponseStream(text))).toBe("");
  expect(text).toContain("event: response.failed");
  expect(text).toContain("Not for us");
});

test("a client that does not stream gets the status however late it comes", async () => {
  using host = new RawHost(async (connection) => {
    await Bun.sleep(80);
    connection.write(REFUSAL);
  });
  await using on = await serving(host.url, { hold_ms: 10 });
  expect((await ask(on.url, { input: "hi" })).status).toBe(403);
});

test("an upstream that answers is not held", async () => {
  using host = new RawHost((connection) => connection.write(wholeAnswer("Soon.")));
  await using on = await serving(host.url, { hold_ms: NEVER_MS });
  expect((await ask(on.url, STREAM)).response).toMatchObject({ status: "completed" });
});

test("signs of life come before the head, before the first word and between words, and stop at the end", async () => {
  const steps = [0, 1, 2].map(() => Promise.withResolvers<void>());
  using host = new RawHost(async (connection) => {
    await steps[0]?.promise;
    connection.write(OPEN_HEAD);
    await steps[1]?.promise;
    connection.write(textFrame("First"));
    await steps[2]?.promise;
    connection.write(textFrame(" last.") + LAST_FRAMES);
  });
  await using on = await serving(host.url, { hold_ms: 10, heartbeat_ms: 20 });
  const reader = (await post(on.url, STREAM, AS_CODEX)).body?.getReader();
  const utf8 = new TextDecoder();
  let text = "";
  const read = async (): Promise<boolean> => {
    const piece = await reader?.read();
    text += utf8.decode(piece?.value, { stream: true });
    return piece?.done === false;
  };
  const beats = (): number => text.split("event: keepalive").length - 1;
  for (const step of steps) {
    const wanted = beats() + 2;
    while (beats() < wanted && (await read()));
    expect(beats()).toBeGreaterThanOrEqual(wanted);
    step.resolve();
  }
  while (await read());
  expect(tell(validateResponseStream(text))).toBe("");
  expect(text).toContain('"text":"First last."');
});

test("a busy stream needs no signs of life", async () => {
  const heartbeat_ms = 120;
  let pauses = 0;
  using host = new RawHost(async (connection) => {
    connection.write(OPEN_HEAD);
    let last = performance.now();
    // Six signs would come if writes did not count.
    for (const end = last + 6.5 * heartbeat_ms; last < end;) {
      connection.write(textFrame("x"));
      await Bun.sleep(10);
      const now = performance.now();
      if (now - last > heartbeat_ms / 2) pauses++;
      last = now;
    }
    connection.write(LAST_FRAMES);
  });
  await using on = await serving(host.url, { heartbeat_ms });
  const { text } = await ask(on.url, STREAM, AS_CODEX);
  // Where this process itself stands still for a moment, the stream is not busy.
  expect(text.split("event: keepalive").length - 1).toBeLessThanOrEqual(pauses);
});

test("two answers at once do not wait for each other", async () => {
  const both = Promise.withResolvers<void>();
  using host = new RawHost(async (connection, n) => {
    if (n === 1) both.resolve();
    await both.promise;
    connection.write(wholeAnswer(`No. ${n}`));
  });
  await using on = await serving(host.url, { hold_ms: NEVER_MS });
  const answers = await Promise.all([ask(on.url, STREAM), ask(on.url, STREAM)]);
  expect(answers.map(({ text }) => /No\. \d/.exec(text)?.[0]).sort()).toEqual(["No. 0", "No. 1"]);
});
