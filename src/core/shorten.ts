/** Drops the oldest of a history that is too long, never the system's head, the newest exchange, or half of a pair. */
import type { Item } from "./turn.ts";

/** Undefined where nothing can go. `excess` characters of the items' text should go; as much as there can does. */
export function shortened(items: readonly Item[], excess: number): { items: Item[]; dropped: number } | undefined {
  const from = headLength(items);
  const cuts = cutsIn(items, from);
  const last = cuts.at(-1);
  if (last === undefined) return undefined;
  const sums = [0]; // What stands before each place, in characters.
  for (const item of items) sums.push((sums.at(-1) ?? 0) + sizeOf(item));
  const freed = (cut: number): number => (sums[cut] ?? 0) - (sums[from] ?? 0);
  const enough = cuts.filter((cut) => freed(cut) >= excess);
  // At the user's own word a history can begin; else the model must know that it does not.
  const near = enough.find((at) => isUser(items[at]) && freed(at) <= excess * NEAR);
  const cut = near ?? enough[0] ?? last;
  const head = items.slice(0, from).filter((item) => item !== LEFT_OUT);
  const bridge = isUser(items[cut]) ? [] : [LEFT_OUT];
  return { items: [...head, ...bridge, ...items.slice(cut)], dropped: cut - from };
}

const NEAR = 1.5; // How much more than needed may go for that.

const LEFT_OUT: Item = {
  type: "message",
  role: "user",
  parts: [{ type: "text", text: "(What was said before this is left out: the conversation has grown too long.)" }],
};

const isUser = (item: Item | undefined): boolean => item?.type === "message" && item.role === "user";

/** A mark of an earlier shortening is no word of the user's. */
function headLength(items: readonly Item[]): number {
  const other = items.findIndex((item) => item !== LEFT_OUT && (item.type !== "message" || item.role !== "system"));
  return other === -1 ? items.length : other;
}

/** Places before which everything may go. */
function cutsIn(items: readonly Item[], from: number): number[] {
  const open = new Set<string>();
  const cuts: number[] = [];
  for (const [at, item] of items.entries()) {
    const mayBegin = item.type !== "tool_result" && items[at - 1]?.type !== "reasoning";
    if (at > from && open.size === 0 && mayBegin) cuts.push(at);
    if (item.type === "tool_call") open.add(item.call_id);
    else if (item.type === "tool_result") open.delete(item.call_id);
  }
  return cuts;
}

function sizeOf(item: Item): number {
  switch (item.type) {
    case "message":
    case "tool_result":
      return item.parts.reduce((sum, part) => sum + ("text" in part ? part.text.length : OTHER_PART), 0);
    case "reasoning":
      return item.text.length;
    case "tool_call":
      return item.arguments.length + item.name.length;
  }
}

const OTHER_PART = 4000; // About the size of a picture in a prompt, as characters.
