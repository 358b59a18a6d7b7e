/** What OpenAI's SDK may send we read, and what we send it may read. Held by the compiler. */
import { expect, test } from "bun:test";
import type OpenAI from "openai";
import type * as schema from "../../../../src/wires/chat/client/schema.ts";
import type { EncodedCall } from "../../../../src/wires/chat/client/encode-chunks.ts";
import type { ErrorBody } from "../../../../src/wires/chat/client/errors.ts";
import { turnOf } from "./exchange.ts";

type Taken<Ours> = <Theirs extends Ours>(theirs?: Theirs) => void;
const takes =
  <Ours>(): Taken<Ours> =>
  () => {};
type Params = OpenAI.ChatCompletionCreateParams;
type Body = schema.RequestBody;

takes<Body["temperature"]>()<Params["temperature"]>();
takes<Body["stop"]>()<Params["stop"]>();
takes<Extract<Body["function_call"], string>>()<Extract<Params["function_call"], string>>();
takes<Body["reasoning_effort"]>()<Params["reasoning_effort"]>();
takes<Body["modalities"]>()<Params["modalities"]>();
takes<Body["service_tier"]>()<Params["service_tier"]>();
takes<schema.ResponseFormat["type"]>()<NonNullable<Params["response_format"]>["type"]>();
takes<schema.ContentPart["type"]>()<OpenAI.ChatCompletionContentPart["type"]>();

takes<OpenAI.ChatCompletionMessageToolCall>()<EncodedCall>();
takes<Pick<OpenAI.ErrorObject, "code" | "message" | "param" | "type">>()<ErrorBody>();

/** Every field of the body: those that are not carried must be listed, and the compiler knows of each. */
const FIELDS = {
  messages: "carried",
  model: "carried",
  audio: "listed",
  frequency_penalty: "carried",
  function_call: "carried",
  functions: "carried",
  logit_bias: "listed",
  logprobs: "carried",
  max_completion_tokens: "carried",
  max_tokens: "carried",
  metadata: "harmless",
  modalities: "carried",
  moderation: "listed",
  n: "carried",
  parallel_tool_calls: "carried",
  prediction: "harmless",
  presence_penalty: "carried",
  prompt_cache_key: "carried",
  prompt_cache_options: "harmless",
  prompt_cache_retention: "harmless",
  reasoning_effort: "carried",
  response_format: "carried",
  safety_identifier: "harmless",
  seed: "listed",
  service_tier: "carried",
  stop: "carried",
  store: "listed",
  stream: "carried",
  stream_options: "carried",
  temperature: "carried",
  tool_choice: "carried",
  tools: "carried",
  top_logprobs: "carried",
  top_p: "carried",
  user: "carried",
  verbosity: "carried",
  web_search_options: "listed",
} satisfies Record<keyof Params, "carried" | "listed" | "harmless">;

const SAMPLES: Partial<Record<keyof Params, unknown>> = {
  store: true,
};

test("every field that is not carried is listed", () => {
  const listed = Object.entries(FIELDS).flatMap(([field, how]) => (how === "listed" ? [field] : []));
  const body = Object.fromEntries(listed.map((field) => [field, SAMPLES[field as keyof Params] ?? { any: "thing" }]));
  expect(
    turnOf(body)
      .ignored.map(({ field }) => field)
      .toSorted(),
  ).toEqual(listed.toSorted());
});
