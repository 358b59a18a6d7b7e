/** How rules are written, and the rules of every Chat host: what OpenAI's API reference has said since 2023. */
import { isObject, isText, type Json } from "../response-rules.ts";
import type { Asked, Finding, Message, Refused, Rule } from "./types.ts";

export function rule(id: string, evidence: string, check: (asked: Asked) => Finding | undefined): Rule {
  return { id, evidence, certain: true, check };
}

/** The same rule, where the evidence does not settle it. */
export const unsure = (certain: Rule): Rule => ({ ...certain, certain: false });

export const refuse = (message: string, more: Partial<Refused> = {}): Refused => ({
  status: 400,
  message,
  type: "invalid_request_error",
  ...more,
});

export const lose = (lost: string): Finding => ({ lost });

/** The first message that somebody finds fault with. */
export function eachMessage(
  asked: Asked,
  judge: (message: Message, at: number) => Finding | undefined,
): Finding | undefined {
  for (const [at, message] of asked.messages.entries()) {
    const found = judge(message, at);
    if (found) return found;
  }
  return undefined;
}

export const callsOf = (message: Message): NonNullable<Message["tool_calls"]> => message.tool_calls ?? [];

export function partsOf(message: Message): Json[] {
  return Array.isArray(message["content"]) ? (message["content"] as unknown[]).filter(isObject) : [];
}

export const saysNothing = (message: Message): boolean =>
  message["content"] === undefined || message["content"] === null || message["content"] === "";

export function parsed(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}

const REFERENCE = "OpenAI API reference, Chat Completions, 2026-11";

const NAME = /^[a-zA-Z0-9_-]{1,64}$/;

function structure({ body, messages }: Asked): Finding | undefined {
  if (!isText(body["model"]) || body["model"] === "") return refuse("you must provide a model parameter");
  if (messages.length === 0) return refuse("'messages' must not be empty");
  if (body["stream_options"] !== undefined && body["stream"] !== true)
    return refuse("'stream_options' is only allowed when 'stream' is enabled");
  return JSON.stringify(body).includes(String.raw`\ud8`) ? refuse("the body is not valid Unicode") : undefined;
}

function answeredCalls({ messages }: Asked): Finding | undefined {
  let open = new Set<string>();
  for (const [at, message] of messages.entries()) {
    if (message.role === "tool") {
      if (!open.delete(String(message["tool_call_id"])))
        return refuse(`messages[${at}]: 'tool' must follow the 'tool_calls' that it answers`);
      continue;
    }
    if (open.size > 0) return refuse(`tool_call_ids without response messages: ${[...open].join(", ")}`);
    const ids = callsOf(message).map(({ id }) => id);
    open = new Set(ids);
    if (open.size < ids.length) return refuse(`messages[${at}]: a tool call id is used twice`);
  }
  return open.size > 0 ? refuse(`tool_call_ids without response messages: ${[...open].join(", ")}`) : undefined;
}

function rightCalls(asked: Asked): Finding | undefined {
  return eachMessage(asked, (message, at) => {
    if (message.tool_calls?.length === 0) return refuse(`messages[${at}].tool_calls: is an empty array`);
    const wrong = callsOf(message).find(
      ({ id, type, function: called }) => !isText(id) || id === "" || type !== "function" || !NAME.test(called.name),
    );
    if (wrong) return refuse(`messages[${at}].tool_calls: invalid call ${JSON.stringify(wrong)}`);
    return message.role === "assistant" && saysNothing(message) && !message.tool_calls
      ? refuse(`messages[${at}]: an assistant message must have content or tool_calls`)
      : undefined;
  });
}

function rightTools({ body, tools }: Asked): Finding | undefined {
  if (body["tools"] === undefined) {
    const alone = ["tool_choice", "parallel_tool_calls"].find((field) => field in body);
    return alone === undefined ? undefined : refuse(`'${alone}' is only allowed when 'tools' are specified`);
  }
  if (tools.length === 0) return refuse("'tools' is an empty array");
  const names = tools.map(({ name }) => String(name));
  const wrong = names.find((name) => !NAME.test(name));
  if (wrong !== undefined) return refuse(`tools: invalid name '${wrong}'`);
  return new Set(names).size < names.length ? refuse("tools: two have the same name") : undefined;
}

function knownPart(part: Json): boolean {
  if (part["type"] === "text") return isText(part["text"]) && part["text"] !== "";
  if (part["type"] === "image_url") return isObject(part["image_url"]) && isText(part["image_url"]["url"]);
  return part["type"] === "thinking" || part["type"] === "file";
}

function rightContent(asked: Asked): Finding | undefined {
  return eachMessage(asked, (message, at) => {
    const wrong = partsOf(message).find((part) => !knownPart(part));
    if (wrong) return refuse(`messages[${at}].content: invalid part ${JSON.stringify(wrong)}`);
    const needed = message.role !== "assistant" && message.role !== "tool";
    return needed && saysNothing(message) ? refuse(`messages[${at}].content: must not be empty`) : undefined;
  });
}

/** What no host takes. */
export const COMMON: readonly Rule[] = [
  rule("structure", REFERENCE, structure),
  rule("calls-answered", REFERENCE, answeredCalls),
  rule("calls", REFERENCE, rightCalls),
  rule("tools", REFERENCE, rightTools),
  rule("content", REFERENCE, rightContent),
];
