/** Ids of tool calls in the form that the upstream takes. */
import type { Dialect } from "../dialect.ts";
import { shortHash } from "../hash.ts";
import type { Item } from "../turn.ts";

export function fitCallIds(items: Item[], form: Dialect["tool_call_id"]): Item[] {
  if (form === "any") return items;
  return items.map((item) => {
    if (item.type !== "tool_call" && item.type !== "tool_result") return item;
    const call_id = sentId(item.call_id, form);
    return call_id === item.call_id ? item : { ...item, call_id };
  });
}

/** The same id always becomes the same, so that call and result stay together and prompts keep their beginning. */
function sentId(id: string, form: "alnum9" | "max40"): string {
  if (form === "alnum9") return /^[a-zA-Z0-9]{9}$/.test(id) ? id : (shortHash(id) + shortHash(`${id}9`)).slice(0, 9);
  return id.length > 40 ? `${id.slice(0, 31)}_${shortHash(id)}` : id;
}
