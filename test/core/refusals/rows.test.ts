/** Each row: its sample is read through its wire's envelope, and its remedy changes a body that has the field. */
import { describe, expect, test } from "bun:test";
import { applyRemedies, remedyFor } from "../../../src/core/refusals/remedies.ts";
import { REFUSAL_ROWS } from "../../../src/core/refusals/rows.ts";
import { WIRE_NAMES } from "../../../src/core/provider.ts";
import { readHttpError } from "../../../src/core/upstream-errors/read.ts";

const ROWS = WIRE_NAMES.flatMap((wire) => REFUSAL_ROWS[wire].map((row) => [wire, row.field, row] as const));

/** A body of each wire with every field that a row may take out. */
const BODIES = {
  chat: {
    model: "m",
    messages: [{ role: "user", content: "hi" }],
    tools: [{ type: "function", function: { name: "f", strict: true, parameters: {} } }],
    reasoning_effort: "high",
    parallel_tool_calls: true,
    logprobs: true,
    top_logprobs: 2,
    verbosity: "low",
    service_tier: "flex",
    stream_options: { include_usage: true },
    prompt_cache_key: "k",
    return_progress: true,
    seed: 1,
  },
  messages: {
    model: "m",
    system: [{ type: "text", text: "s", cache_control: { type: "ephemeral" } }],
    messages: [
      { role: "user", content: "hi" },
      { role: "assistant", content: [{ type: "thinking", thinking: "t", signature: "s" }] },
      {
        role: "assistant",
        content: [
          { type: "redacted_thinking", data: "d" },
          { type: "text", text: "yes" },
        ],
      },
    ],
    tools: [{ name: "f", strict: true, input_schema: { type: "object" } }],
    tool_choice: { type: "auto", disable_parallel_tool_use: true },
    thinking: { type: "adaptive" },
    output_config: { effort: "high" },
    cache_control: { type: "ephemeral" },
    temperature: 1,
    top_p: 1,
    top_k: 5,
  },
  responses: {
    model: "m",
    input: [
      { type: "message", role: "user", content: "hi" },
      { type: "reasoning", summary: [], encrypted_content: "x" },
    ],
    tools: [{ type: "function", name: "f", strict: true, parameters: {} }],
    include: ["reasoning.encrypted_content"],
    reasoning: { effort: "high", summary: "auto" },
    text: { verbosity: "low" },
    top_logprobs: 2,
    service_tier: "flex",
    parallel_tool_calls: true,
    prompt_cache_key: "k",
    store: false,
    temperature: 1,
    top_p: 1,
    metadata: { a: "1" },
  },
};

const errorOf = (wire: (typeof WIRE_NAMES)[number], message: string): string =>
  wire === "messages"
    ? JSON.stringify({ type: "error", error: { type: "invalid_request_error", message } })
    : JSON.stringify({ error: { message, type: "invalid_request_error", param: null, code: null } });

describe.each(ROWS)("%s: %s", (wire, field, row) => {
  const body = JSON.stringify(BODIES[wire]);

  test("its sample finds it", () => {
    const error = readHttpError(400, new Headers(), errorOf(wire, row.sample), "the host");
    expect(remedyFor(error, wire, body, [])?.field).toBe(field);
    expect(remedyFor(error, wire, body, [row])).not.toBe(row);
  });

  test("its remedy changes what it names and nothing else", () => {
    const { body: remedied, applied } = applyRemedies(body, [row]);
    expect(applied).toEqual([row]);
    const after = JSON.parse(remedied) as Record<string, unknown>;
    const changed = Object.keys(BODIES[wire]).filter(
      (key) => JSON.stringify(after[key]) !== JSON.stringify((BODIES[wire] as Record<string, unknown>)[key]),
    );
    const named = [...(row.cut ?? []), ...(row.set ?? []).map(([path]) => path)].map((path) => path.split(/[.[]/)[0]);
    for (const key of changed) expect(named).toContain(key);
    // A second time there is nothing to change.
    expect(applyRemedies(remedied, [row])).toMatchObject({ body: remedied, applied: [] });
  });

  test("it does nothing to a body that lacks the field", () => {
    const plain = '{"model":"m","unknown":{"temperature":1}}';
    expect(applyRemedies(plain, [row])).toEqual({ body: plain, prompt_end: 0, applied: [] });
    const error = readHttpError(400, new Headers(), errorOf(wire, row.sample), "the host");
    expect(remedyFor(error, wire, plain, [])).toBeUndefined();
  });

  test("says where and when it was seen", () => {
    expect(row.source).not.toBe("");
    expect(row.date).toMatch(/^\d{4}-\d\d-\d\d$/);
  });
});

test("all remedies together leave valid JSON, and the prompt ends where it did", () => {
  for (const wire of WIRE_NAMES) {
    const body = JSON.stringify(BODIES[wire]);
    const mark = wire === "responses" ? '"include"' : wire === "chat" ? '"reasoning_effort"' : '"tools"';
    const { body: remedied, prompt_end } = applyRemedies(body, REFUSAL_ROWS[wire], body.indexOf(mark));
    expect(() => JSON.parse(remedied) as unknown).not.toThrow();
    const before = remedied.slice(0, prompt_end);
    expect(before).toContain(wire === "responses" ? '"type":"message"' : '"role":"user"');
    expect(before).not.toContain(wire === "messages" ? '"top_k"' : wire === "chat" ? '"seed"' : '"metadata"');
  }
});
