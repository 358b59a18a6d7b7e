/** Conversations: lists of items that several responses go on from and add to. */
import { ShimError } from "../../core/errors.ts";
import {
  conversationText,
  listText,
  noSuchItem,
  readConversation,
  readInclude,
  readPage,
  shownItem,
  withIds,
} from "../../wires/index.ts";
import { requestBody, type RequestBody } from "../memory/request-body.ts";
import type { ConversationRecord } from "../store/store.ts";
import { noConversation, noItem } from "./errors.ts";
import { jsonText, type StateRequest } from "./responses.ts";

export async function createConversation({ body, owner, server, store }: StateRequest): Promise<Response> {
  const { json, text } = await body().catch(emptyBody);
  const { metadata = "{}", items } = readConversation(json, text, "create");
  const created_at = Math.floor(Date.now() / 1000);
  const record = { id: `conv_${server.nextId()}`, owner, created_at, metadata };
  await store.addConversation(record, withIds(items, `conv_${server.nextId()}`));
  return conversationReply(record);
}

/** A conversation may begin with nothing, and SDKs then send no body. */
function emptyBody(error: unknown): RequestBody {
  if (error instanceof ShimError && error.message.startsWith("the request has no body")) return requestBody("{}");
  throw error;
}

export async function getConversation(request: StateRequest): Promise<Response> {
  return conversationReply(await conversationOf(request));
}

export async function updateConversation(request: StateRequest): Promise<Response> {
  const { json, text } = await request.body();
  const { metadata = "{}" } = readConversation(json, text, "update");
  if (!(await request.store.setMetadata(request.owner, request.id, metadata))) throw noConversation(request.id);
  return conversationReply({ ...(await conversationOf(request)), metadata });
}

export async function deleteConversation({ id, owner, store }: StateRequest): Promise<Response> {
  if (!(await store.removeConversation(owner, id))) throw noConversation(id);
  return Response.json({ id, object: "conversation.deleted", deleted: true });
}

export async function listItems(request: StateRequest): Promise<Response> {
  const page = readPage(request.query);
  const list = await request.store.items(request.owner, request.id, page);
  if (list) return jsonText(listText(list, readInclude(request.query)));
  await conversationOf(request);
  throw noSuchItem(page.after ?? "");
}

export async function addItems({ id, owner, query, body, server, store }: StateRequest): Promise<Response> {
  const { json, text } = await body();
  const { items } = readConversation(json, text, "items");
  const include = readInclude(query);
  const added = withIds(items, `conv_${server.nextId()}`);
  if (!(await store.addItems(owner, id, added))) throw noConversation(id);
  return jsonText(listText({ items: added, has_more: false }, include));
}

export async function getItem(request: StateRequest): Promise<Response> {
  const item = await request.store.item(request.owner, request.id, request.item);
  if (item !== undefined) return jsonText(shownItem(item, readInclude(request.query)));
  await conversationOf(request);
  throw noItem(request.item);
}

/** The API returns the conversation. */
export async function deleteItem(request: StateRequest): Promise<Response> {
  const conversation = await conversationOf(request);
  if (!(await request.store.removeItem(conversation.owner, request.id, request.item))) throw noItem(request.item);
  return conversationReply(conversation);
}

async function conversationOf({ id, owner, store }: StateRequest): Promise<ConversationRecord> {
  const record = await store.conversation(owner, id);
  if (record) return record;
  throw noConversation(id);
}

function conversationReply({ id, created_at, metadata }: ConversationRecord): Response {
  return jsonText(conversationText(id, created_at, metadata));
}
