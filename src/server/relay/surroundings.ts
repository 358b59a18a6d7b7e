/** What the outside world gives to the wires for one request. */
import { makersMark, markedIds } from "../../core/ids.ts";
import type { Answering, Surroundings } from "../../wires/wire.ts";
import type { Call } from "./call.ts";
import type { Chosen } from "../upstreams/catalog.ts";
import type { GatewayOptions } from "./gateway-options.ts";
import type { Incoming } from "./incoming.ts";

export function surroundingsOf(
  incoming: Incoming,
  chosen: Chosen,
  call: Call,
  gateway: GatewayOptions,
  answering: Readonly<Answering>,
): Surroundings {
  const { hosted, keeping } = incoming;
  return {
    ids: markedIds({ next: gateway.nextId }, makersMark(chosen.provider.id, chosen.model)),
    now: () => Math.floor(Date.now() / 1000),
    note: (what, detail) => call.note(what, detail),
    answering,
    ...(hosted && { hosted }),
    ...(keeping && { kept: keeping.kept }),
  };
}
