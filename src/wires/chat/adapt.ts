/** Makes of a turn's canonical messages and settings the body that one upstream's dialect asks for. The only place for quirks. */
import type { Dialect, JsonObject } from "../../core/dialect.ts";
import type { Ignored, Turn } from "../../core/turn.ts";
import { adaptMessages } from "./adapt-messages.ts";
import { adaptSettings, formatInWords, withInstruction } from "./adapt-settings.ts";
import { adaptTools } from "./adapt-tools.ts";
import type { ChatMessage } from "./body.ts";

export interface Adapted {
  /** What stands before the messages, as it does in the prompt: a longer history then begins with the shorter one. */
  head: Record<string, unknown>;
  messages: ChatMessage[];
  rest: Record<string, unknown>;
  ignored: Ignored[];
  effort: string | null;
  headers: Record<string, string>;
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
  return {
    head,
    messages: adaptMessages(told, dialect),
    rest: withExtra(rest, dialect.extra_body),
    ignored,
    effort: settings.effort,
    headers: thread !== undefined && dialect.session_header !== "" ? { [dialect.session_header]: thread } : {},
  };
}

/** Whether it was there. */
function removePath(body: Record<string, unknown>, path: string): boolean {
  const [key = "", ...deeper] = path.split(".");
  if (!Object.hasOwn(body, key)) return false;
  if (deeper.length === 0) return delete body[key];
  const inner = body[key];
  if (typeof inner !== "object" || inner === null) return false;
  const copy = { ...inner } as Record<string, unknown>;
  const removed = removePath(copy, deeper.join("."));
  if (removed) body[key] = copy;
  return removed;
}

/** Objects within are joined, so that template arguments of the user's stand beside those that an effort needs. */
function withExtra(body: JsonObject, extra: JsonObject): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...body };
  for (const [key, value] of Object.entries(extra)) {
    const before = merged[key];
    merged[key] = isObject(before) && isObject(value) ? withExtra(before, value) : value;
  }
  return merged;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
