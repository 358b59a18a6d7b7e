/** Reads a client's messages. Throws ShimErrors that say what is wrong with them. */
import { refuseAmbiguousKeys } from "../../core/ambiguous-keys.ts";
import { quotingError, ShimError } from "../../core/errors.ts";
import { isJsonObject } from "../../core/json-fields.ts";
import { nameOf, textOf } from "../../core/parse.ts";
import type { JsonObject } from "../../core/dialect.ts";

export interface Create {
  type: "create";
  text: string; // The message.
  body: JsonObject;
  previous_response_id: string | undefined;
  lane: string | undefined; // Name of the lane for all its events, where the client gives one.
  generate: boolean; // False: it is only the beginning of the next request's history.
}

/** `interrupt` ends a running response (Codex 0.169, for models of its "lite" kind). */
type ClientMessage = Create | { type: "interrupt"; response_id: string };

/** Undefined for what needs no response. */
export function readMessage(text: string | undefined, max_bytes: number): ClientMessage | undefined {
  if (text === undefined) throw new ShimError("invalid_request", "messages must be text, and this one is binary");
  if (text.length > max_bytes)
    throw new ShimError("payload_too_large", `the message is larger than ${max_bytes / 1024 / 1024} MB`);
  const body = parsed(text);
  switch (body["type"]) {
    case "response.create":
      return { type: "create", text, ...readCreate(body) };
    case "response.interrupt":
      return { type: "interrupt", response_id: textOf(body["response_id"]) };
    // The client says that it has read a response.
    case "response.processed":
      return undefined;
    default:
      throw new ShimError("unsupported", `${typeWords(body["type"])}; send \`response.create\``, { param: "type" });
  }
}

function typeWords(type: unknown): string {
  if (type === undefined || type === null) return "the message has no `type`";
  if (typeof type !== "string") return "the message's `type` must be a text";
  return `messages of the type \`${nameOf(type)}\` are not known here`;
}

function parsed(text: string): JsonObject {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    throw quotingError("invalid_request", "the message is not valid JSON: ", (error as Error).message);
  }
  refuseAmbiguousKeys(text);
  if (isJsonObject(body)) return body;
  throw new ShimError("invalid_request", "the message must be a JSON object with a `type`");
}

/** A response is always streamed here, whatever `stream` says. */
function readCreate(body: JsonObject): Omit<Create, "type" | "text"> {
  const { previous_response_id, stream_id, generate, background } = body;
  const posted = "`background` is not for WebSocket connections; ask by POST /v1/responses";
  if (background === true) throw new ShimError("unsupported", posted, { param: "background" });
  if (previous_response_id !== undefined && previous_response_id !== null && typeof previous_response_id !== "string")
    throw new ShimError("invalid_request", "`previous_response_id` must be an id", { param: "previous_response_id" });
  return {
    body,
    previous_response_id: previous_response_id || undefined,
    lane: typeof stream_id === "string" ? stream_id : undefined,
    generate: generate !== false,
  };
}
