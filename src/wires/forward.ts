/** What is edited in the text of every forwarded request; all other bytes stay. */
import { addFields, dropFields, lowerLimit } from "../core/forward-edit.ts";
import { elementsOf, JsonEdit, membersOf, valueSpan, type Member, type Span } from "../core/json-edit.ts";
import type { Ignored } from "../core/turn.ts";
import type { ForwardEdits, Forwarded } from "./wire.ts";

/** Names the model, lowers the limit in one of `limits`, drops and adds fields; `editMember` is the wire's own edit. */
export function editForwarded(
  text: string,
  { model, drop, extra_body, most_output_tokens = 0 }: ForwardEdits,
  limits: readonly string[],
  editMember: (edit: JsonEdit, member: Member, ignored: Ignored[]) => void,
): Forwarded {
  const edit = new JsonEdit(text);
  const ignored: Ignored[] = [];
  for (const member of membersOf(text, valueSpan(text).start)) {
    if (member.key === "model") edit.replace(member.value, JSON.stringify(model));
    else editMember(edit, member, ignored);
    if (most_output_tokens > 0) lowerLimit(edit, member, limits, most_output_tokens, ignored);
  }
  return { body: addFields(dropFields(edit.result(), drop, ignored), extra_body), ignored };
}

/** Elements of the list that this member of an object holds; none where it is missing. */
export function elementsAt(text: string, object: Span, key: string): Span[] {
  const list = membersOf(text, object.start).find((member) => member.key === key);
  return list ? elementsOf(text, list.value.start) : [];
}
