/** The upstream half of the Chat Completions wire. */
import { DEFAULT_DIALECT, type Dialect } from "../../../core/dialect.ts";
import { finishBody, holdsFields, sessionHeaders } from "../../../core/fit/body.ts";
import { fit } from "../../../core/fit/fit.ts";
import type { SentFormat } from "../../../core/fit/format.ts";
import type { FittedSettings } from "../../../core/fit/settings.ts";
import type { FittedTool } from "../../../core/fit/tools.ts";
import type { WireAbilities } from "../../../core/fit/wire-abilities.ts";
import type { TakeNote } from "../../../core/notes.ts";
import type { Turn } from "../../../core/turn.ts";
import { bodyText, toolFields } from "../../lowering.ts";
import type { Lowered, UpstreamWire } from "../../wire.ts";
import { ChatDecoder } from "./decode.ts";
import { type ChatMessage, lowerItems } from "./lower.ts";

export const chatUpstream: UpstreamWire = {
  name: "chat",
  path: "/chat/completions",
  lower(turn, dialect, scope, thread) {
    const { head, messages, rest, ...facts } = loweredBody(turn, dialect, scope.note, thread);
    return { ...bodyText(head, ["messages", JSON.stringify(messages)], rest), ...facts };
  },
  compose(turn, dialect) {
    const { head, messages, rest, ignored } = loweredBody(turn, dialect, () => {});
    return { fields: { ...head, messages, ...rest }, ignored };
  },
  decoder: (turn, emit, scope, dialect = DEFAULT_DIALECT) => new ChatDecoder(turn, emit, scope, dialect),
};

const CHAT: WireAbilities = {
  api: "Chat Completions",
  lacks: [],
  replays: ["reasoning_content", "reasoning", "reasoning_details", "think", "thinking", "extra_content"],
  replays_with_calls: ["extra_content"],
  spoken_order: false,
  result_media: false,
  late_media_system: false,
  one_forced_choice: false,
  parallel_in_choice: false,
  formats: ["json_schema", "json_object", "value"],
  json_object_needs_words: false,
};

interface LoweredBody extends Pick<Lowered, "ignored" | "effort" | "headers"> {
  head: Record<string, unknown>;
  messages: ChatMessage[];
  rest: Record<string, unknown>;
}

function loweredBody(turn: Turn, dialect: Dialect, note: TakeNote, thread?: string): LoweredBody {
  const { turn: fitted, ignored, effort } = fit(turn, dialect, CHAT, note);
  const { tools, settings, format } = fitted;
  const has_tools = tools.offered.length > 0;
  const body = {
    head: { model: fitted.model, ...(has_tools && { tools: tools.offered.map(toolParam) }) },
    rest: {
      ...settingFields(settings, effort.fields, format, dialect),
      ...toolFields(tools, (name) => ({ type: "function", function: { name } })),
      ...(tools.choice === "required" && dialect.tool_choice === "any" && { tool_choice: "any" }),
      stream: true,
      ...(dialect.stream_usage && { stream_options: { include_usage: true } }),
      ...(dialect.return_progress && { return_progress: true }),
      ...(dialect.cache_key && thread !== undefined && { prompt_cache_key: thread }),
    },
  };
  const { head, rest } = finishBody(body, dialect, ignored);
  return {
    head,
    messages: lowerItems(fitted.instructions, fitted.items, dialect),
    rest,
    ignored,
    effort: holdsFields(rest, effort.fields) ? effort.used : null,
    headers: sessionHeaders(dialect, thread),
  };
}

function toolParam({ name, description, parameters, strict }: FittedTool): object {
  return {
    type: "function",
    function: { name, ...(description && { description }), parameters, ...(strict && { strict: true }) },
  };
}

function settingFields(
  settings: FittedSettings,
  effort_fields: Record<string, unknown>,
  format: SentFormat | undefined,
  { max_tokens_field }: Pick<Dialect, "max_tokens_field">,
): Record<string, unknown> {
  const { max_output_tokens, top_logprobs, verbosity, service_tier, ...same } = settings;
  return {
    ...same,
    ...(max_output_tokens !== undefined && { [max_tokens_field]: max_output_tokens }),
    ...effort_fields,
    ...(format && { response_format: formatParam(format) }),
    ...(verbosity !== undefined && { verbosity }),
    ...(service_tier !== undefined && { service_tier }),
    ...(top_logprobs !== undefined && { logprobs: true, ...(top_logprobs > 0 && { top_logprobs }) }),
  };
}

function formatParam(format: SentFormat): object {
  if (format.type === "json_object") return format;
  if (format.type === "value") return { type: "json_object", value: format.schema };
  const { type, ...json_schema } = format;
  return { type, json_schema };
}
