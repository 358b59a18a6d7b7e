/** Lifts a Messages body: the neutral turn, the table of its tools, and what the response depends on. */
import { unsupported } from "../../errors.ts";
import { parseAt } from "../../../core/parse.ts";
import type { Ignored, Turn } from "../../../core/turn.ts";
import { refuseUnanswerable } from "../../lifting.ts";
import { RequestBody } from "./schema.ts";
import type { Sources } from "./search-tool.ts";
import { MessageLifter } from "./lift-messages.ts";
import { listIgnored, settingsOf } from "./lift-settings.ts";
import { ToolTable } from "./lift-tools.ts";

/** What the client gets of the model's thoughts: their words, only what seals them, or neither. */
export type Thoughts = "shown" | "sealed" | "none";

export interface Lifted {
  body: RequestBody;
  turn: Turn;
  table: ToolTable;
  thoughts: Thoughts;
  /** What searches of the history have found. */
  sources: Sources;
}

/** `searches`: the web can be searched here. */
export function liftRequest(json: unknown, searches = false): Lifted {
  const body = parseAt(RequestBody, json, "");
  refuseThread(body);
  const ignored: Ignored[] = [];
  const table = new ToolTable(ignored, searches);
  table.declare(body.tools ?? [], "tools");
  const lifter = new MessageLifter(table, ignored);
  lifter.system(body.system);
  lifter.lift(body.messages);
  refuseUnanswerable(lifter.items, "messages", "hold", (item) => item.type !== "message" || item.role !== "system");
  listIgnored(body, ignored);
  const settings = settingsOf(body, lifter.effort, table, ignored);
  return {
    body,
    table,
    thoughts: thoughtsOf(body.thinking),
    sources: lifter.sources,
    turn: { model: body.model, items: lifter.items, tools: table.tools, settings, ignored },
  };
}

/** To ignore it would lose the history. Anthropic's SDK 1.13 sends all of it when it is told so in these words. */
function refuseThread({ thread }: RequestBody): void {
  if ((thread ?? null) === null) return;
  const words = "`thread` needs a host that keeps threads, and this one does not; send all `messages` without it";
  throw unsupported(words, "thread");
}

/** A client that did not ask to think takes the first block for the response, as the API promises it. */
function thoughtsOf(thinking: RequestBody["thinking"]): Thoughts {
  if (!thinking || thinking.type === "disabled") return "none";
  return thinking.display === "omitted" ? "sealed" : "shown";
}
