/** Decodes a Messages reply, streamed or whole. Frames tell their kind themselves, so the `event:` lines are not needed. */
import { parseObject } from "../../../core/arguments.ts";
import type { JsonObject } from "../../../core/dialect.ts";
import { quotingError, type ShimError } from "../../../core/errors.ts";
import { parseFrame, textOfInput } from "../../../core/exact-json.ts";
import { isJsonObject } from "../../../core/json-fields.ts";
import { listOf, objectOf, objectsIn, type Loose } from "../../../core/json.ts";
import { textOf } from "../../../core/parse.ts";
import type { Emit, EndReason } from "../../../core/reply.ts";
import type { Turn } from "../../../core/turn.ts";
import { errorInReply } from "../../../core/upstream-errors/read.ts";
import { UsageCounter } from "../usage.ts";
import { FrameDecoder } from "../../decoder.ts";
import type { WireScope } from "../../wire.ts";
import { BlockOrder, type Block } from "./block-order.ts";

/** What an event of a reply may hold, or a whole message in its place. */
type MessageEvent = Loose<"type" | "index" | "delta" | "content_block" | "message" | "usage" | "content">;
type MessageEnd = Loose<"stop_reason" | "stop_sequence" | "stop_details">;
type BlockHead = Loose<"type" | "id" | "name" | "text" | "thinking" | "input" | "data" | "signature">;

export class MessagesDecoder extends FrameDecoder {
  protected readonly order: BlockOrder;
  private readonly counter = new UsageCounter();
  /** The last block of each index. */
  private readonly last = new Map<number, Block>();
  private stop_reason = "";
  private explanation = "";
  private stop_sequence: string | undefined;

  constructor(turn: Turn, emit: Emit, scope: WireScope) {
    super();
    this.order = new BlockOrder(turn, emit, scope);
  }

  end(): void {
    if (!this.ended) this.broken("the upstream's reply ended before it was complete (no message_stop)");
  }

  protected override parse(data: string): unknown {
    return parseFrame(data);
  }

  protected read(event: unknown): void {
    if (isJsonObject(event)) this.event(event);
  }

  private event(event: MessageEvent): void {
    switch (event.type) {
      case "content_block_delta":
        return this.delta(event.index, objectOf(event.delta));
      case "content_block_start":
        return this.begin(event.index, objectOf(event.content_block));
      case "content_block_stop": {
        const block = this.find(event.index);
        return block && this.order.stop(block);
      }
      case "message_start":
        this.order.writer.start();
        return this.counter.add(objectOf(event.message).usage);
      case "message_delta":
        this.counter.add(event.usage);
        return this.stopped(objectOf(event.delta));
      case "message_stop":
        return this.close();
      case "ping":
        return;
      case "message":
        return this.whole(event);
      default: {
        const error = errorInReply(event);
        if (error) this.fail(error);
        else if (Array.isArray(event.content)) this.whole(event);
      }
    }
  }

  /** A reply that came in one piece. */
  private whole(message: MessageEvent & MessageEnd): void {
    const error = message.content === undefined ? errorInReply(message) : undefined;
    if (error) return this.fail(error);
    this.order.writer.start();
    this.counter.add(message.usage);
    for (const block of objectsIn(message.content)) {
      this.begin(undefined, block);
      const last = this.order.blocks.at(-1);
      if (last) for (const citation of listOf(block.citations)) this.order.cite(last, citation);
      if (last && !this.ended) this.order.stop(last);
    }
    this.stopped(message);
    this.close();
  }

  private begin(index: unknown, head: BlockHead): void {
    if (this.order.blocks.length >= MAX_BLOCKS)
      return this.broken(`the upstream sent more than ${MAX_BLOCKS} blocks in one reply`);
    const block = blockOf(head, typeof index === "number" ? index : undefined);
    if (block.kind === "tool_use" && block.name === "")
      return this.broken("the upstream sent a tool call without a name");
    if (block.index !== undefined) this.last.set(block.index, block);
    this.order.add(block);
  }

  /** The last block of that index; the last of all where an upstream leaves the index out. */
  private find(index: unknown): Block | undefined {
    if (typeof index !== "number") return this.order.blocks.at(-1);
    return this.last.get(index);
  }

  private delta(index: unknown, delta: JsonObject): void {
    const { type } = delta;
    const known = DELTAS.get(type);
    if (known === undefined) return;
    const [kind, words] = known;
    let block = this.find(index);
    if (!block) {
      // An upstream that leaves out the block's head; a call cannot be made without it.
      this.begin(index, { type: kind });
      block = this.find(index);
    }
    if (!block || block.kind !== kind || this.ended) return;
    if (type === "citations_delta") this.order.cite(block, delta.citation);
    else if (type === "signature_delta") block.signature += textOf(delta.signature);
    else this.order.grow(block, textOf(delta[words]));
  }

  private stopped(said: MessageEnd): void {
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
      return this.fail(quotingError("upstream_protocol", WITHIN_CALL, this.stop_reason, '")'));
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

const WITHIN_CALL = 'the upstream ended within a tool call (stop_reason "';

/** No model means so many. */
const MAX_BLOCKS = 4000;

/** By the type of a delta: to which kind of block it belongs, and which of its fields adds to the block's words. */
const DELTAS: ReadonlyMap<unknown, readonly [kind: Block["kind"], words: string]> = new Map([
  ["text_delta", ["text", "text"]],
  ["citations_delta", ["text", ""]],
  ["thinking_delta", ["thinking", "thinking"]],
  ["signature_delta", ["thinking", ""]],
  ["input_json_delta", ["tool_use", "partial_json"]],
]);

function blockOf(head: BlockHead, index: number | undefined): Block {
  const type = head.type;
  const kind =
    type === "text" || type === "thinking" || type === "redacted_thinking" || type === "tool_use" ? type : "other";
  return {
    kind,
    index,
    id: textOf(head.id),
    name: textOf(head.name),
    text: kind === "text" ? textOf(head.text) : kind === "thinking" ? textOf(head.thinking) : "",
    input: kind === "tool_use" ? inputOf(head.input) : "",
    sources: [],
    signature: textOf(kind === "redacted_thinking" ? head.data : head.signature),
    stopped: false,
  };
}

/** In a stream the head holds an empty object, and the arguments follow. */
function inputOf(input: unknown): string {
  if (typeof input === "string") return input;
  return isJsonObject(input) && Object.keys(input).length > 0 ? textOfInput(input) : "";
}

/** Broken arguments that the upstream ended itself are the model's own; others were cut. */
function isWhole({ text, input, stopped }: Block, sure: boolean): boolean {
  const args = text.trim() === "" ? input || "{}" : text;
  return (sure && stopped) || parseObject(args) !== undefined;
}

const NORMAL_STOPS = new Set(["end_turn", "tool_use", "stop_sequence", "stop", "tool_calls"]);

/** Undefined for a reply that failed by its own word. Upstreams that translate let Chat's words through. */
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
