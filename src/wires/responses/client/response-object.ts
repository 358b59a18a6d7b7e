/**
 * The `response` object, as JSON text. What the request set is echoed; where OpenAI's schema and Open Responses
 * differ, every field has the value that satisfies both. The echoed part is written once for a whole stream, unless the
 * effort changes: it tells what is really asked for.
 */
import type { Usage } from "../../../core/reply.ts";
import { withoutToolSecrets } from "../../../core/tool-secrets.ts";
import type { Kept, ResponseStatus } from "../../wire.ts";
import type * as schema from "./schema.ts";

export interface Outcome {
  status: ResponseStatus;
  /** JSON texts of the finished items. */
  output: readonly string[];
  usage: Usage | null;
  /** In the upstream's own word, once it has told. */
  service_tier?: string | undefined;
  completed_at: number | null;
  incomplete_reason?: "max_output_tokens" | "content_filter";
  error?: { code: string; message: string };
}

export class ResponseObject {
  private readonly head: string;
  private readonly body: schema.RequestBody;
  private kept: Kept;
  private echo = "";
  private echoed: string | null | undefined;

  constructor(id: string, created_at: number, body: schema.RequestBody, kept = KEPT_NOWHERE) {
    this.head = JSON.stringify({ id, object: "response", created_at }).slice(0, -1);
    this.body = body;
    this.kept = kept;
  }

  /** It could not be kept after all. */
  unkeep(): void {
    this.kept = { ...this.kept, store: false };
    this.echo = "";
  }

  /** `effort` is what the upstream is really asked for; the client's own wish until that is known. */
  json(outcome: Outcome, effort: string | null = this.body.reasoning?.effort ?? null): string {
    if (this.echo === "" || effort !== this.echoed) {
      this.echoed = effort;
      this.echo = JSON.stringify(echoOf(this.body, effort, this.kept)).slice(1);
    }
    const { status, completed_at } = outcome;
    const reason = outcome.incomplete_reason ? { reason: outcome.incomplete_reason } : null;
    const middle = JSON.stringify({ status, completed_at, error: outcome.error ?? null, incomplete_details: reason });
    const tier = JSON.stringify(tierOf(outcome, this.body.service_tier));
    const usage = outcome.usage ? JSON.stringify(usageOf(outcome.usage)) : "null";
    return `${this.head},${middle.slice(1, -1)},"output":[${outcome.output.join(",")}],"usage":${usage},"service_tier":${tier},${this.echo}`;
  }
}

/** OpenAI's own tiers. */
const TIER = /^(?:auto|default|flex|scale|priority|fast|ultrafast)$/;

/** What was asked for until the upstream reports how it treated the request: one that reports nothing knows one way. */
function tierOf({ status, service_tier = "" }: Outcome, asked: string | null | undefined): string {
  if (status === "in_progress") return asked && TIER.test(asked) ? asked : "auto";
  return TIER.test(service_tier) ? service_tier : "default";
}

function usageOf({ cached_tokens, cache_write_tokens, ...usage }: Usage): Record<string, unknown> {
  return {
    input_tokens: usage.input_tokens,
    input_tokens_details: { cached_tokens, cache_write_tokens },
    output_tokens: usage.output_tokens,
    output_tokens_details: { reasoning_tokens: usage.reasoning_tokens },
    total_tokens: usage.input_tokens + usage.output_tokens,
  };
}

const KEPT_NOWHERE: Kept = { store: false, background: false, previous_response_id: null, conversation_id: null };

function echoOf(body: schema.RequestBody, effort: string | null, kept: Kept): Record<string, unknown> {
  return {
    model: body.model,
    instructions: body.instructions ?? null,
    background: kept.background,
    ...(kept.conversation_id !== null && { conversation: { id: kept.conversation_id } }),
    frequency_penalty: body.frequency_penalty ?? 0,
    max_output_tokens: body.max_output_tokens ?? null,
    max_tool_calls: body.max_tool_calls ?? null,
    metadata: body.metadata ?? {},
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    presence_penalty: body.presence_penalty ?? 0,
    previous_response_id: kept.previous_response_id,
    prompt_cache_key: body.prompt_cache_key ?? null,
    ...(body.prompt_cache_retention && { prompt_cache_retention: body.prompt_cache_retention }),
    reasoning: { effort, summary: body.reasoning?.summary ?? null },
    safety_identifier: body.safety_identifier ?? null,
    store: kept.store, // Whatever was asked for: whether it is kept.
    temperature: body.temperature ?? 1,
    text: { ...(body.text?.verbosity && { verbosity: body.text.verbosity }), format: formatEcho(body) },
    tool_choice: choiceEcho(body),
    tools: (body.tools ?? []).map(toolEcho),
    top_logprobs: body.top_logprobs ?? 0,
    top_p: body.top_p ?? 1,
    truncation: body.truncation ?? "disabled",
    ...(body.user && { user: body.user }),
  };
}

function formatEcho(body: schema.RequestBody): Record<string, unknown> {
  const format = body.text?.format;
  if (!format) return { type: "text" };
  if (format.type !== "json_schema") return format;
  const { name, description, strict } = format;
  return { ...format, name: name ?? "response", description: description ?? null, strict: strict ?? false };
}

function choiceEcho({ tool_choice }: schema.RequestBody): unknown {
  const isList = typeof tool_choice === "object" && tool_choice?.type === "allowed_tools";
  return isList ? { ...tool_choice, mode: tool_choice.mode ?? "auto" } : (tool_choice ?? "auto");
}

function toolEcho(tool: Record<string, unknown>): Record<string, unknown> {
  if (tool.type !== "function") return withoutToolSecrets(tool);
  return { description: null, parameters: null, strict: null, ...tool };
}
