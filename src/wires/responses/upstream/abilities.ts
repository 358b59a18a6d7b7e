/** What the Responses wire can say. */
import type { WireAbilities } from "../../../core/fit/wire-abilities.ts";

export const RESPONSES: WireAbilities = {
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
