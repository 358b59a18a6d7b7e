/** Our types of the wire are those of Anthropic's SDK: what we send it may be sent. Held by the compiler. */
import { expect, test } from "bun:test";
import type Anthropic from "@anthropic-ai/sdk";
import type * as body from "../../../../src/wires/messages/upstream/body.ts";
import { lower } from "./items.ts";

type Sent<Theirs> = <Ours extends Theirs>(ours?: Ours) => void;
const is =
  <Theirs>(): Sent<Theirs> =>
  () => {};

is<Anthropic.TextBlockParam>()<body.TextBlock>();
is<Anthropic.ImageBlockParam>()<body.ImageBlock>();
is<Anthropic.DocumentBlockParam>()<body.DocumentBlock>();
is<Anthropic.ToolResultBlockParam>()<body.ToolResultBlock>();
is<Omit<Anthropic.ToolUseBlockParam, "input">>()<body.ToolUseHead>();
is<Anthropic.ThinkingBlockParam | Anthropic.RedactedThinkingBlockParam>()<body.ThinkingBlock>();
is<Anthropic.Tool>()<body.ToolParam>();
is<Anthropic.ToolChoice>()<body.ToolChoiceParam>();
is<Anthropic.CacheControlEphemeral>()<body.CacheControl>();
is<Anthropic.MessageParam["role"]>()<body.Message["role"]>();

/** Every field of the body, so that the compiler knows the name of each. */
const FIELDS = {
  model: true,
  tools: true,
  system: true,
  messages: true,
  max_tokens: true,
  thinking: true,
  output_config: true,
  tool_choice: true,
  cache_control: true,
  stream: true,
} satisfies { [Field in keyof Anthropic.MessageCreateParams]?: true };

/** The SDK has forgotten them with the models that took them; other hosts take them still. */
const OLDER = ["temperature", "top_p"];

test("no field is sent that the SDK does not know", () => {
  const effort_on = { thinking: { type: "adaptive" }, output_config: { effort: "$effort" } };
  const settings = { effort: "low", temperature: 0.5, top_p: 0.5, max_output_tokens: 5, presence_penalty: 1 } as const;
  for (const dialect of [{}, { effort_on }]) {
    const sent = lower(
      { tools: [{ name: "f" }], settings: { ...settings, tool_choice: "auto", parallel_tool_calls: false } },
      dialect,
    );
    expect(Object.keys(sent).filter((field) => !Object.hasOwn(FIELDS, field) && !OLDER.includes(field))).toEqual([]);
  }
});
