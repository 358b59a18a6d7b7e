/**
 * Signs in a history that its model is too weak: what it wrote was refused for how it was written, it goes round in
 * circles, or it says nothing. A command that failed is no such sign, nor is a user who said no. Only the newest
 * items are looked at, so that a thread comes down again when its trouble lies behind it.
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
  /** All signs together. */
  count: number;
  signs: Partial<Record<TroubleKind, number>>;
  /** The model that wrote what the oldest sign is about, where its reasoning tells. */
  began_with?: string;
}

/** Some thirty calls with their results. */
const NEWEST_ITEMS = 60;
/** What a tool says of a call stands at the head of its result. */
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
/** The same behind the head lines that results of a patch tool may have. */
const PATCH_REFUSALS = [
  "verification failed",
  "invalid patch",
  "Failed to find expected lines",
  "Failed to find context",
];
/** Names of patch tools, flat. */
const PATCH_TOOL = "apply_patch";
/** A script (Codex's code mode) that is no program; one whose command failed is none of these. */
const SCRIPT_ERROR = "Script error:";
const NO_PROGRAM = ["SyntaxError", "ReferenceError", "is not a function"];
/** What is still running is asked for again and again, in the same words. */
const RUNNING = " running with ";
/** An answer that the user cut off is not the model's silence. */
const INTERRUPTED = "<turn_aborted>";
/** What is sent for arguments that are no JSON (see the wires); a model may come to imitate it. */
const UNPARSED = '{"unparsed_arguments"';

export function troubleIn(items: readonly Item[]): Trouble {
  const search = new Search();
  let from = Math.max(0, items.length - NEWEST_ITEMS);
  // Whose the oldest of these are, the nearest reasoning before them tells.
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
  /** The newest calls, the last one last, and those among them that are known to be waited for. */
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

  /** The same call again, or the same two or three in turn. Between an edit and the next run stands another edit. */
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
  patch_rejected: ["patch rejected", "patches rejected"],
  arguments_refused: ["call with malformed arguments", "calls with malformed arguments"],
  unknown_tool: ["call of an unknown tool", "calls of unknown tools"],
  script_broken: ["script that is no program", "scripts that are no programs"],
  call_repeated: ["call repeated", "calls repeated"],
  empty_answer: ["empty answer", "empty answers"],
};

/** `2 patches rejected, 1 call repeated` */
export function troubleWords({ signs }: Trouble): string {
  return TROUBLES.flatMap((kind) => {
    const count = signs[kind];
    return count === undefined ? [] : [`${count} ${WORDS[kind][count === 1 ? 0 : 1]}`];
  }).join(", ");
}
