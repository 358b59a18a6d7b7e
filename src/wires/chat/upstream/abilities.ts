/** What the Chat Completions wire can say. */
import type { WireAbilities } from "../../../core/fit/wire-abilities.ts";

export const CHAT: WireAbilities = {
  api: "Chat Completions",
  lacks: [],
  replays: ["reasoning_content", "reasoning", "reasoning_details", "think", "thinking", "extra_content"],
  replays_with_calls: ["extra_content"],
  spoken_order: false,
  result_media: false,
  late_media_system: false,
  one_forced_choice: false,
  parallel_in_choice: false,
  formats: ["json_schema", "json_object", "value"],
  json_object_needs_words: false,
};
