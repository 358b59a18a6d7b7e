/** The access guard before all paths: who has passed, what strangers see, and what an answer to each of them bears. */
import type { Context, Hono } from "hono";
import { asShimError, ShimError } from "../../core/errors.ts";
import type { AppOptions } from "../app-options.ts";
import { connectionOf } from "../connection.ts";
import type { RefusedLine } from "../log.ts";
import { SHIM_HEADER, VIA_HEADER } from "../upstreams/upstream.ts";
import { unknownKey } from "./access.ts";
import type { Door, Entry } from "./door.ts";
import { TurnAway } from "./turn-away.ts";

/** How errors are answered and logged. */
export interface Refusals {
  answer(thrown: unknown, c: Context): Response;
  line(error: ShimError, status: number, c: Context): RefusedLine;
}

/** In the place of the instance's id, for who has no key: other shims and our own commands see by it who is there. */
const STRANGERS_MARK = "1";

/** Before any path is served. The function marks an answer to a request that has passed. */
export function guardPaths(
  app: Hono,
  door: Door,
  options: AppOptions,
  { answer, line }: Refusals,
): (c: Context, reply: Response) => void {
  const away = new TurnAway(
    (refused) => options.log.refused?.(refused),
    () => performance.now(),
  );
  const marked = (c: Context, reply: Response): void => {
    // Its head is written already.
    if (reply.status === 101) return;
    mark(reply, { [SHIM_HEADER]: options.instance, ...door.headersFor(c.req.raw.headers) });
  };
  const markedForStrangers = (c: Context, reply: Response, keeps: boolean): void => {
    const { headers } = c.req.raw;
    // Closed while a body is still coming, a connection takes the answer with it: then it has some seconds.
    const closes = !keeps || !announcesBody(headers);
    mark(reply, { [SHIM_HEADER]: STRANGERS_MARK, ...(closes && { connection: "close" }), ...door.headersFor(headers) });
  };
  const turnedAway = async (c: Context, error: ShimError, reply: Response): Promise<Response> => {
    const address = connectionOf(c)?.address();
    const keeps = await away.wait(address, line(error, reply.status, c), options.most_strangers);
    markedForStrangers(c, reply, keeps);
    return reply;
  };
  app.use(async (c, next) => {
    // Who sends its id is this shim itself, by way of an upstream, and has no key.
    refuseLoop(c.req.header(VIA_HEADER), options.instance);
    let entry: Response | Entry;
    try {
      entry = door.enter(c.req.raw, c.req.path);
    } catch (thrown) {
      return turnedAway(c, asShimError(thrown), answer(thrown, c));
    }
    if (typeof entry !== "string") return entry;
    if (entry === "admitted") connectionOf(c)?.admit();
    await next();
    if (entry === "wrong_key") return turnedAway(c, unknownKey(), c.res);
    if (entry === "admitted") marked(c, c.res);
    else markedForStrangers(c, c.res, true);
    return undefined;
  });
  return marked;
}

function refuseLoop(via: string | undefined, instance: string): void {
  if (!via?.split(",").some((hop) => hop.trim() === instance)) return;
  throw new ShimError(
    "loop",
    "this request has come back to the shim that sent it: an upstream's URL points at juscode-shim itself",
  );
}

function mark(reply: Response, headers: Record<string, string>): void {
  for (const [name, value] of Object.entries(headers)) if (!reply.headers.has(name)) reply.headers.set(name, value);
}

function announcesBody(headers: Headers): boolean {
  return headers.has("transfer-encoding") || (headers.get("content-length") ?? "0") !== "0";
}
