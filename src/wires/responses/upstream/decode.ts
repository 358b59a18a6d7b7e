/** Decodes a Responses reply, streamed or whole, of OpenAI and of upstreams that leave out half of the events. */
import type { JsonObject } from "../../../core/dialect.ts";
import { quotingError, type ShimError } from "../../../core/errors.ts";
import { isJsonObject } from "../../../core/json-fields.ts";
import { objectOf, objectsIn } from "../../../core/json.ts";
import { logProbsOf } from "../../../core/log-probs.ts";
import { textOf } from "../../../core/parse.ts";
import type { Emit, EndReason } from "../../../core/reply.ts";
import type { Turn } from "../../../core/turn.ts";
import { errorInReply } from "../../../core/upstream-errors/read.ts";
import { FrameDecoder } from "../../decoder.ts";
import { usageOf } from "../../usage.ts";
import type { WireScope } from "../../wire.ts";
import { sendable } from "./lower-reasoning.ts";
import { OutputIndex } from "./output-index.ts";
import { isWholeCall, kindOf, newPart, outputItem, partOf, phaseOf, urlCitation, wordsOf } from "./output-item.ts";
import type { ItemKind, OutputItem, OutputPart, PartKind, ResponseEvent, ResponseItem } from "./output-item.ts";
import { OutputOrder } from "./output-order.ts";

export class ResponsesDecoder extends FrameDecoder {
  protected readonly order: OutputOrder;
  private readonly index: OutputIndex;
  private readonly scope: WireScope;
  private readonly weighing: boolean;

  constructor(turn: Turn, emit: Emit, scope: WireScope) {
    super();
    this.weighing = turn.settings.top_logprobs !== undefined;
    this.order = new OutputOrder(turn, emit, scope);
    this.index = new OutputIndex(this.order.items);
    this.scope = scope;
  }

  end(): void {
    if (!this.ended) this.broken("the upstream's reply ended before it was complete (no response.completed)");
  }

  protected read(event: unknown): void {
    if (isJsonObject(event)) this.event(event);
  }

  private event(event: ResponseEvent): void {
    const type = textOf(event.type);
    const piece = PIECES.get(type);
    if (piece) return this.piece(event, piece);
    switch (type) {
      case "response.output_item.added":
        return isJsonObject(event.item) ? void this.begin(event.item, placeOf(event)) : undefined;
      case "response.output_item.done":
        return isJsonObject(event.item) ? this.whole(event.item, placeOf(event)) : undefined;
      case "response.output_text.annotation.added":
        return this.cite(event);
      case "response.created":
      case "response.queued":
      case "response.in_progress":
        return this.order.writer.start();
      case "response.completed":
      case "response.done":
        return this.close(objectOf(event.response), "completed");
      case "response.incomplete":
        return this.close(objectOf(event.response), "incomplete");
      case "response.failed":
      case "response.cancelled":
        return this.close(objectOf(event.response), "failed");
      default:
        return this.other(event, type);
    }
  }

  /** Errors, whole bodies, and the many events that say nothing further. */
  private other(event: ResponseEvent, type: string): void {
    if (type.startsWith("response.")) return;
    const error = errorInReply(event);
    if (error) return this.fail(error);
    if (event.object === "response" || Array.isArray(event.output))
      this.close(objectOf(event), textOf(event.status) || "completed");
  }

  private begin(head: ResponseItem, index: number | undefined): OutputItem | undefined {
    if (this.order.items.length >= MAX_ITEMS)
      return void this.broken(`the upstream sent more than ${MAX_ITEMS} items in one reply`);
    const item = outputItem(head, index, this.order.items.length);
    this.index.note(item);
    this.order.add(item);
    // Most announce an item empty, some announce it whole.
    this.fill(item, head);
    if (item.kind === "other") this.passOver(item);
    return item;
  }

  /** Items that no client asked for. What the upstream has done by itself needs nobody; a call of another kind does. */
  private passOver({ type, call_id }: OutputItem): void {
    if (CALLS_OF_OTHER_KINDS.has(type)) this.scope.note("undeclared_tool", type);
    if (type !== "function_call_output" && type !== "custom_tool_call_output") return;
    const call = this.index.callOf(call_id);
    if (call) call.answered = true;
  }

  private piece(event: ResponseEvent, [kind, of, field]: Piece): void {
    const item = this.itemOf(event, kindOf(of)) ?? this.begin({ type: of, id: event.item_id }, placeOf(event));
    if (!item || this.ended) return;
    const part = partOf(item, kind, numberOf(event.content_index ?? event.summary_index));
    if (this.hasTooMany(item)) return;
    const text = textOf(objectOf(event)[field]);
    if (this.weighing && kind === "text" && field === "delta") this.order.weigh(item, part, logProbsOf(event.logprobs));
    if (field === "delta") this.order.grow(item, part, text);
    else this.complete(item, kind, part, text);
  }

  private hasTooMany({ parts }: OutputItem): boolean {
    if (parts.length <= MAX_ITEMS) return false;
    this.broken(`the upstream sent more than ${MAX_ITEMS} parts of one item`);
    return true;
  }

  private cite(event: ResponseEvent): void {
    const item = this.itemOf(event, "message");
    if (!item) return;
    const citation = urlCitation(event.annotation);
    if (citation) partOf(item, "text", numberOf(event.content_index)).citations.push(citation);
    else this.scope.note("citations_lost", textOf(objectOf(event.annotation).type));
  }

  private complete(item: OutputItem, kind: PartKind, part: OutputPart, text: string): void {
    if (text === "" || this.order.complete(item, part, text)) return;
    const before = `the upstream told the ${kind} of the call of `;
    this.fail(quotingError("upstream_protocol", before, item.name, " twice, and not alike"));
  }

  /** The item that an event speaks of: by its id, else by its place (some change ids on the way), else the last of its kind. */
  private itemOf(event: ResponseEvent, kind: ItemKind): OutputItem | undefined {
    const id = textOf(event.item_id);
    const place = placeOf(event);
    const { items } = this.order;
    const named = this.index.byId(id);
    const placed = place === undefined ? undefined : this.index.byPlace(place);
    const found = [named, placed].find((item) => item?.kind === kind);
    if (found || (place !== undefined && placed === undefined)) return found;
    const last = items.at(-1);
    return last?.kind === kind && (id === "" || last.id === "") ? last : undefined;
  }

  /** An item that is told whole: one of those that came in pieces, or a new one. */
  private whole(said: ResponseItem, index: number | undefined): void {
    const item = this.index.find(said, index, (each) => !each.whole) ?? this.begin(said, index);
    if (item) this.finish(item, said);
  }

  private finish(item: OutputItem, said: ResponseItem): void {
    if (this.ended) return;
    this.fill(item, said);
    item.whole = true;
    item.cut = said.status === "incomplete";
    if (item.kind === "reasoning") item.thought = sendable(said);
    this.order.close(item);
  }

  private fill(item: OutputItem, said: ResponseItem): void {
    item.id ||= textOf(said.id);
    item.call_id ||= textOf(said.call_id);
    item.name ||= textOf(said.name);
    item.phase ??= phaseOf(said.phase);
    this.index.note(item);
    const known = Map.groupBy(item.parts, ({ kind }) => kind);
    const counts = new Map<PartKind, number>();
    for (const { kind, text, part: whole } of wordsOf(item, said)) {
      const nth = counts.get(kind) ?? 0;
      counts.set(kind, nth + 1);
      const part = known.get(kind)?.[nth] ?? newPart(item, kind);
      if (this.hasTooMany(item)) return;
      if (whole) this.fillSides(item, part, whole);
      this.complete(item, kind, part, text);
    }
    this.order.advance();
  }

  /** What stands beside the words counts where it did not come before them. */
  private fillSides(item: OutputItem, part: OutputPart, { annotations, logprobs }: JsonObject): void {
    if (this.weighing && part.text === "") this.order.weigh(item, part, logProbsOf(logprobs));
    if (!Array.isArray(annotations) || part.citations.length > 0) return;
    for (const annotation of annotations) {
      const citation = urlCitation(annotation);
      if (citation) part.citations.push(citation);
    }
  }

  private close(response: JsonObject, told: string): void {
    const { status, error, incomplete_details: why, output } = response;
    // An event's name and the response within may disagree: the worse word counts.
    const outcome = told === "completed" && typeof status === "string" && status !== "in_progress" ? status : told;
    const failed = typeof error === "string" ? error !== "" : Object.keys(objectOf(error)).length > 0;
    if (failed || (outcome !== "completed" && outcome !== "incomplete")) return this.fail(gaveUp(response, outcome));
    this.order.writer.start();
    for (const item of objectsIn(output)) {
      this.list(item);
      if (this.ended) return;
    }
    const reason = outcome === "completed" ? "stop" : cutBy(objectOf(why).reason);
    const { calls } = this.order;
    const lost = reason === "stop" ? calls.find((call) => !isWholeCall(call)) : undefined;
    if (lost?.name === "") return this.broken("the upstream sent a tool call without a name");
    if (lost) {
      const [before, after] = ["the upstream ended within a call of ", ", and says that it is complete"];
      return this.fail(quotingError("upstream_protocol", before, lost.name, after));
    }
    const called = this.order.end(reason);
    const { service_tier } = response;
    this.order.writer.end({
      reason: reason === "stop" && called ? "tool_calls" : reason,
      usage: usageOf(response.usage) ?? null,
      ...(typeof service_tier === "string" && { service_tier }),
    });
  }

  /** An item of the list at the end; some upstreams give these items other ids than before. */
  private list(said: ResponseItem): void {
    const known = this.index.find(said, undefined, (each) => !each.listed) ?? this.index.unlisted(said);
    if (known === null) return this.broken("the upstream told its calls by other ids at its end, and too many of them");
    const item = known ?? this.begin(said, undefined);
    if (!item) return;
    if (!item.whole) this.finish(item, said);
    item.listed = true;
  }
}

/** No model means so many, of items or of parts in one; to look through them takes time that grows with their square. */
const MAX_ITEMS = 4000;

/** What an event brings, to which type of item, and in which of its fields. */
type Piece = readonly [PartKind, type: string, field: string];

const PIECES: ReadonlyMap<string, Piece> = new Map<string, Piece>([
  ["response.output_text.delta", ["text", "message", "delta"]],
  ["response.output_text.done", ["text", "message", "text"]],
  ["response.refusal.delta", ["refusal", "message", "delta"]],
  ["response.refusal.done", ["refusal", "message", "refusal"]],
  ["response.reasoning_text.delta", ["thought", "reasoning", "delta"]],
  ["response.reasoning_text.done", ["thought", "reasoning", "text"]],
  // What Open Responses calls the same.
  ["response.reasoning.delta", ["thought", "reasoning", "delta"]],
  ["response.reasoning.done", ["thought", "reasoning", "text"]],
  ["response.reasoning_summary_text.delta", ["summary", "reasoning", "delta"]],
  ["response.reasoning_summary_text.done", ["summary", "reasoning", "text"]],
  ["response.function_call_arguments.delta", ["arguments", "function_call", "delta"]],
  ["response.function_call_arguments.done", ["arguments", "function_call", "arguments"]],
  ["response.custom_tool_call_input.delta", ["arguments", "custom_tool_call", "delta"]],
  ["response.custom_tool_call_input.done", ["arguments", "custom_tool_call", "input"]],
]);

/** Calls that a client would have to answer, though nobody told the model that it may make them. */
const CALLS_OF_OTHER_KINDS = new Set([
  "local_shell_call",
  "shell_call",
  "apply_patch_call",
  "computer_call",
  "mcp_approval_request",
]);

function cutBy(reason: unknown): EndReason {
  return reason === "content_filter" ? "content_filter" : "length";
}

function gaveUp({ error, status }: JsonObject, outcome: string): ShimError {
  const told = error ? errorInReply({ error }) : undefined;
  const word = textOf(status) || outcome;
  return told ?? quotingError("upstream_failed", 'the upstream gave up in mid-reply (status "', word, '")');
}

function placeOf(event: ResponseEvent): number | undefined {
  return numberOf(event.output_index);
}

function numberOf(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
