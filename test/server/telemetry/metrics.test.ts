/** What Prometheus is told, and that nobody can make it grow without end. */
import { describe, expect, test } from "bun:test";
import { atLevel, hasFailed, jsonLog, textLog, type Log, type RequestLine } from "../../../src/server/log.ts";
import { Metrics } from "../../../src/server/telemetry/metrics.ts";

const LINE: RequestLine = {
  request_id: "0123",
  route: undefined,
  usd: 0.25,
  path: "/v1/responses",
  model: "m",
  provider: "p",
  served: "m",
  client: "codex",
  effort: undefined,
  asked_effort: undefined,
  outcome: "tool_calls",
  duration_ms: 3000,
  first_ms: 1000,
  usage: { input_tokens: 10, cached_tokens: 4, cache_write_tokens: 0, output_tokens: 200, reasoning_tokens: 0 },
  ignored: [
    { field: "tools[0]", what: "web_search", why: "" },
    { field: "tools[17]", what: "web_search", why: "" },
  ],
  notes: ["arguments_repaired (shell)"],
  counts: {
    notes: { arguments_repaired: 1, call_healed: 2, call_left_as_text: 1 },
    forwarded: false,
    retries: 2,
    heartbeats: 3,
    calls: { function: 2, custom: 1 },
    results: 4,
    prefix_kept: 0.97,
  },
};

function metrics(): Metrics {
  const gauges = {
    running: () => 7,
    breakers: () => [{ provider: "p", model: "m", state: "open" as const }],
    version: "1.2.3",
  };
  return new Metrics(gauges);
}

const textOf = async (of: Metrics): Promise<string> => (await of.answer()).text();

test("each count is there, with what was told", async () => {
  const counts = metrics();
  counts.request(LINE);
  counts.request({
    ...LINE,
    outcome: "upstream_failed: no",
    error_kind: "upstream_failed",
    usage: null,
    first_ms: undefined,
  });
  counts.refused({ request_id: "1", method: "POST", path: "/", status: 403, kind: "permission", message: "" });
  const text = await textOf(counts);
  for (const line of [
    'juscode_requests_total{provider="p",model="m",route="",client="codex",outcome="ok"} 1',
    'juscode_requests_total{provider="p",model="m",route="",client="codex",outcome="failed"} 1',
    'juscode_request_errors_total{provider="p",kind="upstream_failed"} 1',
    'juscode_refused_total{kind="permission"} 1',
    'juscode_time_to_first_token_seconds_sum{provider="p",model="m"} 1',
    'juscode_output_tokens_per_second_sum{provider="p",model="m"} 100',
    'juscode_tokens_total{provider="p",model="m",kind="cached"} 4',
    'juscode_cost_usd_total{provider="p",model="m"} 0.5',
    'juscode_tool_calls_total{provider="p",kind="custom"} 2',
    'juscode_tool_results_total{provider="p"} 8',
    'juscode_tool_call_mending_total{provider="p",kind="text",outcome="healed"} 4',
    'juscode_tool_call_mending_total{provider="p",kind="text",outcome="refused"} 2',
    'juscode_tool_call_mending_total{provider="p",kind="function",outcome="repaired"} 2',
    'juscode_ignored_fields_total{field="tools[]"} 4',
    'juscode_heartbeats_total{provider="p"} 6',
    'juscode_retries_total{provider="p"} 4',
    'juscode_prompt_prefix_kept_ratio_count{provider="p"} 2',
    'juscode_breaker_open{provider="p",model="m",state="open"} 1',
    "juscode_streams_open 7",
    'juscode_info{version="1.2.3"} 1',
  ])
    expect([line, text.split("\n").includes(line)]).toEqual([line, true]);
});

test("names from outside make no more than some hundred series each", async () => {
  const counts = metrics();
  for (let i = 0; i < 3000; i++) {
    const name = `${"x".repeat(i % 300)}"\n{${i}`;
    const ignored = [{ field: `metadata.${name}`, what: "", why: "" }];
    counts.request({ ...LINE, served: name, provider: `p-${i}`, route: `r-${i}`, key: `k-${i}`, ignored });
  }
  const series = (await textOf(counts)).split("\n").filter((line) => !line.startsWith("#"));
  for (const [metric, most] of [
    ["key_requests_total", 101],
    ["ignored_fields_total", 101],
  ] as const)
    expect(series.filter((line) => line.startsWith(`juscode_${metric}`)).length).toBeLessThanOrEqual(most);
  const labels = new Set(
    series.flatMap((line) => Array.from(line.matchAll(/(?:model|provider)="[^"]*"/g), ([label]) => label)),
  );
  expect(labels.size).toBeLessThan(250);
});

describe("the log", () => {
  const told = (make: (write: (line: string) => void) => Log, run: (log: Log) => void): string[] => {
    const lines: string[] = [];
    run(make((line) => void lines.push(line)));
    return lines;
  };
  const clock = (): Date => new Date(0);
  const hostile = {
    ...LINE,
    model: "a\n12:00:00 forged",
    outcome: "upstream_failed: \u001b[2J\r\nforged",
    error_kind: "upstream_failed" as const,
  };

  test("is one line a request, whatever names and errors hold", () => {
    for (const make of [textLog, jsonLog]) {
      const lines = told(
        (write) => make(write, clock),
        (log) => {
          log.request(hostile);
          log.refused?.({
            request_id: "1",
            method: "GET",
            path: "/\nforged",
            status: 404,
            kind: "not_found",
            message: "\n",
          });
        },
      );
      expect(lines.length).toBe(2);
      // eslint-disable-next-line no-control-regex
      for (const line of lines) expect(line).not.toMatch(/[\u0000-\u001f]/);
    }
  });

  test("in JSON is what programs want", () => {
    const [line] = told(
      (write) => jsonLog(write, clock),
      (log) => log.request({ ...LINE, key: "laptop", client_id: "my-id" }),
    );
    expect(JSON.parse(line ?? "")).toMatchObject({
      time: "1970-01-01T00:00:00.000Z",
      level: "info",
      event: "request",
      request_id: "0123",
      client_id: "my-id",
      key: "laptop",
      provider: "p",
      duration_ms: 3000,
      usage: { input_tokens: 10 },
      route: null,
    });
  });

  test("tells no more than its level", () => {
    const all = (log: Log): void => {
      log.request(LINE);
      log.request(hostile);
      log.warning("w");
      log.info("i");
    };
    const count = (level: "info" | "warn" | "error" | "quiet"): number =>
      told((write) => atLevel(level, textLog(write, clock)), all).length;
    expect((["info", "warn", "error", "quiet"] as const).map(count)).toEqual([4, 2, 1, 0]);
  });

  test.each([
    ["stop", undefined, false],
    ["completed", undefined, false],
    ["aborted by the client", undefined, false],
    ["aborted: the client went away", "aborted", false],
    ["length", undefined, true],
    ["x", "internal", true],
  ] as const)("%p (%p) has failed: %p", (outcome, error_kind, failed) =>
    expect(hasFailed({ ...LINE, outcome, error_kind })).toBe(failed),
  );
});
