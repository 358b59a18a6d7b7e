/** A request that is translated: the turn is lifted, lowered to the upstream's wire, and the reply carried back. */
import { makersMark, markedIds } from "../core/ids.ts";
import type { Surroundings } from "../wires/wire.ts";
import type { Call } from "./call.ts";
import type { Candidates } from "./candidates.ts";
import type { GatewayOptions, Incoming } from "./gateway.ts";
import { collectReply, streamReply } from "./pump.ts";
import { Translation } from "./translation.ts";

export async function translateRequest(
  incoming: Incoming,
  candidates: Candidates,
  call: Call,
  gateway: GatewayOptions,
): Promise<Response> {
  const around: Surroundings = {
    ids: markedIds({ next: gateway.nextId }, makersMark(candidates.current.provider.id, candidates.current.model)),
    now: () => Math.floor(Date.now() / 1000),
    note: (what, detail) => call.note(what, detail),
  };
  const exchange = incoming.wire.lift(incoming.json, incoming.client, around);
  const reply = new Translation(incoming, candidates, call, gateway, exchange, around);
  if (!exchange.stream) {
    const body = await collectReply(reply);
    call.end();
    return Response.json(body, { headers: call.headers() });
  }
  await reply.settled(gateway.hold_ms);
  return new Response(streamReply(reply), {
    headers: {
      ...call.headers(),
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-cache",
      "x-accel-buffering": "no",
    },
  });
}
