/** What an upstream refuses reaches each kind of client in the way it can use; the words are always the upstream's. */
import { describe, expect, test } from "bun:test";
import { AS_CODEX, ask } from "../support/ask.ts";
import { ChatUpstream, refuse, type Refusal } from "../support/chat-upstream.ts";
import { serving } from "./serving.ts";

interface Told {
  status: number;
  retry_after: string | null;
}

/** Both kinds of client, streaming and not, each with its own request upstream. */
async function expectTold(refusal: Refusal, words: string, told: { codex: Told; others: Told }): Promise<void> {
  await using upstream = new ChatUpstream([refusal, refusal, refusal, refusal]);
  await using on = await serving(upstream.url, { hold_ms: 60_000 });
  for (const [headers, { status, retry_after }] of [
    [AS_CODEX, told.codex],
    [{}, told.others],
  ] as const) {
    for (const stream of [true, false]) {
      const answer = await ask(on.url, { input: "hi", stream }, headers);
      expect([answer.status, answer.headers.get("retry-after")]).toEqual([status, retry_after]);
      expect(answer.text).toContain(words);
      // `ask` reads a body that is no stream as JSON.
      expect(answer.response).toMatchObject({ error: { message: expect.any(String), param: null } });
    }
  }
  upstream.check();
}

const both = (status: number, retry_after: string | null = null): { codex: Told; others: Told } => ({
  codex: { status, retry_after },
  others: { status, retry_after },
});

test.each([
  [401, 401],
  [403, 403],
  [413, 413],
  [422, 400],
])("%p would be asked again by Codex, in vain: it gets 400, others %p", (from, status) =>
  expectTold(refuse(from, "Not like this."), "Not like this.", {
    codex: { status: 400, retry_after: null },
    others: { status, retry_after: null },
  }),
);

test("no money left is OpenAI's 429, with no time to wait", () =>
  expectTold(refuse(402, "Pay first."), "Pay first.", both(429)));

describe("too many requests", () => {
  test("with a time to wait: it is passed on", () =>
    expectTold(refuse(429, "Slow down.", {}, { "retry-after": "7" }), "Slow down.", both(429, "7")));

  test("without one: Codex gets one, since it would else give up", () =>
    expectTold(refuse(429, "Slow down."), "Slow down.", {
      codex: { status: 429, retry_after: "2" },
      others: { status: 429, retry_after: null },
    }));

  test("in parts of a second: rounded up", () =>
    expectTold(refuse(429, "Slow down.", {}, { "retry-after-ms": "250" }), "Slow down.", both(429, "1")));
});

describe("who is taken for Codex", () => {
  const CASES: [string, Record<string, string>, boolean][] = [
    ["its window's id", { "x-codex-window-id": "a:0" }, true],
    ["any header of its own, in any case", { "X-Codex-Any": "1" }, true],
    ["nobody by the name it gives itself", { originator: "codex_cli_rs", "user-agent": "codex_cli_rs/0.169.0" }, false],
    ["nobody by a session", { "session-id": "1", "thread-id": "2" }, false],
    ["nobody by a name that only looks like it", { "x-codexish": "1" }, false],
  ];
  test.each(CASES)("%s", async (_, headers, codex) => {
    await using upstream = new ChatUpstream([refuse(401, "Wrong key.")]);
    await using on = await serving(upstream.url);
    expect((await ask(on.url, { input: "hi" }, headers)).status).toBe(codex ? 400 : 401);
    expect(on.lines[0]).toContain(codex ? " codex scripted " : " client scripted ");
  });
});
