/**
 * Responds to `generate: false`: the client prepares what it will go on from, and no upstream is asked. Codex 0.169
 * sends it 20 to 50 ms before the first turn: a prefill would only keep that turn waiting.
 */
import { isJsonObject } from "../../core/json-fields.ts";
import type { ClientFacts, ClientWire } from "../../wires/wire.ts";

const UNUSED = { input_tokens: 0, cached_tokens: 0, cache_write_tokens: 0, output_tokens: 0, reasoning_tokens: 0 };

/** Throws a ShimError where a turn would be refused. */
export function prewarmed(wire: ClientWire, json: unknown, client: ClientFacts, nextId: () => string): Response {
  const around = { ids: { next: nextId }, now: () => Math.floor(Date.now() / 1000), note: () => {} };
  const { encoder } = wire.lift(withInput(json), client, around);
  encoder.write({ type: "start" });
  encoder.write({ type: "end", reason: "stop", usage: UNUSED });
  return new Response(encoder.take(), { headers: { "content-type": "text/event-stream" } });
}

/** Instructions and tools are something to go on from, also without any input. */
function withInput(json: unknown): unknown {
  if (!isJsonObject(json)) return json;
  const { input } = json;
  const isEmpty = input === undefined || input === null || input === "" || (Array.isArray(input) && input.length === 0);
  return isEmpty ? { ...json, input: "." } : json;
}
