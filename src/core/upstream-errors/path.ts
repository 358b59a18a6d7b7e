/** Paths of fields as upstreams write them, in one form: `messages[2].content[0].image_url`. */

const MAX_PATH = 200;

/** `messages.2.content`, `$.messages[2].content`, `body.messages[2]`, `input/3/id`. */
export function pathOf(text: string): string {
  return text
    .slice(0, MAX_PATH)
    .replace(/^\$\.?|^(?:body|request)\./, "")
    .replaceAll("/", ".")
    .replaceAll(/\.?\[(\d{1,9})\]/g, "[$1]")
    .replaceAll(/\.(\d{1,9})(?=\.|\[|$)/g, "[$1]")
    .replace(/[.:,]+$/, "");
}

/** A place in pydantic's list: `["body", "messages", 2, "content"]`. */
export function pathOfPlaces(places: readonly unknown[]): string {
  const named = places.filter((each) => typeof each === "string" || typeof each === "number");
  return pathOf(named.join("."));
}

/** The field's own name. */
export const lastName = (path: string): string => /([^.[\]]*)(?:\[\d*\])*$/.exec(path)?.[1] ?? path;
