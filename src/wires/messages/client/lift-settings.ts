/** Limits, sampling, effort, the form of the answer and the choice of tools, as a Messages request asks for them. */
import { DEFAULT_DIALECT, EFFORTS } from "../../../core/dialect.ts";
import { ShimError } from "../../../core/errors.ts";
import { nameOf } from "../../../core/parse.ts";
import type { Ignored, Settings, TextFormat, ToolChoice } from "../../../core/turn.ts";
import { RequestBody } from "./schema.ts";
import type { ToolTable } from "./lift-tools.ts";

export function settingsOf(
  body: RequestBody,
  effort: string | undefined,
  table: ToolTable,
  ignored: Ignored[],
): Settings {
  const settings: Settings = {};
  if (body.max_tokens) settings.max_output_tokens = body.max_tokens;
  if (typeof body.temperature === "number") settings.temperature = body.temperature;
  if (typeof body.top_p === "number") settings.top_p = body.top_p;
  if (body.stop_sequences && body.stop_sequences.length > 0) settings.stop = body.stop_sequences;
  const asked = effortOf(body, effort);
  if (asked !== undefined) settings.effort = asked;
  const format = formatOf(body);
  if (format) settings.format = format;
  const choice = choiceOf(body.tool_choice, table, ignored);
  if (table.tools.length === 0) return settings;
  if (choice !== undefined) settings.tool_choice = choice;
  // That several calls may come at once is the rule here; only the other is said.
  if (body.tool_choice?.disable_parallel_tool_use) settings.parallel_tool_calls = false;
  return settings;
}

/** A request that forbids thinking says so more clearly than any effort. */
function effortOf({ thinking, output_config }: RequestBody, latest: string | undefined): string | undefined {
  if (thinking?.type === "disabled" || thinking?.type === "between_tools") return "none";
  const named = latest ?? output_config?.effort;
  if (named) return named;
  return typeof thinking?.budget_tokens === "number" ? effortByBudget(thinking.budget_tokens) : undefined;
}

/** The greatest effort whose usual budget is within this one. */
function effortByBudget(tokens: number): string {
  const budgets = DEFAULT_DIALECT.effort_budgets;
  return EFFORTS.findLast((effort) => (budgets[effort] ?? Number.POSITIVE_INFINITY) <= tokens) ?? "minimal";
}

function formatOf({ output_config, output_format }: RequestBody): TextFormat | undefined {
  const format = output_config?.format ?? output_format;
  if (!format) return undefined;
  const param = output_config?.format ? "output_config.format" : "output_format";
  if (format.type !== "json_schema")
    throw new ShimError("invalid_request", `\`${param}.type\` must be \`json_schema\``, { param: `${param}.type` });
  if (!format.schema)
    throw new ShimError("invalid_request", `\`${param}.schema\` is missing`, { param: `${param}.schema` });
  return { type: "json_schema", name: "response", schema: format.schema };
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
  throw new ShimError("invalid_request", `\`tool_choice\` names \`${choice.name}\`, which is not among \`tools\``, {
    param: "tool_choice",
  });
}

/** Fields that ask nothing of the answer: who asks, and how Anthropic's own cache and servers treat it. */
const HARMLESS = new Set([
  "anthropic_beta",
  "anthropic_version",
  "betas",
  "cache_control",
  "diagnostics",
  "inference_geo",
  "user_profile_id",
  "workspace_id",
]);

export function listIgnored(body: RequestBody, ignored: Ignored[]): void {
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
