/** Counts a request's tokens: by the upstream where it has an endpoint for that, else by an estimate; a header says which. */
import { promptCharacters } from "../core/estimate.ts";
import { isJsonObject } from "../core/json-fields.ts";
import type { Turn } from "../core/turn.ts";
import { countAnswer, liftCount } from "../wires/index.ts";
import type { Lowered, WireScope } from "../wires/wire.ts";
import { refuseReach } from "./access/reach.ts";
import { modelIn } from "./relay/gateway.ts";
import type { GatewayOptions } from "./relay/gateway-options.ts";
import type { Incoming } from "./relay/incoming.ts";
import { chooseLocal, decideLocal, forLocalHost, keptLocal } from "./relay/local-only.ts";
import type { RequestBody } from "./memory/request-body.ts";
import { translatorOf } from "./relay/ways.ts";
import type { ModelCandidate } from "./upstreams/catalog.ts";
import type { FoundProvider } from "./upstreams/probe.ts";
import { readJsonReply } from "./upstreams/reading.ts";

const COUNT_MS = 5000;
const COUNT_BOUND = { most_bytes: 64 * 1024, speaker: "the upstream" };

/** `POST /v1/messages/count_tokens` */
export async function countTokens(request: Incoming, gateway: GatewayOptions): Promise<Response> {
  const { incoming, chosen } = await placed(request, gateway);
  const counted = chosen.provider.record.wires.includes("messages")
    ? await ask(
        chosen,
        "/messages/count_tokens",
        forwarded(incoming, incoming.body, chosen),
        incoming,
        MESSAGES_HEADERS,
      )
    : undefined;
  return response(gateway, chosen, counted, countAnswer, () => {
    const { turn, characters } = liftCount(incoming.body.json);
    const lowered = lower(turn, chosen);
    return lowered ? promptCharacters(lowered.body, lowered.prompt_end) : characters;
  });
}

/** `POST /v1/responses/input_tokens` */
export async function countInput(request: Incoming, gateway: GatewayOptions): Promise<Response> {
  const expanded = (await gateway.state?.expand(request)) ?? request;
  const keeper = expanded.keeping?.asked.provider;
  const { incoming, chosen } = await placed(
    keeper === undefined ? expanded : { ...expanded, turn_state: keeper },
    gateway,
  );
  incoming.keeping?.isNative(chosen); // Throws when its history cannot be continued there.
  const counted = (await countByResponses(incoming, chosen)) ?? (await countByMessages(incoming, chosen));
  const body = (input_tokens: number): object => ({ object: "response.input_tokens", input_tokens });
  return response(gateway, chosen, counted, body, () => {
    const { body, prompt_end } = lowered(incoming, chosen);
    return promptCharacters(body, prompt_end);
  });
}

function response(
  { prompts }: GatewayOptions,
  { provider, model }: ModelCandidate,
  counted: number | undefined,
  body: (tokens: number) => object,
  characters: () => number,
): Response {
  const tokens = counted ?? prompts.calibration.estimate(`${provider.id}/${model}`, characters());
  const by = counted === undefined ? "estimate" : "upstream";
  return Response.json(body(tokens), { headers: { "x-juscode-count": by } });
}

/** The candidate that would get a request, and what of the request would go there. */
async function placed(
  request: Incoming,
  { catalog, router }: GatewayOptions,
): Promise<{ incoming: Incoming; chosen: ModelCandidate }> {
  const name = modelIn(request.body.json);
  const route = router.routeNamed(name);
  const local_only = router.local_only || route?.local_only === true;
  const incoming = local_only ? keptLocal(request).incoming : request;
  if (route) {
    const decide = (found: readonly FoundProvider[]) => router.decide(route, incoming, found).candidates.current;
    return { incoming, chosen: await (local_only ? decideLocal(decide, catalog) : catalog.list().then(decide)) };
  }
  const choose = () => catalog.choose(name, request.turn_state?.split("/")[0], request.caller?.may);
  return { incoming, chosen: await (local_only ? chooseLocal(choose, catalog) : choose()) };
}

/** A body that the upstream counts is forwarded to it, so that the client must be allowed to. */
function forwarded(incoming: Incoming, body: Pick<RequestBody, "text" | "json">, chosen: ModelCandidate): object {
  const { wire, caller, local_only } = incoming;
  const { json } = body;
  refuseReach({ body: () => json, wire: wire.name, caller, model: modelIn(incoming.body.json), chosen });
  const sent: unknown = local_only ? JSON.parse(forLocalHost(body.text, json).text) : json;
  return { ...(isJsonObject(sent) && sent), model: chosen.model };
}

/** Upstreams that keep responses count what they would keep. */
async function countByResponses(incoming: Incoming, chosen: ModelCandidate): Promise<number | undefined> {
  const { dialect, provider } = chosen;
  if (!dialect.keeps_responses || !provider.record.wires.includes("responses")) return undefined;
  const { keeping, body } = incoming;
  const counted = Object.entries(
    forwarded(incoming, keeping?.isNative(chosen) ? keeping.asked.original : body, chosen),
  );
  const fields = counted.filter(([field]) => field !== "stream" && field !== "store");
  return ask(chosen, "/responses/input_tokens", Object.fromEntries(fields), incoming);
}

/** Counts the very body that this upstream would get. */
async function countByMessages(incoming: Incoming, chosen: ModelCandidate): Promise<number | undefined> {
  if (translatorOf(chosen)?.name !== "messages") return undefined;
  const body: object = JSON.parse(lowered(incoming, chosen).body);
  const counted = Object.entries(body).filter(([field]) => COUNTED.includes(field));
  return ask(chosen, "/messages/count_tokens", Object.fromEntries(counted), incoming, MESSAGES_HEADERS);
}

const COUNTED = ["model", "messages", "system", "tools", "tool_choice", "thinking"];
const MESSAGES_HEADERS = { "anthropic-version": "2023-06-01" };

async function ask(
  { provider }: ModelCandidate,
  path: string,
  body: object,
  { via, signal }: Pick<Incoming, "via" | "signal">,
  headers: Record<string, string> = {},
): Promise<number | undefined> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(COUNT_MS)]);
  try {
    const reply = await provider.send(path, JSON.stringify(body), { via, signal: limit, headers });
    const count: unknown = reply.ok ? await readJsonReply(reply, COUNT_BOUND) : undefined;
    const tokens = isJsonObject(count) ? count["input_tokens"] : undefined;
    return typeof tokens === "number" ? tokens : undefined;
  } catch {
    return undefined; // It does not count, or not now: an estimate is better than nothing.
  }
}

const AROUND: WireScope = { ids: { next: () => "0".repeat(32) }, now: () => 0, note: () => {} };

function lowered(
  { wire, body: { json }, client }: Incoming,
  chosen: ModelCandidate,
): Pick<Lowered, "body" | "prompt_end"> {
  const body = JSON.stringify(json);
  return lower(wire.lift(json, client, AROUND).turn, chosen) ?? { body, prompt_end: body.length };
}

function lower(turn: Turn, chosen: ModelCandidate): Lowered | undefined {
  return translatorOf(chosen)?.lower({ ...turn, model: chosen.model }, chosen.dialect, AROUND);
}
