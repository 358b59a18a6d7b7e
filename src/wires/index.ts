/** The only list of wires. */
import { chatUpstream } from "./chat/upstream.ts";
import { messagesUpstream } from "./messages/upstream.ts";
import { compactClient, responsesClient } from "./responses/client.ts";
import type { ClientWire, UpstreamWire } from "./wire.ts";

export const CLIENT_WIRES = {
  responses: responsesClient,
  compact: compactClient,
} as const satisfies Record<string, ClientWire>;
export const UPSTREAM_WIRES = { chat: chatUpstream, messages: messagesUpstream } as const satisfies Record<
  string,
  UpstreamWire
>;
