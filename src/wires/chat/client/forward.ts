/** A forwarded Chat request: its text stays, but for the model's name and the config's drop and extra_body. */
import type { Dialect, JsonObject } from "../../../core/dialect.ts";
import { elementsOf, type JsonEdit, type Span } from "../../../core/json-edit.ts";
import { isJsonObject } from "../../../core/json-fields.ts";
import { listOf, objectOf } from "../../../core/json.ts";
import { REASONING_TAG } from "../../../core/reasoning-tag.ts";
import type { Ignored } from "../../../core/turn.ts";
import { editForwarded, elementsAt } from "../../forward.ts";
import type { HostedOffer } from "../../hosted.ts";
import type { Compose, ForwardEdits, Forwarded } from "../../wire.ts";
import { SEARCH_FIELD } from "./hosted.ts";
import { isOwnEntry } from "./kept-reasoning.ts";
import { EFFORT_FIELDS } from "./lift-effort.ts";
import { liftRequest } from "./lift.ts";

/** Fields that limit the response's length. */
const LIMITS = ["max_tokens", "max_completion_tokens"];

export function editRequest(text: string, edits: ForwardEdits): Forwarded {
  return editForwarded(text, edits, LIMITS, (edit, { key, value }, ignored) => {
    if (key === "messages") cutOwnEntries(edit, value, ignored);
  });
}

/** What was sealed here means nothing to this upstream. */
function cutOwnEntries(edit: JsonEdit, messages: Span, ignored: Ignored[]): void {
  const { text } = edit;
  // Searching the text is quick, and most threads never were elsewhere.
  if (!text.slice(messages.start, messages.end).includes(REASONING_TAG)) return;
  for (const [i, message] of elementsOf(text, messages.start).entries()) {
    const entries = elementsAt(text, message, "reasoning_details");
    const cut = new Set<number>();
    for (const [k, { start, end }] of entries.entries()) if (isOwnEntry(JSON.parse(text.slice(start, end)))) cut.add(k);
    if (cut.size === 0) continue;
    edit.remove(entries, cut);
    const field = `messages[${i}].reasoning_details`;
    ignored.push({ field, what: "reasoning", why: "another upstream's model thought it" });
  }
}

/** Whether a translation would say something else. If not, the client's own text is better: it may hold more fields. */
export function needsTranslation(json: unknown, dialect: Dialect, compose?: Compose, offer?: HostedOffer): boolean {
  if (offer?.search && !dialect.hosted_tools && isJsonObject(json) && (json[SEARCH_FIELD] ?? null) !== null)
    return true;
  const turn = attempted(() => liftRequest(json).turn);
  // What no turn can hold, or is wrong: the upstream itself may take it, or says best what it does not like.
  if (!turn || !isJsonObject(json) || !compose) return false;
  // Tool calls can be recognized in a text and repaired only where the reply is read.
  if (turn.tools.length > 0 && turn.settings.tool_choice !== "none" && dialect.heal === "auto") return true;
  // The limit of the response's length is lowered in the text itself.
  const composed = attempted(() => compose(turn, { ...dialect, max_output_tokens: 0 }));
  // Something that the upstream cannot take: the error says so.
  if (!composed || composed.ignored.length > 0) return true;
  const { messages, ...fields } = composed.fields;
  return !isSameMessages(json.messages, listOf(messages)) || !isSameSettings(json, fields, dialect);
}

/** Undefined where it throws. */
function attempted<Result>(make: () => Result): Result | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}

/** Fields that a dialect may want otherwise. */
const ADAPTED: readonly string[] = [
  ..."tools functions tool_choice function_call parallel_tool_calls response_format".split(" "),
  ...LIMITS,
  ...EFFORT_FIELDS,
];

/** Fields of the translated body that ask for something of its own. */
const OF_TRANSLATION = ["model", "stream", "stream_options", "return_progress", "stop"];

function isSameSettings(json: JsonObject, sent: JsonObject, dialect: Dialect): boolean {
  // The upstream's own words for an effort are better than a guess of what they mean.
  const efforts = new Set([...Object.keys(dialect.effort_on), ...Object.keys(dialect.effort_off)]);
  efforts.delete("reasoning_effort");
  const added = new Set([...OF_TRANSLATION, ...Object.keys(dialect.extra_body)]);
  for (const [key, value] of Object.entries(sent)) {
    if (added.has(key) || efforts.has(key)) continue;
    if (!isSameValue(json[key], value)) return false;
  }
  const asked = (key: string): boolean =>
    json[key] !== undefined &&
    json[key] !== null &&
    !(key === "response_format" && objectOf(json[key]).type === "text");
  return ADAPTED.every((key) => !asked(key) || key in sent || efforts.has(key));
}

function isSameMessages(given: unknown, sent: readonly unknown[]): boolean {
  const messages = listOf(given);
  return messages.length === sent.length && sent.every((each, i) => isSameMessage(messages[i], objectOf(each)));
}

/** Fields that a translation may take out on purpose; others (a name, an id, notes of the SDK) hurt nobody. */
const MATTERS = ["content", "tool_calls", "function_call", "reasoning_content", "reasoning", "reasoning_details"];

function isSameMessage(given: unknown, sent: JsonObject): boolean {
  if (!isJsonObject(given)) return false;
  for (const [key, value] of Object.entries(sent)) {
    if (key === "content" ? !isSameContent(given[key], value) : !isSameValue(given[key], value)) return false;
  }
  return MATTERS.every((key) => key in sent || isEmpty(given[key]));
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0);
}

/** Parts go out as a string, since many upstreams want one, unless a part has marks of its own (of a cache). */
function isSameContent(given: unknown, sent: unknown): boolean {
  if (typeof sent !== "string" || !Array.isArray(given)) return isSameValue(given, sent);
  // OpenAI's Agents SDK (0.20) leaves strings of its own there, which no upstream reads and some refuse.
  return given.some((part) => isJsonObject(part) && Object.values(part).some(isJsonObject));
}

/** Whether everything of `sent` stands in `given`, which may have more fields, and null where `sent` has nothing. */
function isSameValue(given: unknown, sent: unknown): boolean {
  if (Array.isArray(sent))
    return Array.isArray(given) && given.length === sent.length && sent.every((each, i) => isSameValue(given[i], each));
  if (!isJsonObject(sent)) return given === sent;
  return isJsonObject(given) && Object.entries(sent).every(([key, value]) => isSameValue(given[key], value));
}
