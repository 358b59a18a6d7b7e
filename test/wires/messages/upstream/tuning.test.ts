/** Which words of an upstream's refusal name a field that only tunes. */
import { describe, expect, test } from "bun:test";
import { REFUSAL_ROWS } from "../../../../src/core/refusals/rows.ts";
import { readHttpError } from "../../../../src/core/upstream-errors/read.ts";

const invalid = (message: string): string =>
  JSON.stringify({ type: "error", error: { type: "invalid_request_error", message }, request_id: "req_01" });

describe("fields that only tune", () => {
  test.each([
    ["messages.1.content.0: The block is bound to a different conversation", "input[].encrypted_content"],
    ["messages.1.content.0: Invalid `signature` in `thinking` block", "input[].encrypted_content"],
    [
      "`thinking` or `redacted_thinking` blocks in the latest assistant message cannot be modified.",
      "input[].encrypted_content",
    ],
    ['"thinking.type.disabled" is not supported for this model. Use "thinking.type.adaptive"', "reasoning.effort"],
    ["thinking.enabled.budget_tokens: Input should be greater than 1024", "reasoning.effort"],
    ["This model does not support the effort parameter.", "reasoning.effort"],
    ["cache_control: Extra inputs are not permitted", "cache_control"],
    ["`temperature` is deprecated for this model.", "temperature"],
    ["top_p: not allowed", "top_p"],
    ["tools.0.strict: Extra inputs are not permitted", "tools.strict"],
    ["tool_choice.auto.disable_parallel_tool_use: Extra inputs are not permitted", "parallel_tool_calls"],
    ['tool_choice: type "any" is not supported for this model', undefined],
    ["max_tokens: 128000 > 8192", undefined],
  ])("%s: %s", (words, field) => {
    const { kind, message } = readHttpError(400, new Headers(), invalid(words), "host");
    expect(["invalid_request", "unsupported"]).toContain(kind);
    expect(REFUSAL_ROWS.messages.find((row) => row.words.test(message))?.field).toBe(field as string);
  });
});
