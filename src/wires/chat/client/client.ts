/** The client half of the Chat Completions wire: what Cline, Goose, opencode and OpenAI's SDKs talk to. */
import { listOf, objectOf } from "../../../core/json.ts";
import { textOf } from "../../../core/parse.ts";
import type { WireName } from "../../../core/provider.ts";
import { unsupported } from "../../errors.ts";
import { searchExchange } from "../../hosted.ts";
import type { ClientWire } from "../../wire.ts";
import { ChatEncoder } from "./encode.ts";
import { FULL_CONTEXT, httpErrorOf } from "./errors.ts";
import { editRequest, needsTranslation } from "./forward.ts";
import { liftRequest } from "./lift.ts";
import { BodyObserver, StreamObserver } from "./observe.ts";
import type { RequestBody } from "./schema.ts";

/** A line of SSE that every reader passes over. */
const COMMENT = ": keepalive\n\n";

export const chatClient: ClientWire = {
  name: "chat",
  lift(json, _, scope) {
    const { body, turn, table, legacy, search } = liftRequest(json, scope.hosted?.search);
    const stream = body.stream === true;
    const usage = body.stream_options?.include_usage === true;
    const encoder = new ChatEncoder({ model: body.model, table, legacy, stream, usage }, scope);
    const hosted = search && searchExchange(search.wish, turn, encoder.teller);
    return {
      turn,
      stream,
      encoder,
      ...(hosted && { hosted, kindOf: (name: string) => hosted.toolOf(name)?.kind ?? "function" }),
      ...threadOf(body),
      ...makerOf(body),
    };
  },
  httpError: httpErrorOf,
  heartbeat: () => COMMENT,
  forward: {
    wire: "chat",
    path: "/chat/completions",
    needsTranslation,
    edit: editRequest,
    observer: (stream) => (stream ? new StreamObserver() : new BodyObserver()),
    full_context: FULL_CONTEXT,
  },
};

/** `user` is what clients had for this before there was a name for the cache alone. */
function threadOf({ prompt_cache_key, session_id, user }: RequestBody): { thread?: string } {
  const thread = prompt_cache_key || session_id || user;
  return thread ? { thread } : {};
}

/** An id of a call that was given here, where its upstream gave none: the last eight digits are its maker's mark. */
const OWN_CALL_ID = /^call_[0-9a-f]{16}([0-9a-f]{8})$/;

function makerOf({ messages }: RequestBody): { made_by?: string } {
  for (const { tool_calls } of messages.toReversed()) {
    const mark = OWN_CALL_ID.exec(textOf(objectOf(listOf(tool_calls)[0]).id))?.[1];
    if (mark !== undefined) return { made_by: mark };
  }
  return {};
}

/** A path that is forwarded where the upstream has it, and never translated. */
function passedThrough(name: string, path: string, wire: WireName): ClientWire {
  return {
    name,
    lift() {
      throw unsupported(
        `\`${path}\` is only passed through: name a model of an upstream that has this path, not a route`,
      );
    },
    httpError: httpErrorOf,
    heartbeat: () => COMMENT,
    forward: {
      wire,
      also: ["responses"],
      path,
      needsTranslation: () => false,
      edit: editRequest,
      observer: (stream) => (stream ? new StreamObserver() : new BodyObserver()),
    },
  };
}

/** The older endpoint, whose prompt is one text: editors complete code with it. */
export const completionsClient = passedThrough("completions", "/completions", "chat");
export const embeddingsClient = passedThrough("embeddings", "/embeddings", "chat");
