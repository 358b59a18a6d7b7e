/** Checks the `response` object: the body of a plain answer, and the last event of a streamed one. */
import { HOSTED_TYPES } from "./response-hosted.ts";
import { isCount, isObject, isText, type Json, type Problem, type Report } from "./response-rules.ts";

type Check = (value: unknown) => boolean;

const nullOr =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const isNumber: Check = (value) => typeof value === "number" && Number.isFinite(value);
const isBoolean: Check = (value) => typeof value === "boolean";
const isArray: Check = (value) => Array.isArray(value);
const oneOf =
  (...values: unknown[]): Check =>
  (value) =>
    values.includes(value);

/** What OpenAI's schema, its SDK and Open Responses ask for together. */
const RESPONSE_FIELDS: Record<string, Check> = {
  id: (value) => isText(value) && value.startsWith("resp_"),
  object: oneOf("response"),
  created_at: isCount,
  completed_at: nullOr(isCount),
  status: oneOf("in_progress", "completed", "incomplete", "failed"),
  error: nullOr((value) => isObject(value) && isText(value["code"]) && isText(value["message"])),
  incomplete_details: nullOr((value) => isObject(value) && isText(value["reason"])),
  instructions: nullOr(isText),
  metadata: isObject,
  model: (value) => isText(value) && value !== "",
  output: isArray,
  parallel_tool_calls: isBoolean,
  temperature: isNumber,
  top_p: isNumber,
  presence_penalty: isNumber,
  frequency_penalty: isNumber,
  top_logprobs: isCount,
  tool_choice: (value) => isText(value) || isObject(value),
  tools: (value) => Array.isArray(value) && value.every(isToolEcho),
  background: isBoolean,
  store: isBoolean,
  max_output_tokens: nullOr(isCount),
  max_tool_calls: nullOr(isCount),
  previous_response_id: nullOr(isText),
  prompt_cache_key: nullOr(isText),
  safety_identifier: nullOr(isText),
  service_tier: isText,
  truncation: oneOf("auto", "disabled"),
  reasoning: (value) => isObject(value) && nullOr(isText)(value["effort"]) && nullOr(isText)(value["summary"]),
  text: (value) => isObject(value) && isObject(value["format"]) && isText(value["format"]["type"]),
  usage: nullOr(isObject),
};

function isToolEcho(tool: unknown): boolean {
  if (!isObject(tool) || !isText(tool["type"])) return false;
  if (tool["type"] !== "function") return true;
  return isText(tool["name"]) && "description" in tool && "parameters" in tool && "strict" in tool;
}

export function validateResponseBody(body: unknown): Problem[] {
  const problems: Problem[] = [];
  checkResponse(body, "response", (rule, at, what) => void problems.push({ rule, at, what }));
  if (isObject(body) && body["status"] === "in_progress")
    problems.push({ rule: "response-outcome", at: "response.status", what: "a finished answer is still in progress" });
  return problems;
}

export function checkResponse(body: unknown, at: string, report: Report): void {
  if (!isObject(body)) return report("response-field", at, "is no object");
  for (const [name, check] of Object.entries(RESPONSE_FIELDS)) {
    if (!(name in body)) report("response-field", `${at}.${name}`, "is missing");
    else if (!check(body[name])) report("response-field", `${at}.${name}`, `is ${JSON.stringify(body[name])}`);
  }
  checkOutcome(body, at, report);
  if (body["usage"] !== null && isObject(body["usage"])) checkUsage(body["usage"], `${at}.usage`, report);
  if (Array.isArray(body["output"])) checkOutput(body["output"], body["status"], `${at}.output`, report);
  checkStrings(body, at, report);
}

function checkOutcome(body: Json, at: string, report: Report): void {
  const { status } = body;
  const wrong = (field: string, expected: string): void =>
    report(
      "response-outcome",
      `${at}.${field}`,
      `is ${JSON.stringify(body[field])}, but with status ${String(status)} it must be ${expected}`,
    );
  if ((body["completed_at"] !== null) !== (status === "completed"))
    wrong("completed_at", status === "completed" ? "a time" : "null");
  if ((body["error"] !== null) !== (status === "failed"))
    wrong("error", status === "failed" ? "{code, message}" : "null");
  if ((body["incomplete_details"] !== null) !== (status === "incomplete"))
    wrong("incomplete_details", status === "incomplete" ? "{reason}" : "null");
  const details = body["incomplete_details"];
  if (isObject(details) && !["max_output_tokens", "content_filter"].includes(String(details["reason"])))
    report("response-outcome", `${at}.incomplete_details.reason`, `is ${JSON.stringify(details["reason"])}`);
}

function checkUsage(usage: Json, at: string, report: Report): void {
  const input = isObject(usage["input_tokens_details"]) ? usage["input_tokens_details"] : {};
  const output = isObject(usage["output_tokens_details"]) ? usage["output_tokens_details"] : {};
  const counts = {
    input_tokens: usage["input_tokens"],
    output_tokens: usage["output_tokens"],
    total_tokens: usage["total_tokens"],
    cached_tokens: input["cached_tokens"],
    cache_write_tokens: input["cache_write_tokens"],
    reasoning_tokens: output["reasoning_tokens"],
  };
  for (const [name, count] of Object.entries(counts))
    if (!isCount(count)) return report("usage", `${at} ${name}`, `is ${JSON.stringify(count)}`);
  const { input_tokens, output_tokens, total_tokens, cached_tokens, reasoning_tokens } = counts as Record<
    keyof typeof counts,
    number
  >;
  if (total_tokens !== input_tokens + output_tokens)
    report("usage", at, `${total_tokens} is not ${input_tokens} + ${output_tokens}`);
  if (cached_tokens > input_tokens) report("usage", at, `${cached_tokens} cached of ${input_tokens}`);
  if (reasoning_tokens > output_tokens) report("usage", at, `${reasoning_tokens} for reasoning of ${output_tokens}`);
}

function checkOutput(output: readonly unknown[], status: unknown, at: string, report: Report): void {
  const ids = new Set<unknown>();
  for (const [i, item] of output.entries()) {
    const here = `${at}[${i}]`;
    checkItem(item, here, report);
    if (!isObject(item)) continue;
    for (const id of [item["id"], item["call_id"]]) {
      if (id === undefined) continue;
      if (ids.has(id)) report("item-id", here, `${JSON.stringify(id)} was used before`);
      ids.add(id);
    }
    const hosted = HOSTED_TYPES[String(item["type"])];
    if (item["status"] === "completed" || hosted?.no_status || (hosted && item["status"] === "failed")) continue;
    const cut =
      item["status"] === "incomplete" && isAtTheEnd(output, i) && (status === "incomplete" || status === "failed");
    if (!cut)
      report("item-status", here, `is ${JSON.stringify(item["status"])} in a response that is ${String(status)}`);
  }
}

/** Nothing follows it but a refusal, which takes back what was begun. */
function isAtTheEnd(output: readonly unknown[], i: number): boolean {
  if (i === output.length - 1) return true;
  const last = output.at(-1);
  const content = isObject(last) && Array.isArray(last["content"]) ? (last["content"] as unknown[]) : [];
  return i === output.length - 2 && content.some((part) => isObject(part) && part["type"] === "refusal");
}

interface ItemType {
  prefix: string;
  fields: Record<string, Check>;
  optional?: Record<string, Check>;
  no_status?: true;
}

const parts = (types: Record<string, string>): Check => {
  return (value) =>
    Array.isArray(value) &&
    value.every((part) => isObject(part) && isText(part["type"]) && partIsRight(part, types[part["type"]]));
};

function partIsRight(part: Json, textField: string | undefined): boolean {
  if (textField === undefined || !isText(part[textField])) return false;
  return part["type"] !== "output_text" || (Array.isArray(part["annotations"]) && Array.isArray(part["logprobs"]));
}

const isCallId: Check = (value) => isText(value) && value !== "";
const isName: Check = (value) => isText(value) && value !== "";

const ITEM_TYPES: Record<string, ItemType> = {
  ...HOSTED_TYPES,
  message: {
    prefix: "msg_",
    fields: { role: oneOf("assistant"), content: parts({ output_text: "text", refusal: "refusal" }) },
  },
  reasoning: {
    prefix: "rs_",
    fields: { summary: parts({ summary_text: "text" }) },
    optional: { content: parts({ reasoning_text: "text" }), encrypted_content: isText },
  },
  function_call: {
    prefix: "fc_",
    fields: { call_id: isCallId, name: isName, arguments: isText },
    optional: { namespace: isName },
  },
  custom_tool_call: {
    prefix: "ctc_",
    fields: { call_id: isCallId, name: isName, input: isText },
    optional: { namespace: isName },
  },
  tool_search_call: {
    prefix: "tsc_",
    fields: { call_id: isCallId, execution: oneOf("client"), arguments: isObject },
  },
};

export function checkItem(item: unknown, at: string, report: Report): void {
  if (!isObject(item)) return report("item-shape", at, "is no object");
  const type = ITEM_TYPES[String(item["type"])];
  if (!type) return report("item-shape", at, `has the unknown type ${JSON.stringify(item["type"])}`);
  if (!isText(item["id"]) || !item["id"].startsWith(type.prefix))
    report("item-id", at, `${JSON.stringify(item["id"])} does not begin with ${type.prefix}`);
  const failed = String(item["type"]) in HOSTED_TYPES ? ["failed"] : [];
  if (!type.no_status && !oneOf("in_progress", "completed", "incomplete", ...failed)(item["status"]))
    report("item-shape", `${at}.status`, `is ${JSON.stringify(item["status"])}`);
  for (const [name, check] of Object.entries(type.fields))
    if (!check(item[name])) report("item-shape", `${at}.${name}`, `is ${JSON.stringify(item[name])}`);
  for (const [name, check] of Object.entries(type.optional ?? {}))
    if (name in item && !check(item[name])) report("item-shape", `${at}.${name}`, `is ${JSON.stringify(item[name])}`);
}

/** Half a surrogate pair breaks every JSON reader but JavaScript's. */
export function checkStrings(value: unknown, at: string, report: Report): void {
  if (isText(value)) {
    if (!value.isWellFormed()) report("well-formed", at, JSON.stringify(value.slice(0, 80)));
  } else if (Array.isArray(value)) {
    for (const [i, inner] of value.entries()) checkStrings(inner, `${at}[${i}]`, report);
  } else if (isObject(value)) {
    for (const [name, inner] of Object.entries(value)) checkStrings(inner, `${at}.${name}`, report);
  }
}
