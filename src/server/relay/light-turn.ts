/** A turn that does not keep its history: that of a long request is lifted again when somebody asks for it. */
import type { Item, Turn } from "../../core/turn.ts";

/** The same turn. `lift` gives its items once more. */
export function lightTurn(turn: Turn, lift: () => Item[]): Turn {
  let known = new WeakRef(turn.items);
  const items = (): Item[] => {
    const there = known.deref();
    if (there) return there;
    const lifted = lift();
    known = new WeakRef(lifted);
    return lifted;
  };
  return Object.defineProperty({ ...turn }, "items", { enumerable: true, configurable: true, get: items });
}

/** The turn with other members; its items are not touched. */
export function changedTurn(turn: Turn, changes: Partial<Omit<Turn, "items">>): Turn {
  return Object.defineProperties(
    {},
    {
      ...Object.getOwnPropertyDescriptors(turn),
      ...Object.getOwnPropertyDescriptors(changes),
    },
  ) as Turn;
}
