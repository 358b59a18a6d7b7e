/** A reply's events as messages, and what of it is remembered. Texts are cut and joined, not parsed anew. */
import { parseObject } from "../../core/arguments.ts";
import { isJsonObject } from "../../core/json-fields.ts";
import { membersOf, type Member } from "../../core/json-edit.ts";
import { textOf } from "../../core/parse.ts";
import { memberText, outputTexts, withMembers } from "../../wires/index.ts";
import { itemOf, type Item } from "./chains.ts";

interface EventMessagesOptions {
  lane: string | undefined;
  /** The response that it went on from by this connection's memory: the upstream knows nothing of it. */
  previous_response_id: string | undefined;
  headers: Readonly<Record<string, string>>; // Headers that an HTTP response would have.
  /** Replaces the id of what nobody keeps (`stored`: the reply says so): an upstream may give one id twice. */
  own_id?(stored: boolean): string | undefined;
  codex: boolean; // Codex 0.169 reads the headers from an event of their own.
}

type End = "completed" | "incomplete" | "failed";
/** How a response ended. What somebody stores, the connection need not remember. */
type EndedResponse = { status: End; id: string; stored: boolean; output: readonly Item[] };

const ENDS: ReadonlyMap<string, End> = new Map([
  ["response.completed", "completed"],
  ["response.incomplete", "incomplete"],
  ["response.failed", "failed"],
]);

export class EventMessages {
  ended: EndedResponse | undefined; // Set by the last event.
  error: string | undefined; // An error event within the stream; it counts where no end follows.
  private readonly options: EventMessagesOptions;
  private readonly tail: string;
  private readonly items: Item[] = [];
  private out: string[] = [];
  private sent = 0;
  /** The newest `response` object. */
  private response = "{}";
  /** Members that its response objects get, as JSON texts; undefined before the first. */
  private members: Record<string, string> | undefined;
  private id: string | undefined; // Id of `response`; read once, however often it is asked for.
  private open: { item_id: string; output_index: number } | undefined;

  constructor(options: EventMessagesOptions) {
    const { lane, codex, headers } = options;
    this.options = options;
    this.tail = lane === undefined ? "}" : `,"stream_id":${JSON.stringify(lane)}}`;
    if (codex && Object.keys(headers).length > 0) this.out.push(JSON.stringify({ type: "response.metadata", headers }));
  }

  /** Empty before the first event that has it. */
  get response_id(): string {
    return (this.id ??= idIn(this.response));
  }

  /** One event's data, as it stands in the stream. */
  take(data: string): void {
    if (this.ended || data === "[DONE]") return;
    const type = typeOf(data);
    if (type.endsWith(".delta")) return this.push(data);
    if (type === "error") return void (this.error = data);
    if (type === "response.output_item.added") this.open = placeOf(data);
    if (type === "response.output_item.done") {
      this.open = undefined;
      this.items.push(itemOf(memberText(data, "item") ?? "null"));
    }
    const response = membersOf(data, 0).find(({ key }) => key === "response");
    this.push(response ? this.whole(data, response, type) : data);
    const status = ENDS.get(type);
    if (status) this.end(status);
  }

  /** The client wants no more of it: the open item is dropped, whole ones count. */
  interrupt(): void {
    const response_id = idIn(this.response);
    this.pushEvent({ type: "response.interrupt.accepted", response_id });
    if (this.open) this.pushEvent({ type: "response.output_item.interrupted", response_id, ...this.open });
    const ended = withMembers(this.response, {
      status: '"incomplete"',
      incomplete_details: '{"reason":"interrupted"}',
      output: `[${this.items.map(({ text }) => text).join(",")}]`,
      end_turn: "false",
    });
    this.take(`{"type":"response.incomplete","response":${ended},"sequence_number":${this.sent}}`);
  }

  /** The messages since the last call. */
  messages(): string[] {
    const out = this.out;
    this.out = [];
    return out;
  }

  private push(data: string): void {
    this.sent++;
    this.out.push(this.tail === "}" ? data : data.slice(0, data.lastIndexOf("}")) + this.tail);
  }

  private pushEvent(fields: object): void {
    this.push(JSON.stringify({ ...fields, sequence_number: this.sent }));
  }

  private whole(data: string, { value }: Member, type: string): string {
    const { headers, previous_response_id, own_id } = this.options;
    const text = data.slice(value.start, value.end);
    this.id = undefined;
    if (!this.members) {
      const id = own_id?.(isStored(text));
      this.members = {
        ...(previous_response_id !== undefined && { previous_response_id: JSON.stringify(previous_response_id) }),
        ...(id !== undefined && { id: JSON.stringify(id) }),
      };
    }
    this.response = Object.keys(this.members).length === 0 ? text : withMembers(text, this.members);
    const event = data.slice(0, value.start) + this.response + data.slice(value.end);
    if (type !== "response.created" || Object.keys(headers).length === 0) return event;
    return withMembers(event, { headers: JSON.stringify(headers) });
  }

  private end(status: End): void {
    const last = outputTexts(this.response);
    // Some upstreams send each item when it is done, and an end without any.
    const output = last.length > this.items.length ? last.map(itemOf) : this.items;
    this.ended = { status, id: idIn(this.response), stored: isStored(this.response), output };
  }
}

/** Most servers write it first. */
function typeOf(data: string): string {
  if (data.startsWith('{"type":"')) return data.slice(9, data.indexOf('"', 9));
  return textOf(parseObject(data)?.["type"]);
}

function placeOf(data: string): { item_id: string; output_index: number } {
  const { item, output_index } = parseObject(data) ?? {};
  return { item_id: String(isJsonObject(item) ? item["id"] : undefined), output_index: Number(output_index ?? 0) };
}

const isStored = (response: string): boolean => memberText(response, "store") === "true";

function idIn(response: string): string {
  const id = memberText(response, "id");
  return id === undefined ? "" : String(JSON.parse(id));
}
