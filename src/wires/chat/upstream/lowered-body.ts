/** A turn as the parts of a Chat Completions body, in the form that one upstream's dialect asks for. */
import type { Dialect } from "../../../core/dialect.ts";
import { finishBody, holdsFields, sessionHeaders } from "../../../core/fit/body.ts";
import { fit } from "../../../core/fit/fit.ts";
import type { TakeNote } from "../../../core/notes.ts";
import type { Ignored, Turn } from "../../../core/turn.ts";
import { CHAT } from "./abilities.ts";
import type { ChatMessage } from "./body.ts";
import { settingFields, toolFields, toolParam } from "./lower-settings.ts";
import { lowerItems } from "./lower.ts";

export interface LoweredBody {
  /** What stands before the messages, as it does in the prompt: a longer history then begins with the shorter one. */
  head: Record<string, unknown>;
  messages: ChatMessage[];
  rest: Record<string, unknown>;
  ignored: Ignored[];
  effort: string | null;
  headers: Record<string, string>;
}

export function loweredBody(turn: Turn, dialect: Dialect, note: TakeNote, thread?: string): LoweredBody {
  const { turn: fitted, ignored, effort } = fit(turn, dialect, CHAT, note);
  const { tools, settings, format } = fitted;
  const has_tools = tools.offered.length > 0;
  const { head, rest } = finishBody(
    {
      head: { model: fitted.model, ...(has_tools && { tools: tools.offered.map(toolParam) }) },
      rest: {
        ...settingFields(settings, effort.fields, format, dialect),
        ...toolFields(tools, dialect),
        stream: true,
        ...(dialect.stream_usage && { stream_options: { include_usage: true } }),
        ...(dialect.return_progress && { return_progress: true }),
        ...(dialect.cache_key && thread !== undefined && { prompt_cache_key: thread }),
      },
    },
    dialect,
    ignored,
  );
  return {
    head,
    messages: lowerItems(fitted.instructions, fitted.items, dialect),
    rest,
    ignored,
    effort: holdsFields(rest, effort.fields) ? effort.used : null,
    headers: sessionHeaders(dialect, thread),
  };
}
