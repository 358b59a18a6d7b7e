/** The end of each lowering: the user's last word on the body, and what names the conversation. */
import type { Dialect } from "../dialect.ts";
import { isJsonObject, removePath, withFields } from "../json-fields.ts";
import type { Ignored } from "../turn.ts";

interface BodyParts {
  /** What stands before the messages, as it does in the prompt: a longer history then begins with the shorter one. */
  head: Record<string, unknown>;
  rest: Record<string, unknown>;
}

/** Takes out what `drop` names and adds `extra_body`, which has the last word. */
export function finishBody({ head, rest }: BodyParts, dialect: Dialect, ignored: Ignored[]): BodyParts {
  for (const path of dialect.drop) {
    if (removePath(head, path) || removePath(rest, path))
      ignored.push({ field: path, what: path, why: "this upstream must not be sent it" });
  }
  return { head, rest: withFields(rest, dialect.extra_body) };
}

/** Whether the body still holds the effort's fields: the user's last word may have taken its fields out, or changed them. */
export function holdsFields(value: unknown, part: unknown): boolean {
  if (!isJsonObject(part)) return value === part;
  return isJsonObject(value) && Object.entries(part).every(([key, inner]) => holdsFields(value[key], inner));
}

/** The conversation's own name as a header, so that its requests meet the same cache. */
export function sessionHeaders({ session_header }: Dialect, thread: string | undefined): Record<string, string> {
  return thread !== undefined && session_header !== "" ? { [session_header]: thread } : {};
}
