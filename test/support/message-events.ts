/**
 * Checks a whole streamed answer against the event grammar of the Messages API, and a whole body. Stricter than any
 * client, so that every client is content.
 */
import { isCount, isObject, isText, type Json } from "./response-rules.ts";

/** The rules, each by a name that a self-test must break once. */
export const MESSAGE_RULES = {
  framing: "a frame is an `event:` line, one `data:` line and a blank line",
  json: "data is a JSON object with a type",
  "event-name": "`event:` equals `type`",
  "known-event": "only documented events are sent",
  opening: "message_start comes first, once; pings only after it",
  "message-shape": "a message has its fields; at the start it is empty",
  usage: "usage has every count, and none is negative",
  "block-place": "blocks have the next index, one is closed before the next opens, deltas go to the open one",
  "block-start": "a block begins empty",
  "block-shape": "a finished block has the fields of its type, and says something",
  "delta-kind": "a delta is of its block's kind",
  signature: "a thought has one signature, after its words",
  "call-json": "the input of a call is a JSON object; ids are unique",
  "stop-reason": "the reason is a known one and agrees with the blocks",
  closing: "message_delta comes once after the blocks, then message_stop; or an error, with a block open or not",
  error: "an error has a known type and a message",
  "well-formed": "no string holds half a character",
} as const;

export type MessageRule = keyof typeof MESSAGE_RULES;

export interface Problem {
  rule: MessageRule;
  at: string;
  what: string;
}

export const tell = (problems: readonly Problem[]): string =>
  problems.map(({ rule, at, what }) => `${rule}: ${at}: ${what}`).join("\n");

export interface MessageEvent extends Json {
  type: string;
}

type Report = (rule: MessageRule, at: string, what: string) => void;

export function readEvents(sse: string, report: Report = () => {}): MessageEvent[] {
  const frames = sse.split("\n\n");
  if (frames.pop() !== "") report("framing", "the last frame", "has no blank line after it");
  return frames.flatMap((frame, i) => readFrame(frame, `frame ${i}`, report));
}

function readFrame(frame: string, at: string, report: Report): MessageEvent[] {
  const [name = "", data = "", ...more] = frame.split("\n");
  if (!name.startsWith("event: ") || !data.startsWith("data: ") || more.length > 0) {
    report("framing", at, frame.slice(0, 120));
    return [];
  }
  let event: unknown;
  try {
    event = JSON.parse(data.slice(6));
  } catch {}
  if (!isObject(event) || !isText(event["type"])) {
    report("json", at, data.slice(0, 120));
    return [];
  }
  if (name !== `event: ${event["type"]}`) report("event-name", at, `${name} carries ${event["type"]}`);
  return [event as MessageEvent];
}

export function validateMessageStream(sse: string): Problem[] {
  const problems: Problem[] = [];
  const report: Report = (rule, at, what) => void problems.push({ rule, at, what });
  const grammar = new Grammar(report);
  for (const event of readEvents(sse, report)) grammar.event(event);
  grammar.end();
  return problems;
}

/** The message that a stream tells; what a body of the same answer must be. */
export function assembled(sse: string): Json {
  const grammar = new Grammar(() => {});
  for (const event of readEvents(sse)) grammar.event(event);
  return grammar.message;
}

export function validateMessageBody(body: unknown): Problem[] {
  const problems: Problem[] = [];
  const report: Report = (rule, at, what) => void problems.push({ rule, at, what });
  if (!isObject(body)) return [{ rule: "message-shape", at: "the body", what: "is no object" }];
  checkMessage(body, "the body", report);
  const blocks = Array.isArray(body["content"]) ? (body["content"] as unknown[]) : [];
  for (const [i, block] of blocks.entries()) checkBlock(block, `content[${i}]`, report);
  checkCalls(blocks, report);
  checkStop(body, blocks, "the body", report);
  checkStrings(body, "the body", report);
  return problems;
}

/** Deltas of each kind of block, with the field that grows. */
const DELTAS: Record<string, { block: string; field: string }> = {
  text_delta: { block: "text", field: "text" },
  thinking_delta: { block: "thinking", field: "thinking" },
  signature_delta: { block: "thinking", field: "signature" },
  input_json_delta: { block: "tool_use", field: "partial_json" },
};

const EVENTS =
  "message_start content_block_start content_block_delta content_block_stop message_delta message_stop ping error";

class Grammar {
  message: Json = {};
  private readonly report: Report;
  private at = "the start";
  private count = 0;
  private readonly blocks: Json[] = [];
  private open: Json | undefined;
  private json = "";
  private state: "new" | "started" | "closing" | "ended" = "new";

  constructor(report: Report) {
    this.report = report;
  }

  event(event: MessageEvent): void {
    const { type } = event;
    this.at = `event ${this.count++} (${type})`;
    checkStrings(event, this.at, this.report);
    if (!EVENTS.split(" ").includes(type)) return this.report("known-event", this.at, "is none");
    if (this.state === "ended") this.report("closing", this.at, "comes after the end");
    if ((this.state === "new") !== (type === "message_start")) this.report("opening", this.at, "is out of place");
    if (this.state === "closing" && type !== "message_stop" && type !== "ping")
      this.report("closing", this.at, "comes between message_delta and message_stop");
    switch (type) {
      case "message_start":
        return this.start(event);
      case "content_block_start":
        return this.blockStart(event);
      case "content_block_delta":
        return this.delta(event);
      case "content_block_stop":
        return this.blockStop(event);
      case "message_delta":
        return this.messageDelta(event);
      case "message_stop":
        if (this.state !== "closing") this.report("closing", this.at, "comes without message_delta");
        this.state = "ended";
        return;
      case "error":
        this.state = "ended";
        return checkError(event["error"], this.at, this.report);
      default:
    }
  }

  end(): void {
    if (this.state !== "ended") this.report("closing", "the end", "there was no message_stop and no error");
  }

  private start({ message }: MessageEvent): void {
    this.state = "started";
    if (!isObject(message)) return this.report("message-shape", this.at, "has no message");
    checkMessage(message, this.at, this.report);
    if (JSON.stringify(message["content"]) !== "[]" || message["stop_reason"] !== null)
      this.report("message-shape", this.at, "is not empty");
    this.message = { ...message, content: this.blocks };
  }

  private blockStart({ index, content_block }: MessageEvent): void {
    if (this.open || index !== this.blocks.length) this.report("block-place", this.at, `has index ${String(index)}`);
    if (!isObject(content_block)) return this.report("block-start", this.at, "has no block");
    const { type, text, thinking, signature, input } = content_block;
    const empty =
      // What a server's search has found comes whole, in the head.
      type === "web_search_tool_result" ||
      (type === "text"
        ? text === ""
        : type === "thinking"
          ? thinking === "" && signature === ""
          : JSON.stringify(input) === "{}");
    if (!empty) this.report("block-start", this.at, JSON.stringify(content_block));
    this.open = { ...content_block };
    this.json = "";
  }

  private delta({ index, delta }: MessageEvent): void {
    if (!this.open || index !== this.blocks.length)
      return this.report("block-place", this.at, `has index ${String(index)}`);
    const { type, citation } = isObject(delta) ? delta : {};
    if (type === "citations_delta" && this.open["type"] === "text") {
      checkCitation(citation, this.at, this.report);
      this.open["citations"] = [...((this.open["citations"] ?? []) as unknown[]), citation];
      return;
    }
    const known = DELTAS[String(type)];
    const own = this.open["type"] === "server_tool_use" ? "tool_use" : this.open["type"];
    if (!known || known.block !== own)
      return this.report("delta-kind", this.at, `${String(type)} in ${String(this.open["type"])}`);
    const piece = (delta as Json)[known.field];
    if (!isText(piece)) return this.report("delta-kind", this.at, `has no ${known.field}`);
    if (this.open["type"] === "thinking" && this.open["signature"] !== "")
      this.report("signature", this.at, "comes after the signature");
    if (known.block === "tool_use") this.json += piece;
    else this.open[known.field] = String(this.open[known.field]) + piece;
  }

  private blockStop({ index }: MessageEvent): void {
    const { open } = this;
    if (!open || index !== this.blocks.length) return this.report("block-place", this.at, `has index ${String(index)}`);
    this.open = undefined;
    if (open["type"] === "tool_use" || open["type"] === "server_tool_use") open["input"] = parse(this.json);
    checkBlock(open, this.at, this.report);
    this.blocks.push(open);
  }

  private messageDelta({ delta, usage }: MessageEvent): void {
    if (this.open) this.report("closing", this.at, "comes while a block is open");
    this.state = "closing";
    checkUsage(usage, this.at, this.report);
    checkCalls(this.blocks, this.report);
    const stop = isObject(delta) ? delta : {};
    checkStop(stop, this.blocks, this.at, this.report);
    Object.assign(this.message, stop, { usage });
  }
}

function checkMessage(message: Json, at: string, report: Report): void {
  const { id, type, role, model, content, usage } = message;
  if (!isText(id) || !/^msg_\w+$/.test(id)) report("message-shape", at, `has the id ${String(id)}`);
  if (type !== "message" || role !== "assistant" || !isText(model) || !Array.isArray(content))
    report("message-shape", at, JSON.stringify({ type, role, model }));
  for (const key of ["stop_reason", "stop_sequence"])
    if (!(key in message)) report("message-shape", at, `has no ${key}`);
  checkUsage(usage, at, report);
}

function checkUsage(usage: unknown, at: string, report: Report): void {
  for (const key of ["input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens"])
    if (!isObject(usage) || !isCount(usage[key])) report("usage", at, `${key} is no count`);
}

function checkBlock(block: unknown, at: string, report: Report): void {
  if (!isObject(block)) return report("block-shape", at, "is no block");
  const { type, text, thinking, signature, id, name, input } = block;
  switch (type) {
    case "text":
      if (!isText(text) || text === "") report("block-shape", at, "is a text that says nothing");
      for (const citation of (block["citations"] ?? []) as unknown[]) checkCitation(citation, at, report);
      return;
    case "thinking":
      if (!isText(thinking)) report("block-shape", at, "is a thought without words");
      if (!isText(signature) || signature === "") report("signature", at, "has none");
      return;
    case "server_tool_use":
      if (!isText(id) || !/^srvtoolu_\w+$/.test(id)) report("block-shape", at, "is a server's call without its id");
      if (!isObject(input)) report("call-json", at, "has no object as input");
      return;
    case "web_search_tool_result":
      if (!isText(block["tool_use_id"]) || !isFound(block["content"]))
        report("block-shape", at, "tells no results, and no error");
      return;
    case "tool_use":
      if (!isText(id) || id === "" || !isText(name) || name === "")
        report("block-shape", at, "is a call without id or name");
      if (!isObject(input)) report("call-json", at, "has no object as input");
      return;
    default:
      report("block-shape", at, `is of the type ${String(type)}`);
  }
}

function checkCitation(citation: unknown, at: string, report: Report): void {
  const { type, cited_text, encrypted_index, title, url } = isObject(citation) ? citation : {};
  const whole = [cited_text, encrypted_index, title, url].every((field) => isText(field));
  if (type !== "web_search_result_location" || !whole) report("block-shape", at, "cites without saying what");
}

function isFound(content: unknown): boolean {
  if (!Array.isArray(content))
    return isObject(content) && content["type"] === "web_search_tool_result_error" && isText(content["error_code"]);
  return content.every(
    (each) =>
      isObject(each) &&
      each["type"] === "web_search_result" &&
      [each["url"], each["title"], each["encrypted_content"]].every((field) => isText(field)),
  );
}

function checkCalls(blocks: readonly unknown[], report: Report): void {
  const ids = blocks.flatMap((block) => (isObject(block) && block["type"] === "tool_use" ? [block["id"]] : []));
  if (new Set(ids).size < ids.length) report("call-json", "the blocks", `have an id twice: ${ids.join(", ")}`);
}

const REASONS = ["end_turn", "max_tokens", "stop_sequence", "tool_use", "refusal"];

function checkStop({ stop_reason, stop_sequence }: Json, blocks: readonly unknown[], at: string, report: Report): void {
  if (!REASONS.includes(String(stop_reason))) report("stop-reason", at, `is ${String(stop_reason)}`);
  const called = blocks.some((block) => isObject(block) && block["type"] === "tool_use");
  if (stop_reason === "tool_use" ? !called : called && stop_reason === "end_turn")
    report("stop-reason", at, `is ${stop_reason}, with calls: ${called}`);
  if (isText(stop_sequence) !== (stop_reason === "stop_sequence"))
    report("stop-reason", at, `is ${String(stop_reason)} with the sequence ${String(stop_sequence)}`);
}

const ERROR_TYPES =
  /^(?:invalid_request|authentication|billing|permission|not_found|rate_limit|timeout|api|overloaded)_error$|^request_too_large$/;

function checkError(error: unknown, at: string, report: Report): void {
  const { type, message } = isObject(error) ? error : {};
  if (!isText(type) || !ERROR_TYPES.test(type) || !isText(message) || message === "")
    report("error", at, JSON.stringify(error));
}

function checkStrings(value: unknown, at: string, report: Report): void {
  if (isText(value) && !value.isWellFormed()) report("well-formed", at, JSON.stringify(value).slice(0, 80));
  if (typeof value === "object" && value !== null)
    for (const each of Object.values(value)) checkStrings(each, at, report);
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
