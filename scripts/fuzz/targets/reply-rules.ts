/** What must hold of the events of a reply, whatever bytes they came of. */
import type { WireName } from "../../../src/core/provider.ts";
import type { ReplyEvent } from "../../../src/core/reply.ts";
import type { Json } from "../../../test/support/response-rules.ts";
import { must } from "../target.ts";
import { holds, holdsLeaked, receivedIn, type CompleteCall } from "./held.ts";

export interface Read {
  events: ReplyEvent[];
  notes: string[];
  /** What the decoder was fed before it had ended. */
  payloads: string[];
}

const GRAMMAR = /^s(?:\[d*\])*(?:e|(?:\[d*)?x)$/;
const LETTER = { start: "s", item_start: "[", item_delta: "d", item_end: "]", end: "e", error: "x" } as const;
const KINDS: readonly string[] = [
  "upstream_protocol",
  "upstream_failed",
  "context_overflow",
  "rate_limited",
  "overloaded",
  "quota",
  "authentication",
  "permission",
  "model_not_found",
  "model_loading",
  "invalid_request",
  "unsupported",
  "content_filter",
  "not_found",
  "payload_too_large",
  "upstream_timeout",
];

/** Returns its calls. */
export function judgeEvents({ events, notes, payloads }: Read): CompleteCall[] {
  const spelt = events.map(({ type }) => LETTER[type]).join("");
  must(GRAMMAR.test(spelt), "grammar", () => spelt);
  const last = events.at(-1);
  if (last?.type === "error") {
    must(KINDS.includes(last.error.kind), "error kind", () => `${last.error.kind}: ${last.error.message}`);
    must(last.error.message.length > 3, "error words", () => last.error.message);
  }
  for (const event of events)
    if (event.type === "item_delta") must(event.delta.isWellFormed(), "half a character", () => event.delta);
  const calls = completeCalls(events);
  must(last?.type !== "error" || calls.length === 0 || !announced(events), "call before an error", () => spelt);
  if (calls.length === 0) return calls;
  const received = receivedIn(payloads);
  const healed = notes.some((note) => note.startsWith("call_healed"));
  for (const call of calls) {
    const written = [call, ...namedInNotes(notes, call.name).map((name) => ({ ...call, name }))];
    const held =
      received.deep || written.some((each) => holds(received, each)) || (healed && holdsLeaked(received, call));
    must(held, "invented call", () => `${call.name} ${call.args}`);
  }
  const ids = events.flatMap((event) =>
    event.type === "item_start" && event.item.kind === "tool_call" ? [event.item.call_id] : [],
  );
  must(new Set(ids).size === ids.length && !ids.includes(""), "call ids", () => ids.join());
  return calls;
}

/** The names that were read as this one: all of them say so in a note. */
function namedInNotes(notes: readonly string[], name: string): string[] {
  const end = ` to ${name}`;
  return notes.flatMap((note) => {
    const [, written = ""] = /^name_repaired:? ([^]*)$/.exec(note) ?? [];
    return written.endsWith(end) ? [written.slice(0, -end.length)] : [];
  });
}

/** A reply that ends well holds a call where its frames begin one. */
export function judgeLost(wire: WireName, { events, payloads }: Read, calls: readonly CompleteCall[]): void {
  const last = events.at(-1);
  if (last?.type !== "end" || (last.reason !== "stop" && last.reason !== "tool_calls") || calls.length > 0) return;
  // What a host has run itself is no call of the client's.
  if (payloads.some((payload) => payload.includes("_call_output"))) return;
  const begun = payloads.find((payload) => beginsCall(wire, parsed(payload)));
  must(begun === undefined, "lost call", () => begun);
}

function beginsCall(wire: WireName, frame: Json): boolean {
  const isName = (name: unknown): boolean => typeof name === "string" && name !== "";
  if (wire === "messages") {
    const block = objectOf(frame["content_block"]);
    return frame["type"] === "content_block_start" && block["type"] === "tool_use" && isName(block["name"]);
  }
  if (wire === "responses") {
    const { type, status, name } = objectOf(frame["item"]);
    const isCall = type === "function_call" && status === "completed" && isName(name);
    return frame["type"] === "response.output_item.done" && isCall;
  }
  const [choice] = Array.isArray(frame["choices"]) ? (frame["choices"] as unknown[]) : [];
  const { tool_calls } = objectOf(objectOf(choice)["delta"]);
  return Array.isArray(tool_calls) && tool_calls.some((call) => isName(objectOf(objectOf(call)["function"])["name"]));
}

const objectOf = (value: unknown): Json => (typeof value === "object" && value !== null ? (value as Json) : {});

function parsed(text: string): Json {
  try {
    return objectOf(JSON.parse(text));
  } catch {
    return {};
  }
}

function completeCalls(events: readonly ReplyEvent[]): CompleteCall[] {
  const calls: CompleteCall[] = [];
  let open: CompleteCall | undefined;
  for (const event of events) {
    if (event.type === "item_start")
      open = event.item.kind === "tool_call" ? { name: event.item.name, args: "" } : undefined;
    else if (event.type === "item_delta" && open) open.args += event.delta;
    else if (event.type === "item_end" && open && event.complete) calls.push(open);
  }
  return calls;
}

/** A call is told as whole although the reply fails: it would be run all the same. */
function announced(events: readonly ReplyEvent[]): boolean {
  return events.at(-1)?.type === "error" && completeCalls(events).length > 0;
}
