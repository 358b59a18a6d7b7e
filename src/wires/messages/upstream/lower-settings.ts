/** Limits, effort, sampling and the form of the reply, in the words of the Messages API. */
import type { ChosenEffort } from "../../../core/effort.ts";
import type { SentFormat } from "../../../core/fit/format.ts";
import type { FittedSettings } from "../../../core/fit/settings.ts";
import { isJsonObject } from "../../../core/json-fields.ts";
import type { Ignored } from "../../../core/turn.ts";

/**
 * Sent when the client gives no limit, since the API wants one: the most that all Claude models from 4 on accept (Opus 4
 * and 4.1 give 32,000 tokens, later ones 64,000 or 128,000). A user's `extra_body.max_tokens` replaces it.
 */
export const DEFAULT_MAX_TOKENS = 32_000;
/** More is not asked for by default, though some models give it: upstreams reckon limits by what might come. */
const MOST_MAX_TOKENS = 64_000;
/** Tokens that are left for the reply when a budget to think takes more than the default. */
const ANSWER_TOKENS = 8192;
/** The least that the API takes as a budget. */
const MIN_BUDGET = 1024;

/** What the rest of the request says about thinking. */
interface ThinkingFacts {
  /** The effort in the client's words. */
  asked: string | undefined;
  /** A call is forced. */
  forced: boolean;
  /** The turn that is gone on with began without a thought. */
  unthought: boolean;
}

type LoweredSettings = { fields: Record<string, unknown>; effort: string | null };

export function lowerSettings(
  settings: FittedSettings,
  chosen: ChosenEffort,
  format: SentFormat | undefined,
  { most_tokens, ...facts }: ThinkingFacts & { most_tokens: number },
  ignored: Ignored[],
): LoweredSettings {
  const { effort, fields, thinks, max_tokens } = lowerEffort(settings, chosen, facts, most_tokens, ignored);
  const output_config = {
    ...(isJsonObject(fields.output_config) && fields.output_config),
    ...(format?.type === "json_schema" && { format: { type: format.type, schema: format.schema } }),
  };
  return {
    effort,
    fields: {
      max_tokens,
      ...sampling(settings, thinks, ignored),
      ...(settings.stop && { stop_sequences: settings.stop }),
      ...fields,
      ...(Object.keys(output_config).length > 0 && { output_config }),
    },
  };
}

type LoweredEffort = { effort: string | null; fields: Record<string, unknown>; thinks: boolean; max_tokens: number };

function lowerEffort(
  { max_output_tokens: limit }: FittedSettings,
  chosen: ChosenEffort,
  { asked, forced, unthought }: ThinkingFacts,
  most_tokens: number,
  ignored: Ignored[],
): LoweredEffort {
  const leaveOut = (why: string): void => void ignored.push({ field: "reasoning.effort", what: asked ?? "", why });
  // Chat's own field, which stands in the dialect where nobody said how a Messages upstream is asked.
  const { reasoning_effort: foreign, ...fields } = chosen.fields;
  if (foreign !== undefined && chosen.used !== "none" && Object.keys(fields).length === 0)
    leaveOut("nothing is known of how this upstream is asked for it; set `effort_on` in its dialect");
  const thinking = isJsonObject(fields.thinking) ? fields.thinking : {};
  const budget = thinking.budget_tokens;
  let thinks = typeof thinking.type === "string" && thinking.type !== "disabled";
  let max_tokens = limit ?? (most_tokens === 0 ? DEFAULT_MAX_TOKENS : Math.min(most_tokens, MOST_MAX_TOKENS));
  const why = thinks ? obstacle(typeof budget === "number", forced, unthought, limit) : undefined;
  if (why !== undefined) {
    leaveOut(why);
    delete fields.thinking;
    thinks = false;
  } else if (typeof budget === "number") {
    const wanted = Math.max(budget, MIN_BUDGET);
    const fitted = limit === undefined ? wanted : Math.min(wanted, Math.max(MIN_BUDGET, Math.floor(limit / 2)));
    if (fitted < wanted) leaveOut(`of the ${limit} tokens of the answer only ${fitted} can be spent on it`);
    fields.thinking = { ...thinking, budget_tokens: fitted };
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
function sampling({ temperature, top_p }: FittedSettings, thinks: boolean, ignored: Ignored[]): Record<string, number> {
  const leaveOut = (field: string, value: number, why: string): void =>
    void ignored.push({ field, what: String(value), why });
  const sent: Record<string, number> = {};
  if (temperature !== undefined) {
    const clamped = Math.min(Math.max(temperature, 0), 1);
    if (thinks) {
      if (temperature !== 1) leaveOut("temperature", temperature, "a model that thinks has its own");
    } else sent.temperature = clamped;
    if (!thinks && clamped !== temperature)
      leaveOut("temperature", temperature, `this upstream takes 0 to 1; ${clamped} is sent`);
  }
  if (top_p === undefined || (top_p === 1 && temperature !== undefined)) return sent;
  if (sent.temperature !== undefined) leaveOut("top_p", top_p, "this upstream takes either it or a temperature");
  else if (thinks && top_p < MIN_THINKING_TOP_P) leaveOut("top_p", top_p, "a model that thinks has its own");
  else sent.top_p = top_p;
  return sent;
}

const MIN_THINKING_TOP_P = 0.95;
