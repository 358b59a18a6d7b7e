/** What doctor makes of an upstream's own error that was forwarded. */
import { expect, test } from "bun:test";
import { LastRequestLog, ProbeClient } from "../../../src/server/doctor/ask.ts";

test.each<[string, number, unknown, string]>([
  [
    "context_overflow",
    400,
    { error: { message: "prompt is too long: 9000 tokens > 8192 maximum" } },
    "prompt is too long",
  ],
  ["quota", 429, { error: { message: "Insufficient balance", code: "1113" } }, "Insufficient balance"],
  ["unsupported", 422, { detail: [{ loc: ["body", "store"], msg: "Extra inputs are not permitted" }] }, "store: Extra"],
  ["model_loading", 503, { error: { message: "Loading model" } }, "Loading model"],
  ["upstream_protocol", 200, {}, "no proper end"],
])("%s: %i %j", async (kind, status, body, words) => {
  const clinic = { request: () => Response.json(body, { status }) };
  const patient = new ProbeClient({ clinic, chart: new LastRequestLog(), name: "p/m", now: () => 0, limit_ms: 10_000 });
  const { failure } = await patient.ask({ input: "hi" });
  expect(failure).toMatchObject({ kind, message: expect.stringContaining(words) });
});
