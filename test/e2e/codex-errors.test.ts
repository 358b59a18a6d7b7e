/** What Codex makes of each failure: what no retry can cure is asked once, and the upstream's words reach the user. */
import { expect, test } from "bun:test";
import { ChatUpstream, refuse, type Refusal } from "../support/chat-upstream.ts";
import { Codex, told } from "../support/codex.ts";
import { describeWith } from "../support/needs.ts";
import { Shim } from "../support/shim.ts";

const describe = describeWith("shim", "codex");

/** Codex asks once, and then so many times again. */
const RETRIES = 1;

interface Row {
  name: string;
  answer: Refusal;
  /** How often the upstream is asked. */
  requests: number;
  /** What the user reads. */
  words: string;
}

const FINAL: Row[] = [
  { name: "wrong key", answer: refuse(401, "Incorrect key."), requests: 1, words: "Incorrect key." },
  { name: "no money", answer: refuse(402, "Pay first."), requests: 1, words: "Quota exceeded" },
  { name: "forbidden", answer: refuse(403, "Not for you."), requests: 1, words: "Not for you." },
  { name: "wrong address", answer: refuse(404, "No such route."), requests: 1, words: "No such route." },
  {
    name: "unknown model",
    answer: refuse(404, "model 'x' not found", { type: "not_found_error" }),
    requests: 1,
    words: "model 'x' not found",
  },
  { name: "too large", answer: refuse(413, "Body too big."), requests: 1, words: "Body too big." },
  { name: "unprocessable", answer: { status: 422, body: { detail: "bad field" } }, requests: 1, words: "bad field" },
  { name: "bad request", answer: refuse(400, "Odd request."), requests: 1, words: "Odd request." },
  {
    name: "quota",
    answer: refuse(429, "You exceeded your quota.", { code: "insufficient_quota" }),
    requests: 1,
    words: "Quota exceeded",
  },
  {
    name: "full window, as llama-server says it",
    answer: refuse(400, "the request exceeds the available context size", { type: "exceed_context_size_error" }),
    requests: 1,
    words: "ran out of room",
  },
  {
    name: "full window, as vLLM says it",
    answer: refuse(400, "This model's maximum context length is 10 tokens. However, you requested 20 tokens."),
    requests: 1,
    words: "ran out of room",
  },
];

const PASSING: Row[] = [
  { name: "rate limit", answer: refuse(429, "Slow down.", {}, { "retry-after": "1" }), requests: 2, words: "429" },
  { name: "rate limit that names no time", answer: refuse(429, "Slow down."), requests: 2, words: "429" },
  { name: "broken", answer: refuse(500, "Engine exploded."), requests: 2, words: "Engine exploded." },
  { name: "overloaded", answer: refuse(503, "Too many users."), requests: 2, words: "Too many users." },
  {
    name: "a web page",
    answer: { status: 502, body: "<html><title>Bad Gateway</title></html>" },
    requests: 2,
    words: "Bad Gateway",
  },
];

describe("Codex and an upstream that refuses", () => {
  test.each([...FINAL, ...PASSING].map((row) => [row.name, row] as const))(
    "%s",
    async (_, { answer, requests, words }) => {
      await using upstream = new ChatUpstream(Array.from({ length: requests }, () => answer));
      await using shim = await Shim.start({ args: ["--upstream", upstream.url] });
      using codex = new Codex({ url: shim.url, stream_retries: RETRIES });
      const run = await codex.run("hello");
      expect(run.exit_code).not.toBe(0);
      expect(told(run)).toContain(words);
      expect(upstream.requests).toHaveLength(requests);
      upstream.check();
    },
  );

  test("an upstream that is not there", async () => {
    await using shim = await Shim.start({ args: ["--upstream", "http://127.0.0.1:9/v1"] });
    using codex = new Codex({ url: shim.url });
    const run = await codex.run("hello");
    expect(run.exit_code).not.toBe(0);
    expect(told(run)).toContain("http://127.0.0.1:9/v1) cannot be reached");
  });

  test("a model that is still loading is waited for", async () => {
    const loading = refuse(503, "Loading model", { type: "unavailable_error" });
    await using upstream = new ChatUpstream([loading, loading, { steps: [{ say: "Here I am." }] }]);
    await using shim = await Shim.start({ args: ["--upstream", upstream.url] });
    using codex = new Codex({ url: shim.url });
    const run = await codex.run("hello");
    expect(run.last_message).toBe("Here I am.");
    upstream.check();
  });
});
