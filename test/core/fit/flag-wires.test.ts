/** Each flag of a dialect changes what the wires send that honour it, and nothing of the others. */
import { describe, expect, test } from "bun:test";
import {
  DEFAULT_DIALECT,
  FLAG_WIRES,
  mergeDialect,
  type Dialect,
  type DialectPatch,
} from "../../../src/core/dialect.ts";
import { WIRE_NAMES, type WireName } from "../../../src/core/provider.ts";
import type { Item, ReasoningField, Turn } from "../../../src/core/turn.ts";
import { UPSTREAM_WIRES } from "../../../src/wires/index.ts";
import { testSurroundings } from "../../support/around.ts";

/** Another value of each flag, and what else must be set so that it matters. */
const OTHERWISE: {
  [Flag in Exclude<keyof Dialect, Elsewhere>]: { patch: DialectPatch; with?: DialectPatch; turn?: Partial<Turn> };
} = {
  late_system_role: { patch: { late_system_role: "system" } },
  merge_user_messages: { patch: { merge_user_messages: false } },
  empty_content: { patch: { empty_content: "absent" } },
  text_with_calls: { patch: { text_with_calls: "before" } },
  one_call_per_message: { patch: { one_call_per_message: true } },
  tool_call_id: { patch: { tool_call_id: "alnum9" } },
  tool_result_name: { patch: { tool_result_name: true } },
  bridge_after_tool: { patch: { bridge_after_tool: "Done." } },
  image_urls: { patch: { image_urls: false } },
  replay: { patch: { replay: "never" } },
  required_reasoning_field: { patch: { required_reasoning_field: "reasoning_content" } },
  tool_schema: { patch: { tool_schema: "plain" } },
  strict_tools: { patch: { strict_tools: true } },
  tool_choice: { patch: { tool_choice: "none" } },
  parallel_tool_calls: { patch: { parallel_tool_calls: "never" } },
  max_tokens_field: { patch: { max_tokens_field: "max_completion_tokens" } },
  max_output_tokens: { patch: { max_output_tokens: 10 } },
  json_schema: { patch: { json_schema: "words" } },
  json_object: {
    patch: { json_object: "as_schema" },
    turn: { settings: { format: { type: "json_object" } } },
  },
  schema_with_tools: { patch: { schema_with_tools: "instruct" } },
  verbosity: { patch: { verbosity: true } },
  logprobs: { patch: { logprobs: false } },
  service_tier: { patch: { service_tier: true } },
  stream_usage: { patch: { stream_usage: false } },
  return_progress: { patch: { return_progress: true } },
  cache_key: { patch: { cache_key: true } },
  session_header: { patch: { session_header: "x-session" } },
  efforts: {
    patch: { efforts: {} },
    with: { effort_on: { thinking: { type: "adaptive" }, reasoning_effort: "$effort" } },
  },
  effort_on: { patch: { effort_on: { thinking: { type: "adaptive" } } } },
  effort_off: {
    patch: { effort_off: { thinking: { type: "disabled" } } },
    turn: { settings: { effort: "none" } },
  },
  effort_budgets: {
    patch: { effort_budgets: { high: 2000 } },
    with: { effort_on: { thinking: { type: "enabled", budget_tokens: "$budget" } } },
    turn: { settings: { effort: "high" } },
  },
  drop: { patch: { drop: ["model"] } },
  extra_body: { patch: { extra_body: { seed: 5 } } },
};

/** Flags that act on the way of a request or on its reply, and not on what is sent. */
type Elsewhere = "native_compaction" | "message_threads" | "keeps_responses" | "hosted_tools" | "heal";

const reasoning = (field: ReasoningField): Item => ({
  type: "reasoning",
  text: "hm",
  origin: {
    field,
    details:
      field === "thinking_blocks"
        ? [{ type: "thinking", thinking: "hm", signature: "s" }]
        : [{ type: "reasoning", summary: [], encrypted_content: "x" }],
  },
});

/** Everything that a flag may change: every kind of item, tool and setting. */
const TURN: Turn = {
  model: "m",
  items: [
    { type: "message", role: "system", parts: [{ type: "text", text: "Be brief." }] },
    { type: "message", role: "user", parts: [{ type: "text", text: "a" }] },
    { type: "message", role: "user", parts: [{ type: "image", url: "https://host.example/a.png" }] },
    ...(["reasoning_content", "thinking_blocks", "responses"] as const).map(reasoning),
    { type: "message", role: "assistant", parts: [{ type: "text", text: "so" }] },
    { type: "tool_call", call_id: "call_1", name: "f", arguments: "{}" },
    { type: "tool_call", call_id: "call_2", name: "g", arguments: "{}" },
    { type: "tool_result", call_id: "call_1", parts: [{ type: "text", text: "x" }] },
    { type: "tool_result", call_id: "call_2", parts: [{ type: "text", text: "y" }] },
    { type: "message", role: "user", parts: [{ type: "text", text: "on" }] },
    { type: "message", role: "system", parts: [{ type: "text", text: "late" }] },
    { type: "tool_call", call_id: "call_3", name: "f", arguments: "{}" },
    { type: "tool_result", call_id: "call_3", parts: [{ type: "text", text: "z" }] },
  ],
  tools: [
    { name: "f", strict: true, parameters: { type: "object", properties: { a: { type: "string", minLength: 2 } } } },
    { name: "g" },
  ],
  settings: {
    max_output_tokens: 5000,
    effort: "high",
    verbosity: "low",
    top_logprobs: 1,
    service_tier: "flex",
    tool_choice: "auto",
    parallel_tool_calls: false,
    format: {
      type: "json_schema",
      name: "n",
      schema: { type: "object", additionalProperties: false, properties: { a: { type: "string" } }, required: ["a"] },
    },
  },
  ignored: [],
};

function sent(wire: WireName, turn: Turn, dialect: Dialect): string {
  try {
    const { body, headers } = UPSTREAM_WIRES[wire].lower(turn, dialect, testSurroundings(), "thread");
    return JSON.stringify([body, headers]);
  } catch (thrown) {
    return String(thrown);
  }
}

describe.each(Object.entries(OTHERWISE))("%s", (flag, { patch, with: base = {}, turn = {} }) => {
  test.each([...WIRE_NAMES])("%s", (wire) => {
    const whole = { ...TURN, ...turn, settings: turn.settings ? { ...turn.settings } : TURN.settings };
    const changed = sent(wire, whole, mergeDialect(base, patch)) !== sent(wire, whole, mergeDialect(base));
    const honoured = (FLAG_WIRES[flag as keyof Dialect] ?? WIRE_NAMES).includes(wire);
    const advice = honoured ? "FLAG_WIRES says that this wire honours it" : "FLAG_WIRES does not list this wire";
    expect([advice, changed]).toEqual([advice, honoured]);
  });
});

test("each flag has a row above, or acts elsewhere", () => {
  const elsewhere: Elsewhere[] = ["native_compaction", "message_threads", "keeps_responses", "hosted_tools", "heal"];
  const rows = [...Object.keys(OTHERWISE), ...elsewhere].toSorted();
  expect(rows).toEqual(Object.keys(DEFAULT_DIALECT).toSorted());
});
