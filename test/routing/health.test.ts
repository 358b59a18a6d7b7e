/** The circuit breaker as sequences of events: `second: what happens → the state after it`. */
import { describe, expect, test } from "bun:test";
import { ERROR_KINDS, type ErrorKind } from "../../src/core/errors.ts";
import { Health, isDown, mayFallBack, type Attempt } from "../../src/routing/health.ts";

/**
 * Each event is `time what [detail]`: `send a` begins request a, `ok a`, `gone a`, `fail a kind [retry after]`, and `is
 * state` looks. Times are seconds.
 */
function play(events: readonly string[]): void {
  const health = new Health();
  const requests = new Map<string, Attempt>();
  for (const event of events) {
    const [at, what, ...words] = event.split(" ") as [string, string, ...string[]];
    const now_ms = Number(at) * 1000;
    const [name = "", kind = "overloaded", after] = words;
    const [provider = "p", model = "m"] = name.includes("/") ? name.split("/") : [];
    const attempt = requests.get(name) as Attempt;
    if (what === "send") requests.set(name, health.begin(provider, model, now_ms));
    else if (what === "ok") health.succeeded(attempt);
    else if (what === "gone") health.abandoned(attempt);
    else if (what === "fail")
      health.failed(
        attempt,
        { kind: kind as ErrorKind, retry_after_ms: after ? Number(after) * 1000 : undefined },
        now_ms,
      );
    else {
      const view = health.view(kind === "overloaded" ? "p" : kind, after ?? "m", now_ms);
      expect(`${event} ${view.state}`).toBe(`${event} ${name}`);
    }
  }
}

const SEQUENCES: [string, string[]][] = [
  ["nothing has happened", ["0 is closed"]],
  ["a success", ["0 send a", "1 ok a", "1 is closed"]],
  ["two failures are not enough", ["0 send a", "1 fail a", "2 send b", "3 fail b", "3 is closed"]],
  ["three are", ["0 send a", "1 fail a", "2 send b", "3 fail b", "4 send c", "5 fail c", "5 is open"]],
  [
    "not over a long time",
    ["0 send a", "1 fail a", "30 send b", "31 fail b", "62 send c", "63 fail c", "63 is closed"],
  ],
  [
    "not with a success between",
    ["0 send a", "1 fail a", "2 send b", "3 fail b", "4 send c", "5 ok c", "6 send d", "7 fail d", "7 is closed"],
  ],
  [
    "no connection opens at once",
    ["0 send a", "1 fail a upstream_unreachable", "1 is open", "5.9 is open", "6 is half_open"],
  ],
  ["a key that is refused", ["0 send a", "1 fail a authentication", "1 is open"]],
  ["no money left", ["0 send a", "1 fail a quota", "1 is open"]],
  [
    "one probe at a time, which closes",
    ["0 send a", "1 fail a quota", "6 is half_open", "6 send b", "6 is probing", "7 ok b", "7 is closed"],
  ],
  [
    "a probe that fails: the pause doubles",
    ["0 send a", "1 fail a quota", "6 send b", "7 fail b quota", "16 is open", "17 is half_open"],
  ],
  ["a probe that the client left", ["0 send a", "1 fail a quota", "6 send b", "7 gone b", "7 is half_open"]],
  ["a probe that nobody heard of", ["0 send a", "1 fail a quota", "6 send b", "65 is probing", "66 is half_open"]],
  [
    "a probe with a wrong request tells nothing",
    ["0 send a", "1 fail a quota", "6 send b", "7 fail b invalid_request", "7 is half_open"],
  ],
  ["a limit: as long as it says", ["0 send a", "1 fail a rate_limited 40", "40.9 is open", "41 is half_open"]],
  ["a limit that says nothing", ["0 send a", "1 fail a rate_limited", "5.9 is open", "6 is half_open"]],
  [
    "a second limit is no longer than it says",
    ["0 send a", "1 fail a rate_limited 2", "3 send b", "4 fail b rate_limited 2", "5.9 is open", "6 is half_open"],
  ],
  [
    "a storm that was sent before is one failure",
    ["0 send a", "0 send b", "0 send c", "1 fail a quota", "2 fail b quota", "3 fail c quota", "6 is half_open"],
  ],
  [
    "the longest wait of a storm counts",
    ["0 send a", "0 send b", "1 fail a rate_limited 2", "2 fail b rate_limited 30", "31 is open", "32 is half_open"],
  ],
  ["an old success proves nothing", ["0 send a", "0 send b", "1 fail a rate_limited 9", "2 ok b", "2 is open"]],
  ["a last resort that succeeds closes", ["0 send a", "1 fail a rate_limited 60", "5 send b", "6 ok b", "6 is closed"]],
  [
    "Retry-After lengthens a pause",
    [
      "0 send a",
      "1 fail a overloaded",
      "2 send b",
      "2 fail b overloaded",
      "3 send c",
      "3 fail c overloaded 50",
      "52 is open",
      "53 is half_open",
    ],
  ],
  [
    "a model that is not there opens nothing",
    [
      "0 send a",
      "1 fail a model_not_found",
      "2 send b",
      "2 fail b model_not_found",
      "3 send c",
      "3 fail c model_not_found",
      "3 is closed",
    ],
  ],
  ["an overflow opens nothing", ["0 send a", "1 fail a context_overflow", "1 is closed"]],
  ["a model that loads opens nothing", ["0 send a", "1 fail a model_loading 9", "1 is closed"]],
  [
    "no connection concerns all models of the provider",
    ["0 send p/a", "1 fail p/a upstream_unreachable", "1 is open p z", "1 is closed q a"],
  ],
  ["a limit concerns the model", ["0 send p/a", "1 fail p/a rate_limited 9", "1 is open p a", "1 is closed p z"]],
];

describe("a breaker", () => {
  test.each(SEQUENCES)("%s", (_, events) => play(events));

  test("pauses grow to five minutes and no longer", () => {
    const health = new Health();
    let now = 0;
    for (let i = 0; i < 12; i++) {
      const attempt = health.begin("p", "m", now);
      health.failed(attempt, { kind: "upstream_unreachable" }, now);
      const { until_ms = 0 } = health.view("p", "m", now);
      expect(until_ms - now).toBe(Math.min(5000 * 2 ** i, 300_000));
      now = until_ms;
    }
  });

  test("what is remembered is bounded", () => {
    const health = new Health({ upstreams: 2 });
    for (const provider of ["a", "b", "c"]) health.failed(health.begin(provider, "m", 0), { kind: "quota" }, 0);
    expect(["a", "b", "c"].map((provider) => isDown(health.view(provider, "m", 1)))).toEqual([false, true, true]);
  });
});

test("which failures may be helped by another candidate", () => {
  const kinds = Object.keys(ERROR_KINDS) as ErrorKind[];
  expect(kinds.filter((kind) => !mayFallBack(kind))).toEqual([
    "invalid_request",
    "not_found",
    "content_filter",
    "loop",
    "aborted",
    "internal",
  ]);
});
