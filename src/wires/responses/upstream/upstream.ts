/** The upstream half of the Responses wire. */
import { DEFAULT_DIALECT, type Dialect, type JsonObject } from "../../../core/dialect.ts";
import type { ChosenEffort } from "../../../core/effort.ts";
import { finishBody, holdsFields, sessionHeaders } from "../../../core/fit/body.ts";
import { fit } from "../../../core/fit/fit.ts";
import type { SentFormat } from "../../../core/fit/format.ts";
import { textOf } from "../../../core/fit/media.ts";
import type { FittedSettings } from "../../../core/fit/settings.ts";
import type { FittedTool } from "../../../core/fit/tools.ts";
import type { WireAbilities } from "../../../core/fit/wire-abilities.ts";
import { isJsonObject } from "../../../core/json-fields.ts";
import type { Turn, Ignored } from "../../../core/turn.ts";
import { withTextCalls } from "../../../core/text-calls/text-call-filter.ts";
import { invalid } from "../../errors.ts";
import { bodyText, instructionTexts, toolFields } from "../../lowering.ts";
import type { Lowered, WireScope, UpstreamWire } from "../../wire.ts";
import type { FunctionToolParam, InputItem, ToolChoiceParam } from "./body.ts";
import { ResponsesDecoder } from "./decode.ts";
import { lowerItems } from "./lower.ts";

export const responsesUpstream: UpstreamWire = {
  name: "responses",
  path: "/responses",
  lower,
  decoder: (turn, emit, scope, dialect = DEFAULT_DIALECT) =>
    new ResponsesDecoder(turn, withTextCalls(turn, emit, scope, dialect), scope),
};

const RESPONSES: WireAbilities = {
  api: "the Responses API",
  lacks: ["stop", "presence_penalty", "frequency_penalty"],
  replays: ["responses"],
  replays_with_calls: [],
  spoken_order: true,
  result_media: true,
  late_media_system: true,
  one_forced_choice: false,
  parallel_in_choice: false,
  formats: ["json_schema", "json_object"],
  json_object_needs_words: true,
};

function lower(turn: Turn, dialect: Dialect, scope: WireScope, thread?: string): Lowered {
  const { turn: fitted, ignored, effort: chosen } = fit(turn, dialect, RESPONSES, scope.note);
  const { tools, settings, format } = fitted;
  const { instructions, input } = spoken(lowerItems(fitted.items), instructionTexts(fitted.instructions, textOf));
  const effort = lowerEffort(chosen, dialect);
  const body = {
    head: {
      model: fitted.model,
      ...(instructions !== "" && { instructions }),
      ...(tools.offered.length > 0 && { tools: tools.offered.map(toolParam) }),
    },
    rest: {
      ...settingFields(settings, effort, format, ignored),
      ...toolFields(tools, (name) => ({ type: "function", name }) satisfies ToolChoiceParam),
      // The whole history is sent each time, so nothing needs to be kept there.
      store: false,
      stream: true,
      ...(dialect.cache_key && thread !== undefined && { prompt_cache_key: thread }),
    },
  };
  const { head, rest } = finishBody(body, dialect, ignored);
  if (isJsonObject(rest.reasoning) && Object.keys(rest.reasoning).length === 0) delete rest.reasoning;
  return {
    ...bodyText(head, ["input", JSON.stringify(input)], rest),
    ignored,
    effort: chosen.used !== null && holdsFields(rest, effort.asking) ? chosen.used : null,
    headers: sessionHeaders(dialect, thread),
  };
}

/** A request must have an input: instructions alone are given as such. */
function spoken(input: InputItem[], texts: readonly string[]): { instructions: string; input: InputItem[] } {
  const instructions = texts.filter((text) => text.trim() !== "").join("\n\n");
  if (input.length > 0) return { instructions, input };
  if (instructions === "") throw invalid("the request holds nothing that a model could answer; send a message");
  const content: InputItem = {
    type: "message",
    role: "developer",
    content: [{ type: "input_text", text: instructions }],
  };
  return { instructions: "", input: [content] };
}

function toolParam({ name, description, parameters, strict }: FittedTool): FunctionToolParam {
  // The absence of `strict` means true in this API, and most schemas would be refused then.
  return { type: "function", name, ...(description && { description }), parameters, strict: strict === true };
}

/** The least that OpenAI and Azure take; agents that only check the connection ask for one token. */
const MIN_OUTPUT_TOKENS = 16;

function settingFields(
  settings: FittedSettings,
  effort: LoweredEffort,
  format: SentFormat | undefined,
  ignored: Ignored[],
): Record<string, unknown> {
  const { max_output_tokens, temperature, top_p, verbosity, top_logprobs, service_tier } = settings;
  const text = { ...(format && { format }), ...(verbosity && { verbosity }) };
  const include = [...effort.include, ...(top_logprobs !== undefined ? ["message.output_text.logprobs"] : [])];
  return {
    ...(max_output_tokens !== undefined && { max_output_tokens: lowerLimit(max_output_tokens, ignored) }),
    ...(temperature !== undefined && { temperature }),
    ...(top_p !== undefined && { top_p }),
    ...effort.fields,
    ...(include.length > 0 && { include }),
    ...(Object.keys(text).length > 0 && { text }),
    ...(top_logprobs !== undefined && top_logprobs > 0 && { top_logprobs }),
    ...(service_tier !== undefined && { service_tier }),
  };
}

function lowerLimit(asked: number, ignored: Ignored[]): number {
  if (asked >= MIN_OUTPUT_TOKENS) return asked;
  const why = `this API takes ${MIN_OUTPUT_TOKENS} or more; ${MIN_OUTPUT_TOKENS} is sent`;
  ignored.push({ field: "max_output_tokens", what: String(asked), why });
  return MIN_OUTPUT_TOKENS;
}

interface LoweredEffort {
  fields: Record<string, unknown>;
  include: string[];
  /** Of the fields those that ask for it. */
  asking: JsonObject;
}

/** Asks for sealed thoughts to send back and a summary to show, but no model that cannot reason: it would refuse. */
function lowerEffort({ used, fields }: ChosenEffort, { efforts, replay }: Dialect): LoweredEffort {
  // Chat's own field, which stands in the dialect where nobody says otherwise, has its place within another here.
  const { reasoning_effort, reasoning: given, ...others } = fields;
  const reasons = efforts === "any" || Object.keys(efforts).length > 0;
  const asking = {
    ...(reasoning_effort !== undefined && { effort: reasoning_effort }),
    ...(isJsonObject(given) && given),
  };
  const reasoning = { ...(reasons && used !== "none" && { summary: "auto" }), ...asking };
  return {
    asking: { ...others, reasoning: asking },
    fields: { ...(Object.keys(reasoning).length > 0 && { reasoning }), ...others },
    include: reasons && replay !== "never" ? ["reasoning.encrypted_content"] : [],
  };
}
