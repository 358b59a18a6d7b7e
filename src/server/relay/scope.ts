/** What all functions of one request share. */
import { originMark, markedIds } from "../../core/ids.ts";
import type { CurrentAttempt, Exchange, WireScope } from "../../wires/wire.ts";
import type { RequestRecord } from "./call.ts";
import type { Candidates } from "./candidates.ts";
import type { GatewayOptions } from "./gateway-options.ts";
import type { Incoming } from "./incoming.ts";

export interface RequestScope {
  readonly incoming: Incoming;
  readonly candidates: Candidates;
  readonly call: RequestRecord;
  readonly gateway: GatewayOptions;
  /** Remedies that were tried for this request, at all candidates. */
  readonly remedies: { count: number };
  /** The client has headers already: a failure is written into the stream. */
  readonly committed: () => boolean;
}

/** What wires get of the outside world, for the current candidate. */
export function surroundingsOf(
  { incoming, candidates, call, gateway }: RequestScope,
  answering: Readonly<CurrentAttempt>,
): WireScope {
  const { hosted, keeping } = incoming;
  const { provider, model } = candidates.current;
  return {
    ids: markedIds({ next: gateway.nextId }, originMark(provider.id, model)),
    now: () => Math.floor(Date.now() / 1000),
    note: (what, detail) => call.note(what, detail),
    answering,
    ...(hosted && { hosted }),
    ...(keeping && { kept: keeping.kept }),
  };
}

/** The exchange of a request that was not translated; undefined for one that cannot be read as a turn. */
export function exchangeOf(scope: RequestScope): Exchange | undefined {
  const { incoming, candidates } = scope;
  const around = surroundingsOf(scope, { model: candidates.current.model, effort: undefined });
  try {
    return incoming.wire.lift(incoming.body.json, incoming.client, { ...around, note: () => {} });
  } catch {
    return undefined;
  }
}
