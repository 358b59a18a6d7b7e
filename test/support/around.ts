import type { ReplyEvent } from "../../src/core/reply.ts";
import type { ClientFacts, WireScope } from "../../src/wires/wire.ts";

export const PLAIN: ClientFacts = { codex: false };
export const CODEX: ClientFacts = { codex: true };

/** Ids 000…1, 000…2 and a clock that stands still, so that transcripts are exact. */
export function testSurroundings(notes: string[] = []): WireScope {
  let n = 0;
  return {
    ids: { next: () => (++n).toString(16).padStart(32, "0") },
    now: () => 1_800_000_000,
    note: (what, detail) => void notes.push(`${what}: ${detail}`),
  };
}

/** The events of a whole reply, written short. */
export const reply = {
  text: (...deltas: string[]): ReplyEvent[] => itemOf({ kind: "text" }, deltas),
  refusal: (...deltas: string[]): ReplyEvent[] => itemOf({ kind: "refusal" }, deltas),
  reasoning: (...deltas: string[]): ReplyEvent[] => itemOf({ kind: "reasoning", field: "reasoning_content" }, deltas),
  call: (call_id: string, name: string, ...deltas: string[]): ReplyEvent[] =>
    itemOf({ kind: "tool_call", call_id, name }, deltas),
};

function itemOf(item: Extract<ReplyEvent, { type: "item_start" }>["item"], deltas: string[]): ReplyEvent[] {
  return [
    { type: "item_start", item },
    ...deltas.map((delta): ReplyEvent => ({ type: "item_delta", delta })),
    { type: "item_end", complete: true },
  ];
}
