/** One request from its body to its response: choose the candidates, and pass-through or translation for each. */
import type { ConfiguredRoute } from "../../config/file/config-file.ts";
import { asShimError, ShimError } from "../../core/errors.ts";
import { isJsonObject } from "../../core/json-fields.ts";
import { missing } from "../../core/parse.ts";
import { UPSTREAM_WIRES, withOwnPlaces } from "../../wires/index.ts";
import { RequestRecord } from "./call.ts";
import { Candidates } from "./candidates.ts";
import { forwardRequest } from "./forward.ts";
import type { GatewayOptions } from "./gateway-options.ts";
import { held } from "./held.ts";
import type { Incoming } from "./incoming.ts";
import type { RequestScope } from "./scope.ts";
import { chooseLocal, decideLocal, keptLocal } from "./local-only.ts";
import { etagOf } from "../models.ts";
import type { FoundProvider } from "../upstreams/probe.ts";
import { refuseFor } from "./reaching.ts";
import { isStoreTrouble } from "../store/store-error.ts";
import { translateRequest } from "./translate.ts";
import { canForward, translatorOf } from "./ways.ts";

/** The response to a request. Throws the ShimError that it failed with before headers were sent. */
export async function handleRequest(incoming: Incoming, gateway: GatewayOptions): Promise<Response> {
  const { connection, hold } = incoming;
  const { room, state } = gateway;
  let entered = false;
  const call = new RequestRecord(incoming, gateway, () => {
    if (entered) room.leave();
    connection?.release();
    hold?.end();
  });
  connection?.hold();
  let asked = incoming;
  try {
    const wait = room.enter(incoming.signal);
    if (wait) await wait;
    entered = true;
    if (state) asked = await state.prepare(incoming, call);
    return await run(asked, gateway, call);
  } catch (thrown) {
    const error = withOwnPlaces(asShimError(thrown), asked.keeping?.asked.known ?? 0);
    call.end(error);
    throw error;
  }
}

async function run(incoming: Incoming, gateway: GatewayOptions, call: RequestRecord): Promise<Response> {
  const { client, turn_state } = incoming;
  const { catalog, router } = gateway;
  call.model = modelIn(incoming.body.json);
  incoming.caller?.ask(call.model);
  if (client.codex) call.etag = etagOf({ ...(await catalog.listOf()), routes: router.routes });
  const keeper = incoming.keeping?.asked.provider;
  const route = keptAt(router.routeNamed(call.model), keeper);
  const local_only = router.local_only || route?.local_only === true;
  const bounded = local_only ? keptLocal(incoming) : { incoming, ignored: [] };
  if (local_only) call.leaveOut(bounded.ignored);
  const hosted = gateway.hosted?.offer(local_only);
  const asked: Incoming = hosted ? { ...bounded.incoming, hosted } : bounded.incoming;
  if (!route) {
    const choose = () => catalog.choose(call.model, keeper ?? turn_state?.split("/")[0], incoming.caller?.may);
    const candidate = local_only ? await chooseLocal(choose, catalog) : await choose();
    return respond(asked, new Candidates(candidate), call, gateway);
  }
  // From here to the first attempt nothing is waited for: of many requests one alone shall try an upstream that had failed.
  const decide = (found: readonly FoundProvider[]) => router.decide(route, asked, found);
  const { decision, candidates } = await (local_only ? decideLocal(decide, catalog) : catalog.list().then(decide));
  call.decided(route.name, decision);
  return respond(asked, candidates, call, gateway);
}

/** Sends the request to one candidate after another until one accepts it. */
function respond(
  incoming: Incoming,
  candidates: Candidates,
  call: RequestRecord,
  gateway: GatewayOptions,
): Promise<Response> {
  let headers_sent = false;
  const committed = (): boolean => headers_sent;
  const scope: RequestScope = { incoming, candidates, call, gateway, remedies: { count: 0 }, committed };
  const response = tryAll(scope);
  return wantsStream(incoming) ? held(response, scope, () => void (headers_sent = true)) : response;
}

async function tryAll(scope: RequestScope): Promise<Response> {
  const { candidates, call, gateway } = scope;
  for (;;) {
    const candidate = candidates.current;
    call.choose(candidate);
    call.warning = gateway.prompts.warningFor(candidate);
    try {
      return await deliver(scope);
    } catch (thrown) {
      const error = asShimError(thrown);
      const failed = candidates.current;
      // Another upstream would find the store as it is.
      if (isStoreTrouble(error) || !candidates.advance(error)) throw error;
      call.note("fell_back", `${failed.provider.id}/${failed.model}: ${error.kind}`);
    }
  }
}

/** A stream for which the client waits in the foreground. */
function wantsStream({ body, wire, keeping }: Incoming): boolean {
  const { json } = body;
  return isJsonObject(json) && json["stream"] === true && wire.forward !== undefined && !keeping?.kept.background;
}

/** A thread that a provider stores itself goes on there. */
function keptAt(route: ConfiguredRoute | undefined, keeper: string | undefined): ConfiguredRoute | undefined {
  return route && keeper !== undefined ? { ...route, providers: [keeper] } : route;
}

/** Sends the request to the current candidate. Throws while another one may still take its place. */
async function deliver(scope: RequestScope): Promise<Response> {
  const { incoming, candidates } = scope;
  const { wire, body, keeping, hosted } = incoming;
  const { provider, dialect } = candidates.current;
  incoming.run?.reads(undefined);
  // The background runs of juscode-shim are translated: it makes their responses itself.
  const runs_here = keeping?.kept.background === true && !keeping.isNative(candidates.current);
  const { wires, passthrough } = provider.record;
  const forward = wire.forward && canForward(wire.forward, candidates.current) ? wire.forward : undefined;
  const upstream = translatorOf(candidates.current, wire.forward?.wire);
  const needsTranslation = (): boolean | undefined =>
    forward?.needsTranslation(body.json, dialect, UPSTREAM_WIRES[forward.wire].compose, hosted);
  const translate = runs_here || passthrough === "never" || (passthrough === "auto" && needsTranslation());
  if (forward && !(upstream && translate)) return forwardRequest(scope, forward);
  if (upstream) {
    refuseFor(incoming, () => body.json, scope.call.model, candidates, true);
    return translateRequest(scope);
  }
  const words = `${provider.speaker} speaks only ${wires.join(" and ")}, into which ${wire.name} cannot be translated yet`;
  throw new ShimError("unsupported", words);
}

/** No upstream has such long names. */
const MAX_MODEL = 512;

/** Only the name: what else is wrong with a body pass-through or translation says best. */
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
  const code = model === "" ? "empty_string" : "invalid_type";
  throw new ShimError("invalid_request", "`model` must be a name", { param: "model", code });
}
