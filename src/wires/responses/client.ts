/** The client half of the Responses wire: what Codex and OpenAI's SDKs talk to. */
import type { ClientWire } from "../wire.ts";
import { asCompaction, CompactionEncoder, compactionObject } from "./compaction.ts";
import { ResponsesEncoder } from "./encode.ts";
import { httpErrorOf } from "./errors.ts";
import { liftRequest } from "./lift.ts";

export const responsesClient: ClientWire = {
  name: "responses",
  lift(json, client, around) {
    const { body, turn, table } = liftRequest(json);
    const stream = body.stream === true;
    const encoder = new ResponsesEncoder(body, table, stream, client, around);
    const thread = body.prompt_cache_key ? { thread: body.prompt_cache_key } : {};
    const last = Array.isArray(body.input) ? body.input.at(-1) : undefined;
    if (last?.["type"] !== "compaction_trigger") return { turn, stream, encoder, ...thread };
    return { turn: asCompaction(turn), stream, encoder: new CompactionEncoder(encoder), ...thread };
  },
  httpError: httpErrorOf,
};

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
};
