/**
 * Signs in a history that its model is too weak: its calls were refused as malformed, it repeats itself, or its replies are
 * empty. A command that failed is no such sign, nor is a user's refusal. Only the newest items count, so that a thread
 * returns to a weaker model when its trouble is over.
 */
import type { Item, ToolCallItem } from "../core/turn.ts";

const TROUBLES = [
  "patch_rejected",
  "arguments_refused",
  "unknown_tool",
  "script_broken",
  "call_repeated",
  "empty_answer",
] as const;
export type TroubleKind = (typeof TROUBLES)[number];

export interface Trouble {
  count: number;
  signs: Partial<Record<TroubleKind, number>>;
  /** The model that the oldest sign is about, where its reasoning names it. */
  began_with?: string;
}

/** Some thirty calls with their results. */
const NEWEST_ITEMS = 60;
/** A tool reports a malformed call at the head of its result. */
const HEAD = 400;

/** How a refusal begins: Codex 0.169, then Claude Code. */
const REFUSALS: readonly (readonly [string, TroubleKind])[] = [
  ["apply_patch verification failed", "patch_rejected"],
  ["apply_patch handler received", "patch_rejected"],
  ["invalid patch", "patch_rejected"],
  ["failed to parse function arguments", "arguments_refused"],
  ["failed to parse arguments", "arguments_refused"],
  ["unsupported call: ", "unknown_tool"],
  ["<tool_use_error>InputValidationError", "arguments_refused"],
  ["<tool_use_error>String to replace not found", "patch_rejected"],
  ["<tool_use_error>Error: No such tool available", "unknown_tool"],
];
/** The same, anywhere in the head of a patch tool's result. */
const PATCH_REFUSALS = [
  "verification failed",
  "invalid patch",
  "Failed to find expected lines",
  "Failed to find context",
];
/** Names of patch tools, flat. */
const PATCH_TOOL = "apply_patch";
/** A script of Codex's code mode with a syntax error; a failed command is no sign. */
const SCRIPT_ERROR = "Script error:";
const NO_PROGRAM = ["SyntaxError", "ReferenceError", "is not a function"];
/** A running command is polled with the same call again and again. */
const RUNNING = " running with ";
/** A reply that the user interrupted is not an empty one. */
const INTERRUPTED = "<turn_aborted>";
/** Stands for arguments that are not JSON (see the wires); a model may imitate it. */
const UNPARSED = '{"unparsed_arguments"';

export function troubleIn(items: readonly Item[]): Trouble {
  const search = new Search();
  let from = Math.max(0, items.length - NEWEST_ITEMS);
  // The nearest reasoning before these items names the model of the oldest ones.
  for (let at = from - 1, end = Math.max(0, from - NEWEST_ITEMS); at >= end; at--) {
    const item = items[at];
    if (item?.type !== "reasoning" || item.origin?.model === undefined) continue;
    search.model = item.origin.model;
    break;
  }
  for (; from < items.length; from++) search.take(items[from] as Item, items[from - 1]);
  return search.found;
}

class Search {
  readonly found: Trouble = { count: 0, signs: {} };
  model: string | undefined;
  /** The newest calls in order, and those among them whose command is still running. */
  private readonly calls: ToolCallItem[] = [];
  private readonly byId = new Map<string, ToolCallItem>();
  private readonly waits = new Set<ToolCallItem>();

  take(item: Item, before: Item | undefined): void {
    switch (item.type) {
      case "reasoning":
        this.model = item.origin?.model ?? this.model;
        return;
      case "tool_call":
        return this.call(item);
      case "tool_result":
        return this.result(item.call_id, headOf(item.parts));
      case "message":
        if (item.role === "assistant" && item.parts.every((part) => part.type === "text" && part.text.trim() === ""))
          this.sign("empty_answer");
        else if (item.role === "user" && before?.type === "reasoning" && !headOf(item.parts).startsWith(INTERRUPTED))
          this.sign("empty_answer");
    }
  }

  private call(call: ToolCallItem): void {
    this.calls.push(call);
    this.byId.set(call.call_id, call);
    if (call.arguments.startsWith(UNPARSED)) this.sign("arguments_refused");
    else if (this.goesInCircles()) this.sign("call_repeated");
  }

  /** The same call again, or the same two or three in turn. */
  private goesInCircles(): boolean {
    const { calls } = this;
    const last = calls.length - 1;
    return [1, 2, 3].some((period) => {
      for (let at = last; at > last - period; at--) {
        const [now, then] = [calls[at], calls[at - period]];
        if (!now || !then || this.waits.has(then)) return false;
        if (now.name !== then.name || now.arguments !== then.arguments) return false;
      }
      return true;
    });
  }

  private result(call_id: string, head: string): void {
    const call = this.byId.get(call_id);
    if (call && head.includes(RUNNING)) this.waits.add(call);
    const refusal = REFUSALS.find(([words]) => head.startsWith(words));
    if (refusal) return this.sign(refusal[1]);
    if (call?.name.endsWith(PATCH_TOOL) && PATCH_REFUSALS.some((words) => head.includes(words)))
      return this.sign("patch_rejected");
    if (head.includes(SCRIPT_ERROR) && NO_PROGRAM.some((words) => head.includes(words))) this.sign("script_broken");
  }

  private sign(kind: TroubleKind): void {
    const { found } = this;
    if (found.count === 0 && this.model !== undefined) found.began_with = this.model;
    found.count++;
    found.signs[kind] = (found.signs[kind] ?? 0) + 1;
  }
}

function headOf(parts: readonly { type: string; text?: string }[]): string {
  let head = "";
  for (const part of parts) {
    if (head.length >= HEAD) break;
    if (part.type === "text") head += `${head === "" ? "" : "\n"}${(part.text ?? "").slice(0, HEAD)}`;
  }
  return head;
}

const WORDS: Record<TroubleKind, readonly [one: string, many: string]> = {
  patch_rejected: ["rejected patch", "rejected patches"],
  arguments_refused: ["tool call with malformed arguments", "tool calls with malformed arguments"],
  unknown_tool: ["call to an unknown tool", "calls to unknown tools"],
  script_broken: ["script with a syntax error", "scripts with syntax errors"],
  call_repeated: ["repeated tool call", "repeated tool calls"],
  empty_answer: ["empty reply", "empty replies"],
};

/** `2 rejected patches, 1 repeated tool call` */
export function troubleWords({ signs }: Trouble): string {
  return TROUBLES.flatMap((kind) => {
    const count = signs[kind];
    return count === undefined ? [] : [`${count} ${WORDS[kind][count === 1 ? 0 : 1]}`];
  }).join(", ");
}
