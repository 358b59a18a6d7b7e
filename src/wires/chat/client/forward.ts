/**
 * A Chat request for an upstream that speaks Chat itself: handed on as it is, but for the model's name and the config's
 * last word, unless this program would do something for it that the host needs.
 */
import type { Dialect } from "../../../core/dialect.ts";
import { addFields, dropFields, lowerLimit } from "../../../core/forward-edit.ts";
import { elementsOf, JsonEdit, membersOf, valueSpan, type Span } from "../../../core/json-edit.ts";
import { isJsonObject } from "../../../core/json-fields.ts";
import { REASONING_TAG } from "../../../core/reasoning-tag.ts";
import type { Ignored, Turn } from "../../../core/turn.ts";
import type { HostedOffer } from "../../hosted.ts";
import type { Compose, Composed, ForwardEdits, Forwarded } from "../../wire.ts";
import { SEARCH_FIELD } from "./hosted.ts";
import { isOwnEntry } from "./kept-reasoning.ts";
import { EFFORT_FIELDS } from "./lift-effort.ts";
import { liftRequest } from "./lift.ts";
import { isSameMessages, isSameValue } from "./same-messages.ts";

/** Fields that limit the answer's length. */
const LIMITS = ["max_tokens", "max_completion_tokens"];

export function editRequest(
  text: string,
  { model, drop, extra_body, most_output_tokens = 0 }: ForwardEdits,
): Forwarded {
  const edit = new JsonEdit(text);
  const ignored: Ignored[] = [];
  const whole = valueSpan(text);
  for (const member of membersOf(text, whole.start)) {
    if (member.key === "model") edit.replace(member.value, JSON.stringify(model));
    else if (member.key === "messages") cutOwnEntries(edit, member.value, ignored);
    else if (most_output_tokens > 0) lowerLimit(edit, member, LIMITS, most_output_tokens, ignored);
  }
  return { body: addFields(dropFields(edit.result(), drop, ignored), extra_body), ignored };
}

/** What was sealed here means nothing to this upstream. */
function cutOwnEntries(edit: JsonEdit, messages: Span, ignored: Ignored[]): void {
  const { text } = edit;
  // Searching the text is quick, and most threads never were elsewhere.
  if (!text.slice(messages.start, messages.end).includes(REASONING_TAG)) return;
  for (const [i, message] of elementsOf(text, messages.start).entries()) {
    const kept = membersOf(text, message.start).find(({ key }) => key === "reasoning_details");
    const entries = kept ? elementsOf(text, kept.value.start) : [];
    const cut = new Set<number>();
    for (const [k, { start, end }] of entries.entries()) if (isOwnEntry(JSON.parse(text.slice(start, end)))) cut.add(k);
    if (cut.size === 0) continue;
    edit.remove(entries, cut);
    const field = `messages[${i}].reasoning_details`;
    ignored.push({ field, what: "reasoning", why: "another upstream's model thought it" });
  }
}

/**
 * Whether the translated request would say something else than the client's own text. Where it says the same, that text
 * is as good, and it may hold more (fields that only this host knows).
 */
export function needsTranslation(json: unknown, dialect: Dialect, compose?: Compose, offer?: HostedOffer): boolean {
  if (offer?.search && !dialect.hosted_tools && isJsonObject(json) && (json[SEARCH_FIELD] ?? null) !== null)
    return true;
  const turn = turnOf(json);
  // What no turn can hold, or is wrong: the host itself may take it, or says best what it does not like.
  if (!turn || !isJsonObject(json) || !compose) return false;
  // Tool calls can be recognized in a text and repaired only where the reply is read.
  if (turn.tools.length > 0 && turn.settings.tool_choice !== "none" && dialect.heal === "auto") return true;
  // The limit of the answer's length is lowered in the text itself.
  const composed = composedOf(turn, { ...dialect, max_output_tokens: 0 }, compose);
  // Something that the host cannot take: the error says so.
  if (!composed || composed.ignored.length > 0) return true;
  const { messages, ...fields } = composed.fields;
  return !isSameMessages(json.messages, messages as object[]) || !isSameSettings(json, fields, dialect);
}

function turnOf(json: unknown): Turn | undefined {
  try {
    return liftRequest(json).turn;
  } catch {
    return undefined;
  }
}

function composedOf(turn: Turn, dialect: Dialect, compose: Compose): Composed | undefined {
  try {
    return compose(turn, dialect);
  } catch {
    return undefined;
  }
}

/** Fields that a dialect may want otherwise. */
const ADAPTED = [
  "tools",
  "functions",
  "tool_choice",
  "function_call",
  "parallel_tool_calls",
  "max_tokens",
  "max_completion_tokens",
  "response_format",
  ...EFFORT_FIELDS,
];

/** Fields of the translated body that ask for something of its own. */
const OF_TRANSLATION = ["model", "stream", "stream_options", "return_progress", "stop"];

function isSameSettings(
  json: { [key: string]: unknown },
  sent: Readonly<Record<string, unknown>>,
  dialect: Dialect,
): boolean {
  // The host's own words for an effort are better than a guess of what they mean.
  const efforts = new Set([...Object.keys(dialect.effort_on), ...Object.keys(dialect.effort_off)]);
  efforts.delete("reasoning_effort");
  const added = new Set([...OF_TRANSLATION, ...Object.keys(dialect.extra_body)]);
  for (const [key, value] of Object.entries(sent)) {
    if (added.has(key) || efforts.has(key)) continue;
    if (!isSameValue(json[key], value)) return false;
  }
  const asked = (key: string): boolean =>
    json[key] !== undefined && json[key] !== null && !(key === "response_format" && isPlainText(json[key]));
  return ADAPTED.every((key) => !asked(key) || key in sent || efforts.has(key));
}

function isPlainText(format: unknown): boolean {
  return isJsonObject(format) && format.type === "text";
}
