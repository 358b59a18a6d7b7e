/** Requests that wait for a place: in order, not for long, and not for clients that have gone. */
import { describe, expect, test } from "bun:test";
import { ConcurrencyLimit } from "../../../src/server/room.ts";
import { ask, AS_CODEX, OpenStream, post } from "../../support/ask.ts";
import { ChatUpstream, hang, reply, say } from "../../support/chat-upstream.ts";
import { serving, until, type Serving } from "../serving.ts";

const never = (): AbortSignal => new AbortController().signal;

describe("the room", () => {
  test("who came first is let in first, and no place is lost or doubled", async () => {
    const room = new ConcurrencyLimit({ places: 2, waiting: 3, wait_ms: 60_000 });
    const entered: number[] = [];
    const come = async (n: number): Promise<void> => {
      await room.enter(never());
      entered.push(n);
    };
    const all = [1, 2, 3, 4, 5].map(come);
    await Bun.sleep(1);
    expect(entered).toEqual([1, 2]);
    expect([room.taken, room.waiting]).toEqual([2, 3]);
    expect(() => room.enter(never())).toThrow("2 requests are running already (max_requests)");
    for (let left = 3; left > 0; left--) room.leave();
    await Promise.all(all);
    expect(entered).toEqual([1, 2, 3, 4, 5]);
    expect([room.taken, room.waiting]).toEqual([2, 0]);
    room.leave();
    room.leave();
    expect(room.taken).toBe(0);
  });

  test("who goes away, or has waited too long, leaves the line", async () => {
    const room = new ConcurrencyLimit({ places: 1, waiting: 2, wait_ms: 30 });
    await room.enter(never());
    const leaving = new AbortController();
    const gone = Promise.resolve(room.enter(leaving.signal));
    const late = Promise.resolve(room.enter(never()));
    leaving.abort();
    expect(gone).rejects.toMatchObject({ kind: "aborted" });
    expect(late).rejects.toMatchObject({ kind: "overloaded", retry_after_ms: 1000 });
    await Promise.allSettled([gone, late]);
    expect(room.waiting).toBe(0);
    room.leave();
    expect(room.taken).toBe(0);
    expect(Promise.resolve(room.enter(AbortSignal.abort()))).resolves.toBeUndefined();
  });

  test("a client that is gone already does not wait", () => {
    const room = new ConcurrencyLimit({ places: 0, waiting: 2, wait_ms: 1000 });
    expect(Promise.resolve(room.enter(AbortSignal.abort()))).rejects.toMatchObject({ kind: "aborted" });
    expect(room.waiting).toBe(0);
  });
});

async function counts(on: Serving): Promise<[running: number, waiting: number]> {
  const { running, waiting } = (await (await fetch(`${on.origin}/health`)).json()) as Record<string, number>;
  return [running ?? 0, waiting ?? 0];
}

const BODY = { model: "m", input: "hi", stream: true };

test("over HTTP: one runs, one waits and gets its turn, one is refused in each wire's own shape", async () => {
  await using upstream = new ChatUpstream([reply(say("a"), hang()), reply(say("b"))]);
  await using on = await serving(upstream.url, { max_requests: 1, max_waiting: 1, max_wait_ms: 60_000 });
  const abort = new AbortController();
  await new OpenStream(await post(on.url, BODY, {}, abort.signal)).until('"delta":"a"');
  const waiting = ask(on.url, { input: "hi" });
  await until("one waits", async () => (await counts(on))[1] === 1);
  const shapes = [
    { path: "/responses", body: BODY, status: 503, headers: AS_CODEX },
    { path: "/chat/completions", body: { model: "m", messages: [{ role: "user", content: "hi" }] }, status: 503 },
    {
      path: "/messages",
      body: { model: "m", max_tokens: 9, messages: [{ role: "user", content: "hi" }] },
      status: 529,
    },
  ];
  for (const { path, body, status, headers = {} } of shapes) {
    const refused = await fetch(on.url + path, { method: "POST", body: JSON.stringify(body), headers });
    expect([path, refused.status, refused.headers.get("retry-after")]).toEqual([path, status, "1"]);
    expect(JSON.stringify(await refused.json())).toContain("1 requests are running already (max_requests)");
  }
  abort.abort();
  expect((await waiting).status).toBe(200);
  expect(await counts(on)).toEqual([0, 0]);
  expect(upstream.requests).toHaveLength(2);
});

test("over HTTP: a client that leaves the line is never sent on", async () => {
  await using upstream = new ChatUpstream([reply(say("a"), hang()), reply(say("b"))]);
  await using on = await serving(upstream.url, { max_requests: 1, max_waiting: 4, max_wait_ms: 60_000 });
  const [first, second] = [new AbortController(), new AbortController()];
  await new OpenStream(await post(on.url, BODY, {}, first.signal)).until('"delta":"a"');
  const left = post(on.url, BODY, {}, second.signal).catch(() => undefined);
  await until("it waits", async () => (await counts(on))[1] === 1);
  second.abort();
  await left;
  await until("it waits no more", async () => (await counts(on))[1] === 0);
  first.abort();
  await until("all have left", async () => (await counts(on))[0] === 0);
  expect(upstream.requests).toHaveLength(1);
  expect((await ask(on.url, { input: "hi" })).status).toBe(200);
});
