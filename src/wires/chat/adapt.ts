/** Makes of a turn's canonical messages and settings the body that one upstream's dialect asks for. The only place for quirks. */
import type { Dialect } from "../../core/dialect.ts";
import { isJsonObject, removePath, withFields } from "../../core/json-fields.ts";
import type { Ignored, Turn } from "../../core/turn.ts";
import { adaptMessages } from "./adapt-messages.ts";
import { adaptSettings, type AdaptedSettings, formatInWords, withInstruction } from "./adapt-settings.ts";
import { adaptTools } from "./adapt-tools.ts";
import type { ChatMessage } from "./upstream/body.ts";

export interface Adapted {
  /** What stands before the messages, as it does in the prompt: a longer history then begins with the shorter one. */
  head: Record<string, unknown>;
  messages: ChatMessage[];
  rest: Record<string, unknown>;
  ignored: Ignored[];
  effort: string | null;
  headers: Record<string, string>;
}

/** What is told of the effort is what goes out: the user's last word may have taken its fields out, or changed them. */
function effortLeft({ effort, effort_fields }: AdaptedSettings, body: Record<string, unknown>): string | null {
  const same = Object.entries(effort_fields).every(([key, value]) => contains(body[key], value));
  return same ? effort : null;
}

function contains(value: unknown, part: unknown): boolean {
  if (!isJsonObject(part)) return value === part;
  return isJsonObject(value) && Object.entries(part).every(([key, inner]) => contains(value[key], inner));
}

export function adapt(turn: Turn, canonical: readonly ChatMessage[], dialect: Dialect, thread?: string): Adapted {
  const ignored: Ignored[] = [];
  const { tools, fields } = adaptTools(turn.tools, turn.settings, dialect, ignored);
  const hasTools = tools.length > 0;
  const mayCall = hasTools && turn.settings.tool_choice !== "none";
  const settings = adaptSettings(turn.settings, dialect, mayCall, ignored);
  const told = withInstruction(canonical, formatInWords(turn.settings, dialect, mayCall));
  const head = { model: turn.model, ...(hasTools && { tools }) };
  const rest = {
    ...settings.fields,
    ...fields,
    stream: true,
    ...(dialect.stream_usage && { stream_options: { include_usage: true } }),
    ...(dialect.return_progress && { return_progress: true }),
    ...(dialect.cache_key && thread !== undefined && { prompt_cache_key: thread }),
  };
  for (const path of dialect.drop) {
    if (removePath(head, path) || removePath(rest, path))
      ignored.push({ field: path, what: path, why: "this upstream must not be sent it" });
  }
  const whole = withFields(rest, dialect.extra_body);
  return {
    head,
    messages: adaptMessages(told, dialect),
    rest: whole,
    ignored,
    effort: effortLeft(settings, whole),
    headers: thread !== undefined && dialect.session_header !== "" ? { [dialect.session_header]: thread } : {},
  };
}
