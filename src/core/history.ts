/**
 * Puts a history into the order that every upstream accepts: tool calls of one model turn stand together, what
 * the model said with them stands before them, and each call is followed by exactly one result. No history that
 * a client can send makes a later turn fail, and the same history always comes out the same.
 */
import type { Item, MessageItem, ToolCallItem, ToolResultItem } from "./turn.ts";

export type Repair = "renamed_call_id" | "missing_result" | "orphan_result" | "moved_result" | "moved_text";

export function pairHistory(items: readonly Item[], onRepair: (repair: Repair) => void = () => {}): Item[] {
  const results = new ResultIndex(items);
  const out: Item[] = [];
  const usedIds: UsedIds = new Map();
  let group: Group | undefined;

  const closeGroup = (): void => {
    if (!group) return;
    for (const item of group.said) out.push(item);
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
      group ??= { said: [], calls: [], open: 0, answered: new Set() };
      const call = withUniqueId(item, usedIds, onRepair);
      const result = results.take(item);
      group.calls.push({ call, result });
      group.open++;
      if (result) group.answered.add(result);
    } else if (item.type === "tool_result") {
      if (group?.answered.delete(item)) group.open--;
      else if (results.isTaken(item)) onRepair("moved_result");
      else {
        closeGroup();
        onRepair("orphan_result");
        out.push(orphanAsMessage(item));
      }
    } else if (group && group.open > 0 && isSaidByModel(item)) {
      if (item.type === "message") onRepair("moved_text");
      group.said.push(item);
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
  said: Item[];
  calls: { call: ToolCallItem; result: ToolResultItem | undefined }[];
  /** Calls whose result has not been passed yet. */
  open: number;
  answered: Set<ToolResultItem>;
}

/** The result of a call: the first later one with its id, of its round, that no earlier call has taken. */
class ResultIndex {
  /** By id, and by the round in which a call used it last. */
  private readonly queues = new Map<string, Queue>();
  private readonly calls = new Map<ToolCallItem, { at: number; key: string }>();
  private readonly taken = new Set<ToolResultItem>();

  constructor(items: readonly Item[]) {
    const keys = new Map<string, string>();
    // Each word of the user begins a round.
    let round = 0;
    for (const [at, item] of items.entries()) {
      if (item.type === "message" && item.role === "user") round++;
      if (item.type === "tool_call") {
        const key = `${round} ${item.call_id}`;
        keys.set(item.call_id, key);
        this.calls.set(item, { at, key });
      }
      const key = item.type === "tool_result" && item.call_id !== "" ? keys.get(item.call_id) : undefined;
      if (item.type !== "tool_result" || key === undefined) continue;
      const queue: Queue = this.queues.get(key) ?? { next: 0, results: [] };
      this.queues.set(key, queue);
      queue.results.push({ at, result: item });
    }
  }

  take(call: ToolCallItem): ToolResultItem | undefined {
    const { at: after, key } = this.calls.get(call) ?? { at: 0, key: "" };
    const queue = this.queues.get(key);
    if (!queue) return undefined;
    // Calls come in order: results before this one belong to no later one either.
    while ((queue.results[queue.next]?.at ?? Infinity) < after) queue.next++;
    const found = queue.results[queue.next];
    if (!found) return undefined;
    queue.next++;
    this.taken.add(found.result);
    return found.result;
  }

  isTaken(result: ToolResultItem): boolean {
    return this.taken.has(result);
  }
}

/** The results of one id and round, in order, and how far they are used up. */
interface Queue {
  next: number;
  results: { at: number; result: ToolResultItem }[];
}

/** Whether the model said it beside its tool calls. */
export function isSaidByModel(item: Item): boolean {
  return item.type === "reasoning" || (item.type === "message" && item.role === "assistant");
}

/** Ids that were given, each with the number that its next double gets. */
type UsedIds = Map<string, number>;

function withUniqueId(call: ToolCallItem, used: UsedIds, onRepair: (repair: Repair) => void): ToolCallItem {
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
