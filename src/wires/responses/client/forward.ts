/**
 * A Responses request for an upstream that speaks Responses itself: its text goes there as it is, but for the model's
 * name, for what only this program can read (a thread that came from a translated upstream), and for what the user's
 * dialect takes out or adds.
 */
import { addFields, dropFields, lowerLimit } from "../../../core/forward-edit.ts";
import { elementsOf, JsonEdit, membersOf, valueSpan, type Member } from "../../../core/json-edit.ts";
import type { Ignored } from "../../../core/turn.ts";
import type { ForwardEdits, Forwarded } from "../../wire.ts";
import { searchText } from "../../hosted.ts";
import { COMPACTION_TAG, summaryText } from "./compaction.ts";
import { OWN_REASONING_ID, REASONING_TAG } from "../../../core/reasoning-tag.ts";
import { SEARCH_TAG, searchIn, unsealSearch } from "./search-items.ts";

/** Fields that limit the answer's length. */
const LIMITS = ["max_output_tokens"];

export function editRequest(
  text: string,
  { model, drop, extra_body, most_output_tokens = 0 }: ForwardEdits,
): Forwarded {
  const edit = new JsonEdit(text);
  const ignored: Ignored[] = [];
  const whole = valueSpan(text);
  const members = membersOf(text, whole.start);
  for (const member of members) {
    if (member.key === "model") edit.replace(member.value, JSON.stringify(model));
    else if (member.key === "input") editInput(edit, member, ignored);
    else if (most_output_tokens > 0) lowerLimit(edit, member, LIMITS, most_output_tokens, ignored);
  }
  return { body: addFields(dropFields(edit.result(), drop, ignored), extra_body), ignored };
}

/** What our own version tag marks means nothing to this upstream: thoughts are cut out, summaries become words. */
function editInput(edit: JsonEdit, { value }: Member, ignored: Ignored[]): void {
  const { text } = edit;
  // Searching the text is quick, and most threads never were elsewhere.
  const mayHold =
    text.includes(REASONING_TAG, value.start) ||
    text.includes(COMPACTION_TAG, value.start) ||
    text.includes('"rs_', value.start) ||
    text.includes('"ws_', value.start);
  if (!mayHold) return;
  const items = elementsOf(text, value.start);
  const cut = new Set<number>();
  for (const [i, span] of items.entries()) {
    const field = `input[${i}]`;
    const item = ownItem(text.slice(span.start, span.end));
    if (!item) continue;
    const { what, text: told, why } = item;
    if (told === undefined) cut.add(i);
    else edit.replace(span, JSON.stringify(messageOf(told)));
    ignored.push({ field, what, why });
  }
  if (cut.size > 0) edit.remove(items, cut);
}

/** What becomes of an item that was made here: told as a message, or cut out. */
interface OwnItem {
  what: string;
  text?: string;
  why: string;
}

const OWN_SEARCH_ID = /^ws_[0-9a-f]{34}$/;

function ownItem(json: string): OwnItem | undefined {
  if (!json.includes("juscode1") && !json.includes('"rs_') && !json.includes('"ws_')) return undefined;
  const item = JSON.parse(json) as Record<string, unknown>;
  const { type, id, encrypted_content } = item;
  const sealed = typeof encrypted_content === "string" ? encrypted_content : "";
  if (type === "compaction" && sealed.startsWith(COMPACTION_TAG))
    return { what: type, text: summaryText(sealed), why: "it was made here, and is told as a message" };
  if (type === "web_search_call" && typeof id === "string" && OWN_SEARCH_ID.test(id)) {
    const search = searchIn(item);
    const why = "the search was made here, and what was found is told as a message";
    return { what: type, ...(search && { text: searchText(search) }), why };
  }
  if (type !== "reasoning") return undefined;
  const search = sealed.startsWith(SEARCH_TAG) ? unsealSearch(sealed) : undefined;
  if (search) return { what: "reasoning", text: searchText(search), why: "it holds what a search made here has found" };
  const isOurs =
    sealed.startsWith(REASONING_TAG) || (sealed === "" && typeof id === "string" && OWN_REASONING_ID.test(id));
  return isOurs ? { what: "reasoning", why: "another upstream's model thought it" } : undefined;
}

function messageOf(text: string): object {
  return { type: "message", role: "user", content: [{ type: "input_text", text }] };
}
