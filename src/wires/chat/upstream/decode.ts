/**
 * Decodes a Chat Completions reply, streamed or whole, of every host that is known: one tolerant reader for all
 * places in which they put text, reasoning, tool calls, usage and errors.
 */
import { DEFAULT_DIALECT, type Dialect } from "../../../core/dialect.ts";
import { quotingError, ShimError } from "../../../core/errors.ts";
import { notJson } from "../../../core/error-words.ts";
import { logProbsOf } from "../../../core/log-probs.ts";
import type { Emit, Usage } from "../../../core/reply.ts";
import { RepeatedFrame } from "../../../core/repeated-frame.ts";
import type { ReasoningField, Turn } from "../../../core/turn.ts";
import type { Decoder, Progress, Surroundings } from "../../wire.ts";
import { citationsOf } from "./citations.ts";
import { errorInReply } from "../../../core/upstream-errors/read.ts";
import { TextCallFilter } from "../../../core/text-calls/text-call-filter.ts";
import { endReason, NORMAL_ENDS } from "../finish-reason.ts";
import { plainChunk, type PlainChunk, type PlainField } from "./plain-chunk.ts";
import { ReplyOrder } from "./reply-order.ts";
import { isWhole, ToolCallAssembler } from "./tool-calls.ts";
import { numberOf, usageOf } from "../usage.ts";

type Json = Record<string, unknown>;

export class ChatDecoder implements Decoder {
  progress: Progress | undefined;
  private readonly order: ReplyOrder;
  /** What stands between the texts that are read and the client. */
  private readonly texts: TextCallFilter;
  private readonly assembler: ToolCallAssembler;
  private finish = "";
  /** Pieces have come: it is a stream. */
  private streamed = false;
  private usage: Usage | null = null;
  private service_tier: string | undefined;
  private readonly weighing: boolean;
  private readonly repeated = new RepeatedFrame();
  /** Where the string stands in which the chunks differ. */
  private repeated_field: PlainField = "content";

  constructor(turn: Turn, emit: Emit, around: Surroundings, dialect: Dialect = DEFAULT_DIALECT) {
    const declared = new Set(turn.tools.map(({ name }) => name));
    this.assembler = new ToolCallAssembler(declared);
    this.texts = new TextCallFilter(turn, emit, around, dialect);
    this.order = new ReplyOrder(turn, this.texts.emit, around, this.assembler);
    this.weighing = turn.settings.top_logprobs !== undefined;
  }

  get ended(): boolean {
    return this.order.writer.ended;
  }

  feed(data: string): void {
    if (this.order.writer.ended) return;
    const text = this.repeated.read(data);
    if (text !== undefined) return this.plain(this.repeated_field, text);
    if (data === "[DONE]") return this.close(true);
    let chunk: unknown;
    try {
      chunk = JSON.parse(data);
    } catch {
      if (data.trim() === "") return;
      return this.fail(notJson(data));
    }
    if (typeof chunk !== "object" || chunk === null) return;
    this.chunk(chunk as Json);
    const plain = plainChunk(chunk);
    if (plain) this.learn(data, plain);
    else this.repeated.unlearn();
  }

  private learn(data: string, { field, text }: PlainChunk): void {
    if (field !== this.repeated_field) this.repeated.forget();
    this.repeated_field = field;
    this.repeated.learn(data, text, (frame) => {
      const again = plainChunk(frame);
      return again?.field === field ? again.text : undefined;
    });
  }

  /** What `chunk` comes to for a chunk that says only this. */
  private plain(field: PlainField, text: string): void {
    if (field === "content") this.content(text);
    else this.reason(field, text);
  }

  end(): void {
    this.close(false);
  }

  fail(error: ShimError): void;
  fail(kind: "upstream_protocol", message: string): void;
  fail(error: ShimError | "upstream_protocol", message = ""): void {
    this.order.writer.fail(typeof error === "string" ? new ShimError(error, message) : error);
  }

  private chunk(chunk: Json): void {
    // An ordinary chunk has choices and none of the places where an error may stand.
    if (!chunk["choices"] || chunk["error"] !== undefined || chunk["x_groq"] !== undefined) {
      const error = errorInReply(chunk);
      if (error) return this.fail(error);
    }
    this.order.writer.start();
    if (chunk["usage"]) this.readUsage(chunk["usage"], chunk);
    if (typeof chunk["service_tier"] === "string") this.service_tier = chunk["service_tier"];
    const groq = chunk["x_groq"] as Json | undefined;
    if (groq?.["usage"]) this.readUsage(groq["usage"], chunk);
    if (chunk["prompt_progress"]) this.readProgress(chunk["prompt_progress"] as Json);
    const choices = chunk["choices"] as (Json | null)[] | null | undefined;
    const choice = choices?.[0];
    if (!choice) return;
    if (choice["error"]) {
      const error = errorInReply({ error: choice["error"] });
      if (error) return this.fail(error);
    }
    if (choice["usage"]) this.readUsage(choice["usage"], chunk);
    const message = (choice["delta"] ?? choice["message"]) as Json | null | undefined;
    const whole = !choice["delta"];
    // Some hosts send the whole message once more when its pieces have come.
    if (message && !(whole && this.streamed)) {
      if (this.weighing && message["content"])
        this.order.writer.weigh(logProbsOf((choice["logprobs"] as Json | null | undefined)?.["content"]));
      this.message(message, whole);
      if (choices.length > 1 && !message["tool_calls"]) this.callsBeside(choices);
    }
    if (!whole) this.streamed = true;
    const finish = choice["finish_reason"];
    // A cut or a failure stays one, whatever is said after it.
    if (typeof finish === "string" && finish !== "" && (this.finish === "" || endReason(this.finish) === "stop"))
      this.finish = finish;
    // A whole body ends with itself; a stream ends with [DONE] or its last byte, since usage may follow.
    if (whole && !this.streamed && choice["message"]) this.close(true);
  }

  private message(message: Json, whole: boolean): void {
    const content = message["content"];
    this.readReasoning(message);
    if (typeof content === "string") {
      if (content !== "") this.content(content);
    } else if (Array.isArray(content)) this.contentParts(content as (Json | null)[]);
    if (message["annotations"])
      for (const citation of citationsOf(message["annotations"])) this.order.writer.cite(citation);
    const refusal = message["refusal"];
    if (typeof refusal === "string" && refusal !== "") {
      this.order.say("refusal", refusal);
    }
    const calls = message["tool_calls"];
    for (const call of Array.isArray(calls) ? (calls as (Json | null)[]) : calls ? [calls as Json] : [])
      if (call) this.toolCall(call, whole);
    const legacy = message["function_call"];
    if (typeof legacy === "object" && legacy !== null) this.toolCall({ function: legacy }, whole);
  }

  /** Copilot's host puts the calls of a reply into a choice of their own, beside the one with its text. */
  private callsBeside([, ...others]: readonly (Json | null)[]): void {
    for (const other of others) {
      const message = (other?.["delta"] ?? other?.["message"]) as Json | null | undefined;
      if (!message?.["tool_calls"]) continue;
      const whole = !other?.["delta"];
      for (const call of [message["tool_calls"]].flat() as (Json | null)[]) if (call) this.toolCall(call, whole);
    }
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
    text = message["thinking"];
    if (typeof text === "string" && text !== "") return this.reason("reasoning", text);
  }

  /** Whether they said anything in words: encrypted ones do not, and leave that to the other fields. */
  private readDetails(details: readonly (Json | null)[]): boolean {
    let told = false;
    for (const detail of details) {
      if (!detail) continue;
      if (this.order.detail(detail)) told = true;
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
    this.order.say("text", text);
  }

  private reason(field: ReasoningField, text: string): void {
    this.order.reasoning(field, text);
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
    if (this.assembler.calls.length > MAX_CALLS) {
      return this.fail("upstream_protocol", `the upstream sent more than ${MAX_CALLS} tool calls in one reply`);
    }
    const extra = delta["extra_content"];
    if (typeof extra === "object" && extra !== null) this.order.extra(call, extra as Json);
    this.order.call(call, args);
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
    if (this.order.writer.ended) return;
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
      return this.fail(
        quotingError("upstream_failed", 'the upstream gave up in mid-reply (finish_reason "', this.finish, '")'),
      );
    const unknown = reason === "stop" && !NORMAL_ENDS.has(this.finish.toLowerCase());
    if (unknown && !calls.every(isWhole)) {
      return this.fail(
        quotingError("upstream_failed", 'the upstream ended within a tool call (finish_reason "', this.finish, '")'),
      );
    }
    if (this.finish === "tool_calls" && calls.length === 0 && !this.texts.holdsCall) {
      return this.fail("upstream_protocol", "the upstream says that it called a tool, and sent no call");
    }
    const called = this.order.end(reason);
    this.order.writer.end({
      reason: reason === "stop" && called ? "tool_calls" : reason,
      usage: this.usage,
      ...(this.service_tier !== undefined && { service_tier: this.service_tier }),
    });
  }

  /** Whether what came is a whole answer although nobody said so. */
  private isWhole(): boolean {
    const calls = this.assembler.calls;
    return (this.order.saidAnything || calls.length > 0) && calls.every(isWhole);
  }
}

/** No model means so many; to sort them takes time that grows with their square. */
const MAX_CALLS = 2000;

function stringOf(value: unknown): string {
  if (typeof value === "string") return value;
  return typeof value === "number" ? String(value) : "";
}

function argumentsOf(value: unknown): string {
  if (typeof value === "string") return value;
  return typeof value === "object" && value !== null ? JSON.stringify(value) : "";
}
