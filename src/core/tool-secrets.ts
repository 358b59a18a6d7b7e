/** Removes what clients give for MCP servers alone (authorization, headers): it is neither echoed nor stored. */
import { isJsonObject } from "./json-fields.ts";

/** The same value where there is nothing to take out, else a copy without it. */
export function withoutToolSecrets<Value>(value: Value): Value {
  return cleaned(value, 0) as Value;
}

/** The same for a JSON text, of which every other byte stays as long as nothing is taken out. */
export function textWithoutToolSecrets(text: string): string {
  // Most texts speak of no such server: searching them is quick. Any letter may be written as an escape.
  if (!MARKS.some((mark) => text.includes(mark))) return text;
  const value: unknown = JSON.parse(text);
  const clean = withoutToolSecrets(value);
  return clean === value ? text : JSON.stringify(clean);
}

const MARKS = ["mcp", "server_", "authorization_token", "\\u"];

const MOST_DEPTH = 64; // Tools stand near the root; no server takes what is nested deeper for one.

function cleaned(value: unknown, depth: number): unknown {
  if (depth > MOST_DEPTH) return value;
  if (Array.isArray(value)) {
    const copy: unknown[] = value.map((each) => cleaned(each, depth + 1));
    return copy.some((each, i) => each !== value[i]) ? copy : value;
  }
  if (!isJsonObject(value)) return value;
  const is_server = isServer(value);
  const members = Object.entries(value)
    .filter(([key]) => !(is_server && key === "authorization") && key !== "authorization_token")
    .map(([key, each]): [string, unknown] => [key, is_server && key === "headers" ? null : cleaned(each, depth + 1)]);
  const is_same = members.length === Object.keys(value).length && members.every(([key, each]) => each === value[key]);
  return is_same ? value : Object.fromEntries(members);
}

/** A tool of the Responses API, or what upstreams have like it. */
function isServer({ type, server_url, server_label }: { readonly [key: string]: unknown }): boolean {
  return (typeof type === "string" && /(?:^|_)mcp$/.test(type)) || (server_url ?? server_label ?? null) !== null;
}
