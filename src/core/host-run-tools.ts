/** Under local_only, takes out tools and settings with which an upstream would contact other servers. */
import type { JsonObject } from "./dialect.ts";
import { elementsOf, JsonEdit, membersOf, valueSpan, type Span } from "./json-edit.ts";
import { isJsonObject } from "./json-fields.ts";
import type { Ignored } from "./turn.ts";

/** Types that clients run, by all their versions (`bash_20250124`). All others are the upstream's. */
const CLIENT_RUN =
  /^(?:function|custom|namespace|local_shell|apply_patch|(?:bash|text_editor|memory|computer|computer_use_preview|tool_search)(?:_tool\w*)?(?:_\d{8})?)$/;

/** Settings at the root that let an upstream contact other servers. */
const SETTINGS = ["web_search_options", "search_parameters", "plugins", "mcp_servers", "integrations", "data_sources"];

const DECLARES = new Set(["additional_tools", "tool_search_output"]); // Items that declare tools in mid-thread.

/** `json` is what `text` means. The same text where nothing is taken out. */
export function withoutHostTools(text: string, json: unknown): { text: string; ignored: Ignored[] } {
  const ignored: Ignored[] = [];
  if (!isJsonObject(json) || !mayHold(json)) return { text, ignored };
  const edit = new JsonEdit(text);
  const members = membersOf(text, valueSpan(text).start);
  const cut = new Set<number>();
  let gone = 0;
  let left = 0;
  for (const [i, { key, value }] of members.entries()) {
    if (SETTINGS.includes(key) && isSet(json[key])) {
      cut.add(i);
      ignored.push(entry(key, key));
    } else if (key === "tools") {
      const tools = listOf(json["tools"]);
      gone += cutTools(edit, value, tools, "tools", ignored);
      left = tools.length - gone;
    } else if (key === "input") cutDeclared(edit, value, json["input"], ignored);
  }
  const choice = members.findIndex(({ key }) => key === "tool_choice");
  if (gone > 0 && choice !== -1 && (left === 0 || namesGone(json["tool_choice"]))) cut.add(choice);
  edit.remove(members, cut);
  return { text: edit.result(), ignored };
}

function mayHold(json: JsonObject): boolean {
  if (SETTINGS.some((key) => isSet(json[key])) || listOf(json["tools"]).some(isHostRun)) return true;
  return listOf(json["input"]).some((item) => declares(item) && listOf(item["tools"]).some(isHostRun));
}

function isHostRun(tool: unknown): boolean {
  const { type, environment }: JsonObject = isJsonObject(tool) ? tool : {};
  // Messages' own tools have none.
  if (type === undefined || type === null) return false;
  // Its commands run in a container of the upstream's unless it says otherwise.
  if (type === "shell") return !(isJsonObject(environment) && environment["type"] === "local");
  return typeof type !== "string" || !CLIENT_RUN.test(type);
}

function cutTools(edit: JsonEdit, { start }: Span, tools: readonly unknown[], at: string, ignored: Ignored[]): number {
  const cut = new Set<number>();
  for (const [i, tool] of tools.entries()) {
    if (!isHostRun(tool)) continue;
    cut.add(i);
    ignored.push(entry(`${at}[${i}]`, String((tool as JsonObject)["type"]).slice(0, 40)));
  }
  if (cut.size > 0) edit.remove(elementsOf(edit.text, start), cut);
  return cut.size;
}

function cutDeclared(edit: JsonEdit, { start }: Span, input: unknown, ignored: Ignored[]): void {
  const items = listOf(input);
  if (!items.some((item) => declares(item) && listOf(item["tools"]).some(isHostRun))) return;
  for (const [i, span] of elementsOf(edit.text, start).entries()) {
    const item = items[i];
    if (!declares(item)) continue;
    const tools = membersOf(edit.text, span.start).find(({ key }) => key === "tools");
    if (tools) cutTools(edit, tools.value, listOf(item["tools"]), `input[${i}].tools`, ignored);
  }
}

function declares(item: unknown): item is JsonObject {
  return isJsonObject(item) && typeof item["type"] === "string" && DECLARES.has(item["type"]);
}

/** Words of a choice that are no tool's type. */
const CHOICES = new Set(["auto", "any", "tool", "none", "allowed_tools"]);

/** A choice of a hosted tool names its type, by itself or in a list. */
function namesGone(choice: unknown): boolean {
  if (!isJsonObject(choice)) return false;
  if (choice["type"] === "allowed_tools") return listOf(choice["tools"]).some(isHostRun);
  return isHostRun(choice) && !CHOICES.has(String(choice["type"]));
}

function entry(field: string, what: string): Ignored {
  return { field, what, why: "the upstream would run it, and nothing may leave your network (local_only)" };
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false && !(Array.isArray(value) && value.length === 0);
}
