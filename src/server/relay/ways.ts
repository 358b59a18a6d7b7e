/** The ways from a client to an upstream: its bytes handed on, or a translation. */
import type { WireName } from "../../core/provider.ts";
import { UPSTREAM_WIRES } from "../../wires/index.ts";
import type { ClientWire, ForwardWire, UpstreamWire } from "../../wires/wire.ts";
import type { Chosen } from "../upstreams/catalog.ts";

/** The wire that a turn is lowered to: the client's own where the host speaks it, else the host's first. */
export function translatorOf({ provider }: Chosen, own?: WireName): UpstreamWire | undefined {
  const { wires } = provider.record;
  const name = own !== undefined && wires.includes(own) ? own : wires[0];
  return name && UPSTREAM_WIRES[name];
}

export function canForward({ wire, also = [] }: ForwardWire, { provider }: Chosen): boolean {
  return provider.record.wires.some((name) => name === wire || also.includes(name));
}

/** Whether there is any way from this client to this candidate. */
export function canBeAsked({ forward }: ClientWire, chosen: Chosen): boolean {
  return canTranslate(chosen) || (forward !== undefined && canForward(forward, chosen));
}

export function canTranslate(chosen: Chosen): boolean {
  return translatorOf(chosen) !== undefined;
}
