/** One request from its body to its answer: choose the upstream, and the way to it. */
import type { ConfiguredRoute } from "../../config/file/config-file.ts";
import { asShimError, ShimError } from "../../core/errors.ts";
import { isJsonObject } from "../../core/json-fields.ts";
import { missing } from "../../core/parse.ts";
import { withOwnPlaces } from "../../wires/index.ts";
import { Call } from "./call.ts";
import { Candidates } from "./candidates.ts";
import { forwardRequest } from "./forward.ts";
import type { GatewayOptions } from "./gateway-options.ts";
import type { Incoming } from "./incoming.ts";
import { etagOf } from "../models.ts";
import { translateRequest } from "./translate.ts";
import { canForward, translatorOf } from "./ways.ts";

export async function answer(incoming: Incoming, gateway: GatewayOptions): Promise<Response> {
  const { path, client, wire, json, text, caller, client_id } = incoming;
  const { log, instance, counters, room, costs, recorder } = gateway;
  const request_id = gateway.nextId();
  let entered = false;
  const call = new Call({
    path,
    client,
    log,
    instance,
    counters,
    costs,
    request_id,
    client_id,
    key: caller?.name,
    text,
    recording: recorder?.begin({ request_id, path, wire: wire.name, codex: client.codex, body: json }),
    onEnd: () => {
      if (entered) room.leave();
    },
  });
  let asked = incoming;
  try {
    const wait = room.enter(incoming.signal);
    if (wait) await wait;
    entered = true;
    asked = await stateful(incoming, gateway, call);
    return await run(asked, gateway, call);
  } catch (thrown) {
    const error = withOwnPlaces(asShimError(thrown), asked.keeping?.asked.known ?? 0);
    call.end(error);
    throw error;
  }
}

function stateful(incoming: Incoming, { state }: GatewayOptions, call: Call): Incoming | Promise<Incoming> {
  return state ? state.prepare(incoming, call) : incoming;
}

async function run(incoming: Incoming, gateway: GatewayOptions, call: Call): Promise<Response> {
  const { json, client, turn_state } = incoming;
  const { catalog, router } = gateway;
  call.model = modelIn(json);
  incoming.caller?.ask(call.model);
  if (client.codex) call.etag = etagOf({ ...(await catalog.listOf()), routes: router.routes });
  const keeper = incoming.keeping?.asked.provider;
  const route = keptAt(router.routeNamed(call.model), keeper);
  const hosted = gateway.hosted?.offer(router.local_only || route?.local_only === true);
  if (hosted) incoming.hosted = hosted;
  if (!route) {
    const chosen = await catalog.choose(call.model, keeper ?? turn_state?.split("/")[0]);
    if (router.local_only && !chosen.provider.record.local) throw staysInHouse(chosen.provider.id);
    return tryAll(new Candidates(chosen));
  }
  const found = await catalog.list();
  // From here to the first request nothing is waited for: of many calls one alone shall try a host that had failed.
  const { decision, candidates } = router.decide(route, incoming, found);
  call.decided(route.name, decision);
  return tryAll(candidates);

  async function tryAll(candidates: Candidates): Promise<Response> {
    for (;;) {
      const chosen = candidates.current;
      call.choose(chosen);
      call.warning = gateway.prompts.warningFor(chosen);
      try {
        return await deliver(incoming, candidates, call, gateway);
      } catch (thrown) {
        const error = asShimError(thrown);
        const failed = candidates.current;
        if (!candidates.advance(error)) throw error;
        call.note("fell_back", `${failed.provider.id}/${failed.model}: ${error.kind}`);
      }
    }
  }
}

/** A thread that a provider keeps itself goes on there. */
function keptAt(route: ConfiguredRoute | undefined, keeper: string | undefined): ConfiguredRoute | undefined {
  return route && keeper !== undefined ? { ...route, providers: [keeper] } : route;
}

function staysInHouse(provider: string): ShimError {
  const words = `\`${provider}\` is not local, and nothing may leave the house ([server] local_only = true in the config)`;
  return new ShimError("permission", words, { param: "model" });
}

/** Asks the current candidate. Throws while another one may still take its place. */
async function deliver(
  incoming: Incoming,
  candidates: Candidates,
  call: Call,
  gateway: GatewayOptions,
): Promise<Response> {
  const { wire, json, keeping, hosted } = incoming;
  const { provider, dialect } = candidates.current;
  if (incoming.run) incoming.run.encoder = undefined;
  // What runs in the background here is made here.
  const runs_here = keeping?.kept.background === true && !keeping.isNative(candidates.current);
  const { wires, passthrough } = provider.record;
  const forward = wire.forward && canForward(wire.forward, candidates.current) ? wire.forward : undefined;
  const upstream = translatorOf(candidates.current, wire.forward?.wire);
  const refused = (): boolean | undefined => forward?.refuses(json, dialect, hosted);
  const translate = runs_here || passthrough === "never" || (passthrough === "auto" && refused());
  if (forward && !(upstream && translate)) return forwardRequest(incoming, forward, candidates, call, gateway);
  if (upstream) return translateRequest(incoming, candidates, call, gateway);
  throw new ShimError(
    "unsupported",
    `${provider.speaker} speaks only ${wires.join(" and ")}, into which ${wire.name} cannot be translated yet`,
  );
}

/** No host has such long names. */
const MAX_MODEL = 512;

/** Only the name: what else is wrong with a body the chosen way says best. */
export function modelIn(json: unknown): string {
  if (!isJsonObject(json))
    throw new ShimError("invalid_request", "the request body must be a JSON object", { param: "body" });
  const { model } = json;
  // Much is remembered by the name.
  if (typeof model === "string" && model.length > MAX_MODEL)
    throw new ShimError("invalid_request", `\`model\` may have ${MAX_MODEL} characters at most`, {
      param: "model",
      code: "string_above_max_length",
    });
  if (typeof model === "string" && model !== "") return model;
  if (model === undefined || model === null) throw missing("model");
  throw new ShimError("invalid_request", "`model` must be a name", {
    param: "model",
    code: model === "" ? "empty_string" : "invalid_type",
  });
}
