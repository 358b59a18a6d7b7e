/** A message as the request that it stands for: with the whole history, as if the client had sent it. */
import { ShimError } from "../../core/errors.ts";
import { JsonEdit, membersOf } from "../../core/json-edit.ts";
import { textWithoutToolSecrets } from "../../core/tool-secrets.ts";
import { expandRequest, inputTexts, refuseOpenCalls, refuseStrayResults, withMembers } from "../../wires/index.ts";
import { itemOf, type History } from "./chains.ts";
import type { Create } from "./message.ts";

export interface ExpandedRequest {
  text: string;
  json: unknown;
  known: number; // How many items of the history stand before the message's own.
  /** What its response is remembered with. Made when it is needed: it holds most of a long message. */
  history(): History;
}

const MB = 1024 * 1024;
/** Only the message has these members, and no request. */
const ENVELOPE = ["generate", "stream_id", "background", "stream"];

/** `known`: the history of the response that it goes on from; undefined where nothing is remembered of it. */
export function requestOf(created: Create, known: History | undefined, max_bytes: number): ExpandedRequest {
  const { text: message, body, previous_response_id } = created;
  const text = requestText(message, known);
  if (text.length > max_bytes)
    throw new ShimError("payload_too_large", `with its history the request is larger than ${max_bytes / MB} MB`);
  const fields = Object.entries(body).filter(([key]) => key !== "type" && !ENVELOPE.includes(key));
  const json: unknown = known ? JSON.parse(text) : { ...Object.fromEntries(fields), stream: true };
  // A stored history is checked where it is read.
  if (known && known.base === undefined) {
    refuseStrayResults(json, known.items.length);
    if (created.generate) refuseOpenCalls(json, known.items.length);
  }
  const history = (): History => ({
    base: known ? known.base : previous_response_id,
    items: [...(known?.items ?? []), ...inputTexts(message).map((item) => itemOf(textWithoutToolSecrets(item)))],
  });
  return { text, json, known: known?.items.length ?? 0, history };
}

/** The message is read once: a first one may hold a whole thread. */
function requestText(message: string, known: History | undefined): string {
  const edit = new JsonEdit(message);
  const members = membersOf(message, 0);
  const spans = members.map(({ start, value }) => ({ start, end: value.end }));
  edit.remove(spans, new Set(members.flatMap(({ key }, i) => (ENVELOPE.includes(key) ? [i] : []))));
  for (const { key, start, value } of members)
    if (key === "type") edit.replace({ start, end: value.end }, '"stream":true');
  const text = edit.result();
  if (!known) return text;
  const whole = expandRequest(text, { history: known.items.map((item) => item.text) });
  return known.base === undefined ? whole : withMembers(whole, { previous_response_id: JSON.stringify(known.base) });
}
