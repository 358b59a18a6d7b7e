/** Which thoughts of a history go back upstream: those of the same model, in a field that the wire has. */
import type { Dialect } from "../dialect.ts";
import type { TakeNote } from "../notes.ts";
import type { Item } from "../turn.ts";
import { isOfModel } from "./media.ts";
import type { WireAbilities } from "./wire-abilities.ts";

/** Another model's thoughts, and those that came over another wire, mean nothing to this one. */
export function dropForeignReasoning(
  items: readonly Item[],
  model: string,
  replay: Dialect["replay"],
  { replays, replays_with_calls }: WireAbilities,
  note: TakeNote,
): Item[] {
  return items.filter((item) => {
    if (item.type !== "reasoning") return true;
    const { field, model: thinker } = item.origin ?? {};
    if (replay === "never" && !(field !== undefined && replays_with_calls.includes(field))) return false;
    const own = thinker === undefined || thinker === model;
    const sendable = field !== undefined && replays.includes(field);
    if (!own || !sendable) note("foreign_reasoning", thinker ?? "of unknown origin");
    return own && sendable;
  });
}

/** Drops model turns without text and tool calls: upstreams refuse a message of thoughts alone. */
export function withoutIdleThoughts(items: readonly Item[]): Item[] {
  const out: Item[] = [];
  let run: Item[] = [];
  const close = (): void => {
    if (run.some(saysSomething)) out.push(...run);
    run = [];
  };
  for (const item of items) {
    if (isOfModel(item)) run.push(item);
    else {
      close();
      out.push(item);
    }
  }
  close();
  return out;
}

function saysSomething(item: Item): boolean {
  return (
    item.type === "tool_call" ||
    (item.type === "message" && item.parts.some((part) => !("text" in part) || part.text !== ""))
  );
}
