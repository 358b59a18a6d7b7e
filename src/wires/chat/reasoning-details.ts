/**
 * OpenRouter's `reasoning_details`: entries that a stream sends in pieces and wants back whole, unchanged and in
 * order. Text and summaries grow; what is encrypted stands for itself.
 */

type Detail = Record<string, unknown>;

/** The words of an entry; empty for an encrypted one. */
export function detailText(detail: Detail): string {
  const text = detail["text"] ?? detail["summary"];
  return typeof text === "string" ? text : "";
}

/** Adds an entry, or to the last one when it goes on in this one. */
export function addDetail(list: Detail[], detail: Detail): void {
  const last = list.at(-1);
  const key = typeof detail["text"] === "string" ? "text" : "summary";
  const goesOn = last !== undefined && last["type"] === detail["type"] && last["index"] === detail["index"];
  if (!goesOn || typeof detail[key] !== "string" || typeof last[key] !== "string") {
    list.push({ ...detail });
    return;
  }
  // A signature or id comes with the last piece.
  Object.assign(last, detail, { [key]: last[key] + detail[key] });
}
