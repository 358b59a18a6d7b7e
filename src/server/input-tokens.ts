/** `POST /v1/responses/input_tokens`: by the upstream's own count where it has one, else by an estimate; a header says which. */
import { promptCharacters } from "../core/estimate.ts";
import { isJsonObject } from "../core/json-fields.ts";
import type { Surroundings } from "../wires/wire.ts";
import type { Chosen } from "./upstreams/catalog.ts";
import { COUNT_BOUND, COUNT_HEADER, COUNT_MS, placed, refuseReachOf } from "./count.ts";
import { readJsonReply } from "./upstreams/reading.ts";
import type { GatewayOptions } from "./relay/gateway-options.ts";
import type { Incoming } from "./relay/incoming.ts";
import { forLocalHost } from "./relay/local-only.ts";
import { translatorOf } from "./relay/ways.ts";

export async function countInput(incoming: Incoming, gateway: GatewayOptions): Promise<Response> {
  const expanded = (await gateway.state?.expand(incoming)) ?? incoming;
  const keeper = expanded.keeping?.asked.provider;
  const { incoming: asked, chosen } = await placed(
    keeper === undefined ? expanded : { ...expanded, turn_state: keeper },
    gateway,
  );
  asked.keeping?.isNative(chosen); // Throws what it cannot go on from.
  const told = (await askUpstream(asked, chosen)) ?? (await askMessagesHost(asked, chosen));
  if (told !== undefined) return answer(told, "upstream");
  const { body, prompt_end } = lowered(asked, chosen);
  const characters = promptCharacters(body, prompt_end);
  const key = `${chosen.provider.id}/${chosen.model}`;
  return answer(gateway.prompts.calibration.estimate(key, characters), "estimate");
}

function answer(input_tokens: number, by: string): Response {
  return Response.json({ object: "response.input_tokens", input_tokens }, { headers: { [COUNT_HEADER]: by } });
}

/** Hosts that keep responses count what they would keep. */
async function askUpstream(incoming: Incoming, chosen: Chosen): Promise<number | undefined> {
  const { body: whole, keeping, ...asked } = incoming;
  const { json, text } = whole;
  const { dialect, provider, model } = chosen;
  if (!dialect.keeps_responses || !provider.record.wires.includes("responses")) return undefined;
  const sent = keeping?.isNative(chosen) ? keeping.asked.original.text : text;
  const body = sent === text ? json : (JSON.parse(sent) as unknown);
  refuseReachOf(incoming, body, chosen);
  const counting: unknown = incoming.local_only ? JSON.parse(forLocalHost(sent, body).text) : body;
  const {
    stream: _,
    store: __,
    ...counted
  } = { ...(counting as Record<string, unknown>), model } as Record<string, unknown>;
  return ask(chosen, "/responses/input_tokens", counted, asked, {});
}

/** Of the very body that this upstream would get. */
function askMessagesHost(asked: Incoming, chosen: Chosen): Promise<number | undefined> {
  if (translatorOf(chosen)?.name !== "messages") return Promise.resolve(undefined);
  const body = JSON.parse(lowered(asked, chosen).body) as Record<string, unknown>;
  const counted = Object.fromEntries(COUNTED.flatMap((key) => (key in body ? [[key, body[key]]] : [])));
  return ask(chosen, "/messages/count_tokens", counted, asked, { "anthropic-version": "2023-06-01" });
}

const COUNTED = ["model", "messages", "system", "tools", "tool_choice", "thinking"];

async function ask(
  { provider }: Chosen,
  path: string,
  body: object,
  { via, signal }: Pick<Incoming, "via" | "signal">,
  headers: Record<string, string>,
): Promise<number | undefined> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(COUNT_MS)]);
  try {
    const reply = await provider.send(path, JSON.stringify(body), { via, signal: limit, headers });
    const told: unknown = reply.ok ? await readJsonReply(reply, COUNT_BOUND) : undefined;
    const tokens = isJsonObject(told) ? told["input_tokens"] : undefined;
    return typeof tokens === "number" ? tokens : undefined;
  } catch {
    return undefined; // It does not count, or not now: an estimate is better than nothing.
  }
}

function lowered({ wire, body: { json }, client }: Incoming, chosen: Chosen): { body: string; prompt_end: number } {
  const around: Surroundings = { ids: { next: () => "0".repeat(32) }, now: () => 0, note: () => {} };
  const { turn } = wire.lift(json, client, around);
  const upstream = translatorOf(chosen);
  if (!upstream) return { body: JSON.stringify(json), prompt_end: JSON.stringify(json).length };
  return upstream.lower({ ...turn, model: chosen.model }, chosen.dialect, around);
}
