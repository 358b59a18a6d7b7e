/** Which words of an upstream's refusal name a field that only tunes. */
import { describe, expect, test } from "bun:test";
import { REFUSAL_ROWS } from "../../../../src/core/refusals/rows.ts";
import { readHttpError } from "../../../../src/core/upstream-errors/read.ts";

describe("fields that only tune", () => {
  test.each<[string, string | null, string | undefined]>([
    [
      "The encrypted content gAAA...DQ== could not be verified. Reason: Encrypted content could not be decrypted or parsed.",
      null,
      "input[].encrypted_content",
    ],
    [
      "Item 'rs_1' of type 'reasoning' was provided without its required following item.",
      "input",
      "input[].encrypted_content",
    ],
    [
      "Item with id 'rs_1' not found. Items are not persisted when `store` is set to false.",
      "input",
      "input[].encrypted_content",
    ],
    [
      "Item 'fc_1' of type 'function_call' was provided without its required 'reasoning' item: 'rs_1'.",
      "input",
      "input[].encrypted_content",
    ],
    ["Encrypted content is not supported with this model.", "include", "include"],
    ["Your organization must be verified to generate reasoning summaries.", "reasoning.summary", "reasoning.summary"],
    [
      "Unsupported parameter: 'reasoning.summary' is not supported with this model.",
      "reasoning.summary",
      "reasoning.summary",
    ],
    [
      "Unsupported parameter: 'reasoning.effort' is not supported with this model.",
      "reasoning.effort",
      "reasoning.effort",
    ],
    [
      "Unsupported value: 'xhigh' is not supported. Supported values are: 'low', 'high'.",
      "reasoning.effort",
      "reasoning.effort",
    ],
    ["Unknown parameter: 'reasoning'.", "reasoning", "reasoning"],
    ['"m" does not support thinking', null, "reasoning"],
    ["Unsupported parameter: 'temperature' is not supported with this model.", "temperature", "temperature"],
    ["Unsupported parameter: 'top_p' is not supported with this model.", "top_p", "top_p"],
    ["Unknown parameter: 'prompt_cache_key'.", "prompt_cache_key", "prompt_cache_key"],
    ["Unknown parameter: 'parallel_tool_calls'.", "parallel_tool_calls", "parallel_tool_calls"],
    ["Unknown parameter: 'store'.", "store", "store"],
    [
      "Invalid schema for function 'f': strict schemas need additionalProperties: false",
      "tools[0].parameters",
      "tools.strict",
    ],
    ["Unsupported parameter: 'max_output_tokens' is not supported.", "max_output_tokens", undefined],
    ["Invalid value: 'required'. tool_choice", "tool_choice", undefined],
    ["Unsupported parameter: 'text.format' is not supported with this model.", "text.format", undefined],
    ["Missing required parameter: 'input[0].content'.", "input[0].content", undefined],
    [
      "Invalid schema for function 'f': In context=('properties', 'temperature'), schema must have a 'type' key.",
      "tools[0].parameters",
      undefined,
    ],
    ["tools[0].parameters.properties.top_p: unknown type", null, undefined],
  ])("%s: %s", (message, param, field) => {
    const body = { error: { message, type: "invalid_request_error", param, code: null } };
    const told = readHttpError(400, new Headers(), JSON.stringify(body), "host");
    expect(["invalid_request", "unsupported"]).toContain(told.kind);
    expect(REFUSAL_ROWS.responses.find((row) => row.words.test(told.message))?.field).toBe(field as string);
  });
});
