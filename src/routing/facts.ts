/** What a request needs of its model, and what its history shows about earlier models: from the request alone. */
import type { Item, Part, Turn } from "../core/turn.ts";
import { troubleIn, type Trouble } from "./trouble.ts";

export interface TurnFacts {
  tools: boolean;
  forced_tool: boolean;
  images: number;
  files: number;
  json_schema: boolean;
  effort?: string;
  max_output_tokens?: number;
  prompt_characters: number;
  /** The oldest items may be dropped where the history exceeds a context window. */
  shortens?: boolean;
  /** Characters since the last reply, which are in no cache; absent before the first reply. */
  new_characters?: number;
  thread?: string;
  /** A helper request: a title, a summary. */
  helper: boolean;
  /** Models whose reasoning is in the history, the newest first, by their upstreams' names. */
  thought_by: readonly string[];
  /** The newest of those with reasoning since the last user message. */
  thinks_now?: string;
  trouble: Trouble;
  /** Ignored fields where the turn is translated. */
  left_out: readonly string[];
}

interface Given {
  prompt_characters: number;
  shortens?: boolean | undefined;
  thread?: string;
  helper: boolean;
}

export function turnFacts(turn: Turn, { prompt_characters, shortens, thread, helper }: Given): TurnFacts {
  const { items, tools, settings, ignored } = turn;
  const { tool_choice: choice, effort, max_output_tokens, format } = settings;
  return {
    tools: tools.length > 0,
    forced_tool: tools.length > 0 && (choice === "required" || typeof choice === "object"),
    ...countParts(items),
    json_schema: format?.type === "json_schema",
    ...(effort !== undefined && { effort }),
    ...(max_output_tokens !== undefined && { max_output_tokens }),
    prompt_characters,
    ...(shortens && { shortens }),
    ...(thread !== undefined && { thread }),
    helper,
    ...thinkers(items),
    trouble: troubleIn(items),
    left_out: ignored.map(({ field, what }) => (field === what ? field : `${field} ${what}`)),
  };
}

type PartCounts = Pick<TurnFacts, "images" | "files" | "new_characters">;

function countParts(items: readonly Item[]): PartCounts {
  const counts: PartCounts = { images: 0, files: 0 };
  let fresh = 0;
  let spoken = false;
  for (const item of items) {
    if (item.type === "message" || item.type === "tool_result") {
      for (const { type } of item.parts) {
        if (type === "image") counts.images++;
        else if (type === "file") counts.files++;
      }
    }
    if (item.type === "tool_result" || (item.type === "message" && item.role !== "assistant"))
      fresh += textLength(item.parts);
    else {
      spoken = true;
      fresh = 0;
    }
  }
  return spoken ? { ...counts, new_characters: fresh } : counts;
}

function textLength(parts: readonly Part[]): number {
  let length = 0;
  for (const part of parts) if (part.type === "text" || part.type === "refusal") length += part.text.length;
  return length;
}

function thinkers(items: readonly Item[]): Pick<TurnFacts, "thought_by" | "thinks_now"> {
  const models = new Set<string>();
  let now: string | undefined;
  let user_seen = false;
  for (let at = items.length - 1; at >= 0; at--) {
    const item = items[at];
    if (item?.type === "message" && item.role === "user") user_seen = true;
    const model = item?.type === "reasoning" ? item.origin?.model : undefined;
    if (model === undefined) continue;
    if (!user_seen) now ??= model;
    models.add(model);
  }
  return { thought_by: [...models], ...(now !== undefined && { thinks_now: now }) };
}
