/** The client half of the Responses wire: what Codex and OpenAI's SDKs talk to. */
import type { ClientWire } from "../wire.ts";
import { asCompaction, CompactionEncoder, compactionObject } from "./compaction.ts";
import { ResponsesEncoder } from "./encode.ts";
import { httpErrorOf } from "./errors.ts";
import { editRequest } from "./forward.ts";
import { liftRequest } from "./lift.ts";
import { BodyObserver, StreamObserver } from "./observe.ts";

export const responsesClient: ClientWire = {
  name: "responses",
  lift(json, client, around) {
    const { body, turn, table } = liftRequest(json);
    const stream = body.stream === true;
    const encoder = new ResponsesEncoder(body, table, stream, client, around);
    const thread = body.prompt_cache_key ? { thread: body.prompt_cache_key } : {};
    if (!asksForCompaction(body)) return { turn, stream, encoder, ...thread };
    return { turn: asCompaction(turn), stream, encoder: new CompactionEncoder(encoder), ...thread };
  },
  httpError: httpErrorOf,
  forward: {
    wire: "responses",
    path: "/responses",
    refuses: (json, dialect) => !dialect.native_compaction && asksForCompaction(json),
    edit: editRequest,
    observer: (stream) => (stream ? new StreamObserver() : new BodyObserver()),
  },
};

/** Codex 0.169 with a provider named "OpenAI" asks for a compaction by the last item of the input. */
function asksForCompaction(json: unknown): boolean {
  const input = (json as { input?: unknown } | null)?.input;
  const last = Array.isArray(input) ? (input.at(-1) as { type?: unknown } | undefined) : undefined;
  return last?.type === "compaction_trigger";
}

/** `POST /v1/responses/compact`: the same, asked for by the path and answered in one piece. */
export const compactClient: ClientWire = {
  name: "compact",
  lift(json, client, around) {
    const { body, turn, table } = liftRequest(json);
    const encoder = new ResponsesEncoder(body, table, false, client, around);
    return {
      turn: asCompaction(turn),
      stream: false,
      encoder: new CompactionEncoder(encoder, compactionObject),
    };
  },
  httpError: httpErrorOf,
  forward: {
    wire: "responses",
    path: "/responses/compact",
    refuses: (_, dialect) => !dialect.native_compaction,
    edit: editRequest,
    observer: () => new BodyObserver(),
  },
};
