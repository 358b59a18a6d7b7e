/** The sources of a text, as Chat replies tell them. */
import { isJsonObject } from "../../../core/json-fields.ts";
import type { Citation } from "../../../core/citations.ts";

/** OpenAI has the fields in an object of the type's name, some hosts beside it. */
export function citationsOf(annotations: unknown): Citation[] {
  if (!Array.isArray(annotations)) return [];
  return (annotations as unknown[]).filter(isJsonObject).flatMap((annotation): Citation[] => {
    const inner = annotation.url_citation;
    const { url, title, start_index, end_index } = isJsonObject(inner) ? inner : annotation;
    if (typeof url !== "string" || url === "") return [];
    const place = { start_index: placeOf(start_index), end_index: placeOf(end_index) };
    return [{ url, title: typeof title === "string" ? title : "", ...place }];
  });
}

function placeOf(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) ? Math.max(0, Math.trunc(value)) : 0;
}
