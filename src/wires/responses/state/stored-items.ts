/**
 * Items as they are stored: the client's own bytes, each with an id. An id that is given here names its response, so
 * that a reference to it needs no list of all items, and stands at the head of the item, so that it can be taken off.
 */
import { ShimError } from "../../../core/errors.ts";
import { elementsOf, JsonEdit, membersOf, valueSpan, type Member } from "../../../core/json-edit.ts";
import { objectOf } from "../../../core/json.ts";
import { textOf } from "../../../core/parse.ts";
import { textWithoutToolSecrets } from "../../../core/tool-secrets.ts";

/** `msg_` + the response's own part + `_i` + place. */
const GIVEN_ID = /^[a-z]+_(.+)_i\d+$/;
const GIVEN_HEAD = /^\{"id":"[a-z]+_[^"]+_i\d+",?/;
/** An output item's, as this program gives them: 32 digits of the response, two of the place. */
const OUTPUT_ID = /^[a-z]+_([0-9a-f]{32})[0-9a-f]{2}$/;

const PREFIXES: ReadonlyMap<string, string> = new Map([
  ["message", "msg"],
  ["reasoning", "rs"],
  ["function_call", "fc"],
  ["function_call_output", "fco"],
  ["custom_tool_call", "ctc"],
  ["custom_tool_call_output", "ctco"],
  ["compaction", "cmp"],
]);

/** The response that an item's id tells of, if it tells of one. */
export function responseOf(item_id: string): string | undefined {
  const own = GIVEN_ID.exec(item_id)?.[1] ?? OUTPUT_ID.exec(item_id)?.[1];
  return own === undefined ? undefined : `resp_${own}`;
}

/** The elements of a list's text, as texts. */
export function textsOf(list: string): string[] {
  return elementsOf(list, 0).map(({ start, end }) => list.slice(start, end));
}

/** Text of a member of this object; undefined where there is none. */
export function memberText(object: string, key: string): string | undefined {
  const value = membersOf(object, 0).findLast((member) => member.key === key)?.value;
  return value && object.slice(value.start, value.end);
}

/** Items of a request's `input`; a text alone is a message of the user. Throws a ShimError for all else. */
export function inputTexts(request: string): string[] {
  const input = memberText(request, "input");
  if (input === undefined || input === "null" || input === '""') return [];
  if (!/^["[]/.test(input))
    throw new ShimError("invalid_request", "`input` must be a text or a list of items", {
      param: "input",
      code: "invalid_type",
    });
  return input.startsWith('"') ? [`{"type":"message","role":"user","content":${input}}`] : textsOf(input);
}

/** Items of a `response` object. */
export function outputTexts(response: string): string[] {
  return textsOf(memberText(response, "output") ?? "[]");
}

/** `first` is the place of the first one. */
export function withIds(items: readonly string[], response_id: string, first = 0): string[] {
  const own = response_id.slice(response_id.indexOf("_") + 1);
  return items.map((item, i) => withId(item, (type) => `${PREFIXES.get(type) ?? "item"}_${own}_i${first + i}`));
}

/** An id that the item has already stays; what its client gives for servers of tools goes. */
function withId(given: string, idFor: (type: string) => string): string {
  const item = textWithoutToolSecrets(given);
  const { id, type = "message" } = objectOf(JSON.parse(item));
  if (typeof id === "string" && id !== "") return item;
  const made = JSON.stringify(idFor(textOf(type)));
  const members = membersOf(item, 0);
  const there = members.filter(({ key }) => key === "id");
  if (there.length === 0) {
    const at = item.indexOf("{") + 1;
    return `{"id":${made}${members.length === 0 ? "" : ","}${item.slice(at)}`;
  }
  const edit = new JsonEdit(item);
  for (const { value } of there) edit.replace(value, made);
  return edit.result();
}

/** As the client sent it: an upstream that never gave this id might refuse it. */
export function withoutGivenId(item: string): string {
  return item.replace(GIVEN_HEAD, "{");
}

/** With these members, each a JSON text, in place of those of the same name. */
export function withMembers(object: string, fields: Readonly<Record<string, string>>): string {
  const edit = new JsonEdit(object);
  const members = membersOf(object, 0);
  edit.append(valueSpan(object), members, setMembers(edit, members, Object.entries(fields)));
  return edit.result();
}

/** Replaces the values of these members. Returns those that are not there yet. */
export function setMembers(edit: JsonEdit, members: readonly Member[], fields: [string, string][]): [string, string][] {
  for (const [key, json] of fields)
    for (const member of members) if (member.key === key) edit.replace(member.value, json);
  return fields.filter(([key]) => !members.some((member) => member.key === key));
}
