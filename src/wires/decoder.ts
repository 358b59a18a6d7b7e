/** What the decoders of all wires do alike: frames are parsed, and what cannot be read ends the reply with an error. */
import { notJson } from "../core/error-words.ts";
import { ShimError } from "../core/errors.ts";
import type { ItemWriter } from "../core/item-writer.ts";
import type { Decoder, Progress } from "./wire.ts";

export abstract class FrameDecoder implements Decoder {
  progress: Progress | undefined;
  protected abstract readonly order: { readonly writer: ItemWriter };

  /** Reads one parsed frame; `data` is its text. */
  protected abstract read(frame: unknown, data: string): void;
  abstract end(): void;

  get ended(): boolean {
    return this.order.writer.ended;
  }

  feed(data: string): void {
    if (this.ended) return;
    if (data === "[DONE]") return this.done();
    let frame: unknown;
    try {
      frame = this.parse(data);
    } catch {
      return data.trim() === "" ? undefined : this.fail(notJson(data));
    }
    this.read(frame, data);
  }

  fail(error: ShimError): void {
    this.order.writer.fail(error);
  }

  protected broken(message: string): void {
    this.fail(new ShimError("upstream_protocol", message));
  }

  protected parse(data: string): unknown {
    return JSON.parse(data);
  }

  /** Chat's own mark of the end, by which some gateways end the streams of every wire. */
  protected done(): void {
    this.end();
  }
}
