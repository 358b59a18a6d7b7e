/** The only list of wires. */
import { chatClient, completionsClient, embeddingsClient } from "./chat/client/client.ts";
import { chatUpstream } from "./chat/upstream/upstream.ts";
import { messagesClient } from "./messages/client/client.ts";
import { messagesUpstream } from "./messages/upstream/upstream.ts";
import { compactClient, responsesClient } from "./responses/client/client.ts";
import { responsesUpstream } from "./responses/upstream/upstream.ts";
import type { ClientWire, UpstreamWire } from "./wire.ts";

export { conversationText, readConversation } from "./responses/state/conversation.ts";
export { expandRequest, resolveReferences } from "./responses/state/expand.ts";
export { idOf, listText, noSuchItem, pageOf, shownItem, shownResponse } from "./responses/state/item-list.ts";
export { refuseOpenCalls, refuseStrayResults, withOwnPlaces } from "./responses/state/pairing.ts";
export { readInclude, readPage, readStartingAfter } from "./responses/state/query.ts";
export { readStateFields, type StateFields } from "./responses/state/state-fields.ts";
export {
  inputTexts,
  memberText,
  outputTexts,
  responseOf,
  textsOf,
  withIds,
  withMembers,
  withoutGivenId,
} from "./responses/state/stored-items.ts";
export { countAnswer, liftCount } from "./messages/client/count.ts";

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
