/** What Codex makes of each failure: what no retry can cure is asked once, and the upstream's words reach the user. */
import { expect, test } from "bun:test";
import { ChatUpstream, refuse, reply, say, type Refusal, type Reply } from "../support/chat-upstream.ts";
import { Codex, itemsOf, told } from "../support/codex.ts";
import { describeWith } from "../support/needs.ts";
import { Shim } from "../support/shim.ts";

const describe = describeWith("shim", "codex");

interface Row {
  name: string;
  answer: Refusal | Reply;
  /** What the user reads. */
  words: string;
}

/** What Codex says itself of two failures, whatever the upstream's words are. */
const FULL = "ran out of room in the model's context window";
const USED_UP = "Quota exceeded";

/** Asked once, with all the retries that Codex makes for a user who has set nothing. */
const FINAL: Row[] = [
  { name: "bad request", answer: refuse(400, "Odd request."), words: "Odd request." },
  { name: "wrong key", answer: refuse(401, "Incorrect key."), words: "returned 401: Incorrect key." },
  { name: "no money", answer: refuse(402, "Pay first."), words: USED_UP },
  { name: "forbidden", answer: refuse(403, "Not for you."), words: "returned 403: Not for you." },
  { name: "wrong address", answer: refuse(404, "No such route."), words: "returned 404: No such route." },
  {
    name: "unknown model, as Ollama says it",
    answer: refuse(404, "model 'x' not found", { type: "not_found_error" }),
    words: "model 'x' not found",
  },
  {
    name: "unknown model, as vLLM says it",
    answer: refuse(404, "The model `x` does not exist.", { type: "NotFoundError", code: 404 }),
    words: "The model `x` does not exist.",
  },
  { name: "wrong method", answer: refuse(405, "Only GET."), words: "returned 405: Only GET." },
  { name: "too large", answer: refuse(413, "Body too big."), words: "returned 413: Body too big." },
  { name: "unprocessable", answer: { status: 422, body: { detail: "bad field" } }, words: "returned 422: bad field" },
  {
    name: "quota",
    answer: refuse(429, "You exceeded your quota.", { code: "insufficient_quota" }),
    words: USED_UP,
  },
  {
    name: "full window, as llama-server says it",
    answer: refuse(400, "the request exceeds the available context size", {
      code: 400,
      type: "exceed_context_size_error",
      n_prompt_tokens: 20,
      n_ctx: 10,
    }),
    words: FULL,
  },
  {
    name: "full window, as vLLM says it",
    answer: refuse(400, "This model's maximum context length is 10 tokens. However, you requested 20 tokens."),
    words: FULL,
  },
  {
    name: "full window, as OpenAI says it",
    answer: refuse(400, "Too much.", { type: "invalid_request_error", code: "context_length_exceeded" }),
    words: FULL,
  },
  {
    name: "an answer cut by its length",
    answer: { ...reply(say("Half an")), finish: "length" },
    words: "Incomplete response returned, reason: max_output_tokens",
  },
];

interface PassingRow extends Row {
  /** Codex is told to wait so long before it asks again. */
  wait_ms?: number;
}

const half = (broken: NonNullable<Reply["broken"]>): Reply => ({ ...reply(say("Half an")), broken });

/** Asked again, and cured. */
const PASSING: PassingRow[] = [
  {
    name: "rate limit",
    answer: refuse(429, "Slow down.", {}, { "retry-after": "1" }),
    words: "429 Too Many Requests",
    wait_ms: 1000,
  },
  // Codex gives up at once on a 429 without a time to wait.
  {
    name: "rate limit that names no time",
    answer: refuse(429, "Slow down."),
    words: "429 Too Many Requests",
    wait_ms: 2000,
  },
  {
    name: "rate limit that names its time in words",
    answer: refuse(429, "Slow down. Please try again in 900ms."),
    words: "429 Too Many Requests",
    wait_ms: 900,
  },
  { name: "timeout", answer: refuse(408, "Took too long."), words: "returned 408: Took too long." },
  { name: "broken", answer: refuse(500, "Engine exploded."), words: "returned 500: Engine exploded." },
  {
    name: "a web page of a proxy",
    answer: { status: 502, body: "<html><head><title>Bad Gateway</title></head><body><h1>nginx</h1></body></html>" },
    words: "returned 502: Bad Gateway",
  },
  { name: "overloaded", answer: refuse(503, "Too many users."), words: "returned 503: Too many users." },
  { name: "overloaded, as Anthropic says it", answer: refuse(529, "Overloaded."), words: "returned 529: Overloaded." },
  { name: "error within the stream", answer: half("error-frame"), words: "the scripted model broke" },
  { name: "stream without an end", answer: half("eof"), words: "ended before it was complete" },
  { name: "connection reset within the stream", answer: half("reset"), words: "broke in mid-reply" },
  // Codex adds a word of its own on how to avoid the filter, and asks again.
  {
    name: "an answer stopped by a filter",
    answer: { ...reply(say("Half an")), finish: "content_filter" },
    words: "Incomplete response returned, reason: content_filter",
  },
];

const rows = <R extends Row>(table: R[]): [string, R][] => table.map((row) => [row.name, row]);

describe("Codex and an upstream that fails", () => {
  test.each(rows(FINAL))("for good: %s", async (_, { answer, words }) => {
    await using upstream = new ChatUpstream([answer]);
    await using shim = await Shim.start({ args: ["--upstream", upstream.url] });
    using codex = new Codex({ url: shim.url, default_retries: true });
    const run = await codex.run("hello");
    expect(run.exit_code).not.toBe(0);
    expect(told(run)).toContain(words);
    expect(upstream.requests).toHaveLength(1);
    upstream.check();
  });

  // They mostly wait, so they wait together.
  test.concurrent.each(rows(PASSING))("for a moment: %s", async (_, { answer, words, wait_ms }) => {
    await using upstream = new ChatUpstream([answer, reply(say("Here I am."))]);
    await using shim = await Shim.start({ args: ["--upstream", upstream.url] });
    using codex = new Codex({ url: shim.url, stream_retries: 1 });
    const run = await codex.run("hello");
    expect(run.exit_code).toBe(0);
    expect(told(run)).toContain(words);
    expect(itemsOf(run, "agent_message").at(-1)?.["text"]).toBe("Here I am.");
    expect(upstream.requests).toHaveLength(2);
    if (wait_ms !== undefined)
      expect(upstream.request(1).at_ms - upstream.request(0).at_ms).toBeGreaterThanOrEqual(wait_ms - 20);
    upstream.check();
  });

  test("and never recovers: the retries end, and its words are the last", async () => {
    const answer = refuse(500, "Engine exploded.");
    await using upstream = new ChatUpstream([answer, answer, answer]);
    await using shim = await Shim.start({ args: ["--upstream", upstream.url] });
    using codex = new Codex({ url: shim.url, stream_retries: 2 });
    const run = await codex.run("hello");
    expect(run.exit_code).not.toBe(0);
    expect(JSON.stringify(run.events.at(-1))).toContain("Engine exploded.");
    expect(upstream.requests).toHaveLength(3);
    upstream.check();
  });

  test("an upstream that is not there", async () => {
    await using shim = await Shim.start({ args: ["--upstream", "http://127.0.0.1:9/v1"] });
    using codex = new Codex({ url: shim.url });
    const run = await codex.run("hello");
    expect(run.exit_code).not.toBe(0);
    expect(told(run)).toContain("http://127.0.0.1:9/v1) cannot be reached");
  });

  test("a model that is still loading is waited for", async () => {
    const loading = refuse(503, "Loading model", { type: "unavailable_error" });
    await using upstream = new ChatUpstream([loading, loading, reply(say("Here I am."))]);
    await using shim = await Shim.start({ args: ["--upstream", upstream.url] });
    using codex = new Codex({ url: shim.url });
    const run = await codex.run("hello");
    expect(run.last_message).toBe("Here I am.");
    upstream.check();
  });
});
