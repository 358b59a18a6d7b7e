/** What the Messages wire can say. */
import type { WireAbilities } from "../../../core/fit/wire-abilities.ts";

export const MESSAGES: WireAbilities = {
  api: "the Messages API",
  lacks: ["presence_penalty", "frequency_penalty", "verbosity", "top_logprobs", "service_tier"],
  replays: ["thinking_blocks"],
  replays_with_calls: [],
  spoken_order: true,
  result_media: true,
  late_media_system: false,
  one_forced_choice: true,
  parallel_in_choice: true,
  formats: ["json_schema"],
  json_object_needs_words: true,
};
