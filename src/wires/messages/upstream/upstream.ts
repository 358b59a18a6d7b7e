/** The upstream half of the Messages wire. */
import { DEFAULT_DIALECT, type Dialect } from "../../../core/dialect.ts";
import { ShimError } from "../../../core/errors.ts";
import { finishBody, sessionHeaders } from "../../../core/fit/body.ts";
import { fit } from "../../../core/fit/fit.ts";
import { withTextCalls } from "../../../core/text-calls/text-call-filter.ts";
import type { Turn } from "../../../core/turn.ts";
import type { Lowered, Surroundings, UpstreamWire } from "../../wire.ts";
import { MESSAGES } from "./abilities.ts";
import { type CacheControl, jsonOf, messagesText, type TextBlock, type ToolParam } from "./body.ts";
import { MessagesDecoder } from "./decode.ts";
import { lowerSettings } from "./lower-settings.ts";
import { choiceParam, toolParam } from "./lower-tools.ts";
import { lowerInstructions, lowerItems } from "./lower.ts";
import { isStructured } from "./structured.ts";
import { goesOnWithoutThought } from "./thinking.ts";

export const messagesUpstream: UpstreamWire = {
  name: "messages",
  path: "/messages",
  lower,
  decoder: (turn, emit, around, dialect) =>
    new MessagesDecoder(turn, withTextCalls(turn, emit, around, dialect ?? DEFAULT_DIALECT), around),
};

/** The version of the API; there has been no other since. */
const VERSION = { "anthropic-version": "2023-06-01" };

/**
 * Two of the four breakpoints that a prompt may have. One stands at the end of what never changes, tools and
 * instructions. The other is the API's own at the top of the body, which it moves along with the conversation: a mark on
 * the last block would stand elsewhere in each request, and no request would begin with the text of the one before.
 */
const CACHED: CacheControl = { type: "ephemeral" };

function lower(turn: Turn, dialect: Dialect, around: Surroundings, thread?: string): Lowered {
  const { turn: fitted, ignored, effort } = fit(turn, dialect, MESSAGES, around.note, isStructured);
  const { tools, format } = fitted;
  const messages = lowerItems(fitted.items);
  const detail = detailOf(turn);
  if (detail)
    ignored.push({ field: "input[].content[].detail", what: detail, why: "the Messages API has one for all" });
  if (messages.length === 0)
    throw new ShimError("unsupported", "this upstream needs a message of the user; send one beside the instructions");
  const facts = {
    asked: turn.settings.effort,
    forced: tools.forced,
    unthought: goesOnWithoutThought(messages),
    most_tokens: dialect.max_output_tokens,
  };
  const settings = lowerSettings(fitted.settings, effort, format, facts, ignored);
  const choice = choiceParam(tools);
  const { head, rest } = finishBody(
    {
      head: { model: fitted.model, ...marked(tools.offered.map(toolParam), lowerInstructions(fitted.instructions)) },
      rest: { ...settings.fields, ...(choice && { tool_choice: choice }), cache_control: CACHED, stream: true },
    },
    dialect,
    ignored,
  );
  // Tools and instructions stand before the messages, as they do in the prompt: a longer history then begins with the shorter one.
  const prompt = `${jsonOf(head).slice(0, -1)},"messages":${messagesText(messages)}`;
  return {
    // Arguments of calls stand in it as they were written.
    body: `${prompt},${jsonOf(rest).slice(1)}`.toWellFormed(),
    prompt_end: prompt.length - 1,
    ignored,
    effort: settings.effort,
    headers: { ...VERSION, ...sessionHeaders(dialect, thread) },
  };
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
  const system = texts.map((text, at): TextBlock => ({
    type: "text",
    text,
    ...(at === texts.length - 1 && { cache_control: CACHED }),
  }));
  const last = tools.at(-1);
  if (system.length > 0 || !last) return { ...(last && { tools: [...tools] }), ...(system.length > 0 && { system }) };
  return { tools: [...tools.slice(0, -1), { ...last, cache_control: CACHED }] };
}
