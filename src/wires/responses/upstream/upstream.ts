/** The upstream half of the Responses wire. */
import { DEFAULT_DIALECT, type Dialect } from "../../../core/dialect.ts";
import { ShimError } from "../../../core/errors.ts";
import { finishBody, holdsFields, sessionHeaders } from "../../../core/fit/body.ts";
import { fit } from "../../../core/fit/fit.ts";
import { isJsonObject } from "../../../core/json-fields.ts";
import { withTextCalls } from "../../../core/text-calls/text-call-filter.ts";
import type { Turn } from "../../../core/turn.ts";
import type { Lowered, Surroundings, UpstreamWire } from "../../wire.ts";
import { ResponsesDecoder } from "./decode.ts";
import { RESPONSES } from "./abilities.ts";
import { lowerEffort, settingFields } from "./lower-settings.ts";
import { toolFields, toolParam } from "./lower-tools.ts";
import { lowerInstructions, lowerItems } from "./lower.ts";
import { type InputItem, jsonOf } from "./body.ts";

export const responsesUpstream: UpstreamWire = {
  name: "responses",
  path: "/responses",
  lower,
  decoder: (turn, emit, around, dialect) =>
    new ResponsesDecoder(turn, withTextCalls(turn, emit, around, dialect ?? DEFAULT_DIALECT), around),
};

function lower(turn: Turn, dialect: Dialect, around: Surroundings, thread?: string): Lowered {
  const { turn: fitted, ignored, effort: chosen } = fit(turn, dialect, RESPONSES, around.note);
  const { tools, settings, format } = fitted;
  const { instructions, input } = spoken(lowerItems(fitted.items), lowerInstructions(fitted.instructions));
  const effort = lowerEffort(chosen, dialect);
  const { head, rest } = finishBody(
    {
      head: {
        model: fitted.model,
        ...(instructions !== "" && { instructions }),
        ...(tools.offered.length > 0 && { tools: tools.offered.map(toolParam) }),
      },
      rest: {
        ...settingFields(settings, effort, format, ignored),
        ...toolFields(tools),
        // The whole history is sent each time, so nothing needs to be kept there.
        store: false,
        stream: true,
        ...(dialect.cache_key && thread !== undefined && { prompt_cache_key: thread }),
      },
    },
    dialect,
    ignored,
  );
  if (isJsonObject(rest["reasoning"]) && Object.keys(rest["reasoning"]).length === 0) delete rest["reasoning"];
  // Tools and instructions stand before the input, as they do in the prompt: a longer history then begins with the shorter one.
  const prompt = `${jsonOf(head).slice(0, -1)},"input":${jsonOf(input)}`;
  return {
    body: `${prompt},${jsonOf(rest).slice(1)}`,
    prompt_end: prompt.length - 1,
    ignored,
    effort: chosen.used !== null && holdsFields(rest, effort.asking) ? chosen.used : null,
    headers: sessionHeaders(dialect, thread),
  };
}

/** A request must have an input: instructions alone are given as such. */
function spoken(input: InputItem[], texts: readonly string[]): { instructions: string; input: InputItem[] } {
  const instructions = texts.filter((text) => text !== "").join("\n\n");
  if (input.length > 0) return { instructions, input };
  if (instructions === "")
    throw new ShimError("invalid_request", "the request holds nothing that a model could answer; send a message");
  return {
    instructions: "",
    input: [{ type: "message", role: "developer", content: [{ type: "input_text", text: instructions }] }],
  };
}
