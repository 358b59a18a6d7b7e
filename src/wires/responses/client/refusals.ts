/** What a body of the right types still may not hold: refused with the codes of OpenAI's own server. */
import { ShimError } from "../../../core/errors.ts";
import type * as schema from "./schema.ts";

/** Fields of Chat Completions, and where the Responses API has the same. Ignored, they would change the response in silence. */
const MOVED: Readonly<Record<string, string>> = {
  messages: "input",
  max_tokens: "max_output_tokens",
  max_completion_tokens: "max_output_tokens",
  response_format: "text.format",
  reasoning_effort: "reasoning.effort",
  verbosity: "text.verbosity",
  functions: "tools",
  function_call: "tool_choice",
};

const MOST_PAIRS = 16;
const LONGEST_KEY = 64;
const LONGEST_VALUE = 512;

export function refuseWrong(body: schema.RequestBody): void {
  for (const [field, now] of Object.entries(MOVED))
    if (body[field] !== undefined && body[field] !== null)
      throw refusal("unsupported_parameter", field, `is no field of the Responses API; it is called \`${now}\` here`);
  if (body.prompt)
    throw refusal(
      "unsupported_parameter",
      "prompt",
      "names a template stored at OpenAI; send its text as `instructions`",
    );
  if (body.stream_options && body.stream !== true)
    throw refusal("invalid_value", "stream_options", "is only allowed with `stream: true`");
  if (body.metadata) refuseMetadata(body.metadata);
}

export function refuseMetadata(metadata: Record<string, string>): void {
  const pairs = Object.entries(metadata);
  if (pairs.length > MOST_PAIRS)
    throw refusal(
      "object_above_max_properties",
      "metadata",
      `holds ${pairs.length} pairs, and ${MOST_PAIRS} is the most`,
    );
  for (const [key, value] of pairs) {
    const field = `metadata.${key.slice(0, LONGEST_KEY)}`;
    if (key.length > LONGEST_KEY)
      throw refusal("property_name_above_max_length", field, `has a key of more than ${LONGEST_KEY} characters`);
    if (value.length > LONGEST_VALUE)
      throw refusal("string_above_max_length", field, `has more than ${LONGEST_VALUE} characters`);
  }
}

function refusal(code: string, field: string, what: string): ShimError {
  return new ShimError("invalid_request", `\`${field}\` ${what}`, { param: field, code });
}
