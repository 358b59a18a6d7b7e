/** A request that is translated: the turn is lifted, lowered to the upstream's wire, and the reply carried back. */
import type { Item } from "../../core/turn.ts";
import type { CurrentAttempt, Exchange, WireScope } from "../../wires/wire.ts";
import type { Incoming } from "./incoming.ts";
import { lightTurn } from "./light-turn.ts";
import { surroundingsOf, type RequestScope } from "./scope.ts";
import type { SettledReply } from "./hosted.ts";
import { collectReply, STREAM_HEADERS, streamReply } from "./pump.ts";
import { keptReply } from "../state/keeping.ts";
import { Translation } from "./translation.ts";

export async function translateRequest(scope: RequestScope): Promise<Response> {
  const { incoming, candidates, call, gateway } = scope;
  const { keeping } = incoming;
  keeping?.isNative(candidates.current); // Throws when its history cannot be continued there.
  const answering: CurrentAttempt = { model: undefined, effort: undefined };
  const around = surroundingsOf(scope, answering);
  const exchange = liftLight(incoming, around);
  const kept = exchange.encoder.kept?.();
  incoming.run?.reads(exchange.encoder);
  if (keeping?.kept.background && kept) await keeping.begin(kept);
  call.results = exchange.turn.items.filter(({ type }) => type === "tool_result").length;
  const begin = (next: Exchange): Translation => new Translation(scope, next, around, answering);
  const reply: SettledReply = exchange.hosted ? await hostedReply(exchange) : begin(exchange);
  reply.kept = keptReply(keeping, exchange.encoder);
  if (!exchange.stream) {
    const body = await collectReply(reply).catch((thrown: unknown) => {
      // Another candidate would run the calls again.
      if (reply.ran) candidates.keep();
      throw thrown;
    });
    call.end();
    return Response.json(body, { headers: call.headers() });
  }
  const begun = keeping && kept && !keeping.kept.background ? keeping.begin(kept) : undefined;
  await reply.settled(gateway.hold_ms).catch((error: unknown) => {
    void keeping?.drop();
    throw error;
  });
  await begun;
  return new Response(streamReply(reply), { headers: { ...call.headers(), ...STREAM_HEADERS } });

  async function hostedReply(exchange: Exchange): Promise<SettledReply> {
    const { hosted } = exchange;
    if (!hosted || !gateway.hosted) return begin(exchange);
    const { heartbeat_ms } = gateway;
    const modelOf = (): string | undefined => answering.model;
    return gateway.hosted.reply({ exchange, hosted, call, heartbeat_ms, signal: incoming.signal, begin, modelOf });
  }
}

/** A long request's history is not kept for as long as its reply runs. */
function liftLight(incoming: Incoming, around: WireScope): Exchange {
  const { wire, body, client } = incoming;
  const exchange = wire.lift(body.json, client, around);
  // These send the history that they have again, and more.
  if (!body.long || exchange.hosted || exchange.shortens) return exchange;
  const again = (): Item[] => wire.lift(body.json, client, { ...around, note: () => {} }).turn.items;
  return { ...exchange, turn: lightTurn(exchange.turn, again) };
}
