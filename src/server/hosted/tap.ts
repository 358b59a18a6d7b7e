/**
 * Stands between a reply's decoder and the client's encoder, and keeps back what the client is not to see: the calls that
 * are run here, and the end of a reply that they continue.
 */
import { GrowingText } from "../../core/growing-text.ts";
import type { ItemHead, ReplyEnd, ReplyEvent, Usage } from "../../core/reply.ts";
import type { Item, ReasoningOrigin } from "../../core/turn.ts";
import type { HostedCall, HostedExchange } from "../../wires/hosted.ts";
import type { Encoder, Progress } from "../../wires/wire.ts";

export class Tap implements Encoder {
  /** What the model said in the reply that is read, but for its calls. */
  said: Item[] = [];
  /** Its calls that are run here. */
  calls: HostedCall[] = [];
  /** It called tools of the client as well. */
  client_called = false;
  /** How the reply ended, when that is kept back because of its calls. */
  held: ReplyEnd | undefined;
  /** Of all replies together; null where none told. */
  usage: Usage | null = null;
  private readonly encoder: Encoder;
  private readonly hosted: HostedExchange;
  private readonly modelOf: () => string | undefined;
  /** Of the calls, as the upstream gave them. */
  private ids: string[] = [];
  /** The item that is read hangs on a call. */
  private hangs = false;
  private item: { head: ItemHead; text: GrowingText; call: HostedCall | undefined } | undefined;

  /** `modelOf` names the model that answers. */
  constructor(encoder: Encoder, hosted: HostedExchange, modelOf: () => string | undefined) {
    this.encoder = encoder;
    this.hosted = hosted;
    this.modelOf = modelOf;
  }

  /** Another reply is going to be read. */
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
        this.hangs = event.item.kind === "reasoning" && event.item.field === "extra_content";
        if (this.hangs) return this.hold(event.item);
        const tool = event.item.kind === "tool_call" ? this.hosted.toolOf(event.item.name) : undefined;
        const name = event.item.kind === "tool_call" ? event.item.name : "";
        this.item = { head: event.item, text: new GrowingText(), call: tool && { tool, name, arguments: "" } };
        if (!tool) this.encoder.write(event);
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
    const { head, call } = this.item ?? {};
    const text = this.item?.text.value ?? "";
    this.item = undefined;
    if (this.hangs && head && this.hang(event.details)) return;
    if (this.hangs && head) this.encoder.write({ type: "item_start", item: head });
    if (!call) this.encoder.write(event);
    // What was cut is no call: nobody runs it.
    if (call) {
      if (event.complete && head?.kind === "tool_call") {
        this.calls.push({ ...call, arguments: text });
        this.ids.push(head.call_id);
      }
    } else if (head?.kind === "tool_call") this.client_called = true;
    else if (head) this.said.push(this.itemOf(head, text, event.details));
  }

  /** What hangs on a call has no words; whether the call is one of ours is known at its end. */
  private hold(head: ItemHead): void {
    this.item = { head, text: new GrowingText(), call: undefined };
  }

  private hang(details: ReasoningOrigin["details"] = []): boolean {
    const model = this.modelOf();
    let ours = false;
    for (const { call_id, extra_content } of details) {
      const call = this.calls[this.ids.indexOf(String(call_id))];
      if (!call) continue;
      ours = true;
      call.hanging = { extra_content: extra_content as Record<string, unknown>, ...(model !== undefined && { model }) };
    }
    return ours;
  }

  private itemOf(
    head: Exclude<ItemHead, { kind: "tool_call" }>,
    text: string,
    details: ReasoningOrigin["details"],
  ): Item {
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

  /** Nothing more comes of a reply whose calls were run: it ends as it would have without them. */
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

function sum(before: Usage | null, more: Usage | null): Usage | null {
  if (!before || !more) return more ?? before;
  const total = { ...before };
  for (const key of Object.keys(total) as (keyof Usage)[]) total[key] += more[key];
  return total;
}
