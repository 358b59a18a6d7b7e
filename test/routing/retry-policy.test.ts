/** One decision after each failure, whatever the way: each rule has its row here. */
import { describe, expect, test } from "bun:test";
import { ERROR_KINDS, ShimError, type ErrorKind } from "../../src/core/errors.ts";
import {
  decideRetry,
  RETRY_LIMITS,
  type FailedAttempt,
  type RetryDecision,
  type RetryLimits,
} from "../../src/routing/retry-policy.ts";

const LIMITS: RetryLimits = { ...RETRY_LIMITS, request_max_retries: 0, stream_max_retries: 0 };
const FRESH: FailedAttempt = {
  error: new ShimError("upstream_failed", "x"),
  answered: false,
  client_has: "nothing",
  retries: 0,
  restarts: 0,
  loading_ms: 0,
  candidate_remedies: 0,
  request_remedies: 0,
  patience: 0,
  has_remedy: false,
  can_shorten: false,
  has_other: false,
  chance: 1,
};

const of = (
  kind: ErrorKind,
  facts: Partial<FailedAttempt> = {},
  limits: Partial<RetryLimits> = {},
  retry_after_ms?: number,
): RetryDecision => {
  const error = new ShimError(kind, "x", retry_after_ms === undefined ? {} : { retry_after_ms });
  return decideRetry({ ...FRESH, error, ...facts }, { ...LIMITS, ...limits });
};

const wait = (wait_ms: number, why: "loading" | "retry" | "restart"): RetryDecision => ({ do: "wait", wait_ms, why });
const TWICE = { request_max_retries: 2, stream_max_retries: 2 };

describe("rules", () => {
  test.each<[string, RetryDecision, RetryDecision]>([
    ["nothing is tried again unless the config says so", of("upstream_failed"), { do: "report" }],
    ["another candidate takes over", of("upstream_failed", { has_other: true }), { do: "next" }],
    ["the config's retries come first", of("upstream_failed", { has_other: true }, TWICE), wait(250, "retry")],
    ["the pause doubles", of("upstream_failed", { retries: 1 }, TWICE), wait(500, "retry")],
    ["and has an end", of("upstream_failed", { retries: 20 }, { request_max_retries: 30 }), wait(8000, "retry")],
    ["so many and no more", of("upstream_failed", { retries: 2 }, TWICE), { do: "report" }],
    ["a pause that the upstream names is kept", of("rate_limited", {}, TWICE, 7000), wait(7000, "retry")],
    ["a long one is reported instead", of("rate_limited", {}, TWICE, 60_000), { do: "report" }],
    ["a busy warm upstream is waited for", of("overloaded", { patience: 3, retries: 2 }), wait(1000, "retry")],
    ["a broken one is not", of("upstream_failed", { patience: 3, has_other: true }), { do: "next" }],
    ["a loading model is waited for", of("model_loading", { has_other: true }), wait(1000, "loading")],
    ["but not for ever", of("model_loading", { loading_ms: 600_000 }), { do: "report" }],
    ["as the config says", of("model_loading", { loading_ms: 5 }, { load_wait_ms: 5 }), { do: "report" }],
    ["a refusal with a remedy", of("invalid_request", { has_remedy: true, has_other: true }), { do: "remedy" }],
    ["12 for a candidate", of("unsupported", { has_remedy: true, candidate_remedies: 12 }), { do: "report" }],
    ["16 for a request", of("unsupported", { has_remedy: true, request_remedies: 16 }), { do: "report" }],
    ["a history that may be shortened", of("context_overflow", { can_shorten: true }), { do: "shorten" }],
    ["only for its length", of("invalid_request", { can_shorten: true }), { do: "report" }],
    [
      "a broken stream is begun again",
      of("upstream_protocol", { answered: true, client_has: "headers" }, TWICE),
      wait(250, "restart"),
    ],
    ["or goes on elsewhere", of("upstream_protocol", { answered: true, has_other: true }), { do: "next" }],
    [
      "no remedy after the upstream has accepted the request",
      of("invalid_request", { answered: true, has_remedy: true }),
      { do: "report" },
    ],
    [
      "nothing once the client has an item",
      of("upstream_protocol", { answered: true, client_has: "items", has_other: true }, TWICE),
      { do: "report" },
    ],
  ])("%s", (_, decision, expected) => {
    expect(decision).toEqual(expected);
  });
});

test("no kind that a later try cannot help is tried again", () => {
  for (const [kind, { retry }] of Object.entries(ERROR_KINDS) as [ErrorKind, { retry: boolean }][]) {
    const decision = of(kind, {}, TWICE);
    expect([kind, decision.do]).toEqual([kind, retry ? "wait" : "report"]);
  }
});

test("no run of failures goes on for ever", () => {
  for (const kind of Object.keys(ERROR_KINDS) as ErrorKind[]) {
    for (const answered of [true, false]) {
      const facts = { ...FRESH, error: new ShimError(kind, "x"), answered, has_remedy: true, patience: 3 };
      let steps = 0;
      for (;;) {
        const decision = decideRetry(facts, { ...LIMITS, ...TWICE });
        if (decision.do === "report") break;
        if (decision.do === "remedy") facts.candidate_remedies = ++facts.request_remedies;
        else if (decision.do === "wait" && decision.why === "loading") facts.loading_ms += decision.wait_ms;
        else if (decision.do === "wait" && decision.why === "retry") facts.retries++;
        else facts.restarts++;
        expect(++steps).toBeLessThan(1000);
      }
    }
  }
});

test("clients that failed together do not come back together", () => {
  const pauses = [0, 0.5, 1].map((chance) => of("upstream_failed", { chance }, TWICE));
  expect(pauses).toEqual([wait(125, "retry"), wait(187.5, "retry"), wait(250, "retry")]);
});
