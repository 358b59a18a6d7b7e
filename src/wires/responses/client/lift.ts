/** Lifts a Responses body: the neutral turn, the table of its tools, and what the response must echo. */
import type { Source } from "../../../core/citations.ts";
import { missing, nameOf, parseAt, textOf } from "../../../core/parse.ts";
import type { Ignored, Settings, TextFormat, ToolChoice, Turn } from "../../../core/turn.ts";
import { unsupported } from "../../errors.ts";
import { SEARCH_NAME, type HostedOffer } from "../../hosted.ts";
import { notAmongTools, refuseUnanswerable, samplingOf, schemaFormat, textParts } from "../../lifting.ts";
import { ItemLifter } from "./items.ts";
import type { McpHistory } from "./mcp-items.ts";
import { mcpFlatName } from "./mcp-tools.ts";
import { refuseWrong } from "./refusals.ts";
import * as schema from "./schema.ts";
import { isSearch } from "./search-items.ts";
import { ToolTable } from "./tools.ts";

export interface Lifted {
  body: schema.RequestBody;
  turn: Turn;
  table: ToolTable;
  /** Pages that searches of the history have found, by address. */
  sources: Map<string, Source>;
  /** Calls of MCP servers; absent where the input is a text. */
  history: McpHistory | undefined;
}

export function liftRequest(json: unknown, offer?: HostedOffer): Lifted {
  const body = parseAt(schema.RequestBody, json, "");
  refuseStateful(body);
  refuseWrong(body);
  const ignored: Ignored[] = [];
  const table = new ToolTable(ignored, offer);
  const input = body.input ?? "";
  declareTools(body, table);
  const lifter = new ItemLifter(table, ignored);
  if (body.instructions) lifter.items.push({ type: "message", role: "system", parts: textParts(body.instructions) });
  if (input.length > 0) lifter.lift(input);
  else if (lifter.items.length === 0) throw missing("input");
  refuseUnanswerable(lifter.items, "input", "holds", () => true);
  listIgnored(body, table, ignored);
  const { choice, tools } = chooseTools(body.tool_choice, table, ignored);
  if (tools.length === 0 && table.mcp.wishes.length === 0 && (choice === "required" || typeof choice === "object"))
    ignored.push({ field: "tool_choice", what: "required", why: "none of the tools is left that could be called" });
  // Which tools MCP servers have is known later.
  const hasTools = tools.length > 0 || table.mcp.wishes.length > 0;
  const settings = settingsOf(body, choice, hasTools);
  const turn = { model: body.model, items: lifter.items, tools, settings, ignored };
  return { body, table, sources: lifter.sources, history: lifter.mcp, turn };
}

const NEEDS_STORE = "needs stored responses, and none are kept here ([store] in the config)";

/** Settings that reach for what a server has stored. Refused: to ignore them would answer another question. */
function refuseStateful(body: schema.RequestBody): void {
  for (const field of ["previous_response_id", "conversation"] as const)
    if (body[field] !== undefined && body[field] !== null)
      throw unsupported(`\`${field}\` ${NEEDS_STORE}; send the whole history in \`input\``, field);
  if (body.background) throw unsupported(`\`background: true\` ${NEEDS_STORE}; ask without it`, "background");
}

/**
 * Tools come from `tools` and from `additional_tools` items, which models of Codex's "lite" kind have; where both are
 * there (Codex 0.171) they add up, and the first of a name counts. An empty `tools` switches all of them off.
 * Tools that a search found live in the search's output only.
 */
function declareTools(body: schema.RequestBody, table: ToolTable): void {
  if (body.tools) table.declare(body.tools, "tools");
  if (body.tools?.length === 0 || !Array.isArray(body.input)) return;
  for (const [i, item] of body.input.entries()) {
    if (item.type !== "tool_search_output" && item.type !== "additional_tools") continue;
    const { tools } = parseAt(schema.ToolsInput, item, `input[${i}]`);
    table.declare(tools ?? [], `input[${i}].tools`);
  }
}

/** Fields that ask nothing of the response: who asks, and how OpenAI's own cache and stream treat it. */
const HARMLESS = new Set(["access_programs", "client_metadata"]);

/** Results of hosted tools that nobody can have here. */
const ABSENT = /^(?:code_interpreter_call|computer_call_output|file_search_call)\./;

function listIgnored(body: schema.RequestBody, { hosted, mcp }: ToolTable, ignored: Ignored[]): void {
  const list: List = (field, what, why) => void ignored.push({ field, what, why });
  if (body.max_tool_calls && hosted.size === 0 && mcp.wishes.length === 0)
    list("max_tool_calls", String(body.max_tool_calls), "it limits hosted tools, and none are run here");
  for (const [i, value] of (body.include ?? []).entries())
    if (ABSENT.test(value) || (value.startsWith("web_search_call.") && hosted.size === 0))
      list(`include[${i}]`, value, "no tool of that kind is run here");
  if (body.store) list("store", "true", "nothing is stored");
  if (body.context_management)
    list("context_management", "context_management", "the client must shorten its history itself");
  if (body.moderation) list("moderation", "moderation", "this upstream has no such setting");
  listUnused(body, list);
}

type List = (field: string, what: string, why: string) => void;

/** Of fields that hold others, those that are used. */
const NESTED = [
  ["reasoning", new Set(["effort", "summary", "context", "mode"])],
  ["stream_options", new Set(["include_obfuscation"])],
  ["text", new Set(["format", "verbosity"])],
] as const;

function listUnused(body: schema.RequestBody, list: List): void {
  const { context, mode } = body.reasoning ?? {};
  // All that was thought goes back, as far as its upstream takes it.
  if (context && context !== "auto" && context !== "all_turns")
    list("reasoning.context", nameOf(context), "what was thought in all turns goes back");
  if (mode && mode !== "standard") list("reasoning.mode", nameOf(mode), "this upstream has no such setting");
  const unknown = (at: string, fields: object, known: { has(key: string): boolean }): void => {
    for (const [key, value] of Object.entries(fields))
      if (value !== null && value !== undefined && !known.has(key))
        list(at + key, nameOf(key), "no field of the Responses API that is known here");
  };
  unknown("", body, { has: (key) => key in schema.RequestBody.shape || HARMLESS.has(key) });
  for (const [at, known] of NESTED) unknown(`${at}.`, body[at] ?? {}, known);
}

type ChosenTools = { choice: ToolChoice | undefined; tools: Turn["tools"] };

function chooseTools(choice: schema.RequestBody["tool_choice"], table: ToolTable, ignored: Ignored[]): ChosenTools {
  if (choice === undefined || choice === null) return { choice: undefined, tools: table.tools };
  if (typeof choice === "string") return { choice, tools: table.tools };
  if (choice.type === "allowed_tools") return allowedTools(choice, table, ignored);
  if (choice.type === "function" || choice.type === "custom") {
    if (!choice.name) throw missing("tool_choice.name");
    return { choice: { name: declaredName(choice, table, "tool_choice") }, tools: table.tools };
  }
  const hosted = hostedChoice(choice, table);
  if (hosted !== undefined) return { choice: hosted, tools: table.tools };
  const words = `\`tool_choice\` asks for \`${choice.type}\`, a hosted tool that this upstream cannot run`;
  throw unsupported(words, "tool_choice");
}

function allowedTools(choice: schema.ToolChoiceObject, table: ToolTable, ignored: Ignored[]): ChosenTools {
  if (!choice.tools) throw missing("tool_choice.tools");
  const names = new Set<string>();
  for (const [i, tool] of choice.tools.entries()) {
    const field = `tool_choice.tools[${i}]`;
    const hosted = hostedChoice({ ...tool, type: tool.type ?? "" }, table);
    // Tools of MCP servers are added once they are known.
    if (typeof hosted === "object") names.add(hosted.name);
    else if (hosted === undefined && tool.name) names.add(declaredName(tool, table, field));
    else if (hosted === undefined)
      ignored.push({ field, what: nameOf(tool.type), why: "a hosted tool: this upstream cannot run it" });
  }
  return { choice: choice.mode ?? "auto", tools: table.tools.filter((tool) => names.has(tool.name)) };
}

function declaredName(tool: { name?: unknown; namespace?: unknown }, table: ToolTable, at: string): string {
  const namespace = typeof tool.namespace === "string" ? tool.namespace : undefined;
  const flat = table.flatName(namespace, textOf(tool.name));
  if (table.isDeclared(flat)) return flat;
  throw notAmongTools(at, nameOf(tool.name), "`tools`");
}

function settingsOf(body: schema.RequestBody, choice: ToolChoice | undefined, hasTools: boolean): Settings {
  const { max_output_tokens, reasoning, text, service_tier, top_logprobs, include, parallel_tool_calls } = body;
  const weighed = top_logprobs || include?.includes("message.output_text.logprobs");
  const format = formatOf(text?.format);
  return {
    ...(max_output_tokens && { max_output_tokens }),
    ...samplingOf(body),
    ...(reasoning?.effort && { effort: reasoning.effort }),
    ...(text?.verbosity && { verbosity: text.verbosity }),
    ...(service_tier && { service_tier }),
    ...(weighed && { top_logprobs: top_logprobs ?? 0 }),
    ...(format && { format }),
    ...(hasTools && choice !== undefined && { tool_choice: choice }),
    ...(hasTools && typeof parallel_tool_calls === "boolean" && { parallel_tool_calls }),
  };
}

function formatOf(format: NonNullable<schema.RequestBody["text"]>["format"]): TextFormat | undefined {
  if (!format || format.type === "text") return undefined;
  return format.type === "json_object" ? { type: "json_object" } : schemaFormat(format, "text.format");
}

/** A hosted tool that `tool_choice` names: its flat name, or `required` for any tool of a server; else undefined. */
function hostedChoice(
  { type, server_label, name }: Pick<Partial<schema.ToolChoiceObject>, "type" | "server_label" | "name">,
  { hosted, mcp }: Pick<ToolTable, "hosted" | "mcp">,
): { name: string } | "required" | undefined {
  if (isSearch(type) && hosted.has(SEARCH_NAME)) return { name: SEARCH_NAME };
  if (type !== "mcp" || !server_label || !mcp.has(server_label)) return undefined;
  return name ? { name: mcpFlatName(server_label, name) } : "required";
}
