/** A turn's lowering, short; what a turn is made of has its short names in ../chat/items.ts. */
import { DEFAULT_DIALECT, type Dialect } from "../../../../src/core/dialect.ts";
import type { Item, Turn } from "../../../../src/core/turn.ts";
import { messagesUpstream } from "../../../../src/wires/messages/upstream/upstream.ts";
import type { Lowered } from "../../../../src/wires/wire.ts";
import { testSurroundings } from "../../../support/around.ts";
import { user } from "../../chat/upstream/items.ts";

export interface Body extends Record<string, unknown> {
  messages: { role: string; content: Record<string, unknown>[] }[];
}

export function lowered(
  turn: Partial<Turn>,
  dialect: Partial<Dialect> = {},
  notes?: string[],
  thread?: string,
): Lowered {
  const whole: Turn = { model: "m", items: [user("hi")], tools: [], settings: {}, ignored: [], ...turn };
  return messagesUpstream.lower(whole, { ...DEFAULT_DIALECT, ...dialect }, testSurroundings(notes), thread);
}

export const lower = (turn: Partial<Turn>, dialect?: Partial<Dialect>): Body =>
  JSON.parse(lowered(turn, dialect).body) as Body;

export const messages = (items: Item[], dialect?: Partial<Dialect>): Body["messages"] =>
  lower({ items }, dialect).messages;

/** What was ignored, each as `field what: why`. */
export const ignored = (turn: Partial<Turn>, dialect?: Partial<Dialect>): string[] =>
  lowered(turn, dialect).ignored.map(({ field, what, why }) => `${field} ${what}: ${why}`);

export const t = (text: string): Record<string, unknown> => ({ type: "text", text });
export const U = (...content: (string | object)[]): object => ({ role: "user", content: content.map(block) });
export const A = (...content: (string | object)[]): object => ({ role: "assistant", content: content.map(block) });
export const use = (id: string, input: unknown = {}): object => ({ type: "tool_use", id, name: "f", input });
export const answer = (id: string, content: unknown = ""): object => ({
  type: "tool_result",
  tool_use_id: id,
  content,
});

function block(given: string | object): object {
  return typeof given === "string" ? t(given) : given;
}
