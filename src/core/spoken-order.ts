/** Moves texts and thoughts back to their places among the calls of a turn, which `pairHistory` has changed. */
import { isSaidByModel } from "./history.ts";
import type { Item } from "./turn.ts";

/** `items` as they were before they were paired. */
export function inSpokenOrder(paired: readonly Item[], items: readonly Item[]): Item[] {
  const places = new Map(items.map((item, at) => [item, at]));
  // Calls may have got another id, and with it another identity; but their order is kept.
  const calls = items.filter(({ type }) => type === "tool_call").map((call) => places.get(call) ?? 0);
  const out: Item[] = [];
  let spoken: { at: number; item: Item }[] = [];
  let call = 0;
  const flush = (): void => {
    for (const { item } of spoken.toSorted((a, b) => a.at - b.at)) out.push(item);
    spoken = [];
  };
  for (const item of paired) {
    if (item.type === "tool_call") spoken.push({ at: calls[call++] ?? 0, item });
    else if (isSaidByModel(item)) spoken.push({ at: places.get(item) ?? 0, item });
    else {
      flush();
      out.push(item);
    }
  }
  flush();
  return out;
}
