/** Conversations: lists of items that several responses go on from and add to. */
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
import type { RequestBody } from "../memory/request-body.ts";
import type { ConversationRecord } from "../store/store.ts";
import { noConversation, noItem } from "./errors.ts";
import { jsonText } from "./replies.ts";
import { keptBy, type Question } from "./responses.ts";
import { ownerOf } from "./owner.ts";

export async function createConversation({ json, text }: RequestBody, asked: Question): Promise<Response> {
  const { store } = keptBy(asked);
  const { metadata = "{}", items } = readConversation(json, text, "create");
  const created_at = Math.floor(Date.now() / 1000);
  const record = { id: `conv_${asked.gateway.nextId()}`, owner: ownerOf(asked), created_at, metadata };
  await store.addConversation(record, withIds(items, `conv_${asked.gateway.nextId()}`));
  return told(record);
}

export async function getConversation(id: string, asked: Question): Promise<Response> {
  return told(await conversationOf(id, asked));
}

export async function updateConversation(id: string, { json, text }: RequestBody, asked: Question): Promise<Response> {
  const { metadata = "{}" } = readConversation(json, text, "update");
  const { store } = keptBy(asked);
  if (!(await store.setMetadata(ownerOf(asked), id, metadata))) throw noConversation(id);
  return told({ ...(await conversationOf(id, asked)), metadata });
}

export async function deleteConversation(id: string, asked: Question): Promise<Response> {
  if (!(await keptBy(asked).store.removeConversation(ownerOf(asked), id))) throw noConversation(id);
  return Response.json({ id, object: "conversation.deleted", deleted: true });
}

export async function listItems(id: string, asked: Question): Promise<Response> {
  const query = new URL(asked.request.url).searchParams;
  const page = readPage(query);
  const list = await keptBy(asked).store.items(ownerOf(asked), id, page);
  if (list) return jsonText(listText(list, readInclude(query)));
  await conversationOf(id, asked);
  throw noSuchItem(page.after ?? "");
}

export async function addItems(id: string, { json, text }: RequestBody, asked: Question): Promise<Response> {
  const query = new URL(asked.request.url).searchParams;
  const { items } = readConversation(json, text, "items");
  const include = readInclude(query);
  const added = withIds(items, `conv_${asked.gateway.nextId()}`);
  if (!(await keptBy(asked).store.addItems(ownerOf(asked), id, added))) throw noConversation(id);
  return jsonText(listText({ items: added, has_more: false }, include));
}

export async function getItem(id: string, item_id: string, asked: Question): Promise<Response> {
  const item = await keptBy(asked).store.item(ownerOf(asked), id, item_id);
  if (item !== undefined) return jsonText(shownItem(item, readInclude(new URL(asked.request.url).searchParams)));
  await conversationOf(id, asked);
  throw noItem(item_id);
}

/** Tells the conversation, as the API has it. */
export async function deleteItem(id: string, item_id: string, asked: Question): Promise<Response> {
  const conversation = await conversationOf(id, asked);
  if (!(await keptBy(asked).store.removeItem(conversation.owner, id, item_id))) throw noItem(item_id);
  return told(conversation);
}

async function conversationOf(id: string, asked: Question): Promise<ConversationRecord> {
  const record = await keptBy(asked).store.conversation(ownerOf(asked), id);
  if (record) return record;
  throw noConversation(id);
}

function told({ id, created_at, metadata }: ConversationRecord): Response {
  return jsonText(conversationText(id, created_at, metadata));
}
