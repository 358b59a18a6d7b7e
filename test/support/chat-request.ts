/**
 * Checks a Chat Completions request as strictly as the strictest of all hosts would: what passes here is taken
 * everywhere. Each finding says which host or rule it stands for where that is not plain.
 */
import { isObject, isText, type Json } from "./response-rules.ts";

export type Tell = (at: string, what: string) => void;

const FIELDS = new Set([
  "model",
  "messages",
  "stream",
  "stream_options",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "max_tokens",
  "max_completion_tokens",
  "temperature",
  "top_p",
  "presence_penalty",
  "frequency_penalty",
  "stop",
  "logprobs",
  "top_logprobs",
  "reasoning_effort",
  "response_format",
]);
const MESSAGE_FIELDS: Record<string, readonly string[]> = {
  system: ["role", "content"],
  user: ["role", "content"],
  assistant: ["role", "content", "tool_calls", "reasoning_content", "reasoning", "reasoning_details"],
  tool: ["role", "content", "tool_call_id"],
};

/** What is wrong with the body, each as `path: what`. */
export function validateChatRequest(body: unknown): string[] {
  const problems: string[] = [];
  const tell: Tell = (at, what) => void problems.push(`${at}: ${what}`);
  if (!isObject(body)) return ["body: is no object"];
  for (const field of Object.keys(body)) if (!FIELDS.has(field)) tell(field, "is no field of Chat Completions");
  if (!isText(body["model"]) || body["model"] === "") tell("model", "is missing");
  checkStream(body, tell);
  checkTools(body, tell);
  checkNumbers(body, tell);
  checkFormat(body["response_format"], tell);
  if (!Array.isArray(body["messages"]) || body["messages"].length === 0) tell("messages", "is missing or empty");
  else checkMessages(body["messages"], tell);
  checkStrings(body, "body", tell);
  return problems;
}

function checkStream(body: Json, tell: Tell): void {
  if ("stream" in body && typeof body["stream"] !== "boolean") tell("stream", "is no boolean");
  const options = body["stream_options"];
  if (options === undefined) return;
  if (body["stream"] !== true) tell("stream_options", "is only allowed with `stream`");
  if (
    !isObject(options) ||
    Object.keys(options).some((key) => key !== "include_usage") ||
    typeof options["include_usage"] !== "boolean"
  )
    tell("stream_options", `is ${JSON.stringify(options)}`);
}

function checkTools(body: Json, tell: Tell): void {
  const { tools, tool_choice } = body;
  if (tools === undefined) {
    for (const field of ["tool_choice", "parallel_tool_calls"])
      if (field in body) tell(field, "is only allowed with `tools`");
    return;
  }
  if (!Array.isArray(tools) || tools.length === 0) return tell("tools", "is empty or no list");
  const names = new Set<string>();
  for (const [i, tool] of tools.entries()) {
    const name = checkTool(tool, `tools[${i}]`, tell);
    if (names.has(name)) tell(`tools[${i}]`, `the name ${name} is used twice`);
    names.add(name);
  }
  if ("parallel_tool_calls" in body && typeof body["parallel_tool_calls"] !== "boolean")
    tell("parallel_tool_calls", "is no boolean");
  if (tool_choice === undefined || ["auto", "none", "required"].includes(String(tool_choice))) return;
  const chosen =
    isObject(tool_choice) &&
    tool_choice["type"] === "function" &&
    isObject(tool_choice["function"]) &&
    tool_choice["function"]["name"];
  if (!isText(chosen) || !names.has(chosen)) tell("tool_choice", `is ${JSON.stringify(tool_choice)}`);
}

function checkTool(tool: unknown, at: string, tell: Tell): string {
  if (!isObject(tool) || tool["type"] !== "function" || !isObject(tool["function"])) {
    tell(at, "is no function");
    return "";
  }
  only(tool, ["type", "function"], at, tell);
  const { name, description, parameters, strict } = tool["function"];
  only(tool["function"], ["name", "description", "parameters", "strict"], `${at}.function`, tell);
  if (!isText(name) || !/^[a-zA-Z0-9_-]{1,64}$/.test(name)) tell(`${at}.function.name`, `is ${JSON.stringify(name)}`);
  if (description !== undefined && !isText(description)) tell(`${at}.function.description`, "is no text");
  if (!isObject(parameters) || parameters["type"] !== "object")
    tell(`${at}.function.parameters`, "is no schema of an object");
  if (strict !== undefined && typeof strict !== "boolean") tell(`${at}.function.strict`, "is no boolean");
  return String(name);
}

function checkNumbers(body: Json, tell: Tell): void {
  for (const field of ["max_tokens", "max_completion_tokens", "top_logprobs"])
    if (field in body && !(Number.isInteger(body[field]) && Number(body[field]) >= 0))
      tell(field, `is ${JSON.stringify(body[field])}`);
  for (const field of ["temperature", "top_p", "presence_penalty", "frequency_penalty"])
    if (field in body && typeof body[field] !== "number") tell(field, `is ${JSON.stringify(body[field])}`);
  if ("reasoning_effort" in body && !isText(body["reasoning_effort"])) tell("reasoning_effort", "is no text");
  if ("stop" in body && !(Array.isArray(body["stop"]) && body["stop"].every(isText)))
    tell("stop", "is no list of texts");
}

function checkFormat(format: unknown, tell: Tell): void {
  if (format === undefined) return;
  if (!isObject(format) || !["text", "json_object", "json_schema"].includes(String(format["type"])))
    return tell("response_format", "has no known type");
  if (format["type"] !== "json_schema") return only(format, ["type"], "response_format", tell);
  only(format, ["type", "json_schema"], "response_format", tell);
  const inner = format["json_schema"];
  if (
    !isObject(inner) ||
    !isText(inner["name"]) ||
    !/^[a-zA-Z0-9_-]{1,64}$/.test(inner["name"]) ||
    !isObject(inner["schema"])
  )
    return tell("response_format.json_schema", "has no name or schema");
  only(inner, ["name", "schema", "strict", "description"], "response_format.json_schema", tell);
}

function checkMessages(messages: readonly unknown[], tell: Tell): void {
  const usedIds = new Set<string>();
  let unanswered = new Set<string>();
  let before = "";
  for (const [i, message] of messages.entries()) {
    const at = `messages[${i}]`;
    const role = isObject(message) ? String(message["role"]) : "none";
    const fields = MESSAGE_FIELDS[role];
    if (!isObject(message) || !fields) {
      tell(at, `has the role ${role}`);
      continue;
    }
    only(message, fields, at, tell);
    if (role !== "tool" && unanswered.size > 0) tell(at, `comes before the results of ${[...unanswered].join(", ")}`);
    if (role === "system" && i > 0) tell(at, "is a system message after the first message");
    if (role === "user" && before === "user") tell(at, "follows another user message");
    if (role === "assistant" && before === "assistant") tell(at, "follows another assistant message");
    if (role === "assistant" && (before === "" || before === "system"))
      tell(at, "is an assistant message before any user message");
    if (role === "tool") {
      const id = String(message["tool_call_id"]);
      if (!unanswered.delete(id)) tell(at, `answers no open call: ${id}`);
      if (!isText(message["content"])) tell(`${at}.content`, "is no text");
    } else if (role === "assistant") unanswered = checkAssistant(message, at, usedIds, tell);
    else checkContent(message["content"], role, `${at}.content`, tell);
    before = role;
  }
  if (unanswered.size > 0) tell("messages", `end before the results of ${[...unanswered].join(", ")}`);
}

/** Returns the ids of the calls that must be answered next. */
function checkAssistant(message: Json, at: string, usedIds: Set<string>, tell: Tell): Set<string> {
  const { content, tool_calls } = message;
  for (const field of ["reasoning_content", "reasoning"])
    if (field in message && (!isText(message[field]) || message[field] === ""))
      tell(`${at}.${field}`, "is no text, or empty");
  if ("reasoning_details" in message && !Array.isArray(message["reasoning_details"]))
    tell(`${at}.reasoning_details`, "is no list");
  if (!("content" in message)) tell(`${at}.content`, "is missing");
  if (tool_calls === undefined) {
    if (!isText(content) || content === "") tell(at, "is an assistant message that says nothing");
    return new Set();
  }
  if (content !== null && !isText(content)) tell(`${at}.content`, "is neither text nor null");
  if (!Array.isArray(tool_calls) || tool_calls.length === 0) {
    tell(`${at}.tool_calls`, "is empty or no list");
    return new Set();
  }
  const ids = new Set<string>();
  for (const [i, call] of tool_calls.entries()) {
    const id = checkCall(call, `${at}.tool_calls[${i}]`, tell);
    if (usedIds.has(id)) tell(`${at}.tool_calls[${i}].id`, `${id} was used before`);
    usedIds.add(id);
    ids.add(id);
  }
  return ids;
}

function checkCall(call: unknown, at: string, tell: Tell): string {
  if (!isObject(call) || call["type"] !== "function" || !isObject(call["function"])) {
    tell(at, "is no function call");
    return "";
  }
  only(call, ["id", "type", "function"], at, tell);
  const { name, arguments: args } = call["function"];
  only(call["function"], ["name", "arguments"], `${at}.function`, tell);
  if (!isText(call["id"]) || call["id"] === "") tell(`${at}.id`, "is missing");
  if (!isText(name) || !/^[a-zA-Z0-9_-]{1,64}$/.test(name)) tell(`${at}.function.name`, `is ${JSON.stringify(name)}`);
  if (!isText(args) || !isObject(parsed(args)))
    tell(`${at}.function.arguments`, `is no JSON object: ${JSON.stringify(args)}`);
  return String(call["id"]);
}

function checkContent(content: unknown, role: string, at: string, tell: Tell): void {
  if (isText(content)) {
    if (content === "") tell(at, "is empty");
    return;
  }
  if (role !== "user" || !Array.isArray(content) || content.length === 0) return tell(at, "is no text");
  for (const [i, part] of content.entries()) {
    const kind = isObject(part) ? String(part["type"]) : "none";
    const value = isObject(part) ? part[kind] : undefined;
    const right =
      (kind === "text" && isText(value) && value !== "") ||
      (kind === "image_url" &&
        isObject(value) &&
        isText(value["url"]) &&
        [undefined, "auto", "low", "high"].includes(value["detail"] as string | undefined)) ||
      (kind === "file" && isObject(value) && isText(value["file_data"]));
    if (!right) tell(`${at}[${i}]`, `is wrong: ${JSON.stringify(part).slice(0, 100)}`);
  }
}

function only(object: Json, fields: readonly string[], at: string, tell: Tell): void {
  for (const field of Object.keys(object))
    if (!fields.includes(field)) tell(`${at}.${field}`, "is no field of Chat Completions");
}

function checkStrings(value: unknown, at: string, tell: Tell): void {
  if (isText(value)) {
    if (!value.isWellFormed()) tell(at, "holds half a character");
  } else if (typeof value === "object" && value !== null) {
    for (const [key, inner] of Object.entries(value)) checkStrings(inner, `${at}.${key}`, tell);
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
