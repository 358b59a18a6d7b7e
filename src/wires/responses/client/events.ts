/** Writes the events of a Responses stream, numbered, and keeps the items that are done. */
import { escaped } from "../../../core/json-string.ts";

export class EventWriter {
  /** JSON texts of the finished items. */
  readonly output: string[] = [];
  /** The same as they are kept, with those that only the next turn needs. */
  readonly kept: string[] = [];
  private readonly stream: boolean;
  private out = "";
  private sequence = 0;

  /** Without `stream` nothing is written: an answer in one piece is made of `output` alone. */
  constructor(stream: boolean) {
    this.stream = stream;
  }

  take(): string {
    const out = this.out;
    this.out = "";
    return out;
  }

  /** `fields` is JSON without its braces. */
  event(type: string, fields: string): void {
    if (!this.stream) return;
    this.out += `event: ${type}\ndata: {"type":"${type}",${fields}${fields === "" ? "" : ","}"sequence_number":${this.sequence++}}\n\n`;
  }

  /** A line that readers of event streams pass over. */
  comment(text: string): void {
    if (this.stream) this.out += `: ${text}\n\n`;
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

  end(): void {
    if (this.stream) this.out += "data: [DONE]\n\n";
  }
}
