/** Messages and their parts as JSON text, while they come and at their end. */
import type { GrowingText } from "../../../core/growing-text.ts";
import type { ItemHead, LogProb } from "../../../core/reply.ts";
import type { ResponsesTool } from "./tools.ts";

/** The item that is being received. */
export interface OpenItem {
  head: ItemHead;
  id: string;
  readonly text: GrowingText;
  /** See `EventWriter`; empty for what is not announced yet: a call, which waits for its end, and a thought without words. */
  delta_prefix: string;
  /** Of all tokens of a text so far, where they were asked for. */
  logprobs: LogProb[];
  tool: ResponsesTool | undefined;
}

export function messageOf(item: OpenItem, part: string, status: string): string {
  return `{"id":"${item.id}","type":"message","status":"${status}","role":"assistant"${phaseOf(item)},"content":[${part}]}`;
}

export function phaseOf({ head }: OpenItem): string {
  return head.kind === "text" && head.phase ? `,"phase":"${head.phase}"` : "";
}

/** `annotations` are JSON texts. */
export function partOf(
  kind: "text" | "refusal",
  text: string,
  annotations: readonly string[] = [],
  logprobs: readonly LogProb[] = [],
): string {
  if (kind === "refusal") return `{"type":"refusal","refusal":${JSON.stringify(text)}}`;
  const beside = `"annotations":[${annotations.join(",")}],"logprobs":${JSON.stringify(logprobs)}`;
  return `{"type":"output_text","text":${JSON.stringify(text)},${beside}}`;
}
