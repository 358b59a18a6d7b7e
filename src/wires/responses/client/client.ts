/** The client half of the Responses wire: what Codex and OpenAI's SDKs talk to. */
import { listOf, objectOf, objectsIn } from "../../../core/json.ts";
import { textOf } from "../../../core/parse.ts";
import type { ClientFacts, ClientWire } from "../../wire.ts";
import { asCompaction, CompactionEncoder, CompactionObjectEncoder } from "./compaction.ts";
import { ResponsesEncoder } from "./encode.ts";
import { httpErrorOf } from "./errors.ts";
import { editRequest } from "./forward.ts";
import { hostedExchange, wantsHosted } from "./hosted.ts";
import { liftRequest } from "./lift.ts";
import { observerOf } from "./observe.ts";
import type { RequestBody } from "./schema.ts";

export const responsesClient: ClientWire = {
  name: "responses",
  lift(json, client, scope) {
    const lifted = liftRequest(json, scope.hosted);
    const { body, turn, table, sources } = lifted;
    const stream = body.stream === true;
    const compacts = asksForCompaction(body);
    const Encoder = compacts ? CompactionEncoder : ResponsesEncoder;
    const encoder = new Encoder(withoutInput(body), table, stream, client, scope, sources);
    const made_by = makerOf(body.input);
    const known = {
      kindOf: (name: string) => table.hosted.get(name)?.kind ?? table.resolve(name).kind,
      ...(body.prompt_cache_key && { thread: body.prompt_cache_key }),
      ...(made_by !== undefined && { made_by }),
      shortens: body.truncation === "auto",
    };
    if (compacts) return { turn: asCompaction(turn), stream, encoder, ...known };
    const hosted = hostedExchange(lifted, encoder.teller);
    return { turn, stream, encoder, ...known, ...(hosted && { hosted }) };
  },
  httpError: httpErrorOf,
  heartbeat,
  forward: {
    wire: "responses",
    path: "/responses",
    needsTranslation: (json, dialect, _compose, offer) =>
      (!dialect.native_compaction && asksForCompaction(json)) ||
      (offer !== undefined && wantsHosted(json, offer, dialect.hosted_tools)),
    edit: editRequest,
    observer: observerOf,
    full_context: ["context_length_exceeded"],
  },
};

/** No response repeats it, and it is most of a request. */
function withoutInput(body: RequestBody): RequestBody {
  return { ...body, input: undefined };
}

/** Codex's idle timer counts events alone, and passes over those that it does not know. */
function heartbeat({ codex }: ClientFacts): string {
  return codex ? 'event: keepalive\ndata: {"type":"keepalive"}\n\n' : ": keepalive\n\n";
}

/** An id that was given here: 32 digits of the response, the last eight its maker's mark, and two of the item's place. */
const OWN_ID = /^(?:msg|rs|fc|ctc|tsc|cmp|ws|mcp|mcpl|mcpr)_[0-9a-f]{24}([0-9a-f]{8})[0-9a-f]{2}$/;

function makerOf(input: unknown): string | undefined {
  for (const { id } of objectsIn(input).toReversed()) {
    const mark = OWN_ID.exec(textOf(id))?.[1];
    if (mark !== undefined) return mark;
  }
  return undefined;
}

/** Codex 0.169 with a provider named "OpenAI" asks for a compaction by the last item of the input. */
function asksForCompaction(json: unknown): boolean {
  return objectOf(listOf(objectOf(json).input).at(-1)).type === "compaction_trigger";
}

/** `POST /v1/responses/compact`: the same, asked for by the path and answered in one piece. */
export const compactClient: ClientWire = {
  name: "compact",
  lift(json, client, scope) {
    const { body, turn, table } = liftRequest(json);
    const encoder = new CompactionObjectEncoder(withoutInput(body), table, false, client, scope);
    return { turn: asCompaction(turn), stream: false, encoder };
  },
  httpError: httpErrorOf,
  heartbeat,
  forward: {
    wire: "responses",
    path: "/responses/compact",
    needsTranslation: (_, dialect) => !dialect.native_compaction,
    edit: editRequest,
    observer: () => observerOf(false),
  },
};
