/** Items of hosted calls: their fields, and which events stand between their beginning and their end. */
import { isObject, isText, type Json } from "./response-rules.ts";

type Check = (value: unknown) => boolean;

const isName: Check = (value) => isText(value) && value !== "";
const nullOrObject: Check = (value) => value === null || isObject(value);
const nullOrText: Check = (value) => value === null || isText(value);
const isSearch: Check = (value) =>
  isObject(value) && value["type"] === "search" && isText(value["query"]) && Array.isArray(value["queries"]);
const areTools: Check = (value) =>
  Array.isArray(value) &&
  value.every((tool) => isObject(tool) && isName(tool["name"]) && isObject(tool["input_schema"]));

export const HOSTED_TYPES: Record<string, { prefix: string; fields: Record<string, Check>; no_status?: true }> = {
  web_search_call: { prefix: "ws_", fields: { action: isSearch } },
  mcp_call: {
    prefix: "mcp_",
    fields: {
      server_label: isName,
      name: isName,
      arguments: isText,
      output: nullOrText,
      error: nullOrObject,
      approval_request_id: nullOrText,
    },
  },
  mcp_list_tools: { prefix: "mcpl_", fields: { server_label: isName, tools: areTools }, no_status: true },
  mcp_approval_request: {
    prefix: "mcpr_",
    fields: { server_label: isName, name: isName, arguments: isText },
    no_status: true,
  },
};

/** Endings of the events of a hosted item in their order; a failed search has no last one. */
const ORDER: Record<string, (failed: boolean) => string> = {
  web_search_call: (failed) => (failed ? "in_progress searching" : "in_progress searching completed"),
  mcp_call: (failed) => `in_progress delta done ${failed ? "failed" : "completed"}`,
  mcp_list_tools: (failed) => `in_progress ${failed ? "failed" : "completed"}`,
  mcp_approval_request: () => "",
};

const EVENT = /^response\.(web_search_call|mcp_call|mcp_call_arguments|mcp_list_tools)\.(\w+)$/;

/** The type of the item to which an event belongs, and the event's ending; undefined for events of other items. */
export function hostedEvent(type: string): { item: string; ending: string } | undefined {
  const [, family = "", ending = ""] = EVENT.exec(type) ?? [];
  return family === "" ? undefined : { item: family.replace("_arguments", ""), ending };
}

/** What is wrong with the events that a finished hosted item had. */
export function hostedProblem(item: Json, endings: readonly string[]): string | undefined {
  const order = ORDER[String(item["type"])];
  if (!order) return undefined;
  const failed = item["status"] === "failed" || (item["type"] === "mcp_list_tools" && isText(item["error"]));
  const expected = order(failed);
  return endings.join(" ") === expected ? undefined : `its events were "${endings.join(" ")}" instead of "${expected}"`;
}
