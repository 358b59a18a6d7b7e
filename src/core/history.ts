/**
 * Puts a history into the order that every upstream accepts: tool calls of one model turn stand together, what
 * the model said with them stands before them, and each call is followed by exactly one result. No history that
 * a client can send makes a later turn fail, and the same history always comes out the same.
 */
import type { Item, MessageItem, ToolCallItem, ToolResultItem } from "./turn.ts";

export type Repair = "renamed_call_id" | "missing_result" | "orphan_result" | "moved_result" | "moved_text";

export function pairHistory(items: readonly Item[], onRepair: (repair: Repair) => void = () => {}): Item[] {
  const results = resultsIn(items);
  const taken = new Set(results.values());
  const out: Item[] = [];
  const used = new Map<string, number>(); // Ids that were given, each with the number that its next double gets.
  let group: Group | undefined;

  const withUniqueId = (call: ToolCallItem): ToolCallItem => {
    const base = call.call_id === "" ? "call" : call.call_id;
    let id = base;
    while (used.has(id)) {
      const n = used.get(base) ?? 2;
      used.set(base, n + 1);
      id = `${base}_${n}`;
    }
    used.set(id, 2);
    if (id === call.call_id) return call;
    onRepair("renamed_call_id");
    return { ...call, call_id: id };
  };

  const closeGroup = (): void => {
    if (!group) return;
    for (const item of group.spoken) out.push(item);
    for (const { call } of group.calls) out.push(call);
    for (const { call, result } of group.calls) {
      if (!result) onRepair("missing_result");
      out.push({ ...(result ?? MISSING_RESULT), call_id: call.call_id });
    }
    group = undefined;
  };

  for (const item of items) {
    if (item.type === "tool_call") {
      if (group && group.open === 0) closeGroup();
      group ??= { spoken: [], calls: [], open: 0, answered: new Set() };
      const result = results.get(item);
      group.calls.push({ call: withUniqueId(item), result });
      group.open++;
      if (result) group.answered.add(result);
    } else if (item.type === "tool_result") {
      if (group?.answered.delete(item)) group.open--;
      else if (taken.has(item)) onRepair("moved_result");
      else {
        closeGroup();
        onRepair("orphan_result");
        out.push(orphanAsMessage(item));
      }
    } else if (group && group.open > 0 && isSaidByModel(item)) {
      if (item.type === "message") onRepair("moved_text");
      group.spoken.push(item);
    } else {
      closeGroup();
      out.push(item);
    }
  }
  closeGroup();
  return out;
}

const MISSING_RESULT: ToolResultItem = {
  type: "tool_result",
  call_id: "",
  parts: [{ type: "text", text: "(no output was recorded for this call)" }],
};

/** The calls of one model turn, with what was said between them and their results. */
interface Group {
  spoken: Item[];
  calls: { call: ToolCallItem; result: ToolResultItem | undefined }[];
  open: number; // Calls whose result has not been passed yet.
  answered: Set<ToolResultItem>;
}

/**
 * Each call's result: the first later one with its id that no earlier call has. Where the user has spoken and the id was
 * used again, it belongs to the later call: the earlier one was interrupted.
 */
function resultsIn(items: readonly Item[]): Map<ToolCallItem, ToolResultItem> {
  const results = new Map<ToolCallItem, ToolResultItem>();
  /** By id: the calls of the round in which it was used last, and how many of them have a result. */
  const waiting = new Map<string, { round: number; calls: ToolCallItem[]; done: number }>();
  let round = 0;
  for (const item of items) {
    if (item.type === "message" && item.role === "user") round++;
    if (item.type === "tool_call") {
      const same = waiting.get(item.call_id);
      if (same?.round === round) same.calls.push(item);
      else waiting.set(item.call_id, { round, calls: [item], done: 0 });
    }
    if (item.type !== "tool_result" || item.call_id === "") continue;
    const open = waiting.get(item.call_id);
    const call = open?.calls[open.done];
    if (!open || !call) continue;
    open.done++;
    results.set(call, item);
  }
  return results;
}

/** Whether the model said it beside its tool calls. */
export function isSaidByModel(item: Item): boolean {
  return item.type === "reasoning" || (item.type === "message" && item.role === "assistant");
}

/** A result without a call (a client may inject one): no upstream takes it as such, so it becomes a user message. */
function orphanAsMessage(result: ToolResultItem): MessageItem {
  const name = result.name ? ` name=${JSON.stringify(result.name)}` : "";
  return {
    type: "message",
    role: "user",
    parts: [{ type: "text", text: `<tool_output${name}>` }, ...result.parts, { type: "text", text: "</tool_output>" }],
  };
}

/** Moves texts and thoughts back to their places among the calls of a turn. `items` are those before they were paired. */
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
