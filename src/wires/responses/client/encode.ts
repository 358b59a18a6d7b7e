/**
 * Encodes a reply as Responses events, and as the body of a response that is not streamed. Both come from the
 * same items: the body is the `response` of the last event.
 *
 * Calls are announced whole, at their end: clients act on them at once, and their text is checked and restored
 * first. A call that the upstream cut is never announced.
 */
import { append } from "../../../core/append.ts";
import { citationsIn, type Citation, type Source } from "../../../core/citations.ts";
import type { ShimError } from "../../../core/errors.ts";
import { GrowingText } from "../../../core/growing-text.ts";
import { sealReasoning } from "../../../core/reasoning-tag.ts";
import type { ItemHead, LogProb, ReplyEnd } from "../../../core/reply.ts";
import type { ReasoningOrigin } from "../../../core/turn.ts";
import { progressWords, ReplyEncoder } from "../../encoder.ts";
import type { ClientFacts, Kept, StoredResponse, Progress, WireScope } from "../../wire.ts";
import { streamErrorOf } from "./errors.ts";
import { EventWriter } from "./events.ts";
import { messageOf, partOf, phaseOf, type OpenItem } from "./events.ts";
import { ItemReporter } from "./hosted-items.ts";
import { ResponseObject, type Outcome } from "./response-object.ts";
import type { RequestBody } from "./schema.ts";
import { CALL_TYPES, callFields } from "./tools.ts";
import type { ResponsesTool, ToolTable } from "./tools.ts";

const ID_PREFIX = { text: "msg", refusal: "msg", reasoning: "rs", function: "fc", custom: "ctc", tool_search: "tsc" };

/** Behind a delta, up to its number. */
const MORE = `","sequence_number":`;
const MORE_OF_TEXT = `","logprobs":[],"sequence_number":`;

const FIRST_PART = `,"content_index":0`;

/** The events and the part that hold a thought, and where in its item they stand. */
const RAW_THOUGHT = {
  text: "response.reasoning_text",
  part: "response.content_part",
  type: "reasoning_text",
  place: FIRST_PART,
};
const SUMMARY = {
  text: "response.reasoning_summary_text",
  part: "response.reasoning_summary_part",
  type: "summary_text",
  place: `,"summary_index":0`,
};

const BEGUN: Outcome = { status: "in_progress", output: [], usage: null, completed_at: null };
const QUEUED: Outcome = { ...BEGUN, status: "queued" };

export class ResponsesEncoder extends ReplyEncoder {
  /** Of calls that are run here. */
  readonly teller: ItemReporter;
  private readonly sources: Map<string, Source>;
  private readonly table: ToolTable;
  private readonly client: ClientFacts;
  protected readonly events: EventWriter;
  private readonly response: ResponseObject;
  private readonly id: string;
  /** Reasoning is shown as a summary when the client asked for one; Codex shows nothing else to its user. */
  private readonly thoughts: typeof SUMMARY;
  private readonly sealed: boolean;
  private readonly kept_as: Kept | undefined;
  /** How it ended, and the event that tells it. */
  private outcome: { type: string; how: Outcome } | undefined;

  private opened = false;
  private open_item: OpenItem | undefined;
  private final = "";

  /** `sources` are pages that searches have found, by address: texts that name them cite them. */
  constructor(
    body: RequestBody,
    table: ToolTable,
    stream: boolean,
    client: ClientFacts,
    scope: WireScope,
    sources: Map<string, Source> = new Map(),
  ) {
    super(scope);
    this.table = table;
    this.client = client;
    this.events = new EventWriter(stream);
    this.id = scope.ids.next();
    this.kept_as = scope.kept;
    this.response = new ResponseObject(`resp_${this.id}`, scope.now(), body, scope.kept);
    this.thoughts = typeof body.reasoning?.summary === "string" ? SUMMARY : RAW_THOUGHT;
    this.sources = sources;
    const { events, budget } = this;
    const itemId = (prefix: string): string => this.itemId(prefix);
    this.teller = new ItemReporter({ body, events, mcp: table.mcp, itemId, sources, budget, note: scope.note });
    this.sealed = body.include?.includes("reasoning.encrypted_content") ?? false;
  }

  open(): void {
    if (this.opened) return;
    this.opened = true;
    const begun = `"response":${this.responseJson(BEGUN)}`;
    const queued = this.kept_as?.background ? `"response":${this.responseJson(QUEUED)}` : undefined;
    this.events.event("response.created", queued ?? begun);
    if (queued !== undefined) this.events.event("response.queued", queued);
    this.events.event("response.in_progress", begun);
  }

  private responseJson(outcome: Outcome): string {
    return this.response.json(outcome, this.scope.answering?.effort);
  }

  kept(): StoredResponse {
    const output = this.events.kept;
    const now = this.outcome?.how ?? BEGUN;
    const response = this.responseJson({ ...now, output });
    return { id: `resp_${this.id}`, status: now.status, response, output };
  }

  seal(stored: boolean): void {
    if (!this.outcome || this.final !== "") return;
    const { type, how } = this.outcome;
    if (!stored && this.kept_as?.store) {
      this.response.unkeep();
      this.events.comment("not stored: this answer cannot be retrieved or continued");
    }
    this.final = this.responseJson(how);
    this.events.event(type, `"response":${this.final}`);
    this.events.end();
  }

  heartbeat(progress?: Progress): void {
    if (!this.opened || this.outcome) return;
    if (this.client.codex)
      this.events.event("keepalive", progress ? `"prompt_progress":${JSON.stringify(progress)}` : "");
    else this.events.comment(progressWords(progress));
  }

  body(): unknown {
    return JSON.parse(this.final);
  }

  /** An item that is whole at once; `begun` is how it looks when it is announced. */
  writeWhole(prefix: string, fields: Record<string, unknown>, begun = fields): void {
    const id = this.itemId(prefix);
    this.events.added(JSON.stringify({ id, ...begun }));
    this.events.done(JSON.stringify({ id, ...fields }));
  }

  private itemId(prefix: string): string {
    return `${prefix}_${this.id}${this.events.output.length.toString(16).padStart(2, "0")}`;
  }

  protected begin(head: ItemHead): void {
    const tool = head.kind === "tool_call" ? this.table.resolve(head.name) : undefined;
    const id = this.itemId(ID_PREFIX[head.kind === "tool_call" ? (tool?.kind ?? "function") : head.kind]);
    const item: OpenItem = { head, id, text: new GrowingText(), delta_prefix: "", logprobs: [], tool };
    this.open_item = item;
    if (head.kind === "text" || head.kind === "refusal") this.beginMessage(item, head.kind);
  }

  private beginMessage(item: OpenItem, kind: "text" | "refusal"): void {
    const place = this.events.place(item.id, FIRST_PART);
    this.events.added(
      `{"id":"${item.id}","type":"message","status":"in_progress","role":"assistant"${phaseOf(item)},"content":[]}`,
    );
    this.events.event("response.content_part.added", `${place},"part":${partOf(kind, "")}`);
    const type = kind === "text" ? "response.output_text.delta" : "response.refusal.delta";
    item.delta_prefix = this.events.deltaPrefix(type, place);
  }

  private beginReasoning(item: OpenItem): void {
    this.events.added(`{"id":"${item.id}","type":"reasoning","status":"in_progress","summary":[]}`);
    const { text, part, place: index } = this.thoughts;
    const place = this.events.place(item.id, index);
    this.events.event(`${part}.added`, `${place},"part":${this.thought("")}`);
    item.delta_prefix = this.events.deltaPrefix(`${text}.delta`, place);
  }

  protected delta(delta: string, logprobs?: readonly LogProb[]): void {
    const item = this.open_item;
    if (!item) return;
    item.text.add(delta);
    if (item.delta_prefix === "" && item.head.kind === "reasoning") this.beginReasoning(item);
    if (item.delta_prefix === "") return;
    if (logprobs) {
      append(item.logprobs, logprobs);
      return this.events.delta(item.delta_prefix, delta, `","logprobs":${JSON.stringify(logprobs)},"sequence_number":`);
    }
    const more = item.head.kind === "text" ? MORE_OF_TEXT : MORE;
    this.events.delta(item.delta_prefix, delta, more);
  }

  protected finish(complete: boolean, details: ReasoningOrigin["details"], citations: readonly Citation[] = []): void {
    const item = this.open_item;
    if (!item) return;
    this.open_item = undefined;
    const status = complete ? "completed" : "incomplete";
    switch (item.head.kind) {
      case "tool_call":
        return complete ? this.finishCall(item, item.head.call_id) : undefined;
      case "reasoning":
        return this.finishReasoning(item, this.originOf(item.head.field, details), status);
      default:
        return this.finishMessage(item, item.head.kind, status, citations);
    }
  }

  private finishMessage(
    item: OpenItem,
    kind: "text" | "refusal",
    status: string,
    citations: readonly Citation[],
  ): void {
    const text = JSON.stringify(item.text.value);
    const place = this.events.place(item.id, FIRST_PART);
    const annotations = kind === "text" ? this.annotate(item.text.value, place, citations) : [];
    const logprobs = JSON.stringify(item.logprobs);
    if (kind === "refusal") this.events.event("response.refusal.done", `${place},"refusal":${text}`);
    else this.events.event("response.output_text.done", `${place},"text":${text},"logprobs":${logprobs}`);
    const part = partOf(kind, item.text.value, annotations, item.logprobs);
    this.events.event("response.content_part.done", `${place},"part":${part}`);
    this.events.done(messageOf(item, part, status));
  }

  /** Told when the text is whole: only then is it known what it cites. `told` is what the upstream says of that. */
  private annotate(text: string, place: string, told: readonly Citation[]): readonly string[] {
    const notes = [...told, ...citationsIn(text, this.sources)].map((cited) =>
      JSON.stringify({ type: "url_citation", ...cited }),
    );
    for (const [i, note] of notes.entries()) {
      const fields = `${place},"annotation_index":${i},"annotation":${note}`;
      this.events.event("response.output_text.annotation.added", fields);
    }
    return notes;
  }

  private finishReasoning(item: OpenItem, origin: ReasoningOrigin, status: string): void {
    if (item.delta_prefix === "") {
      // Nothing to show: only what the upstream wants back.
      if (origin.details === undefined || !(this.sealed || this.kept_as?.store)) return;
      const encrypted_content = sealReasoning("", origin);
      const begun = { type: "reasoning", status: "in_progress", summary: [] };
      const whole = { ...begun, status, encrypted_content };
      if (this.sealed) return this.writeWhole("rs", whole, begun);
      // Counted from the other end, so that no item has its id.
      const id = `rs_${this.id}${(255 - this.events.kept.length).toString(16)}`;
      return void this.events.kept.push(JSON.stringify({ id, ...whole }));
    }
    const { text, part, place: index } = this.thoughts;
    const place = this.events.place(item.id, index);
    this.events.event(`${text}.done`, `${place},"text":${JSON.stringify(item.text.value)}`);
    this.events.event(`${part}.done`, `${place},"part":${this.thought(item.text.value)}`);
    const plain = this.reasoningOf(item, status, "");
    if (!this.sealed && !this.kept_as?.store) return this.events.done(plain);
    const sealed = `,"encrypted_content":${JSON.stringify(sealReasoning(item.text.value, origin))}`;
    const whole = this.reasoningOf(item, status, sealed);
    this.events.done(this.sealed ? whole : plain, whole);
  }

  private finishCall(item: OpenItem, call_id: string): void {
    const tool = item.tool;
    if (!tool) return;
    const { kind, name } = tool;
    const text = kind === "tool_search" ? item.text.value : this.finishedText(tool, item.text.value);
    const place = this.events.place(item.id);
    this.events.added(callJson(item.id, "in_progress", call_id, tool, ""));
    const named = `"name":${JSON.stringify(name)}`;
    if (kind === "function") this.callText("response.function_call_arguments", place, text, `${named},"arguments"`);
    else if (kind === "custom") this.callText("response.custom_tool_call_input", place, text, `"input"`);
    this.events.done(callJson(item.id, "completed", call_id, tool, text));
  }

  private callText(type: string, place: string, text: string, whole: string): void {
    const json = JSON.stringify(text);
    this.events.event(`${type}.delta`, `${place},"delta":${json}`);
    this.events.event(`${type}.done`, `${place},${whole}:${json}`);
  }

  protected end({ reason, usage, service_tier }: ReplyEnd): void {
    const cut = reason === "length" ? "max_output_tokens" : reason === "content_filter" ? "content_filter" : undefined;
    const status = cut ? "incomplete" : "completed";
    const completed_at = cut ? null : this.scope.now();
    const { output } = this.events;
    const outcome: Outcome = { status, output, usage, service_tier, completed_at };
    this.close(`response.${status}`, { ...outcome, ...(cut && { incomplete_reason: cut }) });
  }

  protected fail(error: ShimError): void {
    this.error = error;
    this.open();
    this.abandon();
    const { type, code, message, param } = streamErrorOf(error);
    const inner = JSON.stringify({ type, code, message, param });
    // Flat is OpenAI's documented form, nested the one on the wire: both at once suit every reader.
    this.events.event("error", `${JSON.stringify({ code, message, param }).slice(1, -1)},"error":${inner}`);
    const { output } = this.events;
    this.close("response.failed", { ...BEGUN, status: "failed", output, error: { code, message } });
  }

  /** What had begun when the reply failed stands in the output, so that nobody takes it for whole. */
  private abandon(): void {
    const item = this.open_item;
    this.open_item = undefined;
    if (!item || item.delta_prefix === "" || item.head.kind === "tool_call") return;
    const { kind } = item.head;
    this.events.push(
      kind === "reasoning"
        ? this.reasoningOf(item, "incomplete", "")
        : messageOf(item, partOf(kind, item.text.value, [], item.logprobs), "incomplete"),
    );
  }

  /** What is kept first is told by `seal`; in the background whoever runs it sees to that. */
  private close(type: string, how: Outcome): void {
    this.outcome = { type, how };
    if (!this.kept_as?.store || this.kept_as.background) this.seal(true);
  }

  private thought(text: string): string {
    return JSON.stringify({ type: this.thoughts.type, text });
  }

  private reasoningOf(item: OpenItem, status: string, sealed: string): string {
    const part = this.thought(item.text.value);
    const parts = this.thoughts === SUMMARY ? `"summary":[${part}]` : `"summary":[],"content":[${part}]`;
    return `{"id":"${item.id}","type":"reasoning","status":"${status}",${parts}${sealed}}`;
  }
}

function callJson(id: string, status: string, call_id: string, tool: ResponsesTool, text: string): string {
  return JSON.stringify({ id, type: CALL_TYPES[tool.kind], status, call_id, ...callFields(tool, text) });
}
