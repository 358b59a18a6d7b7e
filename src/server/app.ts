/** The paths that are served, and the response to all others. */
import { Hono, type Context } from "hono";
import { isClaudeCode } from "../agents/claude-code.ts";
import { isCodex, TURN_STATE_HEADER } from "../agents/codex.ts";
import { asShimError, ShimError } from "../core/errors.ts";
import { isJsonObject } from "../core/json-fields.ts";
import { printableJson } from "../core/printable.ts";
import { CLIENT_WIRES } from "../wires/index.ts";
import type { ClientFacts, ClientWire } from "../wires/wire.ts";
import type { Caller } from "./access/access.ts";
import { guardPaths, openGuard } from "./access/guard.ts";
import { loggedMessage } from "./telemetry/known-words.ts";
import type { AppOptions } from "./app-options.ts";
import { readJson } from "./body.ts";
import { connectionOf, heldOpen } from "./connection.ts";
import { refuseForeignOrigin } from "./access/browser-guard.ts";
import { countInput, countTokens } from "./count.ts";
import { clientRequestId, SHIM_HEADER, VIA_HEADER } from "./headers.ts";
import { explain, explainText } from "../routing/explain.ts";
import { handleRequest, modelIn } from "./relay/gateway.ts";
import type { Incoming } from "./relay/incoming.ts";
import type { RefusedLine } from "./log.ts";
import { answerModel, answerModels, answerProps, answerPull, answerTags, answerVersion } from "./models.ts";
import { serveState, STATE_PATHS } from "./state/endpoints.ts";
import { openSession, type Handshake } from "./websocket/connect.ts";

/** What is served at which path, with `/v1` before it and without. */
const SERVED: Readonly<Record<string, ClientWire>> = {
  "/responses": CLIENT_WIRES.responses,
  "/responses/compact": CLIENT_WIRES.compact,
  "/messages": CLIENT_WIRES.messages,
  "/chat/completions": CLIENT_WIRES.chat,
  "/completions": CLIENT_WIRES.completions,
  "/embeddings": CLIENT_WIRES.embeddings,
};

const PATHS = [
  ...Object.keys(SERVED).map((path) => `POST /v1${path}`),
  ...STATE_PATHS,
  "POST /v1/responses/input_tokens",
  "POST /v1/messages/count_tokens",
  "POST /v1/routes/NAME/decision",
  "GET /v1/responses (WebSocket)",
  "GET /v1/models",
  "GET /v1/models/ID",
  "GET /metrics",
  "GET /health",
];

/** `current`: the options in use now, for a WebSocket that outlives a reload. */
export function createApp(options: AppOptions, current: () => AppOptions = () => options): Hono {
  const app = new Hono();
  const door = (options.door ??= openGuard());
  const marked = guardPaths(app, door, options, {
    answer: (thrown, c) => errorResponse(thrown, c, wireOf(c)),
    line: (error, status, c) => refusedLine(error, status, c, options),
  });
  app.onError((thrown, c) => {
    const reply = refusal(thrown, c, wireOf(c), options);
    marked(c, reply);
    return reply;
  });
  for (const root of ["/v1", ""]) {
    for (const [path, wire] of Object.entries(SERVED)) app.post(root + path, (c) => serve(c, wire, options));
    app.post(`${root}/messages/count_tokens`, (c) => countFor(c, CLIENT_WIRES.messages, countTokens, options));
    app.post(`${root}/responses/input_tokens`, (c) => countFor(c, CLIENT_WIRES.responses, countInput, options));
    app.get(`${root}/responses`, (c) => connect(c, options, current));
    serveState(app, root, options, (c) => callerOf(c, options));
    app.post(`${root}/routes/:name/decision`, (c) => decide(c, c.req.param("name"), options));
    app.get(`${root}/models`, (c) => answerModels(c, options, callerOf(c, options).may));
    app.get(`${root}/models/:id{.+}`, (c) => answerModel(c, c.req.param("id"), options, callerOf(c, options).may));
  }
  app.get("/props", (c) => answerProps(c, options, callerOf(c, options).may));
  app.get("/api/version", answerVersion);
  app.get("/api/tags", (c) => answerTags(c, options, callerOf(c, options).may));
  app.post("/api/pull", answerPull);
  app.get("/health", async (c) =>
    json(c, door.access.seesAll(c.req.raw.headers) ? await health(options) : { status: "ok", service: "juscode-shim" }),
  );
  app.get("/metrics", (c) => metrics(callerOf(c, options), options));
  // Clients look whether a server is there, by GET or HEAD.
  for (const path of ["/", "/v1"])
    app.get(path, (c) => c.text(door.access.knows(c.req.raw.headers) ? greeting(options) : "juscode-shim\n"));
  app.notFound((c) => wrongPath(c, options));
  return app;
}

function greeting({ version }: AppOptions): string {
  return `juscode-shim ${version}\n${PATHS.join("\n")}\n`;
}

/** The client that sent this request: by its key, where keys are required. */
function callerOf(c: Context, { door = openGuard() }: AppOptions): Caller {
  return door.caller(c.req.raw.headers);
}

/** What all clients do together is for keys of that purpose alone. */
function metrics(caller: Caller, { metrics }: AppOptions): Promise<Response> {
  if (!metrics) throw new ShimError("not_found", "counts are switched off (`metrics` of [server])");
  if (caller.sees_all) return metrics.answer();
  throw new ShimError("permission", "/metrics needs a key of its own: juscode-shim key add NAME --metrics");
}

async function serve(c: Context, wire: ClientWire, options: AppOptions): Promise<Response> {
  let request: Incoming | undefined;
  try {
    request = await incoming(c, wire, options);
    return await respond(request, options);
  } catch (thrown) {
    // What the gateway refuses has a line in the log.
    return request ? errorResponse(thrown, c, wire) : refusal(thrown, c, wire, options);
  }
}

/** At once, or in the background, where the client chose that. Not async: the body's JSON must not stay alive. */
function respond(request: Incoming, options: AppOptions): Promise<Response> {
  const { background } = options.state?.kept ?? {};
  const { json } = request.body;
  if (!background || request.wire !== CLIENT_WIRES.responses || !isJsonObject(json) || json["background"] !== true)
    return handleRequest(request, options);
  // Headers are sent before the upstream has begun.
  const gateway = { ...options, hold_ms: 0 };
  // What runs goes on without the connection; what is read of it is a stream of its own.
  const { connection, ...detachable } = request;
  return background
    .start(detachable, json["stream"] === true, (detached) => handleRequest(detached, gateway))
    .then((response) => heldOpen(response, connection));
}

/** A connection on which requests and responses follow one another. */
function connect(c: Context, options: AppOptions, current: () => AppOptions): Response {
  if (c.req.header("upgrade")?.toLowerCase() !== "websocket") return wrongPath(c, options);
  const { headers } = c.req.raw;
  const { door = openGuard(), instance, nextId } = options;
  refuseForeignOrigin(headers, door.rules);
  const wire = CLIENT_WIRES.responses;
  const client = clientOf(headers);
  const handshake: Handshake = {
    wire,
    path: `ws ${c.req.path}`,
    headers,
    client,
    via: viaOf(c, options),
    client_id: clientRequestId(headers),
    max_bytes: () => current().max_body_bytes,
    ...(options.memory && { memory: options.memory }),
    caller: () => door.caller(headers),
    answer: (asked) => handleRequest(asked, current()),
    refusal: (error, logged) => {
      const response = wire.httpError(error, client);
      if (!logged) logRefusal(error, response.status, c, options);
      return response;
    },
    nextId,
  };
  const headersToo = new Headers({ [SHIM_HEADER]: instance });
  const reply = connectionOf(c)?.upgrade((socket) => openSession(handshake, socket), headersToo);
  // This status makes Codex 0.169 fall back at once, without retries.
  return reply ?? c.text("use POST", 426);
}

function viaOf(c: Context, { instance }: AppOptions): string {
  const passed = c.req.header(VIA_HEADER);
  return passed === undefined ? instance : `${passed}, ${instance}`;
}

async function incoming(c: Context, wire: ClientWire, options: AppOptions): Promise<Incoming> {
  const { headers, signal } = c.req.raw;
  const client = clientOf(headers);
  const held = await readJson(c.req.raw, options);
  const turn_state = c.req.header(TURN_STATE_HEADER);
  const connection = connectionOf(c);
  return {
    wire,
    path: c.req.path,
    ...held,
    headers,
    client,
    signal,
    via: viaOf(c, options),
    turn_state,
    caller: callerOf(c, options),
    client_id: clientRequestId(headers),
    ...(connection && { connection }),
    ...(options.hosted && { hosted: options.hosted.offer(options.router.local_only) }),
  };
}

async function countFor(
  c: Context,
  wire: ClientWire,
  count: typeof countTokens,
  options: AppOptions,
): Promise<Response> {
  let asked: Incoming | undefined;
  try {
    asked = await incoming(c, wire, options);
    asked.caller?.allow(modelIn(asked.body.json));
    return await count(asked, options);
  } catch (thrown) {
    return refusal(thrown, c, wire, options);
  } finally {
    asked?.hold?.end();
  }
}

/** Where a request would be routed, and why; nothing is sent to an upstream. Text for people where the client wants text. */
async function decide(c: Context, name: string, options: AppOptions): Promise<Response> {
  const { router, catalog } = options;
  const caller = callerOf(c, options);
  // A key that may not use the route does not learn whether there is one.
  caller.allow(name);
  const route = router.routeNamed(name);
  if (!route) {
    const names = router.routes.map((each) => each.name).filter((each) => caller.may(each));
    throw new ShimError("model_not_found", `there is no route \`${name}\`; there are: ${names.join(", ") || "none"}`);
  }
  const asked = await incoming(c, CLIENT_WIRES.responses, options);
  let decision: ReturnType<typeof router.decision>;
  try {
    decision = router.decision(route, asked, await catalog.list());
  } finally {
    asked.hold?.end();
  }
  return c.req.header("accept")?.includes("text/plain") ? c.text(explainText(decision)) : json(c, explain(decision));
}

/** For people, too, who read it in a terminal. */
function json(c: Context, value: object): Response {
  return c.body(printableJson(value), 200, { "content-type": "application/json" });
}

function clientOf(headers: Headers): ClientFacts {
  return { codex: isCodex(headers), claude_code: isClaudeCode(headers) };
}

/** The response to a request that never got as far as a model, and its line in the log. */
function refusal(thrown: unknown, c: Context, wire: ClientWire, options: AppOptions): Response {
  const reply = errorResponse(thrown, c, wire);
  logRefusal(asShimError(thrown), reply.status, c, options);
  return reply;
}

function logRefusal(error: ShimError, status: number, c: Context, options: AppOptions): void {
  options.log.refused?.(refusedLine(error, status, c, options));
}

function refusedLine(error: ShimError, status: number, c: Context, { nextId }: AppOptions): RefusedLine {
  const { kind } = error;
  const message = loggedMessage(error, { names: [] });
  const { method, path } = c.req;
  const client_id = clientRequestId(c.req.raw.headers);
  return { request_id: nextId(), client_id, method, path, status, kind, message };
}

function errorResponse(thrown: unknown, c: Context, wire: ClientWire): Response {
  const { status, headers, body } = wire.httpError(asShimError(thrown), clientOf(c.req.raw.headers));
  return Response.json(body, { status, headers });
}

function wrongPath(c: Context, options: AppOptions): Response {
  const { method, path } = c.req;
  const meant = pathMeant(path);
  const { origin } = new URL(c.req.url);
  const advice = meant
    ? `did you mean \`POST /v1${meant}\`? The base URL is ${origin}/v1, for Anthropic's clients ${origin}`
    : `there are: ${PATHS.join(", ")}`;
  const error = new ShimError("not_found", `there is no \`${method} ${path}\` here; ${advice}`);
  // Users look for an agent's failed request in the log, but not for a browser's icon.
  if (meant) logRefusal(error, 404, c, options);
  return errorResponse(error, c, wireOf(c));
}

/** The path that a base URL led astray: one with a path too much, or a slash. */
function pathMeant(path: string): string | undefined {
  const plain = path.toLowerCase().replaceAll(/\/+/g, "/").replace(/\/$/, "");
  return Object.keys(SERVED).find((each) => plain.endsWith(each));
}

/** The wire in whose shape errors are returned that belong to none: Anthropic's clients send a header of their own. */
function wireOf(c: Context): ClientWire {
  return c.req.header("anthropic-version") === undefined ? CLIENT_WIRES.responses : CLIENT_WIRES.messages;
}

async function health({ catalog, config, version, instance, memory, state, ...options }: AppOptions): Promise<object> {
  const found = await catalog.list();
  const store = state?.kept?.store;
  const problem = store?.trouble();
  const status = problem === undefined ? "ok" : "degraded";
  return {
    status: "ok",
    service: "juscode-shim",
    version,
    instance,
    ...(config && { config }),
    running: options.room.taken,
    waiting: options.room.waiting,
    ...(memory && { memory: memory.state() }),
    counters: options.counters,
    learned: options.refusals.list(),
    truncated: options.prompts.list(),
    ...(store && { store: { status, place: store.place, ...(problem && { problem }) } }),
    upstreams: found.map(({ provider: { id, base_url }, models }) => ({
      id,
      url: base_url ?? null,
      models: models.length,
    })),
  };
}
