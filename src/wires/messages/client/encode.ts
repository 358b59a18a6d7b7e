/**
 * Encodes a reply as Messages events, and as the body of a response that is not streamed. Both come from the same
 * blocks.
 *
 * Calls are announced whole, at their end: clients act on them at once, even when the stream breaks right after, and
 * their text is checked first. A call that the upstream cut is never announced.
 */
import { parseObject } from "../../../core/arguments.ts";
import type { Citation } from "../../../core/citations.ts";
import type { ShimError } from "../../../core/errors.ts";
import { parseExact } from "../../../core/exact-json.ts";
import { GrowingText } from "../../../core/growing-text.ts";
import { wellFormedJson } from "../../../core/json-string.ts";
import { sealReasoning } from "../../../core/reasoning-tag.ts";
import type { EndReason, ItemHead, ReplyEnd, Usage } from "../../../core/reply.ts";
import type { ReasoningOrigin } from "../../../core/turn.ts";
import { ReplyEncoder } from "../../encoder.ts";
import type { WireScope } from "../../wire.ts";
import { EventWriter, NO_THOUGHT } from "./encode-events.ts";
import { errorObject } from "./errors.ts";
import { BlockReporter } from "./hosted.ts";
import type { ToolTable } from "./lift-tools.ts";
import type { Lifted, Thoughts } from "./lift.ts";

/** The item that is being received. */
interface OpenItem {
  head: ItemHead;
  readonly text: GrowingText;
  /** See `EventWriter`; empty for what is not announced yet. */
  delta_prefix: string;
}

export class MessagesEncoder extends ReplyEncoder {
  /** Of calls that are run here. */
  readonly teller: BlockReporter;
  private readonly table: ToolTable;
  private readonly thoughts: Thoughts;
  protected readonly events: EventWriter;
  /** What every form of the message begins with. */
  private readonly head: string;

  private state: "new" | "open" | "ended" = "new";
  private item: OpenItem | undefined;
  private called = false;
  private refused = false;
  private final = "";

  constructor({ body, table, thoughts, sources }: Lifted, stream: boolean, scope: WireScope) {
    super(scope);
    this.table = table;
    this.thoughts = thoughts;
    this.events = new EventWriter(stream);
    this.teller = new BlockReporter(this.events, () => scope.ids.next(), sources);
    const head = { id: `msg_${scope.ids.next()}`, type: "message", role: "assistant", model: body.model };
    this.head = JSON.stringify(head).slice(0, -1);
  }

  open(): void {
    if (this.state !== "new") return;
    this.state = "open";
    this.events.event("message_start", `"message":${this.message([], endOf(null, null))}`);
  }

  heartbeat(): void {
    if (this.state === "open") this.events.event("ping");
  }

  body(): unknown {
    return parseExact(this.final);
  }

  protected begin(head: ItemHead): void {
    this.item = { head, text: new GrowingText(), delta_prefix: "" };
  }

  /** A block begins with its first word: upstreams and clients refuse one that says nothing. */
  protected delta(delta: string): void {
    const { item } = this;
    if (!item) return;
    item.text.add(delta);
    if (item.delta_prefix === "") this.announce(item);
    if (item.delta_prefix !== "") this.events.delta(item.delta_prefix, delta);
  }

  private announce(item: OpenItem): void {
    switch (item.head.kind) {
      case "text":
      case "refusal":
        this.events.begin(`{"type":"text","text":""}`);
        item.delta_prefix = this.events.deltaPrefix("text_delta", "text");
        return;
      case "reasoning":
        if (this.thoughts !== "shown") return;
        this.events.begin(NO_THOUGHT);
        item.delta_prefix = this.events.deltaPrefix("thinking_delta", "thinking");
        return;
      case "tool_call":
    }
  }

  protected finish(complete: boolean, details: ReasoningOrigin["details"], citations: readonly Citation[] = []): void {
    const { item } = this;
    this.item = undefined;
    if (!item) return;
    const { head } = item;
    const text = item.text.value;
    switch (head.kind) {
      case "tool_call":
        return complete ? this.call(head.call_id, head.name, text) : undefined;
      case "reasoning":
        return this.thought(item, this.originOf(head.field, details));
      default:
        if (head.kind === "refusal") this.refused = true;
        if (text !== "") this.said(text, this.teller.cite(text, citations));
    }
  }

  /** Its citations are known at its end: where a text is going to cite nobody can tell before. */
  private said(text: string, citations: readonly string[]): void {
    for (const each of citations) this.events.raw("citations_delta", "citation", each);
    const cited = citations.length > 0 ? `,"citations":[${citations.join(",")}]` : "";
    this.events.finish(`{"type":"text","text":${JSON.stringify(text)}${cited}}`);
  }

  /** Its signature holds what goes back to the upstream. */
  private thought({ text: grown, delta_prefix }: OpenItem, origin: ReasoningOrigin): void {
    const text = grown.value;
    if (text === "" && origin.details === undefined) return;
    // What hangs on a call must come back with it, or the upstream refuses the call.
    if (this.thoughts === "none" && origin.field !== "extra_content") return;
    if (delta_prefix === "") this.events.begin(NO_THOUGHT);
    this.events.sealThought(this.thoughts === "shown" ? text : "", sealReasoning(text, origin));
  }

  private call(id: string, flat: string, written: string): void {
    const tool = this.table.resolve(flat);
    const text = this.finishedText(tool, written);
    // No reader takes anything but an object here, so what is none travels as a string within one.
    const object = parseObject(text) ? text : JSON.stringify({ unparsed_arguments: text });
    // Here it is no text within the response but a part of it, and no strict reader takes half a character.
    this.events.call(JSON.stringify({ type: "tool_use", id, name: tool.name }).slice(0, -1), wellFormedJson(object));
    this.called = true;
  }

  protected end({ reason, usage, stop_sequence }: ReplyEnd): void {
    this.open();
    this.state = "ended";
    const said = this.stopReason(reason);
    const { searches } = this.teller;
    const stopped = said === "end_turn" && stop_sequence !== undefined;
    const end = stopped ? endOf("stop_sequence", usage, searches, stop_sequence) : endOf(said, usage, searches);
    this.final = this.message(this.events.content, end);
    this.events.event("message_delta", `"delta":${end.stop},"usage":${end.usage}`);
    this.events.event("message_stop");
  }

  private stopReason(reason: EndReason): string {
    if (reason === "length") return "max_tokens";
    if (reason === "content_filter" || this.refused) return "refusal";
    return this.called ? "tool_use" : "end_turn";
  }

  /** A block that was begun stays open, so that nobody takes it for whole. */
  protected fail(error: ShimError): void {
    this.open();
    this.state = "ended";
    this.error = error;
    this.events.event("error", `"error":${JSON.stringify(errorObject(error))}`);
  }

  private message(content: readonly string[], { stop, usage }: End): string {
    return `${this.head},"content":[${content.join(",")}],${stop.slice(1, -1)},"usage":${usage}}`;
  }
}

/** JSON texts of how a message ends. */
type End = { stop: string; usage: string };

function endOf(
  stop_reason: string | null,
  usage: Usage | null,
  searches = 0,
  stop_sequence: string | null = null,
): End {
  const counts = { ...usageOf(usage), ...(searches > 0 && { server_tool_use: { web_search_requests: searches } }) };
  return { stop: JSON.stringify({ stop_reason, stop_sequence }), usage: JSON.stringify(counts) };
}

/** Here `input_tokens` are only those that were neither read from a cache nor written to it. */
function usageOf(usage: Usage | null): Record<string, unknown> {
  const { input_tokens = 0, cached_tokens = 0, cache_write_tokens = 0, output_tokens = 0 } = usage ?? {};
  return {
    input_tokens: Math.max(0, input_tokens - cached_tokens - cache_write_tokens),
    cache_creation_input_tokens: cache_write_tokens,
    cache_read_input_tokens: cached_tokens,
    output_tokens,
    ...(usage && { output_tokens_details: { thinking_tokens: usage.reasoning_tokens } }),
  };
}
