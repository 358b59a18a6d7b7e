/** The upstream half of the Chat Completions wire. */
import { DEFAULT_DIALECT, type Dialect } from "../../../core/dialect.ts";
import { finishBody, holdsFields, sessionHeaders } from "../../../core/fit/body.ts";
import { fit } from "../../../core/fit/fit.ts";
import type { WireAbilities } from "../../../core/fit/wire-abilities.ts";
import type { TakeNote } from "../../../core/notes.ts";
import type { Turn } from "../../../core/turn.ts";
import { bodyText } from "../../lowering.ts";
import type { Lowered, UpstreamWire } from "../../wire.ts";
import type { ChatMessage } from "./body.ts";
import { ChatDecoder } from "./decode.ts";
import { settingFields, toolFields, toolParam } from "./lower-settings.ts";
import { lowerItems } from "./lower.ts";

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
      ...toolFields(tools, dialect),
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
