/** The sources of a text, as OpenAI writes them. */
import type { Citation } from "../../../core/citations.ts";

export function annotationOf({ url, title, start_index, end_index }: Citation): object {
  return { type: "url_citation", url_citation: { start_index, end_index, title, url } };
}
