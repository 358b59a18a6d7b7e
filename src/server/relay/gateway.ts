/** One request from its body to its answer: choose the upstream, and the way to it. */
import type { ConfiguredRoute } from "../../config/file/config-file.ts";
import { asShimError, ShimError } from "../../core/errors.ts";
import { isJsonObject } from "../../core/json-fields.ts";
import { missing } from "../../core/parse.ts";
import { UPSTREAM_WIRES, withOwnPlaces } from "../../wires/index.ts";
import { redactError } from "../access/redact.ts";
import { Call } from "./call.ts";
import { Candidates } from "./candidates.ts";
import { forwardRequest } from "./forward.ts";
import type { GatewayOptions } from "./gateway-options.ts";
import { held } from "./held.ts";
import type { Incoming } from "./incoming.ts";
import { exchangeOf, type RequestScope } from "./scope.ts";
import { chooseLocal, decideLocal, keptLocal } from "./local-only.ts";
import { etagOf } from "../models.ts";
import type { Found } from "../upstreams/probe.ts";
import { refuseFor } from "./reaching.ts";
import { isStoreTrouble } from "../store/store-error.ts";
import { translateRequest } from "./translate.ts";
import { canForward, translatorOf } from "./ways.ts";

/** The response to a request. Throws the ShimError that it failed with before headers were sent. */
export async function answer(incoming: Incoming, gateway: GatewayOptions): Promise<Response> {
  const { connection, hold } = incoming;
  const { room, state } = gateway;
  let entered = false;
  const call = new Call(incoming, gateway, () => {
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

async function run(incoming: Incoming, gateway: GatewayOptions, call: Call): Promise<Response> {
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
    const chosen = local_only ? await chooseLocal(choose, catalog) : await choose();
    return askAll(asked, new Candidates(chosen), call, gateway);
  }
  // From here to the first request nothing is waited for: of many calls one alone shall try a host that had failed.
  const decide = (found: readonly Found[]) => router.decide(route, asked, found);
  const { decision, candidates } = await (local_only ? decideLocal(decide, catalog) : catalog.list().then(decide));
  call.decided(route.name, decision);
  return askAll(asked, candidates, call, gateway);
}

/** Asks one candidate after another until one answers. */
async function askAll(
  incoming: Incoming,
  candidates: Candidates,
  call: Call,
  gateway: GatewayOptions,
): Promise<Response> {
  let committed = false;
  const scope: RequestScope = {
    incoming,
    candidates,
    call,
    gateway,
    remedies: { count: 0 },
    committed: () => committed,
  };
  const reply = tryAll(scope);
  if (!wantsStream(incoming)) return reply;
  return held(reply, {
    hold_ms: gateway.hold_ms + TRANSLATION_HEAD_START_MS,
    heartbeat_ms: gateway.heartbeat_ms,
    headers: () => call.headers(),
    heartbeat: incoming.wire.heartbeat(incoming.client),
    onCommit: () => void (committed = true),
    onHeartbeat: () => call.count("heartbeats"),
    failure: (error) => {
      call.end(error);
      return failedStream(scope, error);
    },
  });
}

/** A translated reply holds its headers back by itself, and says more in its own heartbeats. */
const TRANSLATION_HEAD_START_MS = 50;

async function tryAll(scope: RequestScope): Promise<Response> {
  const { candidates, call, gateway } = scope;
  for (;;) {
    const chosen = candidates.current;
    call.choose(chosen);
    call.warning = gateway.prompts.warningFor(chosen);
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

/** Nothing of the reply has been sent yet, so that the client's own encoder can write a whole one that failed. */
function failedStream(scope: RequestScope, thrown: ShimError): string {
  const { incoming, candidates } = scope;
  const error = asShimError(redactError(thrown, candidates.current.provider.redact));
  const encoder = exchangeOf(scope)?.encoder;
  if (!encoder) return `data: ${JSON.stringify(incoming.wire.httpError(error, incoming.client).body)}\n\n`;
  encoder.open();
  encoder.write({ type: "error", error });
  encoder.seal?.(false);
  return encoder.take();
}

/** A stream for which the client waits in the foreground. */
function wantsStream({ body, wire, keeping }: Incoming): boolean {
  const { json } = body;
  return isJsonObject(json) && json["stream"] === true && wire.forward !== undefined && !keeping?.kept.background;
}

/** A thread that a provider keeps itself goes on there. */
function keptAt(route: ConfiguredRoute | undefined, keeper: string | undefined): ConfiguredRoute | undefined {
  return route && keeper !== undefined ? { ...route, providers: [keeper] } : route;
}

/** Asks the current candidate. Throws while another one may still take its place. */
async function deliver(scope: RequestScope): Promise<Response> {
  const { incoming, candidates } = scope;
  const { wire, body, keeping, hosted } = incoming;
  const { provider, dialect } = candidates.current;
  incoming.run?.reads(undefined);
  // What runs in the background here is made here.
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
