/** The paths of stored responses and conversations. */
import type { Context, Hono } from "hono";
import { ShimError } from "../../core/errors.ts";
import type { Caller } from "../access/access.ts";
import { readJson } from "../body.ts";
import type { Hold } from "../memory/budget.ts";
import type { RequestBody } from "../memory/request-body.ts";
import { connectionOf, heldOpen } from "../connection.ts";
import * as conversations from "./conversations.ts";
import { keptNowhere } from "./errors.ts";
import { ownerOf } from "./owner.ts";
import * as responses from "./responses.ts";
import type { StateRequest, StateServer } from "./responses.ts";

type Handler = (request: StateRequest) => Promise<Response>;

const ROUTES: readonly (readonly [method: string, path: string, handle: Handler])[] = [
  ["GET", "/responses/:id", responses.getResponse],
  ["DELETE", "/responses/:id", responses.deleteResponse],
  ["POST", "/responses/:id/cancel", responses.cancelResponse],
  ["GET", "/responses/:id/input_items", responses.listInput],
  ["POST", "/conversations", conversations.createConversation],
  ["GET", "/conversations/:id", conversations.getConversation],
  ["POST", "/conversations/:id", conversations.updateConversation],
  ["DELETE", "/conversations/:id", conversations.deleteConversation],
  ["GET", "/conversations/:id/items", conversations.listItems],
  ["POST", "/conversations/:id/items", conversations.addItems],
  ["GET", "/conversations/:id/items/:item", conversations.getItem],
  ["DELETE", "/conversations/:id/items/:item", conversations.deleteItem],
];

/** For people: `GET /v1/responses/ID`. */
export const STATE_PATHS: readonly string[] = ROUTES.map(
  ([method, path]) => `${method} /v1${path.replaceAll(/:\w+/g, (name) => name.slice(1).toUpperCase())}`,
);

type Options = StateServer & Parameters<typeof readJson>[1];

export function serveState(app: Hono, root: string, options: Options, callerOf: (c: Context) => Caller): void {
  for (const [method, path, handle] of ROUTES)
    app.on(method, root + path, async (c) => {
      const caller = callerOf(c);
      if (caller.name !== undefined && caller.sees_all)
        throw new ShimError("permission", `the key \`${caller.name}\` is for metrics, and keeps no responses`);
      const { state } = options;
      if (!state?.kept) throw keptNowhere();
      const { id = "", item = "" }: Record<string, string> = c.req.param();
      const request = c.req.raw;
      let hold: Hold | undefined;
      const body = async (): Promise<RequestBody> => {
        const held = await readJson(request, options);
        hold = held.hold;
        return held.body;
      };
      const query = new URL(request.url).searchParams;
      const stored = { request, owner: ownerOf({ caller }), id, item, query, body, server: options, ...state.kept };
      try {
        return heldOpen(await handle({ ...stored, reap: () => state.reap() }), connectionOf(c));
      } finally {
        hold?.end();
      }
    });
}
