/** The only list of wires. */
import { chatClient, completionsClient, embeddingsClient } from "./chat/client.ts";
import { chatUpstream } from "./chat/upstream.ts";
import { messagesClient } from "./messages/client.ts";
import { messagesUpstream } from "./messages/upstream.ts";
import { compactClient, responsesClient } from "./responses/client.ts";
import { responsesUpstream } from "./responses/upstream.ts";
import type { ClientWire, UpstreamWire } from "./wire.ts";

export { conversationText, readConversation } from "./responses/conversation.ts";
export { expandRequest, resolveReferences } from "./responses/expand.ts";
export { idOf, listText, noSuchItem, pageOf, shownItem, shownResponse } from "./responses/item-list.ts";
export { refuseOpenCalls, refuseStrayResults, withOwnPlaces } from "./responses/pairing.ts";
export { readInclude, readPage, readStartingAfter } from "./responses/query.ts";
export { readStateFields, type StateFields } from "./responses/state-fields.ts";
export {
  inputTexts,
  memberText,
  outputTexts,
  responseOf,
  textsOf,
  withIds,
  withMembers,
  withoutGivenId,
} from "./responses/stored-items.ts";
export { countAnswer, liftCount } from "./messages/count.ts";

export const CLIENT_WIRES = {
  responses: responsesClient,
  compact: compactClient,
  messages: messagesClient,
  chat: chatClient,
  completions: completionsClient,
  embeddings: embeddingsClient,
} as const satisfies Record<string, ClientWire>;

export const UPSTREAM_WIRES = {
  chat: chatUpstream,
  messages: messagesUpstream,
  responses: responsesUpstream,
} as const satisfies Record<string, UpstreamWire>;
