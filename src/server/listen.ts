/** The only place that knows which runtime serves: Bun, or Deno where Bun is not. */
import { SHIM_HEADER } from "./upstream.ts";

export interface Listening {
  port: number;
  /** Takes no new connections and resolves when the running requests have ended; `now` ends them. */
  stop(now: boolean): Promise<void>;
  /** New connections see this certificate; running answers end under the old one. */
  renew(tls: Tls): void;
}

/** PEM texts. */
export interface Tls {
  cert: string;
  key: string;
}

export interface ListenOptions {
  tls?: Tls;
  /** How long a connection may take to tell what it wants; not how long an answer may. */
  head_timeout_s?: number;
}

type Handler = (request: Request) => Response | Promise<Response>;

/** A socket that is listened on, until it is not. */
interface Socket {
  port: number;
  stop(now: boolean): Promise<void>;
}

interface DenoServer {
  addr: { port: number };
  shutdown(): Promise<void>;
}

interface DenoApi {
  serve(
    options: { hostname: string; port: number; signal: AbortSignal; onListen(): void; cert?: string; key?: string },
    handler: Handler,
  ): DenoServer;
}

/** Out of reach: bodies are limited where they are read, with an answer that says so. Bun's own has no body. */
const NO_BODY_LIMIT = Number.MAX_SAFE_INTEGER;
/** Heads that come a byte at a time must not hold connections for ever. Bun looks every few seconds. */
const HEAD_TIMEOUT_S = 20;

/** Throws an Error for people when the address cannot be had. */
export async function listen(
  handler: Handler,
  hostname: string,
  port: number,
  { tls, head_timeout_s = HEAD_TIMEOUT_S }: ListenOptions = {},
): Promise<Listening> {
  const open = (at: number, secret: Tls | undefined): Socket =>
    typeof Bun === "undefined"
      ? listenDeno(handler, hostname, at, secret)
      : listenBun(handler, hostname, at, secret, head_timeout_s);
  try {
    return renewable(open, port, tls);
  } catch (error) {
    if (!/EADDRINUSE|AddrInUse|in use/i.test(`${(error as { code?: string }).code ?? ""} ${String(error)}`)) {
      throw new Error(`cannot listen on ${hostname}:${port}: ${(error as Error).message}`, {
        cause: error,
      });
    }
    const by = (await isShim(hostname, port))
      ? "another juscode-shim is running there: use it, or stop it"
      : "another program has it";
    throw new Error(`port ${port} is taken: ${by}. Choose another with --listen ${hostname}:PORT`, {
      cause: error,
    });
  }
}

/**
 * A running server of neither runtime takes another certificate (oven-sh/bun#43815), so a new one takes its place on
 * the same port: the old one lets go of it at once, and ends when its answers have.
 */
function renewable(open: (port: number, tls: Tls | undefined) => Socket, wanted: number, first?: Tls): Listening {
  let current = open(wanted, first);
  let tls = first;
  const { port } = current;
  const ending = new Set<Socket>();
  let stopped = false;
  return {
    port,
    renew(next) {
      if (stopped) return;
      const old = current;
      ending.add(old);
      void old.stop(false).then(() => ending.delete(old));
      try {
        current = open(port, next);
        tls = next;
      } catch (error) {
        // Rather the old certificate than none.
        current = open(port, tls);
        throw error;
      }
    },
    stop: async (now) => {
      stopped = true;
      await Promise.all([current, ...ending].map((each) => each.stop(now)));
    },
  };
}

function listenBun(
  handler: Handler,
  hostname: string,
  port: number,
  tls: Tls | undefined,
  head_timeout_s: number,
): Socket {
  const server = Bun.serve({
    hostname,
    port,
    async fetch(request, server) {
      // Models think for longer than any idle time-out; the client decides how long it waits.
      if (request.method === "POST" || request.url.includes("stream=true")) server.timeout(request, 0);
      const answer = await handler(request);
      // Of a body that is refused nothing more is read: whoever goes on sending it must not keep the connection.
      if (answer.status >= 400) server.timeout(request, head_timeout_s);
      return answer;
    },
    idleTimeout: head_timeout_s,
    maxRequestBodySize: NO_BODY_LIMIT,
    development: false,
    reusePort: false, // Outside development Bun 1.4 would share a port that another program has.
    ...(tls && { tls }),
  });
  return { port: server.port ?? port, stop: (now) => server.stop(now) };
}

function listenDeno(handler: Handler, hostname: string, port: number, tls: Tls | undefined): Socket {
  const deno = (globalThis as unknown as { Deno?: DenoApi }).Deno;
  if (!deno) throw new Error("juscode-shim needs Bun or Deno");
  const abort = new AbortController();
  const server = deno.serve({ hostname, port, signal: abort.signal, onListen: () => {}, ...tls }, handler);
  return {
    port: server.addr.port,
    stop: async (now) => {
      if (now) abort.abort();
      else await server.shutdown();
    },
  };
}

/** As a URL wants it. */
export function urlHost(hostname: string): string {
  return hostname.includes(":") ? `[${hostname}]` : hostname;
}

async function isShim(hostname: string, port: number): Promise<boolean> {
  try {
    const reply = await fetch(`http://${urlHost(hostname)}:${port}/health`, {
      signal: AbortSignal.timeout(500),
    });
    return reply.headers.has(SHIM_HEADER);
  } catch {
    return false;
  }
}
