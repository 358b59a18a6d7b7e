/**
 * A Responses request for an upstream that speaks Responses itself: its text goes there as it is, but for the model's
 * name, for what only this program can read (a thread that came from a translated upstream), and for what the user's
 * dialect takes out or adds.
 */
import { elementsOf, type JsonEdit, type Span } from "../../../core/json-edit.ts";
import { objectOf } from "../../../core/json.ts";
import { textOf } from "../../../core/parse.ts";
import { OWN_REASONING_ID, REASONING_TAG } from "../../../core/reasoning-tag.ts";
import type { Ignored } from "../../../core/turn.ts";
import { editForwarded } from "../../forward.ts";
import { SEARCH_TAG, searchText } from "../../hosted.ts";
import type { ForwardEdits, Forwarded } from "../../wire.ts";
import { COMPACTION_TAG, summaryText } from "./compaction.ts";
import { searchIn, unsealSearch } from "./search-items.ts";

/** Fields that limit the response's length. */
const LIMITS = ["max_output_tokens"];

/** What stands in items that were made here. */
const MARKS = [REASONING_TAG, COMPACTION_TAG, '"rs_', '"ws_'];

export function editRequest(text: string, edits: ForwardEdits): Forwarded {
  return editForwarded(text, edits, LIMITS, (edit, { key, value }, ignored) => {
    if (key === "input") editInput(edit, value, ignored);
  });
}

/** What our own version tag marks means nothing to this upstream: thoughts are cut out, summaries become words. */
function editInput(edit: JsonEdit, value: Span, ignored: Ignored[]): void {
  const { text } = edit;
  // Searching the text is quick, and most threads never were elsewhere.
  if (!MARKS.some((mark) => text.includes(mark, value.start))) return;
  const items = elementsOf(text, value.start);
  const cut = new Set<number>();
  for (const [i, span] of items.entries()) {
    const item = ownItem(text.slice(span.start, span.end));
    if (!item) continue;
    const content = [{ type: "input_text", text: item.text }];
    if (item.text === undefined) cut.add(i);
    else edit.replace(span, JSON.stringify({ type: "message", role: "user", content }));
    ignored.push({ field: `input[${i}]`, what: item.what, why: item.why });
  }
  if (cut.size > 0) edit.remove(items, cut);
}

const OWN_SEARCH_ID = /^ws_[0-9a-f]{34}$/;

/** What becomes of an item that was made here: it is sent as a message with this text, or cut out. */
function ownItem(json: string): { what: string; text?: string; why: string } | undefined {
  if (!json.includes("juscode1") && !json.includes('"rs_') && !json.includes('"ws_')) return undefined;
  const item = objectOf(JSON.parse(json));
  const { type, id } = item;
  const sealed = textOf(item.encrypted_content);
  if (type === "compaction" && sealed.startsWith(COMPACTION_TAG))
    return { what: type, text: summaryText(sealed), why: "it was made here, and is told as a message" };
  if (type === "web_search_call" && OWN_SEARCH_ID.test(textOf(id))) {
    const search = searchIn(item);
    const why = "the search was made here, and what was found is told as a message";
    return { what: type, ...(search && { text: searchText(search) }), why };
  }
  if (type !== "reasoning") return undefined;
  const search = sealed.startsWith(SEARCH_TAG) ? unsealSearch(sealed) : undefined;
  if (search) return { what: "reasoning", text: searchText(search), why: "it holds what a search made here has found" };
  const isOurs = sealed.startsWith(REASONING_TAG) || (sealed === "" && OWN_REASONING_ID.test(textOf(id)));
  return isOurs ? { what: "reasoning", why: "another upstream's model thought it" } : undefined;
}
