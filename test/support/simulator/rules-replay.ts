/** Rules about what the model thought: whether it comes back, where, and unchanged. */
import { isObject, type Json } from "../response-rules.ts";
import { callsOf, lose, refuse, rule } from "./rules.ts";
import type { Asked, Finding, Message, Rule, Said } from "./types.ts";

type Field = "reasoning_content" | "reasoning" | "thinking" | "think";

/** A thought of this conversation stands in the field that the host reads. `how` says what becomes of it otherwise. */
export const thoughtsComeBack = (field: Field, evidence: string, how: (what: string) => Finding = lose): Rule =>
  rule("thoughts-come-back", evidence, (asked) => {
    for (const [message, { thought }] of own(asked)) {
      if (thought === undefined || thoughtIn(message, field) === thought) continue;
      return how(`a thought of this conversation is not in \`${field}\`, where it is looked for`);
    }
    return undefined;
  });

function thoughtIn(message: Message, field: Field): unknown {
  if (field === "think") return /^<think>\s*([\s\S]*?)\s*<\/think>/.exec(String(message["content"]))?.[1];
  if (field !== "thinking") return message[field];
  const part = (Array.isArray(message["content"]) ? (message["content"] as Json[]) : []).find(
    ({ type }) => type === "thinking",
  );
  return (part?.["thinking"] as Json[] | undefined)?.map(({ text }) => String(text)).join("");
}

/** Another name for the thought is read over. */
export const notReadFrom = (field: string, evidence: string): Rule =>
  rule(`not-read-from-${field}`, evidence, ({ messages }) =>
    messages.some((message) => field in message) ? lose(`\`${field}\` of a message is not read`) : undefined,
  );

/** `reasoning_details` come back as they were, in order. Pieces of one text may have been joined. */
export const detailsComeBack = (evidence: string, how: (what: string) => Finding = lose): Rule =>
  rule("details-come-back", evidence, (asked) => {
    for (const [message, { details }] of own(asked)) {
      if (details === undefined) continue;
      const sent = (Array.isArray(message["reasoning_details"]) ? message["reasoning_details"] : []).filter(isObject);
      if (!Bun.deepEquals(sent, details)) return how("`reasoning_details` did not come back as they were");
    }
    return undefined;
  });

/** Every assistant message has the field, if only empty, while the model thinks. */
export const fieldOnEvery = (field: string, thinks: (body: Json) => boolean, evidence: string, message: string): Rule =>
  rule(`${field}-on-every-assistant`, evidence, ({ body, messages }) =>
    thinks(body) && messages.some((each) => each.role === "assistant" && typeof each[field] !== "string")
      ? refuse(message)
      : undefined,
  );

/** The same, only of messages with calls. */
export const fieldOnCalls = (field: string, thinks: (body: Json) => boolean, evidence: string, message: string): Rule =>
  rule(`${field}-on-calls`, evidence, ({ body, messages }) =>
    thinks(body) && messages.some((each) => each.tool_calls && typeof each[field] !== "string")
      ? refuse(message)
      : undefined,
  );

/** What hung on the calls since the user's last word comes back on them. */
export const signaturesComeBack = (evidence: string): Rule =>
  rule("signatures-come-back", evidence, (asked) => {
    const sinceUser = asked.messages.slice(asked.messages.findLastIndex(({ role }) => role === "user"));
    for (const [message, { calls }] of own({ ...asked, messages: sinceUser })) {
      const missing = calls.find(({ id, extra }) => {
        const sent = callsOf(message).find((call) => call.id === id) as Json | undefined;
        return extra !== undefined && !Bun.deepEquals(sent?.["extra_content"], extra);
      });
      if (missing)
        return refuse(`Function call \`${missing.name}\` is missing a thought_signature in functionCall parts.`);
    }
    return undefined;
  });

/** Assistant messages that hold what this host said, with what it said. */
function own({ messages, said }: Asked): [Message, Said][] {
  const assistants = messages.filter(({ role }) => role === "assistant");
  return said.flatMap((each): [Message, Said][] => {
    const found = assistants.find((message) => isFrom(message, each));
    return found ? [[found, each]] : [];
  });
}

function isFrom(message: Message, { text, calls }: Said): boolean {
  const ids = callsOf(message).map(({ id }) => id);
  if (calls.length > 0) return calls.some(({ id }) => ids.includes(id));
  return text !== undefined && JSON.stringify(message["content"] ?? "").includes(JSON.stringify(text).slice(1, -1));
}
