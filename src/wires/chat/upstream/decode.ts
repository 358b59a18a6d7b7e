/** Decodes a Chat Completions reply, streamed or whole: one tolerant reader for all known upstreams. */
import { DEFAULT_DIALECT, type Dialect } from "../../../core/dialect.ts";
import { quotingError } from "../../../core/errors.ts";
import { isJsonObject } from "../../../core/json-fields.ts";
import { countOf, listOf, objectOf, objectsIn } from "../../../core/json.ts";
import { logProbsOf } from "../../../core/log-probs.ts";
import { RepeatedFrame } from "../../../core/repeated-frame.ts";
import type { Emit, Usage } from "../../../core/reply.ts";
import { TextCallFilter } from "../../../core/text-calls/text-call-filter.ts";
import type { ReasoningField, Turn } from "../../../core/turn.ts";
import { errorInReply } from "../../../core/upstream-errors/read.ts";
import { firstChoice, plainChunk } from "../chunk.ts";
import type { ChatCall, ChatChoice, ChatChunk, ChatMessage, PlainChunk, PlainField } from "../chunk.ts";
import { endReason, NORMAL_ENDS } from "../finish-reason.ts";
import { citationOf } from "../../citation.ts";
import { FrameDecoder } from "../../decoder.ts";
import { usageOf } from "../../usage.ts";
import type { WireScope } from "../../wire.ts";
import { ReplyOrder } from "./reply-order.ts";
import { isWhole, ToolCallAssembler } from "./tool-calls.ts";

export class ChatDecoder extends FrameDecoder {
  protected readonly order: ReplyOrder;
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

  constructor(turn: Turn, emit: Emit, scope: WireScope, dialect: Dialect = DEFAULT_DIALECT) {
    super();
    const declared = new Set(turn.tools.map(({ name }) => name));
    this.assembler = new ToolCallAssembler(declared);
    this.texts = new TextCallFilter(turn, emit, scope, dialect);
    this.order = new ReplyOrder(turn, this.texts.emit, scope, this.assembler);
    this.weighing = turn.settings.top_logprobs !== undefined;
  }

  override feed(data: string): void {
    if (this.ended) return;
    const text = this.repeated.read(data);
    if (text !== undefined) return this.plain(this.repeated_field, text);
    super.feed(data);
  }

  protected read(frame: unknown, data: string): void {
    if (typeof frame !== "object" || frame === null) return;
    this.chunk(frame);
    const plain = plainChunk(frame);
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

  protected override done(): void {
    this.close(true);
  }

  private chunk(chunk: ChatChunk): void {
    // An ordinary chunk has choices and none of the places where an error may stand.
    if (!chunk.choices || chunk.error !== undefined || chunk.x_groq !== undefined) {
      const error = errorInReply(chunk);
      if (error) return this.fail(error);
    }
    this.order.writer.start();
    if (chunk.usage) this.readUsage(chunk.usage, chunk);
    if (typeof chunk.service_tier === "string") this.service_tier = chunk.service_tier;
    if (chunk.x_groq) this.readUsage(objectOf(chunk.x_groq).usage, chunk);
    if (chunk.prompt_progress) this.readProgress(chunk.prompt_progress);
    const choice = firstChoice(chunk);
    if (!choice) return;
    if (choice.error) {
      const error = errorInReply({ error: choice.error });
      if (error) return this.fail(error);
    }
    if (choice.usage) this.readUsage(choice.usage, chunk);
    const said = choice.delta ?? choice.message;
    const message: ChatMessage | undefined = isJsonObject(said) ? said : undefined;
    const whole = !choice.delta;
    // Some upstreams send the whole message once more when its pieces have come.
    if (message && !(whole && this.streamed)) {
      if (this.weighing && message.content) this.order.writer.weigh(logProbsOf(objectOf(choice.logprobs).content));
      this.message(message, whole);
      if (!message.tool_calls && listOf(chunk.choices).length > 1) this.callsBeside(chunk);
    }
    if (!whole) this.streamed = true;
    const finish = choice.finish_reason;
    // A cut or a failure stays one, whatever is said after it.
    if (typeof finish === "string" && finish !== "" && (this.finish === "" || endReason(this.finish) === "stop"))
      this.finish = finish;
    // A whole body ends with itself; a stream ends with [DONE] or its last byte, since usage may follow.
    if (whole && !this.streamed && choice.message) this.close(true);
  }

  private message(message: ChatMessage, whole: boolean): void {
    const { content, refusal, annotations } = message;
    this.readReasoning(message);
    if (typeof content === "string") {
      if (content !== "") this.content(content);
    } else if (content) this.contentParts(content);
    for (const annotation of annotations ? listOf(annotations) : []) {
      const citation = citationOf(annotation);
      if (citation) this.order.writer.cite(citation);
    }
    if (typeof refusal === "string" && refusal !== "") this.order.say("refusal", refusal);
    if (message.tool_calls) this.toolCalls(message.tool_calls, whole);
    if (isJsonObject(message.function_call)) this.toolCall({ function: message.function_call }, whole);
  }

  /** Copilot's upstream puts the calls of a reply into a choice of their own, beside the one with its text. */
  private callsBeside({ choices }: ChatChunk): void {
    for (const other of objectsIn(choices).slice(1)) {
      const { delta, message }: ChatChoice = other;
      this.toolCalls(objectOf(delta ?? message).tool_calls, !delta);
    }
  }

  private toolCalls(calls: unknown, whole: boolean): void {
    for (const call of objectsIn(Array.isArray(calls) ? calls : [calls])) this.toolCall(call, whole);
  }

  /** The first field that says anything: some upstreams send the same words in two. */
  private readReasoning(message: ChatMessage): void {
    // The fuller copy of what stands in the other fields, and what the upstream wants back.
    if (message.reasoning_details && this.readDetails(message.reasoning_details)) return;
    const { reasoning_content, reasoning, reasoning_text, thinking } = message;
    if (isSaid(reasoning_content)) this.reason("reasoning_content", reasoning_content);
    else if (isSaid(reasoning)) this.reason("reasoning", reasoning);
    else if (isSaid(reasoning_text)) this.reason("reasoning_content", reasoning_text);
    else if (isSaid(thinking)) this.reason("reasoning", thinking);
  }

  /** Whether they said anything in words: encrypted ones do not, and leave that to the other fields. */
  private readDetails(details: unknown): boolean {
    let told = false;
    for (const detail of objectsIn(details)) if (this.order.detail(detail)) told = true;
    return told;
  }

  /** Mistral sends content as parts, thinking among them. */
  private contentParts(parts: unknown): void {
    for (const { text, thinking } of objectsIn(parts)) {
      if (typeof text === "string") this.content(text);
      else if (typeof thinking === "string") this.reason("thinking", thinking);
      else
        for (const inner of objectsIn(thinking))
          if (typeof inner.text === "string") this.reason("thinking", inner.text);
    }
  }

  private content(text: string): void {
    this.order.say("text", text);
  }

  private reason(field: ReasoningField, text: string): void {
    this.order.reasoning(field, text);
  }

  private toolCall(delta: ChatCall, whole: boolean): void {
    // Some upstreams put name and arguments beside the id, without a `function` around them.
    const called: ChatCall = objectOf(delta.function ?? delta.custom ?? delta);
    const { index, extra_content } = delta;
    const args = argumentsOf(called.arguments ?? called.input);
    const name = wordOf(called.name);
    const call = this.assembler.add(
      { index: typeof index === "number" ? index : undefined, id: wordOf(delta.id), name, arguments: args },
      whole,
    );
    if (!call) return;
    if (this.assembler.calls.length > MAX_CALLS)
      return this.broken(`the upstream sent more than ${MAX_CALLS} tool calls in one reply`);
    if (isJsonObject(extra_content)) this.order.extra(call, extra_content);
    this.order.call(call, args);
  }

  /** llama-server, when asked by `return_progress`. */
  private readProgress(said: unknown): void {
    const { processed: read, total: all } = objectOf(said);
    const [processed, total] = [countOf(read), countOf(all)];
    if (processed !== undefined && total !== undefined) this.progress = { processed, total };
  }

  private readUsage(usage: unknown, chunk: ChatChunk): void {
    this.usage = usageOf(usage, chunk) ?? this.usage;
  }

  private close(done: boolean): void {
    if (this.ended) return;
    const { finish } = this;
    if (finish === "" && !(done && this.isWhole())) {
      const how = done ? "without saying why (no finish_reason)" : "before it was complete (no finish_reason)";
      return this.broken(`the upstream's reply ended ${how}`);
    }
    const calls = this.assembler.calls;
    if (calls.some((call) => call.name === "")) return this.broken("the upstream sent a tool call without a name");
    const failed = (words: string): void =>
      this.fail(quotingError("upstream_failed", `the upstream ${words} (finish_reason "`, finish, '")'));
    const reason = endReason(finish);
    if (reason === undefined) return failed("gave up in mid-reply");
    const unknown = reason === "stop" && !NORMAL_ENDS.has(finish.toLowerCase());
    if (unknown && !calls.every(isWhole)) return failed("ended within a tool call");
    if (finish === "tool_calls" && calls.length === 0 && !this.texts.holdsCall)
      return this.broken("the upstream says that it called a tool, and sent no call");
    const called = this.order.end(reason);
    this.order.writer.end({
      reason: reason === "stop" && called ? "tool_calls" : reason,
      usage: this.usage,
      ...(this.service_tier !== undefined && { service_tier: this.service_tier }),
    });
  }

  /** Whether what came is a whole reply although nobody said so. */
  private isWhole(): boolean {
    const calls = this.assembler.calls;
    return (this.order.saidAnything || calls.length > 0) && calls.every(isWhole);
  }
}

/** No model means so many; to sort them takes time that grows with their square. */
const MAX_CALLS = 2000;

function isSaid(text: unknown): text is string {
  return typeof text === "string" && text !== "";
}

function wordOf(value: unknown): string {
  if (typeof value === "string") return value;
  return typeof value === "number" ? String(value) : "";
}

function argumentsOf(value: unknown): string {
  if (typeof value === "string") return value;
  return typeof value === "object" && value !== null ? JSON.stringify(value) : "";
}
