/** Fields that no row knows: cut by the path that the upstream names, unless the request is made of them. */
import { describe, expect, test } from "bun:test";
import { applyRemedies, remedyFor } from "../../../src/core/refusals/remedies.ts";
import { unknownFieldRow } from "../../../src/core/refusals/unknown-field.ts";
import { readHttpError } from "../../../src/core/upstream-errors/read.ts";

test.each([
  ["top_k", "top_k"],
  ["seed", "seed"],
  ["reasoning.context", "reasoning.context"],
  ["context_management", "context_management"],
  ["messages[2].reasoning_content", "messages[].reasoning_content"],
  ["messages.2.reasoning_content", "messages[].reasoning_content"],
  ["input[0].phase", "input[].phase"],
  ["input[3].content[1].prompt_cache_breakpoint", "input[].content[].prompt_cache_breakpoint"],
  ["tools[7].defer_loading", "tools[].defer_loading"],
  ["tools.0.eager_input_streaming", "tools[].eager_input_streaming"],
  ["tools[0].function.strict", "tools[].function.strict"],
])("%s is cut as %s", (path, field) => {
  expect(unknownFieldRow("chat", path)?.cut).toEqual([field]);
});

test.each([
  "model",
  "messages",
  "messages[0]",
  "messages[0].content",
  "messages[0].content[1].text",
  "input",
  "input[1]",
  "input[1].call_id",
  "tools",
  "tools[0]",
  "tools[0].function",
  "tools[0].parameters.properties.seed",
  "tools[0].function.parameters.properties.seed",
  "tool_choice",
  "tool_choice.name",
  "response_format.json_schema",
  "text.format",
  "max_tokens",
  "max_output_tokens",
  "stop",
  "n",
  "provider.data_collection",
  "previous_response_id",
  "a b",
  "__proto__\n",
  "x".repeat(10).split("").join("."),
])("%s is kept", (path) => {
  expect(unknownFieldRow("chat", path)).toBeUndefined();
});

describe("from the upstream's words to the body", () => {
  const BODY = JSON.stringify({
    model: "m",
    messages: [{ role: "user", content: "hi", name: "n", weight: 1 }],
    top_k: 20,
    min_p: 0.1,
    seed: 7,
  });
  test.each([
    ["Unrecognized request argument supplied: top_k", "top_k"],
    ["Unknown parameter: 'min_p'.", "min_p"],
    ["Unsupported parameter: 'seed' is not supported with this model.", "seed"],
    ["messages.0.weight: Extra inputs are not permitted", "messages[].weight"],
  ])("%s", (message, field) => {
    const error = readHttpError(400, new Headers(), JSON.stringify({ error: { message } }), "the upstream");
    const row = remedyFor(error, "chat", BODY, []);
    expect(row?.field).toBe(field);
    if (!row) return;
    const { body } = applyRemedies(BODY, [row]);
    expect(JSON.parse(body)).not.toEqual(JSON.parse(BODY));
    expect(remedyFor(error, "chat", body, [row])).toBeUndefined();
  });
});
