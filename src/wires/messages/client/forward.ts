/**
 * A Messages request for an upstream that speaks Messages itself: its text goes there as it is, but for the model's
 * name, for thoughts that only this program can read (a thread that came from a translated upstream), and for what the
 * user's dialect takes out or adds.
 */
import { elementsOf, type JsonEdit, type Span } from "../../../core/json-edit.ts";
import { objectOf, objectsIn } from "../../../core/json.ts";
import { textOf } from "../../../core/parse.ts";
import { REASONING_TAG } from "../../../core/reasoning-tag.ts";
import type { Ignored } from "../../../core/turn.ts";
import { editForwarded, elementsAt } from "../../forward.ts";
import { SEARCH_TAG, searchText } from "../../hosted.ts";
import type { ForwardEdits, Forwarded } from "../../wire.ts";
import { BILLING } from "./lift-messages.ts";
import { foundIn } from "./search-tool.ts";

/** What may stand in blocks of ours. */
const MARKS = [REASONING_TAG, SEARCH_TAG, '"srvtoolu_'];
const OWN_SEARCH_ID = /^srvtoolu_[0-9a-f]{32}$/;

/** Fields that limit the response's length. */
const LIMITS = ["max_tokens"];

/** `steady` cuts out what a client changes from session to session, for upstreams that bill nobody by it. */
export function editRequest(text: string, edits: ForwardEdits): Forwarded {
  return editForwarded(text, edits, LIMITS, (edit, { key, value }, ignored) => {
    if (key === "messages") editMessages(edit, value, ignored);
    else if (key === "system" && edits.steady) cutBilling(edit, value);
  });
}

/** Thoughts of ours mean nothing to this upstream, and their signatures would be refused; so would what we have found. */
function editMessages(edit: JsonEdit, value: Span, ignored: Ignored[]): void {
  const { text } = edit;
  // Searching the text is quick, and most threads never were elsewhere.
  const mayHold = ({ start, end }: Span): boolean => MARKS.some((mark) => text.slice(start, end).includes(mark));
  if (!mayHold(value)) return;
  const messages = elementsOf(text, value.start);
  const empty = new Set<number>();
  const queries = new Map<string, string>();
  for (const [i, message] of messages.entries()) {
    if (!mayHold(message)) continue;
    const blocks = elementsAt(text, message, "content");
    const cut = new Set<number>();
    for (const [j, block] of blocks.entries()) {
      const ours = ownBlock(text.slice(block.start, block.end), queries);
      if (!ours) continue;
      if (ours.block === undefined) cut.add(j);
      else edit.replace(block, JSON.stringify(ours.block));
      ignored.push({ field: `messages[${i}].content[${j}]`, what: ours.what, why: ours.why });
    }
    // A message that says nothing is refused.
    if (cut.size > 0 && cut.size === blocks.length) empty.add(i);
    else if (cut.size > 0) edit.remove(blocks, cut);
  }
  if (empty.size > 0) edit.remove(messages, empty);
}

/** What becomes of a block that was made here: another in its place, or none. `queries` by the id of their search. */
function ownBlock(
  json: string,
  queries: Map<string, string>,
): { what: string; block?: object; why: string } | undefined {
  if (!MARKS.some((mark) => json.includes(mark))) return undefined;
  const block = objectOf(JSON.parse(json));
  const { type, signature, id, tool_use_id, input, content, citations } = block;
  if (type === "thinking" && textOf(signature).startsWith(REASONING_TAG))
    return { what: type, why: "another upstream's model thought it" };
  const why = "the search was made here, and what was found is told as a text";
  if (type === "server_tool_use" && typeof id === "string" && OWN_SEARCH_ID.test(id)) {
    queries.set(id, textOf(objectOf(input).query));
    return { what: type, why };
  }
  if (type === "text" && Array.isArray(citations)) {
    const others = citations.filter((each) => objectOf(each).encrypted_index !== SEARCH_TAG);
    const { citations: _, ...rest } = block;
    if (others.length === citations.length) return undefined;
    return { what: "citations", block: { ...rest, ...(others.length > 0 && { citations: others }) }, why };
  }
  const query = type === "web_search_tool_result" ? queries.get(textOf(tool_use_id)) : undefined;
  const found = query === undefined ? undefined : foundIn(content, query);
  return found && { what: textOf(type), block: { type: "text", text: searchText(found) }, why };
}

function cutBilling(edit: JsonEdit, value: Span): void {
  const blocks = elementsOf(edit.text, value.start);
  const cut = new Set(blocks.flatMap(({ start, end }, i) => (isBilling(edit.text.slice(start, end)) ? [i] : [])));
  if (cut.size > 0 && cut.size < blocks.length) edit.remove(blocks, cut);
}

function isBilling(block: string): boolean {
  if (!block.includes(BILLING)) return false;
  return textOf(objectOf(JSON.parse(block)).text).startsWith(BILLING);
}

/** The upstream shall keep the thread (beta of 2026-08-12), or go on with one: then the request holds new messages alone. */
export function hasThread(json: unknown): boolean {
  return (objectOf(json).thread ?? null) !== null;
}

/** A `system` message within the history, which not every upstream of this wire accepts. */
export function hasLateSystem(json: unknown): boolean {
  return objectsIn(objectOf(json).messages).some(({ role }) => role === "system");
}
