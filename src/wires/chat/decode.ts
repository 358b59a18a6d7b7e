/**
 * Decodes a Chat Completions reply, streamed or whole, of every host that is known: one tolerant reader for all
 * places in which they put text, reasoning, tool calls, usage and errors.
 *
 * Text and reasoning go out as they come. The first tool call streams too; whatever comes beside it waits for
 * its end, since items do not overlap and no call is certain to be whole before the reply is.
 */
import { DEFAULT_DIALECT, type Dialect } from "../../core/dialect.ts";
import { ShimError } from "../../core/errors.ts";
import { ItemWriter } from "../../core/item-writer.ts";
import type { Emit, EndReason, Usage } from "../../core/reply.ts";
import type { ReasoningField, Turn } from "../../core/turn.ts";
import type { Decoder, Progress, Surroundings } from "../wire.ts";
import { errorInReply } from "./errors.ts";
import { LeakScanner, type LeakedCall, type Piece } from "./leaks.ts";
import { healLeak } from "./heal.ts";
import { addDetail, detailText } from "./reasoning-details.ts";
import { ThinkSplitter } from "./think.ts";
import { isWholeJson, ToolCallAssembler, type PartialCall } from "./tool-calls.ts";

type Json = Record<string, unknown>;

/** What had to wait: it came while a call was open. */
type Waiting =
  | { kind: "text" | "refusal"; text: string }
  | { kind: "reasoning"; field: ReasoningField; text: string; details: Json[] }
  | { kind: "call"; call: PartialCall }
  | { kind: "leak"; raw: string; calls: LeakedCall[] };

export class ChatDecoder implements Decoder {
  progress: Progress | undefined;
  private readonly turn: Turn;
  private readonly writer: ItemWriter;
  private readonly around: Surroundings;
  private readonly think = new ThinkSplitter();
  private readonly leaks: LeakScanner | undefined;
  private readonly assembler = new ToolCallAssembler();
  private readonly waiting: Waiting[] = [];
  /** The call that streams, once its name is known. */
  private live: PartialCall | undefined;
  private liveId = "";
  /** What hangs on a call and must come back with it: Gemini's thought signatures. */
  private readonly extras = new Map<PartialCall, Json>();
  private readonly queued = new Set<PartialCall>();
  private blank = "";
  private spoke = false;
  private finish = "";
  private usage: Usage | null = null;
  private readonly givenIds = new Set<string>();

  constructor(turn: Turn, emit: Emit, around: Surroundings, dialect: Dialect = DEFAULT_DIALECT) {
    this.turn = turn;
    this.writer = new ItemWriter(emit);
    this.around = around;
    if (turn.tools.length > 0 && dialect.heal === "auto") this.leaks = new LeakScanner();
  }

  get ended(): boolean {
    return this.writer.ended;
  }

  feed(data: string): void {
    if (this.writer.ended) return;
    if (data === "[DONE]") return this.close(true);
    let chunk: unknown;
    try {
      chunk = JSON.parse(data);
    } catch {
      if (data.trim() === "") return;
      return this.fail("upstream_protocol", `the upstream sent something that is not JSON: ${data.slice(0, 200)}`);
    }
    if (typeof chunk !== "object" || chunk === null) return;
    this.chunk(chunk as Json);
  }

  end(): void {
    this.close(false);
  }

  fail(error: ShimError): void;
  fail(kind: "upstream_protocol" | "upstream_failed", message: string): void;
  fail(error: ShimError | "upstream_protocol" | "upstream_failed", message = ""): void {
    this.writer.fail(typeof error === "string" ? new ShimError(error, message) : error);
  }

  private chunk(chunk: Json): void {
    // An ordinary chunk has choices and none of the places where an error may stand.
    if (!chunk["choices"] || chunk["error"] !== undefined || chunk["x_groq"] !== undefined) {
      const error = errorInReply(chunk);
      if (error) return this.fail(error);
    }
    this.writer.start();
    if (chunk["usage"]) this.readUsage(chunk["usage"], chunk);
    const groq = chunk["x_groq"] as Json | undefined;
    if (groq?.["usage"]) this.readUsage(groq["usage"], chunk);
    if (chunk["prompt_progress"]) this.readProgress(chunk["prompt_progress"] as Json);
    const choice = (chunk["choices"] as Json[] | null | undefined)?.[0];
    if (!choice) return;
    if (choice["usage"]) this.readUsage(choice["usage"], chunk);
    const message = (choice["delta"] ?? choice["message"]) as Json | null | undefined;
    if (message) this.message(message, !choice["delta"]);
    const finish = choice["finish_reason"];
    if (typeof finish === "string" && finish !== "") this.finish = finish;
    // A whole body ends with itself; a stream ends with [DONE] or its last byte, since usage may follow.
    if (choice["message"]) this.close(true);
  }

  private message(message: Json, whole: boolean): void {
    const content = message["content"];
    this.readReasoning(message);
    if (typeof content === "string") {
      if (content !== "") this.content(content);
    } else if (Array.isArray(content)) this.contentParts(content as (Json | null)[]);
    const refusal = message["refusal"];
    if (typeof refusal === "string" && refusal !== "") this.say("refusal", refusal);
    const calls = message["tool_calls"];
    if (Array.isArray(calls)) for (const call of calls as (Json | null)[]) if (call) this.toolCall(call, whole);
    const legacy = message["function_call"];
    if (typeof legacy === "object" && legacy !== null) this.toolCall({ function: legacy }, whole);
  }

  /** The first field that says anything: some hosts send the same words in two. */
  private readReasoning(message: Json): void {
    const details = message["reasoning_details"];
    // The fuller copy of what stands in the other fields, and what the host wants back.
    if (Array.isArray(details) && details.length > 0 && this.readDetails(details as (Json | null)[])) return;
    let text = message["reasoning_content"];
    if (typeof text === "string" && text !== "") return this.reason("reasoning_content", text);
    text = message["reasoning"];
    if (typeof text === "string" && text !== "") return this.reason("reasoning", text);
    text = message["reasoning_text"];
    if (typeof text === "string" && text !== "") return this.reason("reasoning_content", text);
  }

  /** Whether they said anything in words: encrypted ones do not, and leave that to the other fields. */
  private readDetails(details: readonly (Json | null)[]): boolean {
    let told = false;
    for (const detail of details) {
      if (!detail) continue;
      this.reasoningDetail(detail);
      if (detailText(detail) !== "") told = true;
    }
    return told;
  }

  /** Mistral sends content as parts, thinking among them. */
  private contentParts(parts: (Json | null)[]): void {
    for (const part of parts) {
      if (!part) continue;
      const thinking = part["thinking"];
      if (typeof part["text"] === "string") this.content(part["text"]);
      else if (typeof thinking === "string") this.reason("thinking", thinking);
      else if (Array.isArray(thinking)) {
        for (const inner of thinking as (Json | null)[])
          if (typeof inner?.["text"] === "string") this.reason("thinking", inner["text"]);
      }
    }
  }

  private content(text: string): void {
    if (this.think.passing) this.visible(text);
    else this.think.feed(text, this.onThought, this.onText);
  }

  private readonly onThought = (text: string): void => this.reasonOn("think", text);
  private readonly onText = (text: string): void => this.visible(text);

  private reason(field: ReasoningField, text: string): void {
    this.think.disable();
    this.reasonOn(field, text);
  }

  private reasoningDetail(detail: Json): void {
    this.think.disable();
    this.reasonOn("reasoning_details", detailText(detail));
    const last = this.waiting.at(-1);
    if (last?.kind === "reasoning") addDetail(last.details, detail);
    else addDetail(this.writer.openDetails(), detail);
  }

  private reasonOn(field: ReasoningField, text: string): void {
    const last = this.waiting.at(-1);
    if (this.live === undefined && this.waiting.length === 0) {
      this.spoke = true;
      this.writer.grow({ kind: "reasoning", field }, text);
    } else if (last?.kind === "reasoning") last.text += text;
    else this.waiting.push({ kind: "reasoning", field, text, details: [] });
  }

  private visible(text: string): void {
    if (!this.leaks || this.leaks.passes(text)) return this.say("text", text);
    this.pieces(this.leaks.feed(text));
  }

  private pieces(pieces: readonly Piece[]): void {
    for (const piece of pieces) {
      if (piece.kind === "text") this.say("text", piece.text);
      else this.waiting.push({ kind: "leak", raw: piece.raw, calls: piece.calls });
    }
  }

  private say(kind: "text" | "refusal", text: string): void {
    const last = this.waiting.at(-1);
    if (this.live === undefined && this.waiting.length === 0) {
      if (kind === "text") {
        const whole = this.unblank(text);
        if (whole === "") return;
        this.writer.grow({ kind }, whole);
      } else this.writer.grow({ kind }, text);
      this.spoke = true;
    } else if (last?.kind === kind) last.text += text;
    else this.waiting.push({ kind, text });
  }

  private textOpen = false;

  /** White space that opens a text waits for what follows: a message of blanks says nothing. */
  private unblank(text: string): string {
    if (this.textOpen) return text;
    this.blank += text;
    if (this.blank.trim() === "") return "";
    this.textOpen = true;
    const whole = this.blank;
    this.blank = "";
    return whole;
  }

  private toolCall(delta: Json, whole: boolean): void {
    // Some hosts put name and arguments beside the id, without a `function` around them.
    const fn = (delta["function"] ?? delta["custom"] ?? delta) as Json;
    const index = delta["index"];
    const args = argumentsOf(fn["arguments"] ?? fn["input"]);
    const call = this.assembler.add(
      {
        index: typeof index === "number" ? index : undefined,
        id: stringOf(delta["id"]),
        name: stringOf(fn["name"]),
        arguments: args,
      },
      whole,
    );
    if (!call) return;
    const extra = delta["extra_content"];
    if (typeof extra === "object" && extra !== null) this.extras.set(call, extra as Json);
    if (call === this.live) return this.writer.delta(args);
    const first = this.assembler.calls[0];
    if (call === first && this.waiting.length === 0) {
      if (call.name !== "") this.begin(call);
      return;
    }
    // A first call whose name is late keeps its place.
    if (first && first !== this.live) this.queue(first);
    this.queue(call);
  }

  private begin(call: PartialCall): void {
    this.flushHead();
    // What was held back may have been a call in the text, and calls keep their order.
    if (this.waiting.length > 0) return this.queue(call);
    this.live = call;
    this.liveId = this.callId(call.id);
    this.writer.begin({ kind: "tool_call", call_id: this.liveId, name: call.name });
    this.writer.delta(call.arguments);
  }

  private queue(call: PartialCall): void {
    if (this.queued.has(call)) return;
    this.queued.add(call);
    this.waiting.push({ kind: "call", call });
  }

  /** What think and leak readers still hold is text: the content has ended. */
  private flushHead(): void {
    this.think.end(this.onThought, this.onText);
    if (this.leaks) this.pieces(this.leaks.end());
    this.think.disable();
  }

  private callId(given: string): string {
    const taken =
      given === "" ||
      this.givenIds.has(given) ||
      this.turn.items.some((item) => item.type === "tool_call" && item.call_id === given);
    const id = taken ? `call_${this.around.ids.next().slice(-24)}` : given;
    this.givenIds.add(id);
    return id;
  }

  /** llama-server, when asked by `return_progress`. */
  private readProgress(said: Json): void {
    const processed = numberOf(said["processed"]);
    const total = numberOf(said["total"]);
    if (processed !== undefined && total !== undefined) this.progress = { processed, total };
  }

  private readUsage(usage: unknown, chunk: Json): void {
    if (typeof usage === "object" && usage !== null) this.usage = usageOf(usage as Json, chunk) ?? this.usage;
  }

  private close(done: boolean): void {
    if (this.writer.ended) return;
    if (this.finish === "" && !(done && this.isWhole())) {
      const how = done ? "without saying why (no finish_reason)" : "before it was complete (no finish_reason)";
      return this.fail("upstream_protocol", `the upstream's reply ended ${how}`);
    }
    const calls = this.assembler.calls;
    if (calls.some((call) => call.name === "")) {
      return this.fail("upstream_protocol", "the upstream sent a tool call without a name");
    }
    const reason = endReason(this.finish);
    if (reason === undefined)
      return this.fail("upstream_failed", `the upstream gave up in mid-reply (finish_reason "${this.finish}")`);
    this.flushHead();
    const called = this.release(reason);
    this.writer.end(reason === "stop" && called ? "tool_calls" : reason, this.usage);
  }

  /** Whether what came is a whole answer although nobody said so. */
  private isWhole(): boolean {
    const calls = this.assembler.calls;
    return (
      (this.spoke || this.waiting.length > 0 || calls.length > 0) && calls.every((call) => isWholeJson(call.arguments))
    );
  }

  /** Lets out what had to wait; of a reply that was cut no further call, since it may be the one that was cut. */
  private release(reason: EndReason): boolean {
    const whole = reason === "stop" || reason === "tool_calls";
    let called = this.live !== undefined;
    if (this.live) {
      if (whole && this.live.arguments.trim() === "") this.writer.delta("{}");
      this.writer.close(whole);
      if (whole) this.writeExtra(this.live, this.liveId);
    }
    for (const item of this.waiting) {
      switch (item.kind) {
        case "reasoning":
          this.writer.grow({ kind: "reasoning", field: item.field }, item.text);
          if (item.details.length > 0) this.writer.openDetails().push(...item.details);
          break;
        case "call":
          if (!whole) break;
          called = true;
          this.writeExtra(item.call, this.writeCall(item.call.id, item.call.name, item.call.arguments));
          break;
        case "leak": {
          const healed =
            whole && this.assembler.calls.length === 0 ? healLeak(item.raw, item.calls, this.turn) : undefined;
          if (!healed) {
            this.around.note("call_left_as_text", item.raw.slice(0, 80));
            this.sayAtEnd("text", item.raw);
            break;
          }
          called = true;
          for (const call of healed) {
            this.around.note("call_healed", call.name);
            this.writeCall("", call.name, call.arguments);
          }
          break;
        }
        default:
          // Blanks beside a call say nothing.
          if (!called || item.text.trim() !== "") this.sayAtEnd(item.kind, item.text);
      }
    }
    if (!this.spoke && !called) this.sayAtEnd("text", "");
    return called;
  }

  private sayAtEnd(kind: "text" | "refusal", text: string): void {
    const whole = this.blank + text;
    this.blank = "";
    if (whole === "") return;
    this.writer.grow({ kind }, whole);
    this.spoke = true;
  }

  private writeCall(id: string, name: string, args: string): string {
    const call_id = this.callId(id);
    this.writer.begin({ kind: "tool_call", call_id, name });
    this.writer.delta(args.trim() === "" ? "{}" : args);
    this.writer.close(true);
    return call_id;
  }

  /** Nothing else of a call comes back from the client, so it travels as a thought without words. */
  private writeExtra(call: PartialCall, call_id: string): void {
    const extra_content = this.extras.get(call);
    if (!extra_content) return;
    this.writer.begin({ kind: "reasoning", field: "extra_content" });
    this.writer.openDetails().push({ call_id, extra_content });
    this.writer.close(true);
  }
}

/** Undefined for a reply that failed by its own word. Names that nobody knows count as a normal end. */
function endReason(finish: string): EndReason | undefined {
  switch (finish) {
    case "length":
    case "max_tokens":
    case "model_length":
    case "model_context_window_exceeded":
      return "length";
    case "content_filter":
    case "sensitive":
      return "content_filter";
    case "error":
    case "network_error":
    case "insufficient_system_resource":
    case "abort":
      return undefined;
    default:
      return "stop";
  }
}

function stringOf(value: unknown): string {
  if (typeof value === "string") return value;
  return typeof value === "number" ? String(value) : "";
}

function argumentsOf(value: unknown): string {
  if (typeof value === "string") return value;
  return typeof value === "object" && value !== null ? JSON.stringify(value) : "";
}

/** Cached tokens stand in three places: OpenAI's details, DeepSeek's `prompt_cache_hit_tokens`, Moonshot's top level. */
function usageOf(usage: Json, chunk: Json): Usage | undefined {
  const prompt = (usage["prompt_tokens_details"] ?? {}) as Json;
  const completion = (usage["completion_tokens_details"] ?? {}) as Json;
  const timings = (chunk["timings"] ?? {}) as Json;
  const input = numberOf(usage["prompt_tokens"] ?? usage["input_tokens"]);
  const output = numberOf(usage["completion_tokens"] ?? usage["output_tokens"]);
  if (input === undefined && output === undefined) return undefined;
  const cached =
    prompt["cached_tokens"] ?? usage["prompt_cache_hit_tokens"] ?? usage["cached_tokens"] ?? timings["cache_n"];
  return {
    input_tokens: input ?? 0,
    cached_tokens: Math.min(numberOf(cached) ?? 0, input ?? 0),
    cache_write_tokens: numberOf(prompt["cache_write_tokens"] ?? usage["cache_creation_input_tokens"]) ?? 0,
    output_tokens: output ?? 0,
    reasoning_tokens: Math.min(numberOf(completion["reasoning_tokens"]) ?? 0, output ?? 0),
  };
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? Math.trunc(value) : undefined;
}
