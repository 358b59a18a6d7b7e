/** The client half of the Messages wire: what Claude Code and Anthropic's SDKs talk to. */
import { searchExchange } from "../../hosted.ts";
import type { ClientWire } from "../../wire.ts";
import { MessagesEncoder } from "./encode.ts";
import { httpErrorOf } from "./errors.ts";
import { editRequest, hasLateSystem, hasThread } from "./forward.ts";
import { liftRequest } from "./lift.ts";
import { observerOf } from "./observe.ts";
import { wantsSearch } from "./search-tool.ts";
import { threadOf } from "./thread.ts";

export const messagesClient: ClientWire = {
  name: "messages",
  lift(json, _client, scope) {
    const lifted = liftRequest(json, scope.hosted?.search);
    const stream = lifted.body.stream === true;
    const thread = threadOf(json);
    const encoder = new MessagesEncoder(lifted, stream, scope);
    const { wish } = lifted.table;
    const max_calls = wish?.max_uses;
    const search = wish && searchExchange(wish.wish, lifted.turn, encoder.teller);
    const hosted = search && { ...search, ...(max_calls !== undefined && { max_calls }) };
    return {
      turn: lifted.turn,
      stream,
      encoder,
      ...(hosted && { hosted, kindOf: (name: string) => hosted.toolOf(name)?.kind ?? "function" }),
      ...(thread !== undefined && { thread }),
    };
  },
  httpError: httpErrorOf,
  // A `ping` belongs behind `message_start`, which is the upstream's to send.
  heartbeat: () => ": keepalive\n\n",
  forward: {
    wire: "messages",
    path: "/messages",
    needsTranslation: (json, dialect, _compose, offer) =>
      (dialect.late_system_role !== "system" && hasLateSystem(json)) ||
      (!dialect.message_threads && hasThread(json)) ||
      (!dialect.hosted_tools && offer?.search === true && wantsSearch(json)),
    edit: editRequest,
    observer: observerOf,
    full_context: ["prompt is too long", "exceed context limit"],
  },
};
