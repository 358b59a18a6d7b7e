/** The only list of wires. */
import { chatClient, completionsClient, embeddingsClient } from "./chat/client.ts";
import { chatUpstream } from "./chat/upstream.ts";
import { messagesClient } from "./messages/client.ts";
import { messagesUpstream } from "./messages/upstream.ts";
import { compactClient, responsesClient } from "./responses/client.ts";
import { responsesUpstream } from "./responses/upstream.ts";
import type { ClientWire, UpstreamWire } from "./wire.ts";

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
