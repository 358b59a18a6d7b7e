/** Lifts a Responses body: the neutral turn, the table of its tools, and what the answer must echo. */
import { ShimError } from "../../../core/errors.ts";
import type { Source } from "../../../core/citations.ts";
import type { Ignored, Settings, TextFormat, ToolChoice, Turn } from "../../../core/turn.ts";
import type { HostedOffer } from "../../hosted.ts";
import { hostedChoice } from "./hosted-choice.ts";
import { ItemLifter } from "./items.ts";
import type { McpHistory } from "./mcp-items.ts";
import { missing, nameOf, parseAt, textOf } from "../../../core/parse.ts";
import { refuseWrong } from "./refusals.ts";
import * as schema from "./schema.ts";
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
  if (body.instructions) {
    lifter.items.push({ type: "message", role: "system", parts: [{ type: "text", text: body.instructions }] });
  }
  if (input.length > 0) lifter.lift(input);
  else if (lifter.items.length === 0) throw missing("input");
  if (lifter.items.every(({ type }) => type === "reasoning"))
    throw new ShimError("invalid_request", "`input` holds nothing that a model could answer", { param: "input" });
  listIgnored(body, table, ignored);
  const { choice, tools } = chooseTools(body.tool_choice, table, ignored);
  if (tools.length === 0 && table.mcp.wishes.length === 0 && (choice === "required" || typeof choice === "object"))
    ignored.push({ field: "tool_choice", what: "required", why: "none of the tools is left that could be called" });
  // Which tools MCP servers have is known later.
  const hasTools = tools.length > 0 || table.mcp.wishes.length > 0;
  const settings = settingsOf(body, choice, hasTools);
  return {
    body,
    table,
    sources: lifter.sources,
    history: lifter.mcp,
    turn: { model: body.model, items: lifter.items, tools, settings, ignored },
  };
}

/** Settings that reach for what a server has stored. Refused: to ignore them would answer another question. */
function refuseStateful(body: schema.RequestBody): void {
  for (const field of schema.STATEFUL_FIELDS) {
    if (body[field] === undefined || body[field] === null) continue;
    throw new ShimError(
      "unsupported",
      `\`${field}\` needs stored responses, and none are kept here ([store] in the config); send the whole history in \`input\``,
      { param: field },
    );
  }
  if (body.background) {
    throw new ShimError(
      "unsupported",
      "`background: true` needs stored responses, and none are kept here ([store] in the config); ask without it",
      { param: "background" },
    );
  }
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

/** Fields that ask nothing of the answer: who asks, and how OpenAI's own cache and stream treat it. */
const HARMLESS = new Set(["access_programs", "client_metadata"]);

/** Results of hosted tools that nobody can have here. */
const ABSENT = new Set([
  "code_interpreter_call.outputs",
  "computer_call_output.output.image_url",
  "file_search_call.results",
]);

function listIgnored(body: schema.RequestBody, { hosted, mcp }: ToolTable, ignored: Ignored[]): void {
  const list: List = (field, what, why) => void ignored.push({ field, what, why });
  if (body.max_tool_calls && hosted.size === 0 && mcp.wishes.length === 0)
    list("max_tool_calls", String(body.max_tool_calls), "it limits hosted tools, and none are run here");
  for (const [i, value] of (body.include ?? []).entries())
    if (ABSENT.has(value) || (value.startsWith("web_search_call.") && hosted.size === 0))
      list(`include[${i}]`, value, "no tool of that kind is run here");
  if (body.store) list("store", "true", "nothing is stored");
  if (body.context_management)
    list("context_management", "context_management", "the client must shorten its history itself");
  if (body.moderation) list("moderation", "moderation", "this upstream has no such setting");
  listUnused(body, list);
}

type List = (field: string, what: string, why: string) => void;

/** Of fields that hold others, those that are used. */
const NESTED = {
  reasoning: new Set(["effort", "summary", "context", "mode"]),
  stream_options: new Set(["include_obfuscation"]),
  text: new Set(["format", "verbosity"]),
} as const;

function listUnused(body: schema.RequestBody, list: List): void {
  const { context, mode } = body.reasoning ?? {};
  // All that was thought goes back, as far as its host takes it.
  if (context && context !== "auto" && context !== "all_turns")
    list("reasoning.context", nameOf(context), "what was thought in all turns goes back");
  if (mode && mode !== "standard") list("reasoning.mode", nameOf(mode), "this upstream has no such setting");
  const unknown = (at: string, fields: object, known: { has(key: string): boolean }): void => {
    for (const [key, value] of Object.entries(fields))
      if (value !== null && value !== undefined && !known.has(key))
        list(at + key, nameOf(key), "no field of the Responses API that is known here");
  };
  unknown("", body, { has: (key) => key in schema.RequestBody.shape || HARMLESS.has(key) });
  for (const [at, known] of Object.entries(NESTED)) unknown(`${at}.`, body[at as keyof typeof NESTED] ?? {}, known);
}

function chooseTools(
  choice: schema.RequestBody["tool_choice"],
  table: ToolTable,
  ignored: Ignored[],
): { choice: ToolChoice | undefined; tools: Turn["tools"] } {
  if (choice === undefined || choice === null) return { choice: undefined, tools: table.tools };
  if (typeof choice === "string") return { choice, tools: table.tools };
  if (choice.type === "allowed_tools") return allowedTools(choice, table, ignored);
  if (choice.type === "function" || choice.type === "custom") {
    if (!choice.name) throw missing("tool_choice.name");
    return { choice: { name: declaredName(choice, table, "tool_choice") }, tools: table.tools };
  }
  const hosted = hostedChoice(choice, table);
  if (hosted !== undefined) return { choice: hosted, tools: table.tools };
  throw new ShimError(
    "unsupported",
    `\`tool_choice\` asks for \`${choice.type}\`, a hosted tool that this upstream cannot run`,
    { param: "tool_choice" },
  );
}

function allowedTools(
  choice: schema.ToolChoiceObject,
  table: ToolTable,
  ignored: Ignored[],
): { choice: ToolChoice; tools: Turn["tools"] } {
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
  throw new ShimError("invalid_request", `\`${at}\` names \`${nameOf(tool.name)}\`, which is not among \`tools\``, {
    param: at,
  });
}

function settingsOf(body: schema.RequestBody, choice: ToolChoice | undefined, hasTools: boolean): Settings {
  const settings: Settings = {};
  if (body.max_output_tokens) settings.max_output_tokens = body.max_output_tokens;
  if (typeof body.temperature === "number") settings.temperature = body.temperature;
  if (typeof body.top_p === "number") settings.top_p = body.top_p;
  if (typeof body.presence_penalty === "number") settings.presence_penalty = body.presence_penalty;
  if (typeof body.frequency_penalty === "number") settings.frequency_penalty = body.frequency_penalty;
  if (body.reasoning?.effort) settings.effort = body.reasoning.effort;
  if (body.text?.verbosity) settings.verbosity = body.text.verbosity;
  if (body.service_tier) settings.service_tier = body.service_tier;
  if (body.top_logprobs || body.include?.includes("message.output_text.logprobs"))
    settings.top_logprobs = body.top_logprobs ?? 0;
  const format = formatOf(body.text?.format);
  if (format) settings.format = format;
  if (hasTools && choice !== undefined) settings.tool_choice = choice;
  if (hasTools && typeof body.parallel_tool_calls === "boolean")
    settings.parallel_tool_calls = body.parallel_tool_calls;
  return settings;
}

function formatOf(format: NonNullable<schema.RequestBody["text"]>["format"]): TextFormat | undefined {
  if (!format || format.type === "text") return undefined;
  if (format.type === "json_object") return { type: "json_object" };
  if (!format.schema) throw missing("text.format.schema");
  return {
    type: "json_schema",
    name: format.name || "response",
    schema: format.schema,
    ...(format.description && { description: format.description }),
    ...(typeof format.strict === "boolean" && { strict: format.strict }),
  };
}
