/** A request that is translated: the turn is lifted, lowered to the upstream's wire, and the reply carried back. */
import type { Item } from "../../core/turn.ts";
import type { Answering, Exchange, Surroundings } from "../../wires/wire.ts";
import type { Incoming } from "./incoming.ts";
import { lightTurn } from "./light-turn.ts";
import { surroundingsOf, type RequestScope } from "./scope.ts";
import { HostedReply } from "../hosted/reply.ts";
import { collectReply, STREAM_HEADERS, streamReply, type Reply } from "./pump.ts";
import { keptReply } from "../state/keeping.ts";
import { Translation } from "./translation.ts";

export async function translateRequest(scope: RequestScope): Promise<Response> {
  const { incoming, candidates, call, gateway } = scope;
  const { keeping } = incoming;
  keeping?.isNative(candidates.current); // Throws what it cannot go on from.
  const answering: Answering = { model: undefined, effort: undefined };
  const around = surroundingsOf(scope, answering);
  const exchange = liftLight(incoming, around);
  const answer = exchange.encoder.kept?.();
  incoming.run?.reads(exchange.encoder);
  if (keeping?.kept.background && answer) await keeping.begin(answer);
  call.results = exchange.turn.items.filter(({ type }) => type === "tool_result").length;
  const begin = (asked: Exchange): Translation => new Translation(scope, asked, around, answering);
  const reply: (Translation | HostedReply) & Reply = exchange.hosted ? await replyFor(exchange) : begin(exchange);
  reply.kept = keptReply(keeping, exchange.encoder);
  if (!exchange.stream) {
    const body = await collectReply(reply).catch((thrown: unknown) => {
      // Another candidate would run the calls again.
      if (reply instanceof HostedReply && reply.ran) candidates.keep();
      throw thrown;
    });
    call.end();
    return Response.json(body, { headers: call.headers() });
  }
  const begun = keeping && answer && !keeping.kept.background ? keeping.begin(answer) : undefined;
  await reply.settled(gateway.hold_ms).catch((error: unknown) => {
    void keeping?.drop();
    throw error;
  });
  await begun;
  return new Response(streamReply(reply), {
    headers: {
      ...call.headers(),
      ...STREAM_HEADERS,
    },
  });

  /** Nothing is waited for where no tools of servers are asked for. */
  async function replyFor(exchange: Exchange): Promise<Translation | HostedReply> {
    const { hosted } = exchange;
    const tools = gateway.hosted;
    if (!hosted || !tools) return begin(exchange);
    const run = tools.run(hosted);
    try {
      if (hosted.mcp.length > 0) await run.declare(incoming.signal);
      return new HostedReply({
        exchange,
        hosted,
        run,
        max_calls: tools.max_calls,
        call,
        heartbeat_ms: gateway.heartbeat_ms,
        signal: incoming.signal,
        begin,
        modelOf: () => around.answering?.model,
      });
    } catch (thrown) {
      run.close();
      throw thrown;
    }
  }
}

/** A long request's history is not kept for as long as its reply runs. */
function liftLight(incoming: Incoming, around: Surroundings): Exchange {
  const { wire, body, client } = incoming;
  const exchange = wire.lift(body.json, client, around);
  // These ask again with the history that they have, and more.
  if (!body.long || exchange.hosted || exchange.shortens) return exchange;
  const again = (): Item[] => wire.lift(body.json, client, { ...around, note: () => {} }).turn.items;
  return { ...exchange, turn: lightTurn(exchange.turn, again) };
}
