/** What is tried again is tried again on every way: forwarded and translated, streamed and whole, on all wires. */
import { describe, expect, test } from "bun:test";
import { REFUSAL_ROWS } from "../../../src/core/refusals/rows.ts";
import { Access } from "../../../src/server/access/access.ts";
import { AccessGuard } from "../../../src/server/access/guard.ts";
import { sha256 } from "../../../src/server/access/client-keys.ts";
import { LOOPBACK_ONLY } from "../../../src/server/access/browser-guard.ts";
import { ask, host, refusal, shimFor, wayName, WAYS, yes, type Way } from "./ways.ts";

const each = WAYS.map((way) => [wayName(way), way] as const);

/** A field of each wire that only tunes, and how hosts refuse it. */
const FIELD: Record<Way["client"], { name: string; value: unknown; words: string; unknown: object }> = {
  chat: {
    name: "parallel_tool_calls",
    value: true,
    words: "Unrecognized request argument supplied: parallel_tool_calls",
    unknown: { seed: 7 },
  },
  messages: { name: "top_p", value: 0.9, words: "top_p: not allowed", unknown: { top_k: 7 } },
  responses: {
    name: "parallel_tool_calls",
    value: true,
    words: "Unknown parameter: 'parallel_tool_calls'.",
    unknown: { seed: 7 },
  },
};

describe("a refused field that only tunes", () => {
  test.each(each)("%s: goes at once, and stays away for an hour", async (_, way) => {
    const { name, value, words, unknown } = FIELD[way.client];
    await using box = host((asked) => (name in asked.body ? refusal(way.client, 400, words) : yes(asked, way.client)));
    await using shim = await shimFor(box.url, way);
    const more = { [name]: value, ...(way.forwarded && unknown) };
    const first = await ask(shim, way, more);
    expect(first.status).toBe(200);
    expect(await first.text()).toContain("Yes.");
    expect(first.headers.get("x-juscode-ignored")).toContain(name);
    expect(box.asked).toHaveLength(2);
    // The rest of a forwarded request is as it was.
    const { [name]: _refused, ...rest } = box.asked[0]?.body ?? {};
    expect(box.asked[1]?.body).toEqual(rest);
    const second = await ask(shim, way, more);
    expect(await second.text()).toContain("Yes.");
    expect(second.headers.get("x-juscode-ignored")).toContain(name);
    expect(box.asked).toHaveLength(3);
    const health = (await (await fetch(`${shim.origin}/health`)).json()) as { learned: unknown[] };
    expect(health.learned).toEqual([{ model: "box/m", field: name, times: 1 }]);
  });

  test.each(each)("%s: one that the request does not have is no reason to ask again", async (_, way) => {
    await using box = host(() => refusal(way.client, 400, FIELD[way.client].words));
    await using shim = await shimFor(box.url, way);
    expect((await ask(shim, way)).status).toBe(400);
    expect(box.asked).toHaveLength(1);
  });

  test.each(each)("%s: a host that refuses on and on is asked a few times", async (_, way) => {
    const all = REFUSAL_ROWS[way.client].map(({ sample }) => sample);
    await using box = host((_asked, index) => refusal(way.client, 400, all[index % all.length] ?? ""));
    await using shim = await shimFor(box.url, way);
    const { name, value } = FIELD[way.client];
    expect((await ask(shim, way, { [name]: value, temperature: 0.5 })).status).toBeGreaterThanOrEqual(400);
    expect(box.asked.length).toBeLessThanOrEqual(13);
  });
});

test.each(each)("%s: what one client's key sends changes nothing for another's", async (_, way) => {
  const { name, value, words } = FIELD[way.client];
  let refuses = true;
  await using box = host((asked) =>
    refuses && name in asked.body ? refusal(way.client, 400, words) : yes(asked, way.client),
  );
  const keys = ["one", "two"].map((key) => ({
    name: key,
    sha256: sha256(key).toString("hex"),
    use: "models" as const,
    created_at: "2026-11-30",
  }));
  const door = new AccessGuard(new Access(keys, true, () => performance.now()), LOOPBACK_ONLY);
  await using shim = await shimFor(box.url, way, { door });
  const as = (key: string): Promise<Response> => ask(shim, way, { [name]: value }, { authorization: `Bearer ${key}` });
  expect((await as("one")).headers.get("x-juscode-ignored")).toContain(name);
  refuses = false;
  expect((await as("one")).headers.get("x-juscode-ignored")).toContain(name);
  expect((await as("two")).headers.get("x-juscode-ignored") ?? "").not.toContain(name);
  expect(box.asked.at(-1)?.body).toHaveProperty(name);
});

test.each(each)("%s: a host that loads its model is waited for", async (_, way) => {
  await using box = host((asked, index) =>
    index < 2
      ? Response.json({ error: { code: 503, message: "Loading model", type: "unavailable_error" } }, { status: 503 })
      : yes(asked, way.client),
  );
  await using shim = await shimFor(box.url, way, { hold_ms: 100, heartbeat_ms: 200 });
  const answer = await ask(shim, way);
  expect(answer.status).toBe(200);
  const text = await answer.text();
  expect(text).toContain("Yes.");
  expect(box.asked).toHaveLength(3);
  expect(shim.lines[0]).toContain("waited_for_model");
  if (way.stream) expect(text).toContain(way.client === "messages" && !way.forwarded ? "message_start" : "keepalive");
});

test.each(each)("%s: but not for ever: 503 that says when to come back", async (_, way) => {
  await using box = host(() =>
    Response.json({ error: { code: 503, message: "Loading model", type: "unavailable_error" } }, { status: 503 }),
  );
  await using shim = await shimFor(box.url, way, { hold_ms: 60_000, retry_limits: { load_wait_ms: 10 } });
  const answer = await ask(shim, way);
  expect([503, 529]).toContain(answer.status);
  expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(await answer.text()).toContain("oading");
});

describe("a forwarded stream whose host is slow to begin", () => {
  const streams = WAYS.filter(({ forwarded, stream }) => forwarded && stream).map((way) => [way.client, way] as const);

  test.each(streams)("%s: heartbeats, then the host's own bytes", async (_, way) => {
    const begin = Promise.withResolvers<void>();
    await using box = host(async (asked) => {
      await begin.promise;
      return yes(asked, way.client);
    });
    await using shim = await shimFor(box.url, way, { hold_ms: 10, heartbeat_ms: 20 });
    const answer = await ask(shim, way);
    expect(answer.headers.get("content-type")).toContain("text/event-stream");
    const reader = (answer.body as ReadableStream<Uint8Array>).getReader();
    const beats = new TextDecoder().decode((await reader.read()).value);
    expect(beats).toMatch(/^(?:: keepalive\n\n)+$/);
    begin.resolve();
    let rest = "";
    for (let read = await reader.read(); !read.done; read = await reader.read())
      rest += new TextDecoder().decode(read.value);
    const expected = await yes({ path: "", headers: new Headers(), body: { stream: true } }, way.client).text();
    expect(rest.replaceAll(": keepalive\n\n", "")).toBe(expected);
    expect(shim.lines).toHaveLength(1);
  });

  test.each(streams)("%s: what fails then is an error in the stream", async (_, way) => {
    const begin = Promise.withResolvers<void>();
    await using box = host(async () => {
      await begin.promise;
      return refusal(way.client, 401, "Wrong key.");
    });
    await using shim = await shimFor(box.url, way, { hold_ms: 10, heartbeat_ms: 20 });
    const answer = await ask(shim, way);
    expect(answer.status).toBe(200);
    begin.resolve();
    const text = await answer.text();
    expect(text).toContain("Wrong key.");
    expect(text).toContain({ chat: '"error"', messages: "event: error", responses: "response.failed" }[way.client]);
    expect(shim.lines).toHaveLength(1);
  });
});
