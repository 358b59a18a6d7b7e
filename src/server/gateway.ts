/** One request from its body to its answer: choose the upstream, and the way to it. */
import { asShimError, ShimError } from "../core/errors.ts";
import { isJsonObject } from "../core/json-fields.ts";
import { UPSTREAM_WIRES } from "../wires/index.ts";
import type { ClientFacts, ClientWire, UpstreamWire } from "../wires/wire.ts";
import { Call, type Counters } from "./call.ts";
import type { Catalog, Chosen } from "./catalog.ts";
import { forwardRequest } from "./forward.ts";
import type { Healing } from "./healing.ts";
import type { Log } from "./log.ts";
import { etagOf } from "./models.ts";
import type { PromptWatch } from "./prompts.ts";
import type { PrefixWatch } from "./prefix.ts";
import type { Room } from "./room.ts";
import { translateRequest } from "./translate.ts";

export interface GatewayOptions {
  catalog: Catalog;
  log: Log;
  /** Id of this running shim. */
  instance: string;
  /** Thirty-two new hexadecimal digits. */
  nextId(): string;
  prefixes: PrefixWatch;
  healing: Healing;
  prompts: PromptWatch;
  room: Room;
  /** How often each kind of note was taken since the start, how much was ignored, and the like. */
  counters: Counters;
  /** How long an error of the upstream may still become an HTTP status; then the answer is begun. */
  hold_ms: number;
  heartbeat_ms: number;
}

export interface Incoming {
  wire: ClientWire;
  path: string;
  text: string;
  json: unknown;
  headers: Headers;
  client: ClientFacts;
  /** Aborted when the client goes away. */
  signal: AbortSignal;
  /** The shims that the request has passed, this one included. */
  via: string;
  /** What an answer of the same turn told Codex to send back: the provider that began it. */
  turn_state: string | undefined;
}

export async function answer(incoming: Incoming, gateway: GatewayOptions): Promise<Response> {
  const { path, client } = incoming;
  const { log, instance, counters, room } = gateway;
  room.enter();
  const call = new Call({ path, client, log, instance, counters, onEnd: () => room.leave() });
  try {
    return await run(incoming, gateway, call);
  } catch (thrown) {
    const error = asShimError(thrown);
    call.end(error);
    throw error;
  }
}

async function run(incoming: Incoming, gateway: GatewayOptions, call: Call): Promise<Response> {
  const { wire, json, client, turn_state } = incoming;
  call.model = modelIn(json);
  const chosen = await gateway.catalog.choose(call.model, turn_state);
  call.choose(chosen);
  call.warning = gateway.prompts.warningFor(chosen);
  if (client.codex) call.etag = etagOf(await gateway.catalog.listOf());
  const { wires } = chosen.provider.record;
  const { forward } = wire;
  const upstream = translator(chosen);
  if (forward && wires.includes(forward.wire) && !(upstream && forward.refuses(json, chosen.dialect)))
    return forwardRequest(incoming, forward, chosen, call);
  if (upstream) return translateRequest(incoming, upstream, chosen, call, gateway);
  throw new ShimError(
    "unsupported",
    `${chosen.provider.speaker} speaks only ${wires.join(" and ")}, into which ${wire.name} cannot be translated yet`,
  );
}

/** Only the name: what else is wrong with a body the chosen way says best. */
function modelIn(json: unknown): string {
  if (!isJsonObject(json))
    throw new ShimError("invalid_request", "the request body must be a JSON object", { param: "body" });
  const { model } = json;
  if (typeof model === "string" && model !== "") return model;
  const what = model === undefined || model === null ? "is missing" : "must be a name";
  throw new ShimError("invalid_request", `\`model\` ${what}`, { param: "model" });
}

/** The first wire of the provider's that a turn can be lowered to. */
function translator({ provider }: Chosen): UpstreamWire | undefined {
  const translators: Partial<Record<string, UpstreamWire>> = UPSTREAM_WIRES;
  return provider.record.wires.map((name) => translators[name]).find((wire) => wire !== undefined);
}
