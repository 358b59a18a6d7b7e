/** Lifts a Messages body: the neutral turn, the table of its tools, and what the response depends on. */
import { parseAt, nameOf } from "../../../core/parse.ts";
import type { Ignored, Turn, Settings, TextFormat, ToolChoice } from "../../../core/turn.ts";
import { unsupported, invalid } from "../../errors.ts";
import { refuseUnanswerable, effortByBudget, notAmongTools, samplingOf, schemaFormat } from "../../lifting.ts";
import { MessageLifter } from "./lift-messages.ts";
import { ToolTable } from "./lift-tools.ts";
import { RequestBody } from "./schema.ts";
import type { Sources } from "./search-tool.ts";

/** What the client gets of the model's thoughts: their words, only what seals them, or neither. */
export type Thoughts = "shown" | "sealed" | "none";

export interface Lifted {
  body: RequestBody;
  turn: Turn;
  table: ToolTable;
  thoughts: Thoughts;
  /** What searches of the history have found. */
  sources: Sources;
}

/** `searches`: the web can be searched here. */
export function liftRequest(json: unknown, searches = false): Lifted {
  const body = parseAt(RequestBody, json, "");
  refuseThread(body);
  const ignored: Ignored[] = [];
  const table = new ToolTable(ignored, searches);
  table.declare(body.tools ?? [], "tools");
  const lifter = new MessageLifter(table, ignored);
  lifter.system(body.system);
  lifter.lift(body.messages);
  refuseUnanswerable(lifter.items, "messages", "hold", (item) => item.type !== "message" || item.role !== "system");
  listIgnored(body, ignored);
  const settings = settingsOf(body, lifter.effort, table, ignored);
  return {
    body,
    table,
    thoughts: thoughtsOf(body.thinking),
    sources: lifter.sources,
    turn: { model: body.model, items: lifter.items, tools: table.tools, settings, ignored },
  };
}

/** To ignore it would lose the history. Anthropic's SDK 1.13 sends all of it when it is told so in these words. */
function refuseThread({ thread }: RequestBody): void {
  if ((thread ?? null) === null) return;
  const words = "`thread` needs a host that keeps threads, and this one does not; send all `messages` without it";
  throw unsupported(words, "thread");
}

/** A client that did not ask to think takes the first block for the response, as the API promises it. */
function thoughtsOf(thinking: RequestBody["thinking"]): Thoughts {
  if (!thinking || thinking.type === "disabled") return "none";
  return thinking.display === "omitted" ? "sealed" : "shown";
}

function settingsOf(body: RequestBody, effort: string | undefined, table: ToolTable, ignored: Ignored[]): Settings {
  const { max_tokens, stop_sequences, tool_choice } = body;
  const asked = effortOf(body, effort);
  const format = formatOf(body);
  const choice = choiceOf(tool_choice, table, ignored);
  return {
    ...(max_tokens && { max_output_tokens: max_tokens }),
    ...samplingOf({ temperature: body.temperature, top_p: body.top_p }),
    ...(stop_sequences && stop_sequences.length > 0 && { stop: stop_sequences }),
    ...(asked !== undefined && { effort: asked }),
    ...(format && { format }),
    ...(table.tools.length > 0 && {
      ...(choice !== undefined && { tool_choice: choice }),
      // That several calls may come at once is the rule here; only the other is said.
      ...(tool_choice?.disable_parallel_tool_use && { parallel_tool_calls: false }),
    }),
  };
}

/** A request that forbids thinking says so more clearly than any effort. */
function effortOf({ thinking, output_config }: RequestBody, latest: string | undefined): string | undefined {
  if (thinking?.type === "disabled" || thinking?.type === "between_tools") return "none";
  const named = latest ?? output_config?.effort;
  if (named) return named;
  return typeof thinking?.budget_tokens === "number" ? effortByBudget(thinking.budget_tokens) : undefined;
}

function formatOf({ output_config, output_format }: RequestBody): TextFormat | undefined {
  const format = output_config?.format ?? output_format;
  if (!format) return undefined;
  const param = output_config?.format ? "output_config.format" : "output_format";
  if (format.type !== "json_schema") throw invalid(`\`${param}.type\` must be \`json_schema\``, `${param}.type`);
  return schemaFormat({ schema: format.schema }, param);
}

function choiceOf(choice: RequestBody["tool_choice"], table: ToolTable, ignored: Ignored[]): ToolChoice | undefined {
  const { tools } = table;
  if (!choice) return undefined;
  if (choice.type === "auto" || choice.type === "none") return choice.type;
  if (tools.length === 0) {
    const why = "none of the tools is left that could be called";
    ignored.push({ field: "tool_choice", what: choice.name ?? choice.type, why });
    return undefined;
  }
  if (choice.type === "any") return "required";
  const name = table.flatName(undefined, choice.name ?? "");
  if (tools.some((tool) => tool.name === name)) return { name };
  throw notAmongTools("tool_choice", String(choice.name), "`tools`");
}

/** Fields that ask nothing of the response: who asks, and how Anthropic's own cache and servers treat it. */
const HARMLESS = new Set([
  ..."anthropic_beta anthropic_version betas cache_control diagnostics".split(" "),
  ..."inference_geo user_profile_id workspace_id".split(" "),
]);

function listIgnored(body: RequestBody, ignored: Ignored[]): void {
  const list = (field: string, what: string, why: string): void => void ignored.push({ field, what, why });
  if (typeof body.top_k === "number") list("top_k", String(body.top_k), "other upstreams have no such setting");
  if (body.service_tier && !["auto", "standard_only"].includes(body.service_tier))
    list("service_tier", body.service_tier, "this upstream has no such setting");
  if (body.mcp_servers && body.mcp_servers.length > 0)
    list("mcp_servers", "mcp_servers", "servers of tools are asked by Anthropic's server; here the client must");
  // To keep all is what is done anyway.
  const edits = body.context_management?.edits?.filter(({ keep }) => keep !== "all") ?? [];
  for (const { type } of edits) list("context_management", nameOf(type), "the client must shorten its history itself");
  for (const [key, value] of Object.entries(body)) {
    if (value === null || key in RequestBody.shape || HARMLESS.has(key) || (key === "speed" && value === "standard"))
      continue;
    list(key, nameOf(key), WHY.get(key) ?? "no field of the Messages API that is known here");
  }
}

const WHY: ReadonlyMap<string, string> = new Map([
  ["container", "code is run by Anthropic's server; this one runs none"],
  ["safeguards", "what a call may do is judged by nobody here; the client must ask its user"],
  ["speed", "this upstream has no such setting"],
]);
