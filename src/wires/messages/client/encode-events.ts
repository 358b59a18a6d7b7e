/** Writes the events of a Messages stream, and keeps the blocks that are done. */
import { escaped } from "../../../core/json-string.ts";
import { StreamText } from "../../encoder.ts";

export const NO_THOUGHT = `{"type":"thinking","thinking":"","signature":""}`;

export class EventWriter extends StreamText {
  /** JSON texts of the finished blocks. */
  readonly content: string[] = [];

  /** `fields` is JSON without its braces. */
  event(type: string, fields = ""): void {
    if (this.stream) this.out += `event: ${type}\ndata: {"type":"${type}"${fields === "" ? "" : ","}${fields}}\n\n`;
  }

  /** Begins the block that will stand next. */
  begin(block: string): void {
    this.event("content_block_start", `${this.index},"content_block":${block}`);
  }

  /** A delta that is whole at once. */
  piece(type: string, field: string, text: string): void {
    this.delta(this.deltaPrefix(type, field), text);
  }

  /** A delta that holds JSON. */
  raw(type: string, field: string, json: string): void {
    this.event("content_block_delta", `${this.index},"delta":{"type":"${type}","${field}":${json}}`);
  }

  /** Everything of a delta event before the text itself, written once for all deltas of a block. */
  deltaPrefix(type: string, field: string): string {
    return `event: content_block_delta\ndata: {"type":"content_block_delta",${this.index},"delta":{"type":"${type}","${field}":"`;
  }

  delta(prefix: string, text: string): void {
    if (this.stream) this.out += prefix + escaped(text) + `"}}\n\n`;
  }

  finish(block: string): void {
    this.event("content_block_stop", this.index);
    this.content.push(block);
  }

  /** A call that is whole at once; `head` is JSON without its last brace, `input` is JSON. */
  call(head: string, input: string): void {
    this.begin(`${head},"input":{}}`);
    this.piece("input_json_delta", "partial_json", input);
    this.finish(`${head},"input":${input}}`);
  }

  /** The end of a thought, with what seals it. */
  sealThought(thinking: string, signature: string): void {
    this.piece("signature_delta", "signature", signature);
    this.finish(JSON.stringify({ type: "thinking", thinking, signature }));
  }

  private get index(): string {
    return `"index":${this.content.length}`;
  }
}
