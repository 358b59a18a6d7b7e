/** Orders of roles that some chat templates demand. */
import type { Item, MessageItem } from "../turn.ts";

/** Neighboring user messages become one: some templates refuse two in a row. */
export function merged(items: readonly Item[]): Item[] {
  const out: Item[] = [];
  let joining: MessageItem | undefined; // The last message of the user, as long as more may join it.
  for (const item of items) {
    if (item.type !== "message" || item.role !== "user") {
      joining = undefined;
      out.push(item);
    } else if (joining) joining.parts.push(...item.parts);
    else out.push((joining = { ...item, parts: [...item.parts] }));
  }
  return out;
}

/** Some templates refuse a user message right behind a tool result: the assistant says `words` between them. */
export function bridged(items: readonly Item[], words: string): Item[] {
  return items.flatMap((item, at) => {
    const follows_result = items[at - 1]?.type === "tool_result";
    if (!follows_result || item.type !== "message" || item.role !== "user") return [item];
    const bridge: MessageItem = { type: "message", role: "assistant", parts: [{ type: "text", text: words }] };
    return [bridge, item];
  });
}

/** Parallel calls stand one after another, each with its result: some templates render only the first of a message. */
export function oneCallAtATime(items: readonly Item[]): Item[] {
  const out: Item[] = [];
  let waiting: Item[] = []; // Calls that wait for the result of the one before them.
  let calling = false;
  for (const item of items) {
    if (item.type === "tool_call" && calling) waiting.push(item);
    else out.push(item);
    calling = item.type === "tool_call";
    if (item.type !== "tool_result") continue;
    const next = waiting.shift();
    if (next) out.push(next);
  }
  return [...out, ...waiting];
}
