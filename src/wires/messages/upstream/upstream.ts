/** The upstream half of the Messages wire. */
import { DEFAULT_DIALECT, type Dialect } from "../../../core/dialect.ts";
import { finishBody, sessionHeaders } from "../../../core/fit/body.ts";
import { fit } from "../../../core/fit/fit.ts";
import type { FittedTool, FittedTools } from "../../../core/fit/tools.ts";
import type { WireAbilities } from "../../../core/fit/wire-abilities.ts";
import type { ToolChoice, Turn } from "../../../core/turn.ts";
import { withTextCalls } from "../../../core/text-calls/text-call-filter.ts";
import { unsupported } from "../../errors.ts";
import { bodyText, instructionTexts, systemText } from "../../lowering.ts";
import type { Lowered, WireScope, UpstreamWire } from "../../wire.ts";
import { type CacheControl, messagesText, type TextBlock, type ToolChoiceParam, type ToolParam } from "./body.ts";
import { MessagesDecoder } from "./decode.ts";
import { lowerSettings } from "./lower-settings.ts";
import { goesOnWithoutThought, lowerItems } from "./lower.ts";
import { isStructured } from "./structured.ts";

export const messagesUpstream: UpstreamWire = {
  name: "messages",
  path: "/messages",
  lower,
  decoder: (turn, emit, scope, dialect = DEFAULT_DIALECT) =>
    new MessagesDecoder(turn, withTextCalls(turn, emit, scope, dialect), scope),
};

const MESSAGES: WireAbilities = {
  api: "the Messages API",
  lacks: ["presence_penalty", "frequency_penalty", "verbosity", "top_logprobs", "service_tier"],
  replays: ["thinking_blocks"],
  replays_with_calls: [],
  spoken_order: true,
  result_media: true,
  late_media_system: false,
  one_forced_choice: true,
  parallel_in_choice: true,
  formats: ["json_schema"],
  json_object_needs_words: true,
};

/** The version of the API; there has been no other since. */
const VERSION = { "anthropic-version": "2023-06-01" };

/**
 * Two of the four breakpoints that a prompt may have. One stands at the end of what never changes, tools and
 * instructions. The other is the API's own at the top of the body, which it moves along with the conversation: a mark on
 * the last block would stand elsewhere in each request, and no request would begin with the text of the one before.
 */
const CACHED: CacheControl = { type: "ephemeral" };

function lower(turn: Turn, dialect: Dialect, scope: WireScope, thread?: string): Lowered {
  const { turn: fitted, ignored, effort } = fit(turn, dialect, MESSAGES, scope.note, isStructured);
  const { tools, format } = fitted;
  const messages = lowerItems(fitted.items);
  const detail = detailOf(turn);
  if (detail)
    ignored.push({ field: "input[].content[].detail", what: detail, why: "the Messages API has one for all" });
  if (messages.length === 0)
    throw unsupported("this upstream needs a message of the user; send one beside the instructions");
  const facts = {
    asked: turn.settings.effort,
    forced: tools.forced,
    unthought: goesOnWithoutThought(messages),
    most_tokens: dialect.max_output_tokens,
  };
  const settings = lowerSettings(fitted.settings, effort, format, facts, ignored);
  const choice = choiceParam(tools);
  const instructions = instructionTexts(fitted.instructions, systemText).filter((text) => text.trim() !== "");
  const parts = {
    head: { model: fitted.model, ...marked(tools.offered.map(toolParam), instructions) },
    rest: { ...settings.fields, ...(choice && { tool_choice: choice }), cache_control: CACHED, stream: true },
  };
  const { head, rest } = finishBody(parts, dialect, ignored);
  const { body, prompt_end } = bodyText(head, ["messages", messagesText(messages)], rest);
  const headers = { ...VERSION, ...sessionHeaders(dialect, thread) };
  // Arguments of calls stand in it as they were written.
  return { body: body.toWellFormed(), prompt_end, ignored, effort: settings.effort, headers };
}

/** How closely the client wants an image to be looked at. */
function detailOf({ items }: Turn): string | undefined {
  for (const item of items) {
    if (item.type !== "message" && item.type !== "tool_result") continue;
    for (const part of item.parts)
      if (part.type === "image" && part.detail !== undefined && part.detail !== "auto") return part.detail;
  }
  return undefined;
}

function marked(tools: readonly ToolParam[], texts: readonly string[]): { tools?: ToolParam[]; system?: TextBlock[] } {
  const system = texts.map((text, at): TextBlock => {
    return { type: "text", text, ...(at === texts.length - 1 && { cache_control: CACHED }) };
  });
  const last = tools.at(-1);
  if (system.length > 0 || !last) return { ...(last && { tools: [...tools] }), ...(system.length > 0 && { system }) };
  return { tools: [...tools.slice(0, -1), { ...last, cache_control: CACHED }] };
}

function toolParam({ name, description, parameters, strict }: FittedTool): ToolParam {
  return {
    name,
    ...(description && { description }),
    // A schema without its type is refused, though arguments cannot be anything but an object.
    input_schema: { ...parameters, type: "object" },
    ...(strict && { strict: true }),
  };
}

/** That calls come one by one is part of the choice here. */
function choiceParam({ choice, parallel }: FittedTools): ToolChoiceParam | undefined {
  if (choice === "none") return { type: "none" };
  const param = choice === undefined ? undefined : forcedOrAuto(choice);
  return parallel === false ? { ...(param ?? { type: "auto" }), disable_parallel_tool_use: true } : param;
}

function forcedOrAuto(choice: Exclude<ToolChoice, "none">): Exclude<ToolChoiceParam, { type: "none" }> {
  if (typeof choice === "object") return { type: "tool", name: choice.name };
  return { type: choice === "required" ? "any" : "auto" };
}
