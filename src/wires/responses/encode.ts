/**
 * Encodes a reply as Responses events, and as the body of an answer that is not streamed. Both come from the
 * same items: the body is the `response` of the last event.
 *
 * Calls are announced whole, at their end: clients act on them at once, and their text is checked and restored
 * first. A call that the upstream cut is never announced.
 */
import type { ShimError } from "../../core/errors.ts";
import type { ItemHead, ReplyEvent, EndReason, Usage } from "../../core/reply.ts";
import type { ReasoningOrigin } from "../../core/turn.ts";
import type { ClientFacts, Encoder, Progress, Surroundings } from "../wire.ts";
import { CALL_TYPES, emptyCall, restoreCall, type CallFields } from "./calls.ts";
import { streamErrorOf } from "./errors.ts";
import { sealReasoning } from "./reasoning-tag.ts";
import { ResponseObject, type Outcome } from "./response-object.ts";
import type { RequestBody } from "./schema.ts";
import type { DeclaredTool, ToolTable } from "./tools.ts";

/** The item that is being received. */
interface OpenItem {
  head: ItemHead;
  id: string;
  text: string;
  /** Everything of a delta event before the delta itself; empty for a call, which waits for its end. */
  delta_prefix: string;
  tool: DeclaredTool | undefined;
}

const ID_PREFIX = {
  text: "msg",
  refusal: "msg",
  reasoning: "rs",
  function: "fc",
  custom: "ctc",
  tool_search: "tsc",
} as const;

export class ResponsesEncoder implements Encoder {
  error: ShimError | undefined;
  private readonly table: ToolTable;
  private readonly stream: boolean;
  private readonly client: ClientFacts;
  private readonly around: Surroundings;
  private readonly response: ResponseObject;
  private readonly id: string;
  /** Reasoning is shown as a summary when the client asked for one; Codex shows nothing else to its user. */
  private readonly asSummary: boolean;
  private readonly sealed: boolean;

  private out = "";
  private sequence = 0;
  private opened = false;
  private readonly output: string[] = [];
  private open_item: OpenItem | undefined;
  private final = "";

  constructor(body: RequestBody, table: ToolTable, stream: boolean, client: ClientFacts, around: Surroundings) {
    this.table = table;
    this.stream = stream;
    this.client = client;
    this.around = around;
    this.id = around.ids.next();
    this.response = new ResponseObject(`resp_${this.id}`, around.now(), body);
    this.asSummary = typeof body.reasoning?.summary === "string" && body.reasoning.summary !== "none";
    this.sealed = body.include?.includes("reasoning.encrypted_content") ?? false;
  }

  open(): void {
    if (this.opened) return;
    this.opened = true;
    const response = this.response.json({
      status: "in_progress",
      output: [],
      usage: null,
      completed_at: null,
    });
    this.event("response.created", `"response":${response}`);
    this.event("response.in_progress", `"response":${response}`);
  }

  heartbeat(progress?: Progress): void {
    if (!this.opened || this.final !== "") return;
    if (this.client.codex) this.event("keepalive", progress ? `"prompt_progress":${JSON.stringify(progress)}` : "");
    else if (this.stream)
      this.out += progress ? `: prompt ${progress.processed}/${progress.total}\n\n` : ": keepalive\n\n";
  }

  take(): string {
    const out = this.out;
    this.out = "";
    return out;
  }

  body(): unknown {
    return JSON.parse(this.final);
  }

  write(event: ReplyEvent): void {
    switch (event.type) {
      case "item_delta":
        return this.delta(event.delta);
      case "start":
        return this.open();
      case "item_start":
        return this.begin(event.item);
      case "item_end":
        return this.finish(event.complete, event.details);
      case "end":
        return this.end(event.reason, event.usage);
      case "error":
        return this.fail(event.error);
    }
  }

  /** An item that is whole at once; `begun` is how it looks when it is announced. */
  writeWhole(prefix: string, fields: Record<string, unknown>, begun = fields): void {
    const id = this.itemId(prefix);
    this.added(JSON.stringify({ id, ...begun }));
    this.done(JSON.stringify({ id, ...fields }));
  }

  private itemId(prefix: string): string {
    return `${prefix}_${this.id}${this.output.length.toString(16).padStart(2, "0")}`;
  }

  private begin(head: ItemHead): void {
    const tool = head.kind === "tool_call" ? this.table.resolve(head.name) : undefined;
    const id = this.itemId(ID_PREFIX[head.kind === "tool_call" ? (tool?.kind ?? "function") : head.kind]);
    const item: OpenItem = { head, id, text: "", delta_prefix: "", tool };
    this.open_item = item;
    if (head.kind === "tool_call") return;
    if (head.kind === "reasoning") return; // Shown when it has something to say.
    this.added(`{"id":"${id}","type":"message","status":"in_progress","role":"assistant","content":[]}`);
    this.event("response.content_part.added", `${this.at(item)},"content_index":0,"part":${partOf(head.kind, "")}`);
    item.delta_prefix = this.deltaPrefix(
      head.kind === "text" ? "response.output_text.delta" : "response.refusal.delta",
      item,
      `,"content_index":0`,
    );
  }

  private beginReasoning(item: OpenItem): void {
    this.added(`{"id":"${item.id}","type":"reasoning","status":"in_progress","summary":[]}`);
    if (this.asSummary) {
      this.event(
        "response.reasoning_summary_part.added",
        `${this.at(item)},"summary_index":0,"part":{"type":"summary_text","text":""}`,
      );
      item.delta_prefix = this.deltaPrefix("response.reasoning_summary_text.delta", item, `,"summary_index":0`);
    } else {
      this.event(
        "response.content_part.added",
        `${this.at(item)},"content_index":0,"part":{"type":"reasoning_text","text":""}`,
      );
      item.delta_prefix = this.deltaPrefix("response.reasoning_text.delta", item, `,"content_index":0`);
    }
  }

  private delta(delta: string): void {
    const item = this.open_item;
    if (!item) return;
    item.text += delta;
    if (item.delta_prefix === "" && item.head.kind === "reasoning") this.beginReasoning(item);
    if (item.delta_prefix === "" || !this.stream) return;
    const tail = item.head.kind === "text" ? `,"logprobs":[],"sequence_number":` : `,"sequence_number":`;
    this.out += item.delta_prefix + JSON.stringify(delta) + tail + this.sequence++ + "}\n\n";
  }

  private finish(complete: boolean, details: ReasoningOrigin["details"]): void {
    const item = this.open_item;
    if (!item) return;
    this.open_item = undefined;
    const status = complete ? "completed" : "incomplete";
    switch (item.head.kind) {
      case "tool_call":
        return complete ? this.finishCall(item, item.head.call_id) : undefined;
      case "reasoning":
        return this.finishReasoning(
          item,
          details ? { field: item.head.field, details } : { field: item.head.field },
          status,
        );
      default: {
        const text = JSON.stringify(item.text);
        const part = partOf(item.head.kind, item.text);
        const place = `${this.at(item)},"content_index":0`;
        if (item.head.kind === "text") this.event("response.output_text.done", `${place},"text":${text},"logprobs":[]`);
        else this.event("response.refusal.done", `${place},"refusal":${text}`);
        this.event("response.content_part.done", `${place},"part":${part}`);
        this.done(`{"id":"${item.id}","type":"message","status":"${status}","role":"assistant","content":[${part}]}`);
      }
    }
  }

  private finishReasoning(item: OpenItem, origin: ReasoningOrigin, status: string): void {
    if (this.around.model !== undefined) origin.model = this.around.model;
    if (item.delta_prefix === "") {
      // Nothing to show: only what the upstream wants back.
      if (origin.details === undefined || !this.sealed) return;
      const encrypted_content = sealReasoning("", origin);
      const begun = { type: "reasoning", status: "in_progress", summary: [] };
      return this.writeWhole("rs", { ...begun, status, encrypted_content }, begun);
    }
    const text = JSON.stringify(item.text);
    const sealed = this.sealed ? `,"encrypted_content":${JSON.stringify(sealReasoning(item.text, origin))}` : "";
    const head = `{"id":"${item.id}","type":"reasoning","status":"${status}"`;
    if (this.asSummary) {
      const place = `${this.at(item)},"summary_index":0`;
      const part = `{"type":"summary_text","text":${text}}`;
      this.event("response.reasoning_summary_text.done", `${place},"text":${text}`);
      this.event("response.reasoning_summary_part.done", `${place},"part":${part}`);
      this.done(`${head},"summary":[${part}]${sealed}}`);
    } else {
      const place = `${this.at(item)},"content_index":0`;
      const part = `{"type":"reasoning_text","text":${text}}`;
      this.event("response.reasoning_text.done", `${place},"text":${text}`);
      this.event("response.content_part.done", `${place},"part":${part}`);
      this.done(`${head},"summary":[],"content":[${part}]${sealed}}`);
    }
  }

  private finishCall(item: OpenItem, call_id: string): void {
    const tool = item.tool;
    if (!tool) return;
    const fields = restoreCall(tool, item.text, this.around.note);
    this.added(callJson(item.id, "in_progress", call_id, tool.kind, emptyCall(tool)));
    if (tool.kind === "function") {
      const args = JSON.stringify(fields["arguments"]);
      this.event("response.function_call_arguments.delta", `${this.at(item)},"delta":${args}`);
      this.event(
        "response.function_call_arguments.done",
        `${this.at(item)},"name":${JSON.stringify(tool.name)},"arguments":${args}`,
      );
    } else if (tool.kind === "custom") {
      const input = JSON.stringify(fields["input"]);
      this.event("response.custom_tool_call_input.delta", `${this.at(item)},"delta":${input}`);
      this.event("response.custom_tool_call_input.done", `${this.at(item)},"input":${input}`);
    }
    this.done(callJson(item.id, "completed", call_id, tool.kind, fields));
  }

  private end(reason: EndReason, usage: Usage | null): void {
    const cut = reason === "length" ? "max_output_tokens" : reason === "content_filter" ? "content_filter" : undefined;
    if (cut)
      this.close("response.incomplete", {
        status: "incomplete",
        output: this.output,
        usage,
        completed_at: null,
        incomplete_reason: cut,
      });
    else
      this.close("response.completed", {
        status: "completed",
        output: this.output,
        usage,
        completed_at: this.around.now(),
      });
  }

  private fail(error: ShimError): void {
    this.error = error;
    this.open();
    this.abandon();
    const { code, message, param } = streamErrorOf(error);
    const inner = JSON.stringify({ type: "server_error", code, message, param });
    // Flat is OpenAI's documented form, nested the one on the wire: both at once suit every reader.
    this.event("error", `${JSON.stringify({ code, message, param }).slice(1, -1)},"error":${inner}`);
    this.close("response.failed", {
      status: "failed",
      output: this.output,
      usage: null,
      completed_at: null,
      error: { code, message },
    });
  }

  /** What had begun when the reply failed stands in the output, so that nobody takes it for whole. */
  private abandon(): void {
    const item = this.open_item;
    this.open_item = undefined;
    if (!item || item.delta_prefix === "") return;
    const status = "incomplete";
    switch (item.head.kind) {
      case "tool_call":
        return;
      case "reasoning": {
        const part = JSON.stringify({
          type: this.asSummary ? "summary_text" : "reasoning_text",
          text: item.text,
        });
        const parts = this.asSummary ? `"summary":[${part}]` : `"summary":[],"content":[${part}]`;
        this.output.push(`{"id":"${item.id}","type":"reasoning","status":"${status}",${parts}}`);
        return;
      }
      default: {
        const part = partOf(item.head.kind, item.text);
        this.output.push(
          `{"id":"${item.id}","type":"message","status":"${status}","role":"assistant","content":[${part}]}`,
        );
      }
    }
  }

  private close(type: string, outcome: Outcome): void {
    this.final = this.response.json(outcome);
    this.event(type, `"response":${this.final}`);
    if (this.stream) this.out += "data: [DONE]\n\n";
  }

  private added(item: string): void {
    this.event("response.output_item.added", `"output_index":${this.output.length},"item":${item}`);
  }

  private done(item: string): void {
    this.event("response.output_item.done", `"output_index":${this.output.length},"item":${item}`);
    this.output.push(item);
  }

  private at(item: OpenItem): string {
    return `"item_id":"${item.id}","output_index":${this.output.length}`;
  }

  private deltaPrefix(type: string, item: OpenItem, index: string): string {
    return `event: ${type}\ndata: {"type":"${type}",${this.at(item)}${index},"delta":`;
  }

  private event(type: string, fields: string): void {
    if (!this.stream) return;
    this.out += `event: ${type}\ndata: {"type":"${type}",${fields}${fields === "" ? "" : ","}"sequence_number":${this.sequence++}}\n\n`;
  }
}

function partOf(kind: "text" | "refusal", text: string): string {
  if (kind === "refusal") return `{"type":"refusal","refusal":${JSON.stringify(text)}}`;
  return `{"type":"output_text","text":${JSON.stringify(text)},"annotations":[],"logprobs":[]}`;
}

function callJson(id: string, status: string, call_id: string, kind: DeclaredTool["kind"], fields: CallFields): string {
  return JSON.stringify({ id, type: CALL_TYPES[kind], status, call_id, ...fields });
}
