/** What the user's config takes out of and adds to the text of a forwarded request; every other byte stays. */
import type { JsonObject } from "./dialect.ts";
import { fitLimit } from "./fit/settings.ts";
import { JsonEdit, membersOf, valueSpan, type Member, type Span } from "./json-edit.ts";
import { isJsonObject } from "./json-fields.ts";
import { cutPath } from "./json-paths.ts";
import type { Ignored } from "./turn.ts";

export function dropFields(text: string, paths: readonly string[], ignored: Ignored[]): string {
  let rest = text;
  for (const path of paths) {
    const edit = new JsonEdit(rest);
    if (cutPath(edit, path) === 0) continue;
    rest = edit.result();
    ignored.push({ field: path, what: path, why: "the config leaves it out for this upstream" });
  }
  return rest;
}

/** Lowers the limit of the reply's length, which stands in one of these fields, to what the upstream allows. */
export function lowerLimit(
  edit: JsonEdit,
  { key, value }: Member,
  fields: readonly string[],
  most: number,
  ignored: Ignored[],
): void {
  if (!fields.includes(key)) return;
  const requested = Number(edit.text.slice(value.start, value.end));
  const limit = fitLimit(Number.isFinite(requested) ? requested : undefined, most);
  if (!limit.ignored) return;
  edit.replace(value, String(limit.tokens));
  ignored.push({ ...limit.ignored, field: key });
}

/** After all else, so that it has the last word. Objects within are joined, and what they hold already stays as it is. */
export function addFields(text: string, extra: JsonObject): string {
  if (Object.keys(extra).length === 0) return text;
  const edit = new JsonEdit(text);
  addTo(edit, valueSpan(text), extra);
  return edit.result();
}

function addTo(edit: JsonEdit, object: Span, extra: JsonObject): void {
  const members = membersOf(edit.text, object.start);
  const added: [string, string][] = [];
  for (const [key, value] of Object.entries(extra)) {
    const there = members.filter((member) => member.key === key);
    if (there.length === 0) added.push([key, JSON.stringify(value)]);
    // A key may stand there twice, and which of them counts is the reader's matter.
    for (const member of there) {
      if (isJsonObject(value) && edit.text[member.value.start] === "{") addTo(edit, member.value, value);
      else edit.replace(member.value, JSON.stringify(value));
    }
  }
  edit.append(object, members, added);
}
