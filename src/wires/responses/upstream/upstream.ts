/** The upstream half of the Responses wire. */
import type { Dialect } from "../../../core/dialect.ts";
import { ShimError } from "../../../core/errors.ts";
import { isJsonObject, removePath, withFields } from "../../../core/json-fields.ts";
import type { Ignored, Turn } from "../../../core/turn.ts";
import type { Lowered, Surroundings, UpstreamWire } from "../../wire.ts";
import { ResponsesDecoder } from "./decode.ts";
import { own } from "./lower-reasoning.ts";
import { lowerSettings } from "./lower-settings.ts";
import { lowerTools } from "./lower-tools.ts";
import { lowerItems } from "./lower.ts";
import { TUNINGS } from "../tuning.ts";
import { type InputItem, jsonOf } from "./body.ts";

export const responsesUpstream: UpstreamWire = {
  name: "responses",
  path: "/responses",
  tunings: TUNINGS,
  lower,
  decoder: (turn, emit, around) => new ResponsesDecoder(turn, emit, around),
};

function lower(turn: Turn, dialect: Dialect, around: Surroundings, thread?: string): Lowered {
  const ignored: Ignored[] = [];
  const items = lowerItems(own(turn.items, turn.model, dialect.replay, around.note), dialect, around.note);
  const { tools, fields, mayCall } = lowerTools(turn.tools, turn.settings, dialect, ignored);
  const settings = lowerSettings(turn.settings, dialect, mayCall, ignored);
  const { instructions, input } = spoken(items.input, [...items.instructions, settings.words ?? ""]);
  const head: Record<string, unknown> = {
    model: turn.model,
    ...(instructions !== "" && { instructions }),
    ...(tools.length > 0 && { tools }),
  };
  const rest: Record<string, unknown> = {
    ...settings.fields,
    ...fields,
    // The whole history is sent each time, so nothing needs to be kept there.
    store: false,
    stream: true,
    ...(dialect.cache_key && thread !== undefined && { prompt_cache_key: thread }),
  };
  leaveOut(dialect.drop, head, rest, ignored);
  // Tools and instructions stand before the input, as they do in the prompt: a longer history then begins with the shorter one.
  const whole = withFields(rest, dialect.extra_body);
  const prompt = `${jsonOf(head).slice(0, -1)},"input":${jsonOf(input)}`;
  return {
    body: `${prompt},${jsonOf(whole).slice(1)}`,
    prompt_end: prompt.length - 1,
    ignored,
    // What is told of the effort is what goes out: the user's last word may have taken its fields out, or changed them.
    effort: settings.effort !== null && holds(whole, settings.effort_fields) ? settings.effort : null,
    headers: thread !== undefined && dialect.session_header !== "" ? { [dialect.session_header]: thread } : {},
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

function leaveOut(
  paths: readonly string[],
  head: Record<string, unknown>,
  rest: Record<string, unknown>,
  ignored: Ignored[],
): void {
  for (const path of paths) {
    if (removePath(head, path) || removePath(rest, path))
      ignored.push({ field: path, what: path, why: "this upstream must not be sent it" });
  }
  const { reasoning } = rest;
  if (typeof reasoning === "object" && reasoning !== null && Object.keys(reasoning).length === 0)
    delete rest["reasoning"];
}

function holds(value: unknown, part: unknown): boolean {
  if (!isJsonObject(part)) return value === part;
  return Object.entries(part).every(([key, inner]) => holds(isJsonObject(value) ? value[key] : undefined, inner));
}
