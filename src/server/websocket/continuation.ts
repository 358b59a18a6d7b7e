/** A message as the request that it stands for: with the whole history, as if the client had sent it. */
import { ShimError } from "../../core/errors.ts";
import { dropPaths } from "../../core/forward-edit.ts";
import { JsonEdit, valueSpan } from "../../core/json-edit.ts";
import { expandRequest, inputTexts, withMembers } from "../../wires/index.ts";
import { itemOf, type History } from "./chains.ts";
import type { Create } from "./message.ts";

export interface Asked {
  text: string;
  json: unknown;
  /** What its answer is to be remembered with. */
  history: History;
}

/** What only the message has, and no request. */
const ENVELOPE = ["type", "generate", "stream_id", "background", "stream"];

/** `known`: what the response held that the message goes on from; undefined where nothing is remembered of it. */
export function askedBy(created: Create, known: History | undefined, max_bytes: number): Asked {
  const own = inputTexts(created.text).map(itemOf);
  const history = { base: known ? known.base : created.previous_response_id, items: [...(known?.items ?? []), ...own] };
  const text = requestText(created.text, known);
  if (text.length > max_bytes)
    throw new ShimError(
      "payload_too_large",
      `with its history the request is larger than ${max_bytes / 1024 / 1024} MB`,
    );
  const json: unknown = JSON.parse(text);
  if (known && history.base === undefined) refuseStrayResults(json, known.items.length);
  return { text, json, history };
}

function requestText(message: string, known: History | undefined): string {
  const edit = new JsonEdit(message);
  dropPaths(edit, valueSpan(message), ENVELOPE, []);
  const bare = edit.result();
  if (!known) return withMembers(bare, { stream: "true" });
  const text = expandRequest(bare, { history: known.items.map((item) => item.text), stream: true });
  return known.base === undefined ? text : withMembers(text, { previous_response_id: JSON.stringify(known.base) });
}

/** The history is all there is: a result without its call means that the client speaks of another thread. */
function refuseStrayResults(json: unknown, known: number): void {
  const { input } = json as { input: unknown[] };
  const calls = new Set<unknown>();
  for (const [i, item] of input.entries()) {
    const { type, call_id } = (item ?? {}) as { type?: unknown; call_id?: unknown };
    if (typeof type !== "string" || typeof call_id !== "string") continue;
    if (type.endsWith("_call")) calls.add(call_id);
    else if (i >= known && type.endsWith("_call_output") && !calls.has(call_id))
      throw new ShimError(
        "invalid_request",
        `\`input[${i - known}]\` is the result of the call \`${call_id}\`, which nobody made in this thread`,
        { param: `input[${i - known}].call_id` },
      );
  }
}
