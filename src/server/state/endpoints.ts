/** The paths of stored responses and conversations. */
import type { Context, Hono } from "hono";
import { ShimError } from "../../core/errors.ts";
import type { Caller } from "../access/access.ts";
import { readJson } from "../body.ts";
import type { Hold } from "../memory/budget.ts";
import { requestBody, type RequestBody } from "../memory/request-body.ts";
import type { AppOptions } from "../app-options.ts";
import { connectionOf, heldOpen } from "../connection.ts";
import * as conversations from "./conversations.ts";
import * as responses from "./responses.ts";
import type { Question } from "./responses.ts";

export const STATE_PATHS: readonly string[] = [
  "GET /v1/responses/ID",
  "DELETE /v1/responses/ID",
  "POST /v1/responses/ID/cancel",
  "GET /v1/responses/ID/input_items",
  "POST /v1/conversations",
  "GET /v1/conversations/ID",
  "POST /v1/conversations/ID",
  "DELETE /v1/conversations/ID",
  "GET /v1/conversations/ID/items",
  "POST /v1/conversations/ID/items",
  "GET /v1/conversations/ID/items/ITEM",
  "DELETE /v1/conversations/ID/items/ITEM",
];

type Answer = (asked: Question, c: Context, body: () => Promise<RequestBody>) => Promise<Response>;

export function serveState(app: Hono, root: string, options: AppOptions, callerOf: (c: Context) => Caller): void {
  const serve =
    (answer: Answer) =>
    async (c: Context): Promise<Response> => {
      const caller = callerOf(c);
      if (caller.name !== undefined && caller.sees_all)
        throw new ShimError("permission", `the key \`${caller.name}\` is for metrics, and keeps no responses`);
      const request = c.req.raw;
      let hold: Hold | undefined;
      const body = async (): Promise<RequestBody> => {
        const held = await readJson(request, options);
        hold = held.hold;
        return held.body;
      };
      try {
        return heldOpen(await answer({ request, caller, gateway: options }, c, body), connectionOf(c));
      } finally {
        hold?.end();
      }
    };
  const id = (c: Context): string => c.req.param("id") ?? "";
  const item = (c: Context): string => c.req.param("item") ?? "";

  const response = `${root}/responses/:id`;
  app.get(
    response,
    serve((asked, c) => responses.getResponse(id(c), asked)),
  );
  app.delete(
    response,
    serve((asked, c) => responses.deleteResponse(id(c), asked)),
  );
  app.post(
    `${response}/cancel`,
    serve((asked, c) => responses.cancelResponse(id(c), asked)),
  );
  app.get(
    `${response}/input_items`,
    serve((asked, c) => responses.listInput(id(c), asked)),
  );

  const one = `${root}/conversations/:id`;
  app.post(
    `${root}/conversations`,
    serve(async (asked, _, body) => conversations.createConversation(await orEmpty(body), asked)),
  );
  app.get(
    one,
    serve((asked, c) => conversations.getConversation(id(c), asked)),
  );
  app.post(
    one,
    serve(async (asked, c, body) => conversations.updateConversation(id(c), await body(), asked)),
  );
  app.delete(
    one,
    serve((asked, c) => conversations.deleteConversation(id(c), asked)),
  );
  app.get(
    `${one}/items`,
    serve((asked, c) => conversations.listItems(id(c), asked)),
  );
  app.post(
    `${one}/items`,
    serve(async (asked, c, body) => conversations.addItems(id(c), await body(), asked)),
  );
  app.get(
    `${one}/items/:item`,
    serve((asked, c) => conversations.getItem(id(c), item(c), asked)),
  );
  app.delete(
    `${one}/items/:item`,
    serve((asked, c) => conversations.deleteItem(id(c), item(c), asked)),
  );

  /** A conversation may begin with nothing, and SDKs then send no body. */
  async function orEmpty(body: () => Promise<RequestBody>): Promise<RequestBody> {
    try {
      return await body();
    } catch (error) {
      if (error instanceof ShimError && error.message.startsWith("the request has no body")) return requestBody("{}");
      throw error;
    }
  }
}
