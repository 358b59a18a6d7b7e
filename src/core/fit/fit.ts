/** Applies a dialect to a turn, for every upstream wire; also decides whether a forwarded request needs any change. */
import type { Dialect } from "../dialect.ts";
import { chooseEffort, type ChosenEffort } from "../effort.ts";
import type { TakeNote } from "../notes.ts";
import type { Ignored, Item, Turn } from "../turn.ts";
import { fitFormat, type SentFormat } from "./format.ts";
import { fitHistory } from "./history.ts";
import { fitLimit, fitSettings, type FittedSettings } from "./settings.ts";
import { fitTools, type FittedTools } from "./tools.ts";
import type { WireAbilities } from "./wire-abilities.ts";

export interface FittedTurn {
  model: string;
  /** The instructions at the head, as texts. */
  instructions: Item[];
  /** What follows them: calls are paired with their results, neighbors are merged as the dialect says. */
  items: Item[];
  tools: FittedTools;
  settings: FittedSettings;
  /** How a JSON reply is demanded; absent where nothing or only the prompt demands it. */
  format?: SentFormat;
}

interface Fitted {
  turn: FittedTurn;
  ignored: Ignored[]; // What this upstream cannot take, beyond what the client's own wire has listed.
  effort: ChosenEffort;
}

/** `takesSchema`: whether the wire takes this schema for a reply. Throws a ShimError for what cannot be sent at all. */
export function fit(
  turn: Turn,
  dialect: Dialect,
  wire: WireAbilities,
  note: TakeNote,
  takesSchema: (schema: Record<string, unknown>) => boolean = () => true,
): Fitted {
  const ignored: Ignored[] = [];
  const scope = { dialect, wire, ignored };
  const tools = fitTools(turn.tools, turn.settings, scope);
  const effort = chooseEffort(turn.settings.effort, dialect);
  if (effort.ignored !== undefined)
    ignored.push({ field: "reasoning.effort", what: turn.settings.effort ?? "", why: effort.ignored });
  const settings = fitSettings(turn.settings, scope);
  const limit = fitLimit(turn.settings.max_output_tokens, dialect.max_output_tokens);
  if (limit.ignored) ignored.push(limit.ignored);
  const format = fitFormat(turn.settings.format, tools.may_call, takesSchema, scope);
  const { instructions, items } = fitHistory(turn, dialect, wire, note);
  if (format.words !== undefined)
    instructions.push({ type: "message", role: "system", parts: [{ type: "text", text: format.words }] });
  return {
    turn: {
      model: turn.model,
      instructions,
      items,
      tools,
      settings: { ...settings, ...(limit.tokens !== undefined && { max_output_tokens: limit.tokens }) },
      ...(format.sent && { format: format.sent }),
    },
    ignored,
    effort,
  };
}
