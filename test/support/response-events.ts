/**
 * Checks a whole streamed answer against the event grammar of the Responses API, as OpenAI documents it and as
 * Open Responses 2026-04-24 tightens it. Stricter than any client, so that every client is content.
 */
import { checkItem, checkResponse, checkStrings, validateResponseBody } from "./response-body.ts";
import { CALL_TEXT, FAMILIES, isTerminal, PART_OF, TERMINAL, type Family } from "./response-families.ts";
import { hostedEvent, hostedProblem } from "./response-hosted.ts";
import { readEvents, type StreamEvent } from "./response-frames.ts";
import { isObject, isText, type Json, type Problem, type Report } from "./response-rules.ts";

export { readEvents, type StreamEvent } from "./response-frames.ts";
export { validateResponseBody };
export { tell, type Problem } from "./response-rules.ts";

export function validateResponseStream(sse: string): Problem[] {
  const problems: Problem[] = [];
  const report: Report = (rule, at, what) => void problems.push({ rule, at, what });
  const grammar = new Grammar(report);
  for (const event of readEvents(sse, report)) grammar.event(event);
  grammar.end();
  return problems;
}

interface OpenPart {
  family: string;
  index: number;
  text: string;
  /** The text of the `.done` event, once it came. */
  told: string | undefined;
  /** What was told beside the words. */
  annotations: unknown[];
  logprobs: unknown[];
}

interface OpenItem {
  index: number;
  item: Json;
  /** Finished parts by the list of the item that holds them. */
  parts: { content: Json[]; summary: Json[] };
  part: OpenPart | undefined;
  /** Of a call: what the deltas say so far, and what the done event told. */
  call_text: string;
  call_told: string | undefined;
  /** Endings of the events that only hosted items have. */
  hosted: string[];
}

class Grammar {
  private readonly report: Report;
  private at = "the start";
  private sequence = 0;
  private readonly seen = new Set<string>();
  private response: Json | undefined;
  private open: OpenItem | undefined;
  private added = 0;
  private readonly finished: (Json | undefined)[] = [];
  private errored = false;
  private terminated = false;

  constructor(report: Report) {
    this.report = report;
  }

  event(event: StreamEvent): void {
    this.at = `event ${this.sequence} (${event.type})`;
    if (event["sequence_number"] !== this.sequence)
      this.report("sequence", this.at, `has ${JSON.stringify(event["sequence_number"])} instead of ${this.sequence}`);
    this.sequence++;
    checkStrings(event, this.at, this.report);
    if (this.terminated) this.report("terminal", this.at, "comes after the terminal event");
    else if (this.errored && event.type !== "response.failed")
      this.report("error-event", this.at, "comes after an error event");
    if (this.seen.size === 0 && event.type !== "response.created")
      this.report("opening", this.at, "is the first event");
    this.dispatch(event);
    this.seen.add(event.type);
  }

  end(): void {
    if (!this.terminated) this.report("terminal", "the end", "there was no terminal event");
  }

  private dispatch(event: StreamEvent): void {
    const { type } = event;
    if (type === "response.created" || type === "response.in_progress") return this.opening(event);
    if (type === "keepalive") return;
    if (type === "error") return this.error(event);
    if (isTerminal(type)) return this.terminal(event, TERMINAL[type]);
    if (!this.seen.has("response.in_progress")) this.report("opening", this.at, "comes before response.in_progress");
    switch (type) {
      case "response.output_item.added":
        return this.itemAdded(event);
      case "response.output_item.done":
        return this.itemDone(event);
      case "response.content_part.added":
        return this.partAdded(event, "content_index");
      case "response.reasoning_summary_part.added":
        return this.partAdded(event, "summary_index");
      case "response.content_part.done":
        return this.partDone(event, "content_index");
      case "response.reasoning_summary_part.done":
        return this.partDone(event, "summary_index");
      case "response.output_text.annotation.added":
        return this.annotation(event);
    }
    const hosted = hostedEvent(type);
    if (hosted) return this.hosted(event, hosted.item, hosted.ending);
    const dot = type.lastIndexOf(".");
    const family = type.slice(0, dot);
    const ending = type.slice(dot + 1);
    if (!FAMILIES[family] || (ending !== "delta" && ending !== "done"))
      return this.report("known-event", this.at, "is no documented event");
    if (CALL_TEXT[String(this.open?.item["type"])] && FAMILIES[family].index === undefined)
      return this.callText(event, family, ending);
    this.partText(event, family, ending);
  }

  private annotation(event: StreamEvent): void {
    const part = this.place(event)?.part;
    if (!part || part.family !== "response.output_text" || event["content_index"] !== part.index)
      return this.report("part-order", this.at, "belongs to no open text");
    if (event["annotation_index"] !== part.annotations.length)
      this.report("part-order", this.at, `annotation_index is not ${part.annotations.length}`);
    part.annotations.push(event["annotation"]);
  }

  private hosted(event: StreamEvent, item: string, ending: string): void {
    const open = this.place(event);
    if (!open) return;
    if (open.item["type"] !== item) this.report("hosted-order", this.at, `belongs to no ${item}`);
    open.hosted.push(ending);
    if (isText(event["delta"])) open.call_text += event["delta"];
    if (isText(event["arguments"])) open.call_told = event["arguments"];
  }

  private opening(event: StreamEvent): void {
    if (this.seen.has(event.type)) this.report("opening", this.at, "comes a second time");
    if (event.type === "response.in_progress" && !this.seen.has("response.created"))
      this.report("opening", this.at, "comes before response.created");
    if (this.added > 0) this.report("opening", this.at, "comes after output");
    checkResponse(event["response"], `${this.at} response`, this.report);
    const response = isObject(event["response"]) ? event["response"] : {};
    const fresh = {
      status: "in_progress",
      output: [],
      usage: null,
      error: null,
      completed_at: null,
      incomplete_details: null,
    };
    for (const [field, value] of Object.entries(fresh))
      if (!Bun.deepEquals(response[field], value))
        this.report(
          "snapshot",
          `${this.at} response.${field}`,
          `is ${JSON.stringify(response[field])} instead of ${JSON.stringify(value)}`,
        );
    this.sameResponse(response);
  }

  /** Everything but the outcome stays as it was in the first event. */
  private sameResponse(response: Json): void {
    this.response ??= response;
    const outcome = ["status", "output", "usage", "error", "completed_at", "incomplete_details", "service_tier"];
    for (const field of new Set([...Object.keys(this.response), ...Object.keys(response)])) {
      if (!outcome.includes(field) && !Bun.deepEquals(response[field], this.response[field]))
        this.report("snapshot", `${this.at} response.${field}`, "is not what the first event told");
    }
  }

  private error(event: StreamEvent): void {
    this.errored = true;
    const nested = event["error"];
    const fieldsOf = (value: unknown): unknown =>
      isObject(value) && { code: value["code"], message: value["message"], param: value["param"] };
    if (!isText(event["message"]) || event["message"] === "" || !isText(event["code"]) || !("param" in event))
      this.report("error-event", this.at, "lacks code, message or param");
    if (!isObject(nested) || !isText(nested["type"]) || !Bun.deepEquals(fieldsOf(nested), fieldsOf(event)))
      this.report("error-event", this.at, "its nested error does not say the same");
  }

  private itemAdded(event: StreamEvent): void {
    if (this.open) this.report("item-overlap", this.at, `item ${this.open.index} is still open`);
    if (event["output_index"] !== this.added)
      this.report(
        "item-added",
        this.at,
        `output_index is ${JSON.stringify(event["output_index"])} instead of ${this.added}`,
      );
    checkItem(event["item"], `${this.at} item`, this.report);
    const item = isObject(event["item"]) ? event["item"] : {};
    if ("status" in item && item["status"] !== "in_progress")
      this.report("item-added", this.at, `status is ${JSON.stringify(item["status"])}`);
    for (const field of ["content", "summary", "arguments", "input"]) {
      if (
        item["type"] !== "mcp_approval_request" &&
        field in item &&
        !Bun.deepEquals(item[field], isText(item[field]) ? "" : Array.isArray(item[field]) ? [] : {})
      )
        this.report("item-added", this.at, `${field} is not empty: ${JSON.stringify(item[field])}`);
    }
    this.open = {
      index: this.added,
      item,
      parts: { content: [], summary: [] },
      part: undefined,
      call_text: "",
      call_told: undefined,
      hosted: [],
    };
    this.added++;
  }

  /** The open item, if this event names it. */
  private place(event: StreamEvent): OpenItem | undefined {
    const open = this.open;
    if (open && event["item_id"] === open.item["id"] && event["output_index"] === open.index) return open;
    const expected = open ? `${String(open.item["id"])} at ${open.index}` : "no item";
    this.report(
      "item-place",
      this.at,
      `names ${String(event["item_id"])} at ${String(event["output_index"])}, but ${expected} is open`,
    );
    return undefined;
  }

  private partAdded(event: StreamEvent, index: "content_index" | "summary_index"): void {
    const open = this.place(event);
    if (!open) return;
    const list = index === "content_index" ? open.parts.content : open.parts.summary;
    if (open.part) this.report("part-order", this.at, "another part is still open");
    if (event[index] !== list.length)
      this.report("part-order", this.at, `${index} is ${JSON.stringify(event[index])} instead of ${list.length}`);
    const part = isObject(event["part"]) ? event["part"] : {};
    const family = PART_OF[String(part["type"])];
    if (!family)
      return this.report("part-order", this.at, `has a part of the unknown type ${JSON.stringify(part["type"])}`);
    if (part[FAMILIES[family]?.text ?? ""] !== "") this.report("part-order", this.at, "the part is not empty");
    open.part = { family, index: list.length, text: "", annotations: [], logprobs: [], told: undefined };
  }

  private partText(event: StreamEvent, family: string, ending: "delta" | "done"): void {
    const open = this.place(event);
    if (!open) return;
    const { text, index } = FAMILIES[family] as Family;
    const part = open.part;
    if (
      !part ||
      part.family !== family ||
      part.told !== undefined ||
      index === undefined ||
      event[index] !== part.index
    )
      return this.report("part-order", this.at, "belongs to no open part");
    if (ending === "delta") {
      if (Array.isArray(event["logprobs"])) part.logprobs.push(...(event["logprobs"] as unknown[]));
      if (isText(event["delta"])) part.text += event["delta"];
      else this.report("delta-sum", this.at, "has no delta");
      return;
    }
    part.told = String(event[text]);
    if (part.told !== part.text)
      this.report("delta-sum", this.at, `tells ${JSON.stringify(part.told)}, the deltas ${JSON.stringify(part.text)}`);
  }

  private partDone(event: StreamEvent, index: "content_index" | "summary_index"): void {
    const open = this.place(event);
    if (!open) return;
    const part = open.part;
    open.part = undefined;
    const told = isObject(event["part"]) ? event["part"] : {};
    if (
      !part ||
      part.told === undefined ||
      event[index] !== part.index ||
      PART_OF[String(told["type"])] !== part.family
    )
      return this.report("part-order", this.at, "closes no part whose text was told");
    const beside = told["type"] !== "output_text" || Bun.deepEquals(told["logprobs"], part.logprobs);
    if (told[FAMILIES[part.family]?.text ?? ""] !== part.text || !beside)
      this.report("delta-sum", this.at, "the part is not what the deltas told");
    if (part.family === "response.output_text" && !Bun.deepEquals(told["annotations"], part.annotations))
      this.report("delta-sum", this.at, "its annotations are not those that were told");
    (index === "content_index" ? open.parts.content : open.parts.summary).push(told);
  }

  private callText(event: StreamEvent, family: string, ending: "delta" | "done"): void {
    const open = this.place(event);
    if (!open) return;
    const field = FAMILIES[family]?.text ?? "";
    if (CALL_TEXT[String(open.item["type"])] !== field || open.call_told !== undefined)
      return this.report("call-done", this.at, "does not belong to this call, or comes after its end");
    if (ending === "delta") {
      open.call_text += String(event["delta"]);
      return;
    }
    open.call_told = String(event[field]);
    if (open.call_told !== open.call_text)
      this.report("delta-sum", this.at, `tells ${open.call_told}, the deltas ${open.call_text}`);
    if (field === "arguments" && event["name"] !== open.item["name"])
      this.report("call-done", this.at, "does not name the call");
  }

  private itemDone(event: StreamEvent): void {
    const item = isObject(event["item"]) ? event["item"] : {};
    const open = this.place({ ...event, item_id: item["id"] });
    if (!open) return;
    this.open = undefined;
    this.finished[open.index] = item;
    checkItem(item, `${this.at} item`, this.report);
    for (const field of ["id", "type", "role", "call_id", "name", "namespace", "execution", "server_label"])
      if (item[field] !== open.item[field])
        this.report(
          "item-done",
          this.at,
          `${field} has changed from ${String(open.item[field])} to ${String(item[field])}`,
        );
    if (open.part) this.report("part-order", this.at, "a part is still open");
    const isCall = "call_id" in item;
    if (isCall && item["status"] !== "completed")
      this.report("call-incomplete", this.at, `announces a call that is ${String(item["status"])}`);
    const wrong = hostedProblem(item, open.hosted);
    if (wrong !== undefined) this.report("hosted-order", this.at, wrong);
    if ("status" in item && !["completed", "incomplete", "failed"].includes(String(item["status"])))
      this.report("item-done", this.at, `status is ${String(item["status"])}`);
    const field = CALL_TEXT[String(item["type"])];
    if (field && open.call_told === undefined) this.report("call-done", this.at, "the call was not told whole before");
    if (!this.holdsWhatWasTold(open, item)) this.report("delta-sum", this.at, "the item is not what its events told");
  }

  private holdsWhatWasTold(open: OpenItem, item: Json): boolean {
    const field = CALL_TEXT[String(item["type"])];
    if (field) return item[field] === open.call_text;
    if (item["type"] === "message") return Bun.deepEquals(item["content"], open.parts.content);
    if (item["type"] === "reasoning")
      return (
        Bun.deepEquals(item["content"] ?? [], open.parts.content) && Bun.deepEquals(item["summary"], open.parts.summary)
      );
    return true;
  }

  private terminal(event: StreamEvent, status: string): void {
    this.terminated = true;
    const response = isObject(event["response"]) ? event["response"] : {};
    checkResponse(response, `${this.at} response`, this.report);
    this.sameResponse(response);
    if (response["status"] !== status)
      this.report("terminal", this.at, `its response is ${String(response["status"])}`);
    if (this.errored && status !== "failed") this.report("error-event", this.at, "an error does not end this way");
    if (status === "failed" && !this.errored)
      this.report("error-event", this.at, "comes without an error event before it");
    this.finalOutput(Array.isArray(response["output"]) ? response["output"] : [], status);
  }

  private finalOutput(output: readonly unknown[], status: string): void {
    if (output.length !== this.added)
      this.report("final-output", this.at, `has ${output.length} items, ${this.added} were added`);
    for (const [i, item] of output.entries()) {
      const done = this.finished[i];
      if (done) {
        if (!Bun.deepEquals(item, done, true))
          this.report("final-output", `${this.at} output[${i}]`, "is not what output_item.done told");
        continue;
      }
      if (i >= this.added || !isObject(item)) continue;
      const open = this.open?.index === i ? this.open : undefined;
      if (status === "completed" || item["status"] !== "incomplete")
        this.report("final-output", `${this.at} output[${i}]`, "was never done");
      else if (open && textOf(item) !== textOfOpen(open))
        this.report("delta-sum", `${this.at} output[${i}]`, "is not what the deltas told so far");
    }
  }
}

/** All the text of an item in a row. */
function textOf(item: Json): string {
  const texts = [item["arguments"], item["input"]].filter(isText);
  for (const list of [item["summary"], item["content"]]) {
    if (!Array.isArray(list)) continue;
    for (const part of list) if (isObject(part)) texts.push(String(part["text"] ?? part["refusal"] ?? ""));
  }
  return texts.join("");
}

function textOfOpen(open: OpenItem): string {
  const told = [...open.parts.summary, ...open.parts.content].map((part) =>
    String(part["text"] ?? part["refusal"] ?? ""),
  );
  return told.join("") + (open.part?.text ?? "") + open.call_text;
}
