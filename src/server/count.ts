/** `POST /v1/messages/count_tokens`: by the upstream's own count where it has one, else by an estimate; a header says which. */
import { promptCharacters } from "../core/estimate.ts";
import { countAnswer, liftCount } from "../wires/index.ts";
import type { Surroundings } from "../wires/wire.ts";
import { refuseReach } from "./access/reach.ts";
import type { Chosen } from "./upstreams/catalog.ts";
import { readJsonReply, type Bound } from "./upstreams/reading.ts";
import type { Found } from "./upstreams/probe.ts";
import { modelIn } from "./relay/gateway.ts";
import { chooseLocal, decideLocal, forLocalHost, keptLocal } from "./relay/local-only.ts";
import type { GatewayOptions } from "./relay/gateway-options.ts";
import type { Incoming } from "./relay/incoming.ts";
import { translatorOf } from "./relay/ways.ts";

export const COUNT_MS = 5000;
export const COUNT_BOUND: Bound = { most_bytes: 64 * 1024, speaker: "the upstream" };
export const COUNT_HEADER = "x-juscode-count";

export async function countTokens(asked: Incoming, gateway: GatewayOptions): Promise<Response> {
  const { incoming, chosen } = await placed(asked, gateway);
  const told = await askUpstream(incoming, chosen);
  if (told) return told;
  const key = `${chosen.provider.id}/${chosen.model}`;
  const tokens = gateway.prompts.calibration.estimate(key, charactersOf(incoming, chosen));
  return Response.json(countAnswer(tokens), { headers: { [COUNT_HEADER]: "estimate" } });
}

/** Who would answer a request, and what of it would go there. */
export async function placed(
  asked: Incoming,
  { catalog, router }: GatewayOptions,
): Promise<{ incoming: Incoming; chosen: Chosen }> {
  const name = modelIn(asked.body.json);
  const route = router.routeNamed(name);
  const local_only = router.local_only || route?.local_only === true;
  const incoming = local_only ? keptLocal(asked).incoming : asked;
  if (route) {
    const decide = (found: readonly Found[]) => router.decide(route, incoming, found).candidates.current;
    return { incoming, chosen: await (local_only ? decideLocal(decide, catalog) : catalog.list().then(decide)) };
  }
  const choose = () => catalog.choose(name, asked.turn_state?.split("/")[0], asked.caller?.may);
  return { incoming, chosen: await (local_only ? chooseLocal(choose, catalog) : choose()) };
}

/** A body that the host counts is forwarded to it. */
export function refuseReachOf({ wire, caller, body: { json } }: Incoming, body: unknown, chosen: Chosen): void {
  refuseReach({ body: () => body, wire: wire.name, caller, model: modelIn(json), chosen });
}

/** Hosts of the Messages wire count for themselves. */
async function askUpstream(incoming: Incoming, chosen: Chosen): Promise<Response | undefined> {
  const { via, signal } = incoming;
  const { json, text } = incoming.body;
  const { provider, model } = chosen;
  if (!provider.record.wires.includes("messages")) return undefined;
  refuseReachOf(incoming, json, chosen);
  const counted = incoming.local_only ? (JSON.parse(forLocalHost(text, json).text) as object) : (json as object);
  const body = JSON.stringify({ ...counted, model });
  const limit = AbortSignal.any([signal, AbortSignal.timeout(COUNT_MS)]);
  const headers = { "anthropic-version": "2023-06-01" };
  try {
    const reply = await provider.send("/messages/count_tokens", body, { via, signal: limit, headers });
    const counted = reply.ok ? ((await readJsonReply(reply, COUNT_BOUND)) as { input_tokens?: unknown }) : undefined;
    if (typeof counted?.input_tokens !== "number") return undefined;
    return Response.json(countAnswer(counted.input_tokens), { headers: { [COUNT_HEADER]: "upstream" } });
  } catch {
    return undefined; // It does not count, or not now: an estimate is better than nothing.
  }
}

/** Of the very body that this upstream would get. */
function charactersOf({ body }: Incoming, chosen: Chosen): number {
  const { turn, characters } = liftCount(body.json);
  const around: Surroundings = { ids: { next: () => "0".repeat(32) }, now: () => 0, note: () => {} };
  const lowered = translatorOf(chosen)?.lower({ ...turn, model: chosen.model }, chosen.dialect, around);
  return lowered ? promptCharacters(lowered.body, lowered.prompt_end) : characters;
}
