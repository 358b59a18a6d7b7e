/** A WebSocket connection to `/v1/responses`: what is asked on it takes the same way as what is posted. */
import { TURN_STATE_HEADER } from "../../agents/codex.ts";
import { asShimError, ShimError } from "../../core/errors.ts";
import { isJsonObject } from "../../core/json-fields.ts";
import { ChainMemory } from "./chains.ts";
import type { ClientFacts, ClientWire, HttpError } from "../../wires/wire.ts";
import type { Caller } from "../access/access.ts";
import { workingBytes } from "../body.ts";
import type { Hold, MemoryBudget } from "../memory/budget.ts";
import { bytesOfValues } from "../memory/json-census.ts";
import { modelIn } from "../relay/gateway.ts";
import type { Incoming } from "../relay/incoming.ts";
import { requestBody } from "../memory/request-body.ts";
import type { Keeping } from "../state/keeping.ts";
import { prewarmed } from "./prewarm.ts";
import { Session } from "./session.ts";
import type { Socket, SocketEvents } from "./socket.ts";

/** The request that became a connection, and how those on it are answered. */
export interface Handshake {
  wire: ClientWire;
  /** For people. */
  path: string;
  headers: Headers;
  client: ClientFacts;
  via: string;
  client_id: string | undefined;
  max_bytes(): number;
  /** Shared by all requests; absent: nobody counts. */
  memory?: MemoryBudget;
  /** Who has connected, as far as the keys that count now say. Throws when there is no such key any more. */
  caller(): Caller;
  answer(incoming: Incoming): Promise<Response>;
  refusal(error: ShimError, logged: boolean): HttpError;
  nextId(): string;
}

/** Characters that all connections together may remember. */
const MEMORY = 256 * 1024 * 1024;
const memory = new ChainMemory(MEMORY);

export function openSession(handshake: Handshake, socket: Socket): SocketEvents {
  const { wire, path, client, via, client_id, nextId, memory: budget } = handshake;
  const session = new Session({
    socket,
    memory,
    codex: client.codex,
    max_bytes: handshake.max_bytes,
    ...(budget && { hold: (text: string) => holdFor(text, budget) }),
    refusal: handshake.refusal,
    nextId,
    async answer({ text, json }, { generate, body }, signal, ids) {
      const caller = callerOf();
      try {
        if (!generate) {
          caller.allow(modelIn(json));
          return prewarmed(wire, json, client, nextId);
        }
      } catch (thrown) {
        handshake.refusal(asShimError(thrown), false);
        throw thrown;
      }
      const headers = headersOf(handshake.headers, body["client_metadata"]);
      const turn_state = headers.get(TURN_STATE_HEADER) ?? undefined;
      const forwarded = (keeping: Keeping | undefined): void => {
        ids.foreign = true;
        ids.stored = () => keeping?.isStored ?? false;
      };
      const incoming = {
        wire,
        path,
        body: requestBody(text, json),
        // The message has a hold of its own: this one is the reply's.
        ...(budget && { hold: budget.hold() }),
        headers,
        client,
        signal,
        via,
        turn_state,
        caller,
        client_id,
        forwarded,
      };
      return handshake.answer(incoming).catch((thrown: unknown) => {
        throw asNotFound(thrown);
      });
    },
  });
  return session;

  function callerOf(): Caller {
    try {
      return handshake.caller();
    } catch (thrown) {
      const error = asShimError(thrown);
      handshake.refusal(error, false);
      session.revoked(error);
      throw error;
    }
  }
}

function holdFor(text: string, budget: MemoryBudget): Hold {
  const hold = budget.hold();
  hold.grow(workingBytes(text) + bytesOfValues(text, "the message"));
  return hold;
}

/** Codex 0.169 puts what it would say in the head of each request into the body: the connection's own head is old. */
const PER_REQUEST = /^x-(?:codex|openai)-/;

function headersOf(handshake: Headers, metadata: unknown): Headers {
  const headers = new Headers(handshake);
  // It means the connection, and no upstream gets one.
  if (headers.get("openai-beta")?.startsWith("responses_websockets")) headers.delete("openai-beta");
  headers.delete(TURN_STATE_HEADER);
  for (const [name, value] of Object.entries(isJsonObject(metadata) ? metadata : {}))
    if (PER_REQUEST.test(name) && typeof value === "string") headers.set(name, value.replaceAll(/[^\x20-\x7e]/g, "?"));
  return headers;
}

/** Nobody here knows the response: its client must send the whole history. */
function asNotFound(thrown: unknown): unknown {
  if (!(thrown instanceof ShimError) || thrown.param !== "previous_response_id") return thrown;
  if (thrown.code !== undefined && thrown.code !== null) return thrown;
  const words = "this connection knows no response of this `previous_response_id`; send the whole history in `input`";
  return new ShimError("invalid_request", words, { param: thrown.param, code: "previous_response_not_found" });
}
