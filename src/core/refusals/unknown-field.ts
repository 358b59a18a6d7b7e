/**
 * A field that an upstream does not know and names by its path. It is left out where it only tunes the reply;
 * what a request is made of, what it demands, and what protects its sender stays, and the refusal is returned.
 */
import type { WireName } from "../provider.ts";
import type { RefusalRow } from "./rows.ts";

const namesIn = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** First steps of paths that are never cut, whatever the wire; the last line bounds where a request goes or what is done with it. */
const KEPT = namesIn(`
  model messages input prompt system instructions tools tool_choice functions function_call response_format output_format
  stream max_tokens max_completion_tokens max_output_tokens stop stop_sequences n modalities
  previous_response_id conversation background container mcp_servers
  provider plugins transforms guardrails moderation safe_prompt`);

/** Fields of items, parts and tools that carry what was said. */
const CONTENT = namesIn(`
  role content type text name function parameters input_schema arguments input output call_id tool_call_id tool_use_id
  tool_calls description source image_url file file_data tools schema`);

/** Lists whose elements may lose a field that only their client knows. */
const LISTS = new Set(["messages", "input", "tools", "system"]);

const MAX_STEPS = 6;

/** Undefined for a path that is never cut. Places in lists are all places: the field is unknown in each. */
export function unknownFieldRow(wire: WireName, path: string): RefusalRow | undefined {
  const steps = path.replaceAll(/\[\d+\]|\.\d+(?=\.|$)/g, "[]").split(".");
  const [first = ""] = steps;
  const last = steps.at(-1) ?? "";
  if (steps.length > MAX_STEPS || steps.some((step) => !/^[\w-]+(?:\[\])*$/.test(step))) return undefined;
  const top = first.replaceAll("[]", "");
  const in_list = LISTS.has(top) && first.endsWith("[]");
  const is_kept = in_list
    ? steps.length < 2 || last.endsWith("[]") || steps.slice(1).some((step) => OPAQUE.has(step)) || CONTENT.has(last)
    : KEPT.has(top) || last === "format" || last === "schema";
  if (is_kept) return undefined;
  const field = steps.join(".");
  return { wire, field, words: NEVER, cut: [field], sample: "", source: "the upstream's own words", date: "" };
}

/** Within these stand the client's own names: a tool's parameter may be called as a field is. */
const OPAQUE = new Set(["parameters", "input_schema", "arguments", "properties", "schema"]);

const NEVER = /(?!)/;
