/** The access guard before all paths: who may pass, what strangers see, and which headers every response carries. */
import type { Context, Hono } from "hono";
import { networkOf } from "../../core/addresses.ts";
import { asShimError, ShimError } from "../../core/errors.ts";
import { connectionOf } from "../connection.ts";
import { clientRequestId, REQUEST_ID_HEADER, SHIM_HEADER, VIA_HEADER } from "../headers.ts";
import type { Log, RefusedLine } from "../log.ts";
import { Access, unknownKey, type Caller } from "./access.ts";
import { corsHeaders, LOOPBACK_ONLY, preflight, refuseBrowsers, type GuardRules } from "./browser-guard.ts";
import { presentedKeys } from "./client-keys.ts";
import { Pace } from "./pace.ts";
import { RefusalLog } from "./refusal-log.ts";

/** On these paths a stranger sees that a shim runs here, and nothing else. */
const OPEN_PATHS = new Set(["/", "/v1", "/health"]);

/** Whether a request has passed, or only sees what strangers may see: it has no key, or an unknown one. */
type Entry = "admitted" | "stranger" | "wrong_key";

export class AccessGuard {
  readonly access: Access;
  rules: GuardRules;

  constructor(access: Access, rules: GuardRules) {
    this.access = access;
    this.rules = rules;
  }

  /** Throws a ShimError for a request that is kept out. A browser's preflight gets its response at once. */
  enter({ method, headers }: Request, path: string): Response | Entry {
    refuseBrowsers(headers, this.rules);
    const early = preflight(method, headers, this.rules);
    if (early) return early;
    const sees_little = (method === "GET" || method === "HEAD") && OPEN_PATHS.has(path);
    if (sees_little && !this.access.knows(headers))
      return presentedKeys(headers).length === 0 ? "stranger" : "wrong_key";
    this.access.caller(headers);
    return "admitted";
  }

  caller(headers: Headers): Caller {
    return this.access.caller(headers);
  }

  /** Headers of every response to this request. */
  headersFor(headers: Headers): Record<string, string> {
    const id = clientRequestId(headers);
    return { ...corsHeaders(headers, this.rules), ...(id !== undefined && { [REQUEST_ID_HEADER]: id }) };
  }
}

/** For a server that only this machine reaches, without keys. */
export function openGuard(): AccessGuard {
  return new AccessGuard(new Access([], false, () => performance.now()), LOOPBACK_ONLY);
}

interface GuardOptions {
  log: Log;
  /** Id of this running shim. */
  instance: string;
  /** So many requests without a valid key wait for their responses at a time; each has a connection. */
  most_strangers?: number;
}

/** How errors are returned and logged. */
interface Refusals {
  answer(thrown: unknown, c: Context): Response;
  line(error: ShimError, status: number, c: Context): RefusedLine;
}

/** Takes the place of the instance's id for strangers: other shims and our own commands see by it that a shim is there. */
const STRANGERS_MARK = "1";
/** For requests of which the runtime does not say where they come from. */
const NOWHERE = "an unknown address";

/** Guards all paths that `app` gets later. The function marks a response to a request that has passed. */
export function guardPaths(
  app: Hono,
  door: AccessGuard,
  { log, instance, most_strangers }: GuardOptions,
  { answer, line }: Refusals,
): (c: Context, reply: Response) => void {
  const now = (): number => performance.now();
  const pace = new Pace();
  const lines = new RefusalLog((refused) => log.refused?.(refused), now);

  const mark = (c: Context, { headers }: Response, first: Record<string, string>): void => {
    for (const [name, value] of Object.entries({ ...first, ...door.headersFor(c.req.raw.headers) }))
      if (!headers.has(name)) headers.set(name, value);
  };
  const marked = (c: Context, reply: Response): void => {
    // The headers of a WebSocket's handshake are written already.
    if (reply.status !== 101) mark(c, reply, { [SHIM_HEADER]: instance });
  };
  const markStranger = (c: Context, reply: Response, keeps: boolean): void => {
    // Closed while a body is still coming, a connection takes the response with it: then it has some seconds.
    const { headers } = c.req.raw;
    const has_body = headers.has("transfer-encoding") || (headers.get("content-length") ?? "0") !== "0";
    const closes = !keeps || !has_body;
    mark(c, reply, { [SHIM_HEADER]: STRANGERS_MARK, ...(closes && { connection: "close" }) });
  };
  const turnedAway = async (c: Context, error: ShimError, reply: Response): Promise<Response> => {
    const address = connectionOf(c)?.address();
    const network = address === undefined ? NOWHERE : networkOf(address);
    lines.add(network, line(error, reply.status, c));
    markStranger(c, reply, await pace.take(network, now(), most_strangers));
    return reply;
  };

  app.use(async (c, next) => {
    // Whoever sends this instance's id is this shim itself, by way of an upstream, and has no key.
    refuseLoop(c.req.header(VIA_HEADER), instance);
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
    else markStranger(c, c.res, true);
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
