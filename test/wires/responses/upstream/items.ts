/** A turn's lowering to a Responses request, written short. */
import { DEFAULT_DIALECT, type Dialect } from "../../../../src/core/dialect.ts";
import type { Item, ReasoningItem, Turn } from "../../../../src/core/turn.ts";
import { responsesUpstream } from "../../../../src/wires/responses/upstream/upstream.ts";
import type { Lowered } from "../../../../src/wires/wire.ts";
import { testSurroundings } from "../../../support/around.ts";
import { think } from "../../chat/upstream/items.ts";

export interface Body extends Record<string, unknown> {
  input: Record<string, unknown>[];
}

export function lowered(
  turn: Partial<Turn>,
  dialect: Partial<Dialect> = {},
  thread?: string,
  notes: string[] = [],
): Lowered {
  const whole: Turn = { model: "m", items: [], tools: [], settings: {}, ignored: [], ...turn };
  return responsesUpstream.lower(whole, { ...DEFAULT_DIALECT, ...dialect }, testSurroundings(notes), thread);
}

export const bodyOf = ({ body }: Lowered): Body => JSON.parse(body) as Body;
export const lower = (turn: Partial<Turn>, dialect?: Partial<Dialect>): Body => bodyOf(lowered(turn, dialect));
export const input = (items: Item[], dialect?: Partial<Dialect>): Body["input"] => lower({ items }, dialect).input;

/** As an upstream of this wire thought it. */
export const sealed = (words: string, model?: string): ReasoningItem =>
  think(words, { field: "responses", details: [thought(words)], ...(model !== undefined && { model }) });

export const thought = (words: string) => ({
  type: "reasoning",
  id: `rs_${words}`,
  summary: [{ type: "summary_text", text: words }],
  encrypted_content: `sealed ${words}`,
});
