/** The source of a text as OpenAI's APIs tell it. */
import type { Citation } from "../core/citations.ts";
import { isJsonObject } from "../core/json-fields.ts";
import { countOf, objectOf } from "../core/json.ts";
import { textOf } from "../core/parse.ts";

/** Undefined for one without an address. Chat has the fields in an object of the type's name, some upstreams beside it. */
export function citationOf(annotation: unknown): Citation | undefined {
  const { url_citation: inner, ...flat } = objectOf(annotation);
  const { url, title, start_index, end_index } = isJsonObject(inner) ? inner : flat;
  const place = { start_index: countOf(start_index) ?? 0, end_index: countOf(end_index) ?? 0 };
  return typeof url === "string" && url !== "" ? { url, title: textOf(title), ...place } : undefined;
}
