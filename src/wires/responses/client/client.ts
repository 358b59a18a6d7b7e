/** The client half of the Responses wire: what Codex and OpenAI's SDKs talk to. */
import type { ClientFacts, ClientWire } from "../../wire.ts";
import { asCompaction, CompactionEncoder, compactionObject } from "./compaction.ts";
import { ResponsesEncoder } from "./encode.ts";
import { httpErrorOf } from "./errors.ts";
import { hostedExchange, wantsHosted } from "./hosted.ts";
import { editRequest } from "./forward.ts";
import { liftRequest } from "./lift.ts";
import { observerOf } from "./observe.ts";

export const responsesClient: ClientWire = {
  name: "responses",
  lift(json, client, around) {
    const lifted = liftRequest(json, around.hosted);
    const { body, turn, table, sources } = lifted;
    const stream = body.stream === true;
    const encoder = new ResponsesEncoder(body, table, stream, client, around, sources);
    const made_by = makerOf(body.input);
    const known = {
      kindOf: (name: string) => table.hosted.get(name)?.kind ?? table.resolve(name).kind,
      ...(body.prompt_cache_key && { thread: body.prompt_cache_key }),
      ...(made_by !== undefined && { made_by }),
      shortens: body.truncation === "auto",
    };
    if (!asksForCompaction(body)) {
      const hosted = hostedExchange(lifted, encoder.teller);
      return { turn, stream, encoder, ...known, ...(hosted && { hosted }) };
    }
    return { turn: asCompaction(turn), stream, encoder: new CompactionEncoder(encoder), ...known };
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

/** Codex's idle timer counts events alone, and passes over those that it does not know. */
function heartbeat({ codex }: ClientFacts): string {
  return codex ? 'event: keepalive\ndata: {"type":"keepalive"}\n\n' : ": keepalive\n\n";
}

/** An id that was given here: 32 digits of the answer, the last eight its maker's mark, and two of the item's place. */
const OWN_ID = /^(?:msg|rs|fc|ctc|tsc|cmp|ws|mcp|mcpl|mcpr)_[0-9a-f]{24}([0-9a-f]{8})[0-9a-f]{2}$/;

function makerOf(input: unknown): string | undefined {
  if (!Array.isArray(input)) return undefined;
  for (const { id } of (input as { id?: unknown }[]).toReversed()) {
    const mark = typeof id === "string" ? OWN_ID.exec(id)?.[1] : undefined;
    if (mark !== undefined) return mark;
  }
  return undefined;
}

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
    return { turn: asCompaction(turn), stream: false, encoder: new CompactionEncoder(encoder, compactionObject) };
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
