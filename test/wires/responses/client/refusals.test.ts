/** What is wrong with a request is told with the field and the code that OpenAI's own server gives. */
import { expect, test } from "bun:test";
import { ShimError } from "../../../../src/core/errors.ts";
import { responsesClient } from "../../../../src/wires/responses/client/client.ts";
import { httpErrorOf } from "../../../../src/wires/responses/client/errors.ts";
import { PLAIN, testSurroundings } from "../../../support/around.ts";

function told(body: object): { status: number; code: unknown; param: unknown; type: unknown } {
  try {
    responsesClient.lift({ model: "m", input: "hi", ...body }, PLAIN, testSurroundings());
  } catch (error) {
    const { status, body } = httpErrorOf(error as ShimError, PLAIN);
    const { code, param, type } = (body as { error: Record<string, unknown> }).error;
    return { status, code, param, type };
  }
  throw new Error("it was taken");
}

const pairs = (n: number): object => Object.fromEntries(Array.from({ length: n }, (_, i) => [`k${i}`, "v"]));
const long = (n: number): string => "x".repeat(n);

test.each<[body: object, code: string, param: string]>([
  [{ model: undefined }, "missing_required_parameter", "model"],
  [{ input: undefined }, "missing_required_parameter", "input"],
  [{ model: 5 }, "invalid_type", "model"],
  [{ stream: "yes" }, "invalid_type", "stream"],
  [{ input: 5 }, "invalid_type", "input"],
  [{ temperature: 2.5 }, "decimal_above_max_value", "temperature"],
  [{ temperature: -1 }, "decimal_below_min_value", "temperature"],
  [{ top_p: 1.5 }, "decimal_above_max_value", "top_p"],
  [{ presence_penalty: 3 }, "decimal_above_max_value", "presence_penalty"],
  [{ top_logprobs: 21 }, "integer_above_max_value", "top_logprobs"],
  [{ max_output_tokens: 0 }, "integer_below_min_value", "max_output_tokens"],
  [{ max_tool_calls: 0 }, "integer_below_min_value", "max_tool_calls"],
  [{ truncation: "some" }, "invalid_value", "truncation"],
  [{ text: { verbosity: "shy" } }, "invalid_value", "text.verbosity"],
  [{ text: { format: { type: "xml" } } }, "invalid_value", "text.format.type"],
  [{ text: { format: { type: "json_schema", name: "n" } } }, "missing_required_parameter", "text.format.schema"],
  [{ include: ["reasoning.encrypted_content", "everything"] }, "invalid_value", "include[1]"],
  [{ tool_choice: "perhaps" }, "invalid_value", "tool_choice"],
  [{ tools: [{ type: "function" }] }, "missing_required_parameter", "tools[0].name"],
  [{ input: [{ role: "king", content: "hi" }] }, "invalid_value", "input[0].role"],
  [{ input: [{ role: "assistant", content: "hi", phase: "last" }] }, "invalid_value", "input[0].phase"],
  [{ metadata: pairs(17) }, "object_above_max_properties", "metadata"],
  [{ metadata: { [long(65)]: "v" } }, "property_name_above_max_length", `metadata.${long(64)}`],
  [{ metadata: { k: long(513) } }, "string_above_max_length", "metadata.k"],
  [{ metadata: { k: 1 } }, "invalid_type", "metadata.k"],
  [{ stream_options: { include_obfuscation: false } }, "invalid_value", "stream_options"],
  [{ prompt: { id: "pmpt_1" } }, "unsupported_parameter", "prompt"],
  [{ messages: [{ role: "user", content: "hi" }] }, "unsupported_parameter", "messages"],
  [{ max_tokens: 5 }, "unsupported_parameter", "max_tokens"],
  [{ response_format: { type: "json_object" } }, "unsupported_parameter", "response_format"],
  [{ reasoning_effort: "low" }, "unsupported_parameter", "reasoning_effort"],
])("%j is %s", (body, code, param) => {
  expect(told(body)).toEqual({ status: 400, code, param, type: "invalid_request_error" });
});

test.each<[object, string[]]>([
  [{ metadata: pairs(16) }, []],
  [{ metadata: { [long(64)]: long(512) } }, []],
  [{ stream: true, stream_options: { include_obfuscation: true } }, []],
  [{ include: ["reasoning.encrypted_content", "message.input_image.image_url"] }, []],
  [
    { include: ["file_search_call.results", "code_interpreter_call.outputs", "web_search_call.action.sources"] },
    ["include[0]", "include[1]", "include[2]"],
  ],
  [{ user: "u", safety_identifier: "s", prompt_cache_retention: "24h", max_tokens: null }, []],
])("%j is taken, with what is ignored listed", (body, ignored) => {
  const { turn } = responsesClient.lift({ model: "m", input: "hi", ...body }, PLAIN, testSurroundings());
  expect(turn.ignored.map(({ field }) => field)).toEqual(ignored);
});
