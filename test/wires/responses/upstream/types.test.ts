/** Our types of the wire are those of OpenAI's SDK: what we send it may be sent. Held by the compiler. */
import { expect, test } from "bun:test";
import type OpenAI from "openai";
import type { Settings } from "../../../../src/core/turn.ts";
import type * as body from "../../../../src/wires/responses/upstream/body.ts";
import { user } from "../../chat/upstream/items.ts";
import { lower } from "./items.ts";

type R = OpenAI.Responses.ResponseCreateParams;
type Sent<Theirs> = <Ours extends Theirs>(ours?: Ours) => void;
const is =
  <Theirs>(): Sent<Theirs> =>
  () => {};

is<OpenAI.Responses.ResponseInputText>()<body.InputText>();
is<OpenAI.Responses.ResponseInputImage>()<body.InputImage>();
is<OpenAI.Responses.ResponseInputFile>()<body.InputFile>();
is<OpenAI.Responses.ResponseInputItem.Message>()<body.GivenMessage>();
is<OpenAI.Responses.ResponseFunctionToolCall>()<body.FunctionCall>();
is<OpenAI.Responses.ResponseInputItem.FunctionCallOutput>()<body.FunctionCallOutput>();
is<OpenAI.Responses.FunctionTool>()<body.FunctionToolParam>();
is<R["tool_choice"]>()<body.ToolChoiceParam>();
is<OpenAI.Responses.ResponseFormatTextConfig>()<body.FormatParam>();
// What the assistant said goes back without the fields that only a reply has: agents send it so too.
is<Pick<OpenAI.Responses.ResponseOutputMessage, "type" | "role">>()<body.SaidMessage>();
is<Pick<OpenAI.Responses.ResponseOutputText, "type" | "text"> | OpenAI.Responses.ResponseOutputRefusal>()<
  body.SaidMessage["content"][number]
>();

/** Every field of the body, so that the compiler knows the name of each. */
const FIELDS = {
  model: true,
  instructions: true,
  tools: true,
  input: true,
  max_output_tokens: true,
  temperature: true,
  top_p: true,
  reasoning: true,
  include: true,
  text: true,
  tool_choice: true,
  parallel_tool_calls: true,
  store: true,
  stream: true,
  prompt_cache_key: true,
  top_logprobs: true,
  service_tier: true,
} satisfies { [Field in keyof R]?: true };

const INCLUDABLE: OpenAI.Responses.ResponseIncludable[] = [
  "reasoning.encrypted_content",
  "message.output_text.logprobs",
];
const SUMMARY: NonNullable<OpenAI.Reasoning["summary"]> = "auto";

test("no field is sent that the SDK does not know", () => {
  const settings: Required<Settings> = {
    max_output_tokens: 20,
    temperature: 1,
    top_p: 1,
    presence_penalty: 1,
    frequency_penalty: 1,
    stop: ["x"],
    effort: "low",
    verbosity: "low",
    top_logprobs: 2,
    service_tier: "flex",
    format: { type: "json_object" },
    tool_choice: "auto",
    parallel_tool_calls: true,
  };
  const sent = lower(
    { items: [user("a")], tools: [{ name: "f" }], settings },
    { cache_key: true, verbosity: true, service_tier: true },
  );
  expect(Object.keys(sent).filter((field) => !Object.hasOwn(FIELDS, field))).toEqual([]);
  expect(sent["include"]).toEqual(INCLUDABLE);
  expect(sent["reasoning"]).toEqual({ effort: "low", summary: SUMMARY });
});
