/**
 * OpenRouter's `reasoning_details`: entries that a stream sends in pieces and wants back whole, unchanged and in
 * order. Text and summaries grow; what is encrypted stands for itself.
 */

type Detail = Record<string, unknown>;

/** The words of an entry; empty for an encrypted one. */
export function detailText(detail: Detail): string {
  const text = detail.text ?? detail.summary;
  return typeof text === "string" ? text : "";
}

/** Adds an entry, or to the last one when it goes on in this one; a signature or id may come with the last piece alone. */
export function addDetail(list: Detail[], detail: Detail): void {
  const last = list.at(-1);
  const goesOn =
    last !== undefined && last.type === detail.type && last.index === detail.index && detail.data === undefined;
  if (!goesOn) {
    list.push({ ...detail });
    return;
  }
  for (const [key, value] of Object.entries(detail)) {
    if (value === null || value === undefined) continue;
    const before = last[key];
    const grows = (key === "text" || key === "summary") && typeof before === "string" && typeof value === "string";
    last[key] = grows ? before + value : value;
  }
}
