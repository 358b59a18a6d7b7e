/** Decodes a Messages reply, streamed or whole. Frames tell their kind themselves, so the `event:` lines are not needed. */
import { parseObject } from "../../../core/arguments.ts";
import { quotingError, ShimError } from "../../../core/errors.ts";
import { notJson } from "../../../core/error-words.ts";
import type { Emit, EndReason } from "../../../core/reply.ts";
import type { Turn } from "../../../core/turn.ts";
import type { Decoder, Surroundings } from "../../wire.ts";
import { BlockOrder, type Block } from "./block-order.ts";
import { errorInReply } from "../../../core/upstream-errors/read.ts";
import { parseFrame, textOfInput } from "../../../core/exact-json.ts";
import { UsageCounter } from "../usage.ts";

type Json = Record<string, unknown>;

export class MessagesDecoder implements Decoder {
  readonly progress = undefined;
  private readonly order: BlockOrder;
  private readonly counter = new UsageCounter();
  /** The last block of each index. */
  private readonly last = new Map<number, Block>();
  private stop_reason = "";
  private explanation = "";
  private stop_sequence: string | undefined;

  constructor(turn: Turn, emit: Emit, around: Surroundings) {
    this.order = new BlockOrder(turn, emit, around);
  }

  get ended(): boolean {
    return this.order.writer.ended;
  }

  feed(data: string): void {
    if (this.ended) return;
    // Some gateways end every stream as Chat does.
    if (data === "[DONE]") return this.end();
    let frame: unknown;
    try {
      frame = parseFrame(data);
    } catch {
      if (data.trim() === "") return;
      return this.fail(notJson(data));
    }
    if (isObject(frame)) this.frame(frame);
  }

  end(): void {
    if (!this.ended) this.broken("the upstream's reply ended before it was complete (no message_stop)");
  }

  fail(error: ShimError): void {
    this.order.writer.fail(error);
  }

  private broken(message: string): void {
    this.fail(new ShimError("upstream_protocol", message));
  }

  private frame(frame: Json): void {
    switch (frame.type) {
      case "content_block_delta":
        return this.delta(frame.index, objectOf(frame.delta));
      case "content_block_start":
        return this.begin(frame.index, objectOf(frame.content_block));
      case "content_block_stop": {
        const block = this.find(frame.index);
        return block && this.order.stop(block);
      }
      case "message_start":
        this.order.writer.start();
        return this.counter.add(objectOf(frame.message).usage);
      case "message_delta":
        this.counter.add(frame.usage);
        return this.stopped(objectOf(frame.delta));
      case "message_stop":
        return this.close();
      case "ping":
        return;
      case "message":
        return this.whole(frame);
      default: {
        const error = errorInReply(frame);
        if (error) this.fail(error);
        else if (Array.isArray(frame.content)) this.whole(frame);
      }
    }
  }

  /** A reply that came in one piece. */
  private whole(message: Json): void {
    const error = message.content === undefined ? errorInReply(message) : undefined;
    if (error) return this.fail(error);
    this.order.writer.start();
    this.counter.add(message.usage);
    const content = message.content;
    for (const block of Array.isArray(content) ? content.filter(isObject) : []) {
      this.begin(undefined, block);
      const last = this.order.blocks.at(-1);
      const citations = block.citations;
      if (last && Array.isArray(citations)) for (const citation of citations) this.order.cite(last, citation);
      if (last && !this.ended) this.order.stop(last);
    }
    this.stopped(message);
    this.close();
  }

  private begin(index: unknown, head: Json): void {
    if (this.order.blocks.length >= MAX_BLOCKS)
      return this.broken(`the upstream sent more than ${MAX_BLOCKS} blocks in one reply`);
    const block = blockOf(head, typeof index === "number" ? index : undefined);
    if (block.kind === "tool_use" && block.name === "")
      return this.broken("the upstream sent a tool call without a name");
    if (block.index !== undefined) this.last.set(block.index, block);
    this.order.add(block);
  }

  /** The last block of that index; the last of all where a host leaves the index out. */
  private find(index: unknown): Block | undefined {
    if (typeof index !== "number") return this.order.blocks.at(-1);
    return this.last.get(index);
  }

  private delta(index: unknown, delta: Json): void {
    const { type } = delta;
    const kind = KIND_OF_DELTA.get(type);
    if (kind === undefined) return;
    let block = this.find(index);
    if (!block) {
      // A host that leaves out the block's head; a call cannot be made without it.
      this.begin(index, { type: kind });
      block = this.find(index);
    }
    if (!block || block.kind !== kind || this.ended) return;
    if (type === "citations_delta") this.order.cite(block, delta.citation);
    else if (type === "signature_delta") block.signature += stringOf(delta.signature);
    else this.order.grow(block, stringOf(delta[WORDS_OF_DELTA[kind] ?? ""]));
  }

  private stopped(said: Json): void {
    const reason = said.stop_reason;
    if (typeof reason === "string" && reason !== "") this.stop_reason = reason;
    const sequence = said.stop_sequence;
    if (typeof sequence === "string" && reason === "stop_sequence") this.stop_sequence = sequence;
    const explanation = objectOf(said.stop_details).explanation;
    if (typeof explanation === "string") this.explanation = explanation;
  }

  private close(): void {
    const { calls } = this.order;
    const reason = endReason(this.stop_reason);
    if (reason === undefined) return this.fail(gaveUp(this.stop_reason));
    // Who says that the reply ended well knows where a call ended; of others each call must be whole.
    const sure = NORMAL_STOPS.has(this.stop_reason);
    if (reason === "stop" && !calls.every((call) => isWhole(call, sure)))
      return this.fail(
        quotingError(
          "upstream_protocol",
          'the upstream ended within a tool call (stop_reason "',
          this.stop_reason,
          '")',
        ),
      );
    if (this.stop_reason === "" && !this.order.blocks.some(({ kind }) => kind !== "other"))
      return this.broken("the upstream's reply ended without saying anything (no stop_reason)");
    if (this.stop_reason === "tool_use" && calls.length === 0)
      return this.broken("the upstream says that it called a tool, and sent no call");
    const called = this.order.end(reason);
    if (reason === "content_filter" && this.explanation.trim() !== "") this.order.refuse(this.explanation);
    this.order.writer.end({
      reason: reason === "stop" && called ? "tool_calls" : reason,
      usage: this.counter.usage,
      ...(this.stop_sequence !== undefined && { stop_sequence: this.stop_sequence }),
      ...(this.counter.service_tier !== undefined && { service_tier: this.counter.service_tier }),
    });
  }
}

/** No model means so many. */
const MAX_BLOCKS = 4000;

const KIND_OF_DELTA: ReadonlyMap<unknown, Block["kind"]> = new Map([
  ["text_delta", "text"],
  ["citations_delta", "text"],
  ["thinking_delta", "thinking"],
  ["signature_delta", "thinking"],
  ["input_json_delta", "tool_use"],
]);

const WORDS_OF_DELTA: { readonly [kind: string]: string } = {
  text: "text",
  thinking: "thinking",
  tool_use: "partial_json",
};

function blockOf(head: Json, index: number | undefined): Block {
  const type = head.type;
  const kind =
    type === "text" || type === "thinking" || type === "redacted_thinking" || type === "tool_use" ? type : "other";
  return {
    kind,
    index,
    id: stringOf(head.id),
    name: stringOf(head.name),
    text: kind === "text" ? stringOf(head.text) : kind === "thinking" ? stringOf(head.thinking) : "",
    input: kind === "tool_use" ? inputOf(head.input) : "",
    sources: [],
    signature: stringOf(kind === "redacted_thinking" ? head.data : head.signature),
    stopped: false,
  };
}

/** In a stream the head holds an empty object, and the arguments follow. */
function inputOf(input: unknown): string {
  if (typeof input === "string") return input;
  return isObject(input) && Object.keys(input).length > 0 ? textOfInput(input) : "";
}

/** Broken arguments that the upstream ended itself are the model's own; others were cut. */
function isWhole({ text, input, stopped }: Block, sure: boolean): boolean {
  const args = text.trim() === "" ? input || "{}" : text;
  return (sure && stopped) || parseObject(args) !== undefined;
}

const NORMAL_STOPS = new Set(["end_turn", "tool_use", "stop_sequence", "stop", "tool_calls"]);

/** Undefined for a reply that failed by its own word. Hosts that translate let Chat's words through. */
function endReason(stop: string): EndReason | undefined {
  switch (stop) {
    case "max_tokens":
    case "model_context_window_exceeded":
    case "length":
      return "length";
    case "refusal":
    case "content_filter":
      return "content_filter";
    case "pause_turn":
    case "error":
      return undefined;
    default:
      return "stop";
  }
}

function gaveUp(stop: string): ShimError {
  const why = stop === "pause_turn" ? "; only its own tools do that, and none was asked for" : "";
  return quotingError("upstream_failed", 'the upstream gave up in mid-reply (stop_reason "', stop, `"${why})`);
}

function stringOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function objectOf(value: unknown): Json {
  return isObject(value) ? value : {};
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
