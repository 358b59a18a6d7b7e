/** Requests about one stored response: to read it, its input or its stream, to cancel it, to delete it. */
import { ShimError } from "../../core/errors.ts";
import {
  listText,
  pageOf,
  readInclude,
  readPage,
  readStartingAfter,
  shownResponse,
  textsOf,
} from "../../wires/index.ts";
import type { RequestBody } from "../memory/request-body.ts";
import type { ResponseRecord } from "../store/store.ts";
import type { Catalog } from "../upstreams/catalog.ts";
import { errorText } from "../upstreams/reading.ts";
import { searchedBody } from "../upstreams/failed-frames.ts";
import { VIA_HEADER } from "../headers.ts";
import { cancelledResponse } from "./ended.ts";
import { noResponse } from "./errors.ts";
import { currentOf } from "./history.ts";
import { replay } from "./replay.ts";
import type { State, StateParts } from "./state.ts";

export interface StateServer {
  state?: State | undefined;
  catalog: Catalog;
  instance: string; // Id of this running shim.
  nextId(): string;
  heartbeat_ms: number;
}

/** A request about something that is stored. */
export interface StateRequest extends StateParts {
  request: Request;
  owner: string;
  id: string; // Id of the response or the conversation in the path; empty where it has none.
  item: string; // Id of the conversation's item in the path; empty where it has none.
  query: URLSearchParams;
  /** Throws a ShimError for what is not JSON, or too large. */
  body(): Promise<RequestBody>;
  server: StateServer;
  reap(): Promise<void>;
}

export async function getResponse(request: StateRequest): Promise<Response> {
  const { query } = request;
  const record = await recordOf(request);
  if (record.provider !== null) return askKeeper(request, record.provider, "GET");
  const include = readInclude(query);
  if (query.get("stream") !== "true") return jsonText(shownResponse(record.response, include));
  return replay(request, include, readStartingAfter(query));
}

export async function deleteResponse(request: StateRequest): Promise<Response> {
  const { id, owner, store, background } = request;
  const record = await recordOf(request);
  if (record.provider !== null) {
    const reply = await askKeeper(request, record.provider, "DELETE");
    if (reply.ok || reply.status === 404) await store.remove(owner, id);
    return reply;
  }
  if (!(await store.remove(owner, id))) throw noResponse(id);
  background.find(owner, id)?.stop();
  return Response.json({ id, object: "response", deleted: true });
}

export async function cancelResponse(request: StateRequest): Promise<Response> {
  const { id, owner, store, background } = request;
  const record = await recordOf(request);
  if (record.provider !== null) return askKeeper(request, record.provider, "POST", "/cancel");
  if (!record.background) {
    const words = "Only a response that was created with `background: true` can be cancelled.";
    throw new ShimError("invalid_request", words, { code: null });
  }
  const status = await store.cancel(owner, id, cancelledResponse);
  if (status === undefined) throw noResponse(id);
  if (status === "cancelled") background.find(owner, id)?.stop();
  // A response that ended before stays as it ended; one that is cancelled twice is cancelled.
  return jsonText(shownResponse((await recordOf(request)).response, []));
}

export async function listInput(request: StateRequest): Promise<Response> {
  const { query } = request;
  const record = await recordOf(request);
  if (record.provider !== null) return askKeeper(request, record.provider, "GET", "/input_items");
  return jsonText(listText(pageOf(textsOf(record.input), readPage(query)), readInclude(query)));
}

export function jsonText(text: string): Response {
  return new Response(text, { headers: { "content-type": "application/json" } });
}

async function recordOf(request: StateRequest): Promise<ResponseRecord> {
  const record = await currentOf(request);
  if (record) return record;
  throw noResponse(request.id);
}

const PASSED_BACK = ["content-type", "x-request-id", "retry-after"];

/** Forwards the request to the provider that keeps the response itself, and its reply to the client. */
async function askKeeper(stored: StateRequest, keeper: string, method: string, path = ""): Promise<Response> {
  const { id, request, server } = stored;
  const provider = (await server.catalog.list()).find(({ provider }) => provider.id === keeper)?.provider;
  if (!provider) {
    const words = `this response is kept by \`${keeper}\`, which is no longer among the upstreams`;
    throw new ShimError("not_found", words, { code: null });
  }
  const via = request.headers.get(VIA_HEADER);
  const below = `/responses/${encodeURIComponent(id)}${path}${new URL(request.url).search}`;
  const reply = await provider.call(method, below, {
    via: via === null ? server.instance : `${via}, ${server.instance}`,
    signal: request.signal,
    headers: { accept: request.headers.get("accept") ?? "*/*" },
  });
  const { redact } = provider;
  const passed = [...reply.headers].filter(([name]) => PASSED_BACK.includes(name));
  const redacted = passed.map(([name, value]) => [name, redact(value)]);
  const headers = { ...Object.fromEntries(redacted), "x-juscode-provider": keeper };
  const { status, body } = reply;
  const stream = (reply.headers.get("content-type") ?? "").includes("event-stream");
  // A stored response may be one that has failed, and hosts repeat the key that they refuse.
  if (reply.ok) return new Response(body && searchedBody(body, stream, redact), { status, headers });
  return new Response(redact(await errorText(reply)), { status, headers });
}
