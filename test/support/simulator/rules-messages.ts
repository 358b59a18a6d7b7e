/** Rules about messages: roles, their order, what their content may be, and ids of calls. */
import { isObject, isText } from "../response-rules.ts";
import { callsOf, eachMessage, lose, parsed, partsOf, refuse, rule } from "./rules.ts";
import type { Finding, Message, Refused, Rule } from "./types.ts";

export const roles = (allowed: readonly string[], evidence: string, status = 400): Rule =>
  rule("roles", evidence, (asked) =>
    eachMessage(asked, ({ role }, at) =>
      allowed.includes(role) ? undefined : refuse(`messages[${at}].role: '${role}' is not supported`, { status }),
    ),
  );

export const CLASSIC_ROLES = ["system", "user", "assistant", "tool"];

/** The template drops such a message without a word. */
export const developerLost = (evidence: string): Rule =>
  rule("developer-lost", evidence, ({ messages }) =>
    messages.some(({ role }) => role === "developer") ? lose("a `developer` message is dropped") : undefined,
  );

/** Fields of a message, by its role. */
export function messageFields(
  known: Readonly<Record<string, readonly string[]>>,
  evidence: string,
  status: number,
): Rule {
  return rule("message-fields", evidence, (asked) =>
    eachMessage(asked, (message, at) => {
      const allowed = known[message.role] ?? [];
      const other = Object.keys(message).find((field) => !allowed.includes(field));
      return other === undefined
        ? undefined
        : refuse(`'messages.${at}' : property '${other}' is unsupported`, { status });
    }),
  );
}

/** Fields that a host reads over as if they were not there. */
export const messageFieldsLost = (fields: readonly string[], evidence: string): Rule =>
  rule("message-fields-lost", evidence, (asked) =>
    eachMessage(asked, (message, at) => {
      const field = fields.find((name) => name in message);
      return field === undefined ? undefined : lose(`messages[${at}].${field} is not read`);
    }),
  );

/** Content that is no string. */
export const stringContent = (of: readonly string[], evidence: string, how: (what: string) => Finding): Rule =>
  rule("string-content", evidence, (asked) =>
    eachMessage(asked, (message, at) =>
      of.includes(message.role) && Array.isArray(message["content"])
        ? how(`messages[${at}].content: input should be a valid string`)
        : undefined,
    ),
  );

export const contentNeeded = (evidence: string, more: Partial<Refused> = {}): Rule =>
  rule("content-needed", evidence, (asked) =>
    eachMessage(asked, (message, at) =>
      isText(message["content"]) || Array.isArray(message["content"])
        ? undefined
        : refuse(`/messages/${at}/content: type mismatch, expected string`, more),
    ),
  );

/** `content` may be null, but must be there. */
export const contentPresent = (evidence: string): Rule =>
  rule("content-present", evidence, (asked) =>
    eachMessage(asked, (message) =>
      "content" in message || message.tool_calls
        ? undefined
        : refuse("All non-assistant messages must contain 'content'"),
    ),
  );

export const systemFirst = (evidence: string, more: Partial<Refused> = {}): Rule =>
  rule("system-first", evidence, (asked) =>
    eachMessage(asked, ({ role }, at) =>
      at > 0 && role === "system" ? refuse("System message must be at the beginning.", more) : undefined,
    ),
  );

/** Two messages that may not be neighbours. */
export const neverNext = (first: string, second: string, evidence: string, more: Partial<Refused> = {}): Rule =>
  rule(`no-${second}-after-${first}`, evidence, (asked) =>
    eachMessage(asked, ({ role }, at) =>
      role === second && asked.messages[at - 1]?.role === first
        ? refuse(`Unexpected role '${second}' after role '${first}'`, more)
        : undefined,
    ),
  );

const DATA_URL = /^data:image\/(?:png|jpe?g|webp|gif);base64,/;

export const imagesAsData = (evidence: string, message: string, status = 400): Rule =>
  rule("images-as-data", evidence, (asked) =>
    eachMessage(asked, (each) =>
      imagesOf(each).some((url) => !DATA_URL.test(url)) ? refuse(message, { status }) : undefined,
    ),
  );

export const noImages = (evidence: string, more: Partial<Refused> & { message: string }): Rule =>
  rule("no-images", evidence, (asked) =>
    eachMessage(asked, (each) => (imagesOf(each).length > 0 ? refuse(more.message, more) : undefined)),
  );

/** Images stand only with the user. */
export const imagesByUserOnly = (evidence: string): Rule =>
  rule("images-by-user-only", evidence, (asked) =>
    eachMessage(asked, (each, at) =>
      each.role !== "user" && imagesOf(each).length > 0
        ? refuse(`messages[${at}]: images are only allowed in user messages`)
        : undefined,
    ),
  );

function imagesOf(message: Message): string[] {
  return partsOf(message).flatMap((part) => {
    const image = part["image_url"];
    return isObject(image) && isText(image["url"]) ? [image["url"]] : [];
  });
}

export const callIds = (pattern: RegExp, evidence: string, message: string): Rule =>
  rule("call-ids", evidence, (asked) =>
    eachMessage(asked, (each) => {
      const ids = [
        ...callsOf(each).map(({ id }) => id),
        ...(each.role === "tool" ? [String(each["tool_call_id"])] : []),
      ];
      return ids.every((id) => pattern.test(id)) ? undefined : refuse(message);
    }),
  );

export const argumentsAreObjects = (evidence: string, message: string, status = 400): Rule =>
  rule("arguments-are-objects", evidence, (asked) =>
    eachMessage(asked, (each) =>
      callsOf(each).every(({ function: called }) => isObject(parsed(called.arguments)))
        ? undefined
        : refuse(message, { status }),
    ),
  );

export const resultsAreNamed = (evidence: string): Rule =>
  rule("results-are-named", evidence, (asked) =>
    eachMessage(asked, (each, at) =>
      each.role === "tool" && !isText(each["name"]) ? refuse(`messages[${at}]: 'name' is required`) : undefined,
    ),
  );

/** A message with text and calls becomes one with text alone. */
export const callsBesideTextLost = (evidence: string): Rule =>
  rule("calls-beside-text-lost", evidence, (asked) =>
    eachMessage(asked, (each, at) =>
      isText(each["content"]) && each.tool_calls
        ? lose(`messages[${at}]: its calls are dropped, for it has text`)
        : undefined,
    ),
  );

/** Of several calls in one message only the first is rendered. */
export const oneCallEach = (evidence: string): Rule =>
  rule("one-call-each", evidence, (asked) =>
    eachMessage(asked, (each, at) =>
      callsOf(each).length > 1 ? lose(`messages[${at}]: only the first call is rendered`) : undefined,
    ),
  );

export const textBesideThoughtAndCallsLost = (evidence: string): Rule =>
  rule("text-beside-thought-and-calls-lost", evidence, (asked) =>
    eachMessage(asked, (each, at) =>
      each.tool_calls && isText(each["content"]) && each["content"] !== "" && isText(each["reasoning_content"])
        ? lose(`messages[${at}]: its text is dropped, for it has a thought and calls`)
        : undefined,
    ),
  );
