/** What a request asks of stored responses: to go on from one, to be one, to run by itself. */
import { ShimError } from "../../../core/errors.ts";
import { isJsonObject } from "../../../core/json-fields.ts";
import { listOf, objectOf } from "../../../core/json.ts";
import { missing } from "../../../core/parse.ts";

export interface StateFields {
  /** The client's own word; undefined where it says nothing, which means yes. */
  store: boolean | undefined;
  previous_response_id: string | undefined;
  conversation_id: string | undefined;
  background: boolean;
  stream: boolean;
  /** Ids of stored items that stand in its input. */
  references: readonly string[];
}

/** Throws a ShimError for what contradicts itself. */
export function readStateFields(json: unknown): StateFields {
  const { store, background, stream, previous_response_id, conversation, input } = objectOf(json);
  if (typeof previous_response_id === "string" && conversation !== undefined && conversation !== null)
    throw new ShimError(
      "invalid_request",
      "`previous_response_id` and `conversation` both tell where to go on; send one of them",
      { param: "conversation", code: "mutually_exclusive_parameters" },
    );
  return {
    store: typeof store === "boolean" ? store : undefined,
    previous_response_id: nameAt("previous_response_id", previous_response_id),
    conversation_id: conversationIn(conversation),
    background: background === true,
    stream: stream === true,
    references: listOf(input).flatMap(referenceIn),
  };
}

function nameAt(param: string, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string" && value !== "") return value;
  const code = value === "" ? "empty_string" : "invalid_type";
  throw new ShimError("invalid_request", `\`${param}\` must be an id`, { param, code });
}

function conversationIn(conversation: unknown): string | undefined {
  if (!isJsonObject(conversation)) return nameAt("conversation", conversation);
  const id = nameAt("conversation.id", conversation.id);
  if (id === undefined) throw missing("conversation.id");
  return id;
}

/** An item that only names a stored one, with `type` or, as OpenAI's schema allows, without. */
export function referenceIn(item: unknown): string[] {
  if (!isJsonObject(item)) return [];
  const { type, id, role, content } = item;
  const is =
    type === "item_reference" || ((type ?? null) === null && ((role ?? null) === null || (content ?? null) === null));
  return is && typeof id === "string" ? [id] : [];
}
