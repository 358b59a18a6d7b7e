/** An answer's events as messages, and what of it is to be remembered. Texts are cut and joined, not read anew. */
import { membersOf, type Member } from "../../core/json-edit.ts";
import { memberText, outputTexts, withMembers } from "../../wires/index.ts";
import { itemOf, type Item } from "./chains.ts";

export interface TellingOptions {
  lane: string | undefined;
  /** The response that it went on from, by this connection's memory: whoever answers knows nothing of it. */
  previous_response_id: string | undefined;
  /** What an HTTP answer has in its head. */
  headers: Readonly<Record<string, string>>;
  /**
   * An id of our own for what nobody keeps, in place of the one that an upstream gave: it may give one twice, and the
   * connection's memory goes by ids. `stored` is what the reply says of itself; undefined: its id stays.
   */
  own_id?(stored: boolean): string | undefined;
  /** Codex 0.169 reads what stands in the head from an event of its own. */
  codex: boolean;
}

/** How a response ended. */
export interface Told {
  status: "completed" | "incomplete" | "failed";
  id: string;
  /** Somebody keeps it, so that the connection need not. */
  stored: boolean;
  output: readonly Item[];
}

const ENDS: Readonly<Record<string, Told["status"]>> = {
  "response.completed": "completed",
  "response.incomplete": "incomplete",
  "response.failed": "failed",
};

export class Telling {
  /** Set by the last event. */
  told: Told | undefined;
  /** An error that was told within the stream; it counts where no end follows. */
  error: string | undefined;
  private readonly options: TellingOptions;
  private readonly tail: string;
  private readonly items: Item[] = [];
  private out: string[] = [];
  private sent = 0;
  /** The `response` as it was last told. */
  private response = "{}";
  /** What its response objects are told with, as JSON texts; undefined until the first has come. */
  private members: Record<string, string> | undefined;
  /** Of it; found out once, however often it is asked for. */
  private id: string | undefined;
  private open: { item_id: string; output_index: number } | undefined;

  constructor(options: TellingOptions) {
    this.options = options;
    this.tail = options.lane === undefined ? "}" : `,"stream_id":${JSON.stringify(options.lane)}}`;
    if (options.codex && Object.keys(options.headers).length > 0)
      this.out.push(`{"type":"response.metadata","headers":${JSON.stringify(options.headers)}}`);
  }

  /** Empty until it is told. */
  get response_id(): string {
    return (this.id ??= idIn(this.response));
  }

  /** One event's data, as it stands in the stream. */
  take(data: string): void {
    if (this.told || data === "[DONE]") return;
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
    const status = ENDS[type];
    if (status) this.end(status);
  }

  /** The client wants no more of it. What had begun is dropped, what was whole counts. */
  interrupt(): void {
    const response_id = idIn(this.response);
    this.push(event({ type: "response.interrupt.accepted", response_id, sequence_number: this.sent }));
    if (this.open) {
      const { item_id, output_index } = this.open;
      const place = { response_id, item_id, output_index, sequence_number: this.sent };
      this.push(event({ type: "response.output_item.interrupted", ...place }));
    }
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

  private whole(data: string, { value }: Member, type: string): string {
    const { headers } = this.options;
    const text = data.slice(value.start, value.end);
    this.id = undefined;
    this.members ??= this.membersFor(text);
    this.response = Object.keys(this.members).length === 0 ? text : withMembers(text, this.members);
    const response = data.slice(0, value.start) + this.response + data.slice(value.end);
    if (type !== "response.created" || Object.keys(headers).length === 0) return response;
    return withMembers(response, { headers: JSON.stringify(headers) });
  }

  private membersFor(response: string): Record<string, string> {
    const { previous_response_id, own_id } = this.options;
    const id = own_id?.(memberText(response, "store") === "true");
    return {
      ...(previous_response_id !== undefined && { previous_response_id: JSON.stringify(previous_response_id) }),
      ...(id !== undefined && { id: JSON.stringify(id) }),
    };
  }

  private end(status: Told["status"]): void {
    const last = outputTexts(this.response);
    this.told = {
      status,
      id: idIn(this.response),
      stored: memberText(this.response, "store") === "true",
      // Some hosts tell each item when it is done, and an end without any.
      output: last.length > this.items.length ? last.map(itemOf) : this.items,
    };
  }
}

/** Most servers write it first. */
function typeOf(data: string): string {
  if (data.startsWith('{"type":"')) return data.slice(9, data.indexOf('"', 9));
  const { type } = parsed(data);
  return typeof type === "string" ? type : "";
}

function placeOf(data: string): { item_id: string; output_index: number } {
  const { item, output_index } = parsed(data);
  return { item_id: String((item as { id?: unknown } | null)?.id), output_index: Number(output_index ?? 0) };
}

function parsed(data: string): Record<string, unknown> {
  try {
    return (JSON.parse(data) ?? {}) as Record<string, unknown>;
  } catch {
    return {};
  }
}

function idIn(response: string): string {
  const id = memberText(response, "id");
  return id === undefined ? "" : String(JSON.parse(id));
}

function event(fields: object): string {
  return JSON.stringify(fields);
}
