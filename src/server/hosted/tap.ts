/** Stands before the client's encoder, and keeps back the calls that are run here and the end of their reply. */
import { GrowingText } from "../../core/growing-text.ts";
import { isJsonObject } from "../../core/json-fields.ts";
import type { ItemHead, ReplyEnd, ReplyEvent, Usage } from "../../core/reply.ts";
import type { Item, ReasoningOrigin } from "../../core/turn.ts";
import type { HostedCall, HostedExchange } from "../../wires/hosted.ts";
import type { Encoder, Progress } from "../../wires/wire.ts";

type Details = ReasoningOrigin["details"];
type SpokenHead = Exclude<ItemHead, { kind: "tool_call" }>;

export class Tap implements Encoder {
  said: Item[] = []; // What the model said in the current reply, without its calls.
  calls: HostedCall[] = []; // Its calls that are run here.
  client_called = false; // It called tools of the client as well.
  held: ReplyEnd | undefined; // How the reply ended, when that is kept back because of its calls.
  usage: Usage | null = null; // Of all replies together; null where the upstream reported none.
  private readonly encoder: Encoder;
  private readonly hosted: HostedExchange;
  private readonly modelOf: () => string | undefined;
  private ids: string[] = []; // Ids of the calls, as the upstream gave them.
  private item: { head: ItemHead; text: GrowingText; call: HostedCall | undefined } | undefined;

  /** `modelOf` names the model that answers. */
  constructor(encoder: Encoder, hosted: HostedExchange, modelOf: () => string | undefined) {
    this.encoder = encoder;
    this.hosted = hosted;
    this.modelOf = modelOf;
  }

  /** Another reply begins. */
  next(): void {
    this.said = [];
    this.calls = [];
    this.ids = [];
    this.client_called = false;
    this.held = undefined;
  }

  write(event: ReplyEvent): void {
    switch (event.type) {
      case "item_start": {
        const { item } = event;
        const name = item.kind === "tool_call" ? item.name : "";
        const tool = item.kind === "tool_call" ? this.hosted.toolOf(name) : undefined;
        this.item = { head: item, text: new GrowingText(), call: tool && { tool, name, arguments: "" } };
        // What hangs on a call has no text; whether the call is one of ours is known at its end.
        if (!tool && !hangs(item)) this.encoder.write(event);
        return;
      }
      case "item_delta":
        if (this.item) this.item.text.add(event.delta);
        if (!this.item?.call) this.encoder.write(event);
        return;
      case "item_end":
        return this.itemEnd(event);
      case "end":
        return this.end(event);
      case "start":
        this.encoder.write(event);
        return this.hosted.teller.listed();
      default:
        this.encoder.write(event);
    }
  }

  private itemEnd(event: Extract<ReplyEvent, { type: "item_end" }>): void {
    if (!this.item) return this.encoder.write(event);
    const { head, call, text } = this.item;
    this.item = undefined;
    if (call) {
      // A call that was cut is not run.
      if (!event.complete || head.kind !== "tool_call") return;
      this.calls.push({ ...call, arguments: text.value });
      this.ids.push(head.call_id);
      return;
    }
    if (hangs(head)) {
      if (this.hang(event.details)) return;
      this.encoder.write({ type: "item_start", item: head });
    }
    this.encoder.write(event);
    if (head.kind === "tool_call") this.client_called = true;
    else this.said.push(this.itemOf(head, text.value, event.details));
  }

  private hang(details: Details = []): boolean {
    const model = this.modelOf();
    let ours = false;
    for (const { call_id, extra_content } of details) {
      const call = this.calls[this.ids.indexOf(String(call_id))];
      if (!call) continue;
      ours = true;
      call.hanging = {
        extra_content: isJsonObject(extra_content) ? extra_content : {},
        ...(model !== undefined && { model }),
      };
    }
    return ours;
  }

  private itemOf(head: SpokenHead, text: string, details: Details): Item {
    if (head.kind !== "reasoning") return { type: "message", role: "assistant", parts: [{ type: head.kind, text }] };
    const model = this.modelOf();
    const origin = { field: head.field, ...(details && { details }), ...(model !== undefined && { model }) };
    return { type: "reasoning", text, origin };
  }

  private end(event: ReplyEnd): void {
    this.usage = sum(this.usage, event.usage);
    const whole = { ...event, usage: this.usage };
    if (this.calls.length === 0) return this.encoder.write(whole);
    this.held = whole;
  }

  /** Ends the response as it would have ended without the calls. */
  finish(end: ReplyEnd): void {
    this.encoder.write({ ...end, usage: this.usage });
  }

  get error(): Encoder["error"] {
    return this.encoder.error;
  }

  open(): void {
    this.encoder.open();
  }

  heartbeat(progress?: Progress): void {
    this.encoder.heartbeat(progress);
  }

  take(): string {
    return this.encoder.take();
  }

  body(): unknown {
    return this.encoder.body();
  }
}

const hangs = (item: ItemHead): boolean => item.kind === "reasoning" && item.field === "extra_content";

function sum(before: Usage | null, more: Usage | null): Usage | null {
  if (!before || !more) return more ?? before;
  return {
    input_tokens: before.input_tokens + more.input_tokens,
    cached_tokens: before.cached_tokens + more.cached_tokens,
    cache_write_tokens: before.cache_write_tokens + more.cache_write_tokens,
    output_tokens: before.output_tokens + more.output_tokens,
    reasoning_tokens: before.reasoning_tokens + more.reasoning_tokens,
  };
}
