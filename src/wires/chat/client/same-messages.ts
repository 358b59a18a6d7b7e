/** Whether messages of a client are what a translation would send: no more is asked than what the translation says. */
import type { JsonObject } from "../../../core/dialect.ts";
import { isJsonObject } from "../../../core/json-fields.ts";
import { listOf, objectOf } from "../../../core/json.ts";

export function isSameMessages(given: unknown, sent: readonly unknown[]): boolean {
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

/**
 * Text in parts goes out as a string, since many upstreams want it so. Where a part has marks of its own (of a cache), its
 * client knows that the upstream reads them.
 */
function isSameContent(given: unknown, sent: unknown): boolean {
  if (typeof sent !== "string" || !Array.isArray(given)) return isSameValue(given, sent);
  // OpenAI's Agents SDK (0.20) leaves strings of its own there, which no upstream reads and some refuse.
  return given.some((part) => isJsonObject(part) && Object.values(part).some(isJsonObject));
}

/** Whether everything of `sent` stands in `given`, which may have more fields, and null where `sent` has nothing. */
export function isSameValue(given: unknown, sent: unknown): boolean {
  if (Array.isArray(sent))
    return Array.isArray(given) && given.length === sent.length && sent.every((each, i) => isSameValue(given[i], each));
  if (!isJsonObject(sent)) return given === sent;
  return isJsonObject(given) && Object.entries(sent).every(([key, value]) => isSameValue(given[key], value));
}
