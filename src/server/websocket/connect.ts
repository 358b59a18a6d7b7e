/** A WebSocket connection to `/v1/responses`: a request on it goes the same way as a posted one. */
import { TURN_STATE_HEADER } from "../../agents/codex.ts";
import { asShimError, ShimError } from "../../core/errors.ts";
import { isJsonObject } from "../../core/json-fields.ts";
import type { HttpError } from "../../wires/wire.ts";
import type { Caller } from "../access/access.ts";
import { workingBytes } from "../body.ts";
import type { Hold, MemoryBudget } from "../memory/budget.ts";
import { bytesOfValues } from "../memory/json-census.ts";
import { modelIn } from "../relay/gateway.ts";
import type { Incoming } from "../relay/incoming.ts";
import { requestBody } from "../memory/request-body.ts";
import { ChainMemory } from "./chains.ts";
import { Session } from "./session.ts";
import type { Socket, SocketEvents } from "./socket.ts";

/** The request that became a connection, and how those on it are answered. */
export interface Handshake extends Pick<Incoming, "wire" | "path" | "headers" | "client" | "via" | "client_id"> {
  max_bytes(): number;
  memory?: MemoryBudget; // Shared by all requests; absent: it is not counted.
  /** Who has connected, by the keys that are valid now. Throws when its key is revoked. */
  caller(): Caller;
  answer(incoming: Incoming): Promise<Response>;
  refusal(error: ShimError, logged: boolean): HttpError;
  nextId(): string;
}

/** Characters that all connections together may remember. */
const memory = new ChainMemory(256 * 1024 * 1024);

export function openSession(handshake: Handshake, socket: Socket): SocketEvents {
  const { wire, path, client, via, client_id, max_bytes, refusal, nextId, memory: budget } = handshake;
  const session = new Session({
    socket,
    memory,
    codex: client.codex,
    max_bytes,
    ...(budget && { hold: (text: string) => holdFor(text, budget) }),
    refusal,
    nextId,
    async answer({ text, json }, { generate, body }, signal, ids) {
      const caller = callerNow();
      if (!generate)
        try {
          caller.allow(modelIn(json));
          return prewarmed(handshake, json);
        } catch (thrown) {
          refusal(asShimError(thrown), false);
          throw thrown;
        }
      const headers = headersOf(handshake.headers, body["client_metadata"]);
      const turn_state = headers.get(TURN_STATE_HEADER) ?? undefined;
      const forwarded: Incoming["forwarded"] = (keeping) => {
        ids.foreign = true;
        ids.stored = () => keeping?.isStored ?? false;
      };
      const request = {
        wire,
        path,
        client,
        via,
        client_id,
        body: requestBody(text, json),
        // The message has a hold of its own: this one is the reply's.
        ...(budget && { hold: budget.hold() }),
        headers,
        signal,
        turn_state,
        caller,
        forwarded,
      };
      return handshake.answer(request).catch((thrown: unknown) => {
        throw asNotFound(thrown);
      });
    },
  });
  return session;

  function callerNow(): Caller {
    try {
      return handshake.caller();
    } catch (thrown) {
      const error = asShimError(thrown);
      refusal(error, false);
      session.end(error);
      throw error;
    }
  }
}

function holdFor(text: string, budget: MemoryBudget): Hold {
  const hold = budget.hold();
  hold.grow(workingBytes(text) + bytesOfValues(text, "the message"));
  return hold;
}

/** Codex 0.169 puts the headers of each request into its body: the connection's own are old. */
const PER_REQUEST = /^x-(?:codex|openai)-/;

function headersOf(handshake: Headers, metadata: unknown): Headers {
  const headers = new Headers(handshake);
  // It concerns the connection, and no upstream gets one.
  if (headers.get("openai-beta")?.startsWith("responses_websockets")) headers.delete("openai-beta");
  headers.delete(TURN_STATE_HEADER);
  for (const [name, value] of Object.entries(isJsonObject(metadata) ? metadata : {}))
    if (PER_REQUEST.test(name) && typeof value === "string") headers.set(name, value.replaceAll(/[^\x20-\x7e]/g, "?"));
  return headers;
}

/** Where nobody here knows the response, the client must send the whole history. */
function asNotFound(thrown: unknown): unknown {
  if (!(thrown instanceof ShimError) || thrown.param !== "previous_response_id") return thrown;
  if (thrown.code !== undefined && thrown.code !== null) return thrown;
  const words = "this connection knows no response of this `previous_response_id`; send the whole history in `input`";
  return new ShimError("invalid_request", words, { param: thrown.param, code: "previous_response_not_found" });
}

const UNUSED = { input_tokens: 0, cached_tokens: 0, cache_write_tokens: 0, output_tokens: 0, reasoning_tokens: 0 };

/**
 * Responds to `generate: false`: the client prepares what it will go on from, and no upstream is asked. Codex 0.169
 * sends it 20 to 50 ms before the first turn: a prefill would only keep that turn waiting. Throws what a turn throws.
 */
function prewarmed({ wire, client, nextId }: Handshake, json: unknown): Response {
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
