/**
 * Encodes a reply as Chat Completions chunks, and as the body of a response that is not streamed; both say the same.
 *
 * Calls are announced whole: their text is checked first, and what hangs on one (a thought signature) must come with
 * its first delta, since clients look for it there. A call that the upstream cut is never announced.
 */
import { append } from "../../../core/append.ts";
import { pointsIn, type Citation } from "../../../core/citations.ts";
import { ShimError } from "../../../core/errors.ts";
import { GrowingText } from "../../../core/growing-text.ts";
import { escaped } from "../../../core/json-string.ts";
import type { EndReason, ItemHead, LogProb, ReplyEnd, Usage } from "../../../core/reply.ts";
import type { ReasoningField, ReasoningOrigin } from "../../../core/turn.ts";
import { progressWords, ReplyEncoder } from "../../encoder.ts";
import { unsupported } from "../../errors.ts";
import type { Progress, WireScope } from "../../wire.ts";
import { callDeltas, type EncodedCall } from "./encode-chunks.ts";
import { ChunkWriter, usageBody } from "./encode-chunks.ts";
import { errorBodyOf } from "./errors.ts";
import { SilentReporter } from "./hosted.ts";
import { detailsToKeep } from "./kept-reasoning.ts";
import type { ToolTable } from "./tools.ts";

/** All clients that show thoughts read this field; many also read `reasoning`, and would show both. */
const REASONING_FIELD = "reasoning_content";

/** Fields of the message that grow. */
type TextField = "content" | "refusal" | typeof REASONING_FIELD;

/** Between texts of one field that something else stood between. */
const GAP = "\n\n";

interface EncoderOptions {
  /** The model as the client names it. */
  model: string;
  table: ToolTable;
  legacy: boolean;
  stream: boolean;
  /** Token counts at the end of the stream. */
  usage: boolean;
}

/** The item that is being received. */
interface OpenItem {
  head: ItemHead;
  /** Of a text only where it may cite something: else it stands in the content alone. */
  text: GrowingText;
}

export class ChatEncoder extends ReplyEncoder {
  /** Of calls that are run here. */
  readonly teller: SilentReporter;
  private readonly options: EncoderOptions;
  protected readonly events: ChunkWriter;
  private readonly id: string;
  private readonly created: number;
  private opened = false;
  private ended = false;
  private open_item: OpenItem | undefined;
  /** A whole call that waits for what may hang on it. */
  private pending: EncodedCall | undefined;
  private readonly calls: EncodedCall[] = [];
  private readonly texts: Partial<Record<TextField, GrowingText>> = {};
  /** The field that grew last; undefined when something else came after it. */
  private growing: TextField | undefined;
  private readonly details: Record<string, unknown>[] = [];
  private finish_reason = "stop";
  private usage: Usage | null = null;
  private service_tier: string | undefined;
  private readonly annotations: object[] = [];
  /** How far the content's characters are counted, as Unicode counts them; only where it may cite something. */
  private counted = { units: 0, points: 0 };
  private readonly logprobs: LogProb[] = [];

  constructor(options: EncoderOptions, scope: WireScope) {
    super(scope);
    this.options = options;
    this.teller = new SilentReporter(
      () => scope.ids.next(),
      () => (this.growing = undefined),
    );
    this.id = `chatcmpl-${scope.ids.next()}`;
    this.created = scope.now();
    this.events = new ChunkWriter(this.id, this.created, options.model, options.stream, options.usage);
  }

  open(): void {
    if (this.opened) return;
    this.opened = true;
    this.events.delta(`{"role":"assistant","content":""}`);
  }

  heartbeat(progress?: Progress): void {
    if (!this.opened || this.ended) return;
    this.events.comment(progressWords(progress));
  }

  body(): unknown {
    return {
      id: this.id,
      object: "chat.completion",
      created: this.created,
      model: this.options.model,
      choices: [{ index: 0, message: this.message(), logprobs: this.weighed(), finish_reason: this.finish_reason }],
      ...(this.service_tier !== undefined && { service_tier: this.service_tier }),
      ...(this.usage && { usage: usageBody(this.usage) }),
    };
  }

  private weighed(): object | null {
    return this.logprobs.length > 0 ? { content: this.logprobs, refusal: null } : null;
  }

  private cite(citations: readonly Citation[]): void {
    if (citations.length === 0) return;
    const annotations = citations.map(({ url, title, start_index, end_index }) => ({
      type: "url_citation",
      url_citation: { start_index, end_index, title, url },
    }));
    append(this.annotations, annotations);
    this.events.delta(JSON.stringify({ annotations }));
  }

  private citeIn(text: string): void {
    const { points } = this.counted;
    this.cite(this.teller.citationsIn(text, points));
    this.counted = { units: this.texts.content?.length ?? 0, points: points + pointsIn(text) };
  }

  /** All of the content so far. */
  private count(content: GrowingText | undefined): void {
    const { units, points } = this.counted;
    if (!content || content.length === units) return;
    this.counted = { units: content.length, points: points + pointsIn(content.value.slice(units)) };
  }

  protected begin(head: ItemHead): void {
    if (head.kind === "text" && this.teller.has_sources) this.count(this.texts.content);
    this.open_item = { head, text: new GrowingText() };
    // What hangs on a call comes right after it.
    if (head.kind !== "reasoning" || head.field !== "extra_content") this.flushCall();
  }

  protected delta(delta: string, logprobs?: readonly LogProb[]): void {
    const item = this.open_item;
    if (logprobs) append(this.logprobs, logprobs);
    if (!item || (delta === "" && !logprobs)) return;
    switch (item.head.kind) {
      case "tool_call":
        item.text.add(delta);
        return;
      case "text":
        return this.grow("content", delta, logprobs);
      case "refusal":
        return this.grow("refusal", delta);
      case "reasoning":
        item.text.add(delta);
        return this.grow(REASONING_FIELD, delta);
    }
  }

  private grow(field: TextField, delta: string, logprobs?: readonly LogProb[]): void {
    const text = (this.texts[field] ??= new GrowingText());
    const apart = this.growing !== field && text.length > 0 && !text.ends_blank;
    const added = apart ? GAP + delta : delta;
    this.growing = field;
    text.add(added);
    if (field === "content" && this.teller.has_sources) this.open_item?.text.add(added);
    this.events.delta(`{"${field}":"${escaped(added)}"}`, undefined, logprobs);
  }

  protected finish(complete: boolean, details: ReasoningOrigin["details"], citations: readonly Citation[] = []): void {
    this.cite(citations);
    const item = this.open_item;
    this.open_item = undefined;
    if (item?.head.kind === "text" && this.teller.has_sources) this.citeIn(item.text.value);
    if (item?.head.kind === "reasoning") this.detail(item.head.field, item.text.value, details);
    else if (item?.head.kind === "tool_call" && complete) this.call(item.head, item.text.value);
  }

  private detail(field: ReasoningField, text: string, details: ReasoningOrigin["details"]): void {
    if (field === "extra_content") {
      const hanging = details?.find(({ call_id }) => call_id === this.pending?.id);
      if (this.pending && hanging) this.pending.extra_content = hanging.extra_content;
      return;
    }
    const entries = detailsToKeep(text, this.originOf(field, details));
    if (entries.length === 0) return;
    append(this.details, entries);
    this.events.delta(JSON.stringify({ reasoning_details: entries }));
  }

  private call({ call_id: id, name: flat }: Extract<ItemHead, { kind: "tool_call" }>, written: string): void {
    const tool = this.options.table.resolve(flat);
    const text = this.finishedText(tool, written);
    const { name } = tool;
    this.pending =
      tool.kind === "custom"
        ? { id, type: "custom", custom: { name, input: text } }
        : { id, type: "function", function: { name, arguments: text } };
  }

  private flushCall(): void {
    const call = this.pending;
    if (!call) return;
    this.pending = undefined;
    this.growing = undefined;
    const index = this.calls.length;
    this.calls.push(call);
    if (this.options.legacy) return;
    for (const delta of callDeltas(call, index)) this.events.delta(`{"tool_calls":[${JSON.stringify(delta)}]}`);
  }

  protected end({ reason, usage, service_tier }: ReplyEnd): void {
    this.flushCall();
    if (this.options.legacy && this.calls.length > 1) return this.fail(tooMany(this.calls.length));
    const legacy = this.legacyCall();
    if (legacy) this.events.delta(JSON.stringify({ function_call: legacy }));
    this.ended = true;
    this.usage = usage;
    this.service_tier = service_tier;
    this.finish_reason = this.finishReason(reason);
    this.events.delta("{}", this.finish_reason);
    this.events.usage(usage);
    this.events.end();
  }

  /** Whether there are calls is what counts: upstreams and wires differ in what they call the end. */
  private finishReason(reason: EndReason): string {
    if (reason === "length" || reason === "content_filter") return reason;
    if (this.calls.length === 0) return "stop";
    return this.options.legacy ? "function_call" : "tool_calls";
  }

  protected fail(error: ShimError): void {
    this.error = error;
    this.open();
    this.ended = true;
    // Without `[DONE]`: a client that passes over the error must not take the response for whole.
    this.events.error(errorBodyOf(error));
  }

  private legacyCall(): object | undefined {
    const [call] = this.calls;
    return this.options.legacy && call?.type === "function" ? call.function : undefined;
  }

  private message(): Record<string, unknown> {
    const textOf = (field: TextField): string | undefined => this.texts[field]?.value;
    const [content, refusal, thought] = [textOf("content"), textOf("refusal"), textOf(REASONING_FIELD)];
    const function_call = this.legacyCall();
    const said = content !== undefined || this.calls.length > 0 || refusal !== undefined;
    return {
      role: "assistant",
      content: said ? (content ?? null) : "",
      refusal: refusal ?? null,
      ...(this.annotations.length > 0 && { annotations: this.annotations }),
      ...(thought !== undefined && { [REASONING_FIELD]: thought }),
      ...(this.details.length > 0 && { reasoning_details: this.details }),
      ...(this.calls.length > 0 && !this.options.legacy && { tool_calls: this.calls }),
      ...(function_call && { function_call }),
    };
  }
}

function tooMany(calls: number): ShimError {
  return unsupported(
    `the model made ${calls} calls at once, and \`functions\` leaves room for one; declare them as \`tools\` instead`,
    "functions",
  );
}
