/** What can be asked of a stored response: itself, its input, its stream; its end, and that it be forgotten. */
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
import type { GatewayOptions } from "../relay/gateway-options.ts";
import type { Incoming } from "../relay/incoming.ts";
import type { ResponseRecord } from "../store/store.ts";
import { cancelledResponse } from "./ended.ts";
import { noResponse, keptNowhere } from "./errors.ts";
import { currentOf } from "./history.ts";
import { askKeeper } from "./kept-elsewhere.ts";
import { jsonText } from "./replies.ts";
import { replay } from "./replay.ts";
import { ownerOf } from "./owner.ts";
import type { Kept } from "./state.ts";

export interface Question {
  request: Request;
  caller: Incoming["caller"];
  gateway: GatewayOptions;
}

export function keptBy({ gateway }: Question): Kept {
  if (!gateway.state?.kept) throw keptNowhere();
  return gateway.state.kept;
}

export async function getResponse(id: string, asked: Question): Promise<Response> {
  const query = new URL(asked.request.url).searchParams;
  const record = await recordOf(id, asked);
  if (record.provider !== null) return elsewhere(record, "GET", "", asked);
  const include = readInclude(query);
  if (query.get("stream") !== "true") return jsonText(shownResponse(record.response, include));
  const { store, background } = keptBy(asked);
  return replay({
    store,
    background,
    owner: record.owner,
    id,
    include,
    starting_after: readStartingAfter(query),
    reap: () => reapBy(asked),
    heartbeat_ms: asked.gateway.heartbeat_ms,
    signal: asked.request.signal,
  });
}

export async function deleteResponse(id: string, asked: Question): Promise<Response> {
  const record = await recordOf(id, asked);
  const { store, background } = keptBy(asked);
  if (record.provider !== null) {
    const reply = await elsewhere(record, "DELETE", "", asked);
    if (reply.ok || reply.status === 404) await store.remove(record.owner, id);
    return reply;
  }
  if (!(await store.remove(record.owner, id))) throw noResponse(id);
  background.find(record.owner, id)?.stop();
  return Response.json({ id, object: "response", deleted: true });
}

export async function cancelResponse(id: string, asked: Question): Promise<Response> {
  const record = await recordOf(id, asked);
  if (record.provider !== null) return elsewhere(record, "POST", "/cancel", asked);
  if (!record.background)
    throw new ShimError(
      "invalid_request",
      "Only a response that was created with `background: true` can be cancelled.",
      {
        code: null,
      },
    );
  const { store, background } = keptBy(asked);
  const status = await store.cancel(record.owner, id, cancelledResponse);
  if (status === undefined) throw noResponse(id);
  if (status === "cancelled") background.find(record.owner, id)?.stop();
  // What has ended before stays as it ended; cancelled twice is cancelled.
  return jsonText(shownResponse((await recordOf(id, asked)).response, []));
}

export async function listInput(id: string, asked: Question): Promise<Response> {
  const query = new URL(asked.request.url).searchParams;
  const record = await recordOf(id, asked);
  if (record.provider !== null) return elsewhere(record, "GET", "/input_items", asked);
  return jsonText(listText(pageOf(textsOf(record.input), readPage(query)), readInclude(query)));
}

async function recordOf(id: string, asked: Question): Promise<ResponseRecord> {
  const { store } = keptBy(asked);
  const record = await currentOf(store, ownerOf(asked), id, () => reapBy(asked));
  if (record) return record;
  throw noResponse(id);
}

async function reapBy({ gateway }: Question): Promise<void> {
  await gateway.state?.reap();
}

function elsewhere(
  { id, provider }: ResponseRecord,
  method: "GET" | "POST" | "DELETE",
  more: string,
  { request, gateway }: Question,
): Promise<Response> {
  const path = `/responses/${encodeURIComponent(id)}${more}${new URL(request.url).search}`;
  return askKeeper(provider ?? "", method, path, request, gateway);
}
