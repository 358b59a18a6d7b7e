/** Fields of a body by the user's last word: what is taken out, and what is added. */
import type { JsonObject } from "./dialect.ts";

/** Takes out the field at this path (`reasoning.summary`). Whether it was there. */
export function removePath(body: Record<string, unknown>, path: string): boolean {
  const [key = "", ...deeper] = path.split(".");
  if (!Object.hasOwn(body, key)) return false;
  if (deeper.length === 0) return delete body[key];
  const inner = body[key];
  if (!isJsonObject(inner)) return false;
  const copy = { ...inner };
  const removed = removePath(copy, deeper.join("."));
  if (removed) body[key] = copy;
  return removed;
}

/** Objects within are joined, so that template arguments of the user's stand beside those that an effort needs. */
export function withFields(body: JsonObject, extra: JsonObject): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...body };
  for (const [key, value] of Object.entries(extra)) {
    const before = merged[key];
    merged[key] = isJsonObject(before) && isJsonObject(value) ? withFields(before, value) : value;
  }
  return merged;
}

/** What the text means as JSON; undefined where it is none. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
