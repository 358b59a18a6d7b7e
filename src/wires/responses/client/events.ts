/** Writes the events of a Responses stream, numbered, and keeps the items that are done; messages as JSON text. */
import type { GrowingText } from "../../../core/growing-text.ts";
import { escaped } from "../../../core/json-string.ts";
import type { ItemHead, LogProb } from "../../../core/reply.ts";
import { StreamText } from "../../encoder.ts";
import type { ResponsesTool } from "./tools.ts";

export class EventWriter extends StreamText {
  /** JSON texts of the finished items. */
  readonly output: string[] = [];
  /** The same as they are kept, with those that only the next turn needs. */
  readonly kept: string[] = [];
  private sequence = 0;

  /** `fields` is JSON without its braces. */
  event(type: string, fields: string): void {
    if (!this.stream) return;
    this.out += `event: ${type}\ndata: {"type":"${type}",${fields}${fields === "" ? "" : ","}"sequence_number":${this.sequence++}}\n\n`;
  }

  added(item: string): void {
    this.event("response.output_item.added", `"output_index":${this.output.length},"item":${item}`);
  }

  done(item: string, kept = item): void {
    this.event("response.output_item.done", `"output_index":${this.output.length},"item":${item}`);
    this.push(item, kept);
  }

  /** Finished without an event. */
  push(item: string, kept = item): void {
    this.output.push(item);
    this.kept.push(kept);
  }

  /** Where the item that is not done yet will stand. */
  place(id: string, index = ""): string {
    return `"item_id":"${id}","output_index":${this.output.length}${index}`;
  }

  /** Everything of a delta event before the delta itself, written once for all deltas of an item. */
  deltaPrefix(type: string, place: string): string {
    return `event: ${type}\ndata: {"type":"${type}",${place},"delta":"`;
  }

  /** `more` is what stands behind the delta, beginning with its closing quote. */
  delta(prefix: string, delta: string, more: string): void {
    if (this.stream) this.out += prefix + escaped(delta) + more + this.sequence++ + "}\n\n";
  }
}

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
