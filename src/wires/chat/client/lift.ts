/** Lifts a Chat Completions body: the neutral turn, and the table of its tools. */
import { nameOf, parseAt } from "../../../core/parse.ts";
import type { Ignored, Settings, TextFormat, ToolChoice, Turn } from "../../../core/turn.ts";
import { unsupported } from "../../errors.ts";
import { SEARCH_NAME, searchTool, TAKEN, type WantedSearch } from "../../hosted.ts";
import { notAmongTools, refuseUnanswerable, samplingOf, schemaFormat } from "../../lifting.ts";
import { readSearch, SEARCH_FIELD } from "./hosted.ts";
import { EFFORT_ARGUMENTS, effortOf } from "./lift-effort.ts";
import { MessageLifter } from "./lift-messages.ts";
import * as schema from "./schema.ts";
import { ToolTable } from "./tools.ts";

interface Lifted {
  body: schema.RequestBody;
  turn: Turn;
  table: ToolTable;
  /** Tools are declared in the older form, so that the response must have it too. */
  legacy: boolean;
  /** The web is to be searched here. */
  search: WantedSearch | undefined;
}

/** `searches`: the web can be searched here. */
export function liftRequest(json: unknown, searches = false): Lifted {
  const body = parseAt(schema.RequestBody, json, "");
  if ((body.n ?? 1) > 1)
    throw unsupported("`n` above 1 cannot be translated for this upstream; ask once for each answer", "n");
  if (body.modalities?.includes("audio"))
    throw unsupported("this upstream answers in text only; leave `audio` out of `modalities`", "modalities");
  const ignored: Ignored[] = [];
  const table = new ToolTable(ignored);
  table.declare(body.tools ?? []);
  table.declareLegacy(body.functions ?? []);
  const lifter = new MessageLifter(table, ignored);
  lifter.lift(body.messages);
  refuseUnanswerable(lifter.items, "messages", "hold", () => true);
  listIgnored(body, ignored, searches);
  const { choice, tools } = chooseTools(body, table);
  if (tools.length === 0 && (choice === "required" || typeof choice === "object"))
    ignored.push({ field: "tool_choice", what: "required", why: "none of the tools is left that could be called" });
  const legacy = !body.tools?.length && Boolean(body.functions?.length);
  const settings = { ...settingsOf(body, ignored), ...(tools.length > 0 && toolSettings(body, choice, legacy)) };
  const search = searches ? searchOf(body, choice, table, ignored) : undefined;
  if (search) tools.push(searchTool(search.location));
  return { body, table, legacy, search, turn: { model: body.model, items: lifter.items, tools, settings, ignored } };
}

function searchOf(
  body: schema.RequestBody,
  choice: ToolChoice | undefined,
  table: ToolTable,
  ignored: Ignored[],
): WantedSearch | undefined {
  const options = body[SEARCH_FIELD] ?? undefined;
  if (options === undefined) return undefined;
  const taken = table.isDeclared(SEARCH_NAME);
  if (!taken && (choice ?? "auto") === "auto") return readSearch(options);
  const why = taken ? TAKEN : "`tool_choice` says what is to be called";
  ignored.push({ field: SEARCH_FIELD, what: SEARCH_FIELD, why });
  return undefined;
}

/** Fields that ask nothing of the response: who asks, and how an upstream's own cache and bills treat it. */
const HARMLESS = new Set([
  "metadata",
  "prompt_cache_options",
  "prompt_cache_retention",
  "prediction", // It only hastens the answer.
  "safety_identifier",
]);

/** What some upstreams know and a turn does not. */
const KNOWN = new Map<string, string>([
  ["logit_bias", "tokens differ from model to model"],
  ["store", "nothing is stored"],
]);

const NO_PLACE = "it cannot be translated for this upstream";

function listIgnored(body: schema.RequestBody, ignored: Ignored[], searches: boolean): void {
  for (const [key, value] of Object.entries(body)) {
    const carried = key === SEARCH_FIELD ? searches : key in schema.RequestBody.shape && key !== "store";
    if (value === null || value === undefined || carried || HARMLESS.has(key)) continue;
    // So it is anyway.
    if (key === "store" && value === false) continue;
    const what = ["string", "number", "boolean"].includes(typeof value) ? nameOf(String(value)) : nameOf(key);
    ignored.push({ field: key, what, why: KNOWN.get(key) ?? NO_PLACE });
  }
  if (body.reasoning?.exclude) ignored.push({ field: "reasoning.exclude", what: "true", why: NO_PLACE });
  for (const key of Object.keys(body.chat_template_kwargs ?? {})) {
    const field = `chat_template_kwargs.${key}`;
    if (!EFFORT_ARGUMENTS.includes(key)) ignored.push({ field, what: nameOf(key), why: NO_PLACE });
  }
}

type ChosenTools = { choice: ToolChoice | undefined; tools: Turn["tools"] };

function chooseTools(body: schema.RequestBody, table: ToolTable): ChosenTools {
  const { tools } = table;
  const asked = body.tool_choice;
  if (asked === undefined || asked === null) return { choice: legacyChoice(body.function_call, table), tools };
  if (typeof asked === "string") return { choice: asked === "any" ? "required" : asked, tools };
  const { allowed_tools } = asked;
  if (asked.type === "allowed_tools" || allowed_tools) {
    const names = new Set(
      (allowed_tools?.tools ?? []).map((tool, i) => declaredName(tool, table, `tool_choice.allowed_tools.tools[${i}]`)),
    );
    return { choice: allowed_tools?.mode ?? "auto", tools: tools.filter(({ name }) => names.has(name)) };
  }
  if (asked.type === "auto" || asked.type === "none" || asked.type === "required") return { choice: asked.type, tools };
  return { choice: { name: declaredName(asked, table, "tool_choice") }, tools };
}

function legacyChoice(asked: schema.RequestBody["function_call"], table: ToolTable): ToolChoice | undefined {
  if (asked === undefined || asked === null) return undefined;
  return typeof asked === "string" ? asked : { name: declaredName({ function: asked }, table, "function_call") };
}

function declaredName(tool: schema.ToolReference, table: ToolTable, at: string): string {
  const flatOne = typeof tool.name === "string" ? tool.name : undefined;
  const name = tool.function?.name ?? tool.custom?.name ?? flatOne;
  if (name === undefined)
    throw unsupported(`\`${at}\` asks for ${nameOf(tool.type)}, a hosted tool that this upstream cannot run`, at);
  const flat = table.flatName(undefined, name);
  if (table.isDeclared(flat)) return flat;
  throw notAmongTools(at, name, "the tools");
}

function toolSettings(body: schema.RequestBody, choice: ToolChoice | undefined, legacy: boolean): Settings {
  // The older form has room for one call.
  const parallel = legacy ? false : body.parallel_tool_calls;
  return {
    ...(choice !== undefined && { tool_choice: choice }),
    ...(typeof parallel === "boolean" && { parallel_tool_calls: parallel }),
  };
}

function settingsOf(body: schema.RequestBody, ignored: Ignored[]): Settings {
  const { verbosity, service_tier, logprobs, top_logprobs } = body;
  const limit = limitOf(body, ignored);
  const stop = (typeof body.stop === "string" ? [body.stop] : (body.stop ?? [])).filter((word) => word !== "");
  const effort = effortOf(body);
  const format = formatOf(body.response_format);
  return {
    ...(limit !== undefined && { max_output_tokens: limit }),
    ...samplingOf(body),
    ...(stop.length > 0 && { stop }),
    ...(effort !== undefined && { effort }),
    ...(verbosity && { verbosity }),
    ...(service_tier && { service_tier }),
    ...((logprobs || top_logprobs) && { top_logprobs: top_logprobs ?? 0 }),
    ...(format && { format }),
  };
}

/** Some clients say -1 for no limit. */
function limitOf(body: schema.RequestBody, ignored: Ignored[]): number | undefined {
  for (const field of ["max_completion_tokens", "max_tokens"] as const) {
    const limit = body[field];
    if (typeof limit !== "number") continue;
    if (limit > 0) return limit;
    ignored.push({ field, what: String(limit), why: "no answer has so few tokens; taken for no limit" });
  }
  return undefined;
}

function formatOf(format: schema.ResponseFormat | null | undefined): TextFormat | undefined {
  if (!format || format.type === "text") return undefined;
  if (format.type === "json_object") return { type: "json_object" };
  return schemaFormat(format.json_schema, "response_format.json_schema");
}
