/** What becomes of a text that a host sends, by the core alone: no wire takes part. */
import { DEFAULT_DIALECT } from "../../../src/core/dialect.ts";
import { ItemWriter } from "../../../src/core/item-writer.ts";
import type { EndReason, ReplyEvent } from "../../../src/core/reply.ts";
import { TextCallFilter } from "../../../src/core/text-calls/text-call-filter.ts";
import type { Item, Tool, Turn } from "../../../src/core/turn.ts";
import { testSurroundings } from "../../support/around.ts";

const string = { type: "string" };
export const TOOLS: Tool[] = [
  { name: "exec_command", parameters: { type: "object", properties: { cmd: string }, required: ["cmd"] } },
  {
    name: "read_file",
    parameters: {
      type: "object",
      properties: { path: string, start_line: { type: "integer" }, all: { type: "boolean" } },
      required: ["path"],
      additionalProperties: false,
    },
  },
  { name: "get_date", parameters: { type: "object", properties: {}, additionalProperties: false } },
];

export interface Answer {
  text: string;
  thought: string;
  calls: [string, unknown][];
  notes: string[];
  end: string;
}

export interface Said {
  /** In a field of its own. */
  thought?: string;
  text?: string;
}

export function answerTo(said: readonly Said[], turn: Partial<Turn> = {}, reason: EndReason = "stop"): Answer {
  const notes: string[] = [];
  const out: Answer = { text: "", thought: "", calls: [], notes, end: "" };
  let kind = "";
  let args = "";
  const emit = (event: ReplyEvent): void => {
    if (event.type === "item_start") {
      kind = event.item.kind;
      args = "";
      if (event.item.kind === "tool_call") out.calls.push([event.item.name, undefined]);
    } else if (event.type === "item_delta") {
      if (kind === "tool_call") args += event.delta;
      else if (kind === "reasoning") out.thought += event.delta;
      else out.text += event.delta;
    } else if (event.type === "item_end" && kind === "tool_call") {
      const call = out.calls.at(-1);
      if (call) call[1] = JSON.parse(args);
    } else if (event.type === "end") out.end = event.reason;
  };
  const whole: Turn = { model: "m", items: [], tools: TOOLS, settings: {}, ignored: [], ...turn };
  const writer = new ItemWriter(new TextCallFilter(whole, emit, testSurroundings(notes), DEFAULT_DIALECT).emit);
  writer.start();
  for (const { thought, text } of said) {
    if (thought !== undefined) writer.grow({ kind: "reasoning", field: "reasoning" }, thought);
    if (text !== undefined) writer.grow({ kind: "text" }, text);
  }
  writer.end({ reason, usage: null });
  return out;
}

export function answerInPieces(pieces: readonly string[], items: Item[] = []): Answer {
  return answerTo(
    pieces.map((text) => ({ text })),
    { items },
  );
}

export const answer = (text: string, items: Item[] = []): Answer => answerInPieces([text], items);
