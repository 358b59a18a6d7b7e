/** Limits, effort, sampling and the form of the answer, in the words of the Messages API. */
import type { Dialect } from "../../../core/dialect.ts";
import { chooseEffort } from "../../../core/effort.ts";
import type { Ignored, Settings } from "../../../core/turn.ts";
import { isStructured } from "./structured.ts";

/**
 * Sent when the client gives no limit, since the API wants one: the most that all Claude models from 4 on accept (Opus 4
 * and 4.1 give 32,000 tokens, later ones 64,000 or 128,000). A user's `extra_body.max_tokens` replaces it.
 */
export const DEFAULT_MAX_TOKENS = 32_000;
/** More is not asked for by default, though some models give it: hosts reckon limits by what might come. */
const MOST_MAX_TOKENS = 64_000;
/** Tokens that are left for the answer when a budget to think takes more than the default. */
export const ANSWER_TOKENS = 8192;
/** The least that the API takes as a budget. */
const MIN_BUDGET = 1024;

/** What the rest of the request says about thinking. */
export interface Circumstances {
  mayCall: boolean;
  /** A call is forced. */
  forced: boolean;
  /** The turn that is gone on with began without a thought. */
  unthought: boolean;
}

export interface LoweredSettings {
  fields: Record<string, unknown>;
  effort: string | null;
  /** The form of the answer, where only words can ask for it. */
  words: string | undefined;
}

export function lowerSettings(
  settings: Settings,
  dialect: Dialect,
  around: Circumstances,
  ignored: Ignored[],
): LoweredSettings {
  const { effort, fields, thinks, max_tokens } = lowerEffort(settings, dialect, around, ignored);
  const format = lowerFormat(settings, dialect, around.mayCall, ignored);
  const output_config = { ...objectOf(fields["output_config"]), ...(format.sent && { format: format.sent }) };
  for (const field of ["presence_penalty", "frequency_penalty"] as const) {
    const value = settings[field];
    if (value) ignored.push({ field, what: String(value), why: FOREIGN });
  }
  const { verbosity, top_logprobs, service_tier } = settings;
  if (verbosity !== undefined) ignored.push({ field: "text.verbosity", what: verbosity, why: FOREIGN });
  if (top_logprobs !== undefined) ignored.push({ field: "top_logprobs", what: String(top_logprobs), why: FOREIGN });
  if (service_tier !== undefined && !["auto", "default"].includes(service_tier))
    ignored.push({ field: "service_tier", what: service_tier, why: FOREIGN });
  return {
    effort,
    words: format.words,
    fields: {
      max_tokens,
      ...sampling(settings, thinks, ignored),
      ...(settings.stop && { stop_sequences: settings.stop }),
      ...fields,
      ...(Object.keys(output_config).length > 0 && { output_config }),
    },
  };
}

const FOREIGN = "the Messages API has no such setting";

interface LoweredEffort {
  effort: string | null;
  fields: Record<string, unknown>;
  thinks: boolean;
  max_tokens: number;
}

function lowerEffort(
  { effort: asked, max_output_tokens: limit }: Settings,
  dialect: Dialect,
  { forced, unthought }: Circumstances,
  ignored: Ignored[],
): LoweredEffort {
  const chosen = chooseEffort(asked, dialect);
  const leaveOut = (why: string): void => void ignored.push({ field: "reasoning.effort", what: asked ?? "", why });
  if (chosen.ignored !== undefined) leaveOut(chosen.ignored);
  // Chat's own field, which stands in the dialect where nobody said how a Messages host is asked.
  const { reasoning_effort: foreign, ...fields } = chosen.fields;
  if (foreign !== undefined && chosen.used !== "none" && Object.keys(fields).length === 0)
    leaveOut("nothing is known of how this upstream is asked for it; set `effort_on` in its dialect");
  const thinking = objectOf(fields["thinking"]);
  const budget = thinking["budget_tokens"];
  let thinks = typeof thinking["type"] === "string" && thinking["type"] !== "disabled";
  const usual =
    dialect.max_output_tokens === 0 ? DEFAULT_MAX_TOKENS : Math.min(dialect.max_output_tokens, MOST_MAX_TOKENS);
  let max_tokens = limit ?? usual;
  const why = thinks ? obstacle(typeof budget === "number", forced, unthought, limit) : undefined;
  if (why !== undefined) {
    leaveOut(why);
    delete fields["thinking"];
    thinks = false;
  } else if (typeof budget === "number") {
    const wanted = Math.max(budget, MIN_BUDGET);
    const fitted = limit === undefined ? wanted : Math.min(wanted, Math.max(MIN_BUDGET, Math.floor(limit / 2)));
    if (fitted < wanted) leaveOut(`of the ${limit} tokens of the answer only ${fitted} can be spent on it`);
    fields["thinking"] = { ...thinking, budget_tokens: fitted };
    if (limit === undefined) max_tokens = Math.max(max_tokens, fitted + ANSWER_TOKENS);
  }
  return { effort: Object.keys(fields).length === 0 ? null : chosen.used, fields, thinks, max_tokens };
}

/** Why this request cannot ask for thinking, if so: a choice of tool or a limit is worth more than an effort. */
function obstacle(
  hasBudget: boolean,
  forced: boolean,
  unthought: boolean,
  limit = DEFAULT_MAX_TOKENS,
): string | undefined {
  if (forced) return "a forced tool call and thinking exclude each other";
  if (hasBudget && unthought) return "thinking cannot begin in the middle of a turn that began without it";
  if (hasBudget && limit <= MIN_BUDGET) return `an answer of ${limit} tokens leaves no room for it`;
  return undefined;
}

/** The temperature lies between 0 and 1; a model that thinks has its own, and most models take one of the two. */
function sampling({ temperature, top_p }: Settings, thinks: boolean, ignored: Ignored[]): Record<string, number> {
  const leaveOut = (field: string, value: number, why: string): void =>
    void ignored.push({ field, what: String(value), why });
  const sent: Record<string, number> = {};
  if (temperature !== undefined) {
    const clamped = Math.min(Math.max(temperature, 0), 1);
    if (thinks) {
      if (temperature !== 1) leaveOut("temperature", temperature, "a model that thinks has its own");
    } else sent["temperature"] = clamped;
    if (!thinks && clamped !== temperature)
      leaveOut("temperature", temperature, `this upstream takes 0 to 1; ${clamped} is sent`);
  }
  if (top_p === undefined || (top_p === 1 && temperature !== undefined)) return sent;
  if (sent["temperature"] !== undefined) leaveOut("top_p", top_p, "this upstream takes either it or a temperature");
  else if (thinks && top_p < MIN_THINKING_TOP_P) leaveOut("top_p", top_p, "a model that thinks has its own");
  else sent["top_p"] = top_p;
  return sent;
}

const MIN_THINKING_TOP_P = 0.95;

interface LoweredFormat {
  sent?: { type: "json_schema"; schema: Record<string, unknown> };
  words?: string;
}

/** A JSON Schema is sent where the upstream takes it; what cannot be sent is told in words, with the instructions. */
function lowerFormat({ format }: Settings, dialect: Dialect, mayCall: boolean, ignored: Ignored[]): LoweredFormat {
  if (!format || format.type === "text") return {};
  const when = mayCall ? "When you have finished and call no more tools, answer" : "Answer";
  const what = `${when} with one JSON value and nothing else, without code fences.`;
  if (format.type === "json_object") return { words: `${what} It must be an object.` };
  const { schema } = format;
  const words = `${what} It must follow this JSON Schema:\n${JSON.stringify(schema)}`;
  if (dialect.json_schema !== "json_schema" || (mayCall && dialect.schema_with_tools === "instruct")) return { words };
  if (isStructured(schema)) return { sent: { type: "json_schema", schema } };
  ignored.push({
    field: "text.format",
    what: format.name,
    why: "this upstream enforces only schemas without optional extras and limits; this one is told in words",
  });
  return { words };
}

function objectOf(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
