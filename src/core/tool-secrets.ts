/**
 * What a client gives for MCP servers alone: an authorization, and headers. It goes to whoever asks that server, once,
 * and is neither echoed nor kept: the next request brings its own, as OpenAI has it.
 */
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

/** Tools stand near the root; what is nested deeper nobody takes for one. */
const MOST_DEPTH = 64;

function cleaned(value: unknown, depth: number): unknown {
  if (depth > MOST_DEPTH) return value;
  if (Array.isArray(value)) {
    let copy: unknown[] | undefined;
    for (const [i, each] of (value as unknown[]).entries()) {
      const clean = cleaned(each, depth + 1);
      if (clean !== each) (copy ??= [...(value as unknown[])])[i] = clean;
    }
    return copy ?? value;
  }
  if (!isJsonObject(value)) return value;
  const is_server = isServer(value);
  let changed = false;
  const members = Object.entries(value).flatMap(([key, each]): [string, unknown][] => {
    if ((is_server && key === "authorization") || key === "authorization_token") {
      changed = true;
      return [];
    }
    const clean = is_server && key === "headers" && each !== null ? null : cleaned(each, depth + 1);
    changed ||= clean !== each;
    return [[key, clean]];
  });
  return changed ? Object.fromEntries(members) : value;
}

/** A tool of the Responses API, or what hosts have like it. */
function isServer({ type, server_url, server_label }: { readonly [key: string]: unknown }): boolean {
  return (typeof type === "string" && /(?:^|_)mcp$/.test(type)) || (server_url ?? server_label ?? null) !== null;
}
