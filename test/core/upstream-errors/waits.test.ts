/** How long an upstream wants to be left alone, in every form. */
import { describe, expect, test } from "bun:test";
import { errorInReply, readHttpError } from "../../../src/core/upstream-errors/read.ts";

const NOW = "Tue, 24 Nov 2026 08:00:00 GMT";
const NOW_MS = Date.parse(NOW);

const read = (status: number, body: unknown, headers: Record<string, string> = {}, now_ms?: number) =>
  readHttpError(status, new Headers(headers), typeof body === "string" ? body : JSON.stringify(body), "host", now_ms);
const wait = (body: unknown, headers?: Record<string, string>, now_ms?: number) =>
  read(429, body, headers, now_ms).retry_after_ms;

const said = (message: string, more: object = {}): object => ({ error: { message, code: 429, ...more } });

test.each<[number | undefined, Record<string, string>]>([
  [2000, { "retry-after": "2" }],
  [1500, { "retry-after": "1.5" }],
  [0, { "retry-after": "0" }],
  [250, { "retry-after": "2", "retry-after-ms": "250" }],
  [30_000, { "retry-after": "Tue, 24 Nov 2026 08:00:30 GMT", date: NOW }],
  [0, { "retry-after": "Tue, 24 Nov 2026 07:00:00 GMT", date: NOW }],
  [undefined, { "retry-after": "soon" }],
  [undefined, { "retry-after": "" }],
  [undefined, { "retry-after": "-1" }],
  [undefined, { "retry-after": "Tue, 24 Nov 2026 08:00:30 GMT" }],
  [undefined, {}],
])("the header says %p ms: %j", (ms, headers) => {
  expect(wait("", headers)).toBe(ms);
  // Whatever the kind.
  expect(read(500, "", headers).retry_after_ms).toBe(ms);
});

test("a date without the host's own clock is told by ours", () => {
  expect(wait("", { "retry-after": "Tue, 24 Nov 2026 08:00:30 GMT" }, NOW_MS)).toBe(30_000);
  expect(wait("", { "retry-after": "Tue, 24 Nov 2026 08:00:30 GMT", date: NOW }, 0)).toBe(30_000);
});

describe("the headers of the limits", () => {
  const at_s = NOW_MS / 1000;
  test.each<[number | undefined, Record<string, string>]>([
    [360_000, { "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "6m0s" }],
    [
      1200,
      {
        "x-ratelimit-remaining-tokens": "0",
        "x-ratelimit-reset-tokens": "1.2s",
        "x-ratelimit-remaining-requests": "14399",
        "x-ratelimit-reset-requests": "24h0m0s",
      },
    ],
    [40_000, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(at_s + 40), date: NOW }],
    [40_000, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(NOW_MS + 40_000), date: NOW }],
    [7000, { "ratelimit-reset": "7" }],
    [
      90_000,
      {
        "anthropic-ratelimit-requests-remaining": "0",
        "anthropic-ratelimit-requests-reset": "2026-11-24T08:01:30Z",
        "anthropic-ratelimit-tokens-remaining": "9",
        "anthropic-ratelimit-tokens-reset": "2026-11-24T08:59:00Z",
        date: NOW,
      },
    ],
    // None is used up, or nobody can know which.
    [undefined, { "x-ratelimit-remaining-tokens": "5", "x-ratelimit-reset-tokens": "6m0s" }],
    [undefined, { "x-ratelimit-reset-tokens": "6m0s", "x-ratelimit-reset-requests": "1s" }],
    [undefined, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(at_s + 40) }],
    [undefined, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "soon" }],
  ])("say %p ms: %j", (ms, headers) => {
    expect(wait("", headers)).toBe(ms);
  });

  test("count less than what is said for this request, and only for a rate", () => {
    const limits = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": "60" };
    expect(wait("", { ...limits, "retry-after": "2" })).toBe(2000);
    expect(wait(said("try again in 5s"), limits)).toBe(5000);
    expect(read(500, "", limits).retry_after_ms).toBeUndefined();
    expect(read(503, "", limits).retry_after_ms).toBeUndefined();
  });
});

describe("the body", () => {
  test.each<[number, object]>([
    [43_000, [said("no", { details: [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "43s" }] })]],
    [1500, said("no", { details: [{ reason: "x" }, { retryDelay: "1.5s" }] })],
    [
      25_000,
      said("no", {
        metadata: { headers: { "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": String(NOW_MS + 25_000) } },
      }),
    ],
    [12_000, said("no", { retry_after: 12 })],
    [12_000, said("no", { retry_after_seconds: "12" })],
    [1200, said("no", { retry_after_ms: 1200 })],
    [9000, { error: "no", retry_after: 9 }],
  ])("says %p ms: %j", (ms, body) => {
    expect(wait(body, {}, NOW_MS)).toBe(ms);
  });
});

describe("the words", () => {
  test.each<[number | undefined, string]>([
    [7660, "Rate limit reached. Please try again in 7.66s. Visit us"],
    [6, "Rate limit reached. Please try again in 6ms."],
    [3500, "You exceeded your quota. Please retry in 3.5s."],
    [432_000, "Please try again in 7m12s."],
    [432_500, "Please try again in 7m12.5s. Need more tokens?"],
    [3_723_000, "Rate limit reached. Please try again in 1h2m3s."],
    [30_000, "Too many requests, please retry after 30 seconds."],
    [1000, "Requests to this deployment are limited. Please retry after 1 second."],
    [1000, "Please try again after 1 seconds"],
    [120_000, "Please wait 2 minutes before you try again."],
    [150_000, "Try again in about 2 minutes and 30 seconds"],
    [undefined, "Please try again later."],
    [undefined, "Please try again in s."],
    [undefined, "Please try again in 3 parsecs."],
    [undefined, "Wait before trying again."],
  ])("say %p ms: %s", (ms, message) => {
    expect(wait(said(message))).toBe(ms);
  });

  test("count where the headers say nothing, and only for what passes by itself", () => {
    const body = { error: { message: "slow down, try again in 5s" } };
    expect(wait(body, { "retry-after": "2" })).toBe(2000);
    expect(read(400, body).retry_after_ms).toBeUndefined();
    expect(read(503, body).retry_after_ms).toBe(5000);
    expect(errorInReply(said("Rate limit reached. Try again in 1.5s."))?.retry_after_ms).toBe(1500);
  });

  test("and stand in the fault, too", () => {
    expect(read(429, said("try again in 5s")).upstream).toMatchObject({ kind: "rate_limit", retry_after_ms: 5000 });
  });
});
