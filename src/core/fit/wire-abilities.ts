/** What a wire itself can say, whatever upstream speaks it. A dialect narrows it for one upstream, `fit` reads both. */
import type { Dialect } from "../dialect.ts";
import type { Ignored, ReasoningField, Settings } from "../turn.ts";

export interface WireAbilities {
  /** For people, in the reason why a setting is ignored. */
  api: string;
  /** Settings that this wire has no field for. */
  lacks: readonly ForeignSetting[];
  /** Reasoning that came in one of these fields can be sent back. */
  replays: readonly ReasoningField[];
  /** Of them those that are part of a tool call, and stay when the upstream wants no reasoning back. */
  replays_with_calls: readonly ReasoningField[];
  /** What the model said stands where it said it among its tool calls; otherwise before them. */
  spoken_order: boolean;
  /** Tool results can hold images and files; otherwise a user message after them does. */
  result_media: boolean;
  /** A system message that is not plain text stands among the messages, not at the head. */
  late_media_system: boolean;
  /** A forced call of one tool and a forced call of any tool are one mechanism: an upstream has both or neither. */
  one_forced_choice: boolean;
  /** Whether calls may be parallel is said within the tool choice. */
  parallel_in_choice: boolean;
  /** Forms in which a JSON reply can be demanded. */
  formats: readonly ("json_schema" | "json_object" | "value")[];
  /** `json_object` is refused unless the prompt mentions JSON. */
  json_object_needs_words: boolean;
}

export type ForeignSetting = Exclude<
  keyof Settings,
  "tool_choice" | "parallel_tool_calls" | "format" | "effort" | "max_output_tokens"
>;

/** What all steps of a fit share. */
export interface FitScope {
  dialect: Dialect;
  wire: WireAbilities;
  ignored: Ignored[];
}
