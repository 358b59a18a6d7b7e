/** How a request gets from a client to an upstream: pass-through, or a translation. */
import type { WireName } from "../../core/provider.ts";
import { UPSTREAM_WIRES } from "../../wires/index.ts";
import type { ClientWire, ForwardWire, UpstreamWire } from "../../wires/wire.ts";
import type { ModelCandidate } from "../upstreams/catalog.ts";

/** The wire that a turn is lowered to: the client's own where the upstream speaks it, else the upstream's first. */
export function translatorOf({ provider }: ModelCandidate, own?: WireName): UpstreamWire | undefined {
  const { wires } = provider.record;
  const name = own !== undefined && wires.includes(own) ? own : wires[0];
  return name && UPSTREAM_WIRES[name];
}

export function canForward({ wire, also = [] }: ForwardWire, { provider }: ModelCandidate): boolean {
  return provider.record.wires.some((name) => name === wire || also.includes(name));
}

/** Whether this candidate can get requests of this client. */
export function canBeAsked({ forward }: ClientWire, candidate: ModelCandidate): boolean {
  return canTranslate(candidate) || (forward !== undefined && canForward(forward, candidate));
}

export function canTranslate(candidate: ModelCandidate): boolean {
  return translatorOf(candidate) !== undefined;
}
