/** The only place that knows which runtime serves: Bun, or Deno where Bun is not. */
import { SHIM_HEADER } from "./upstream.ts";

export interface Listening {
  port: number;
  /** Takes no new connections and resolves when the running requests have ended; `now` ends them. */
  stop(now: boolean): Promise<void>;
}

type Handler = (request: Request) => Response | Promise<Response>;

interface DenoServer {
  addr: { port: number };
  shutdown(): Promise<void>;
}

interface DenoApi {
  serve(
    options: { hostname: string; port: number; signal: AbortSignal; onListen(): void },
    handler: Handler,
  ): DenoServer;
}

/** Out of reach: bodies are limited where they are read, with an answer that says so. Bun's own has no body. */
const NO_BODY_LIMIT = Number.MAX_SAFE_INTEGER;

/** Throws an Error for people when the address cannot be had. */
export async function listen(handler: Handler, hostname: string, port: number): Promise<Listening> {
  try {
    return typeof Bun === "undefined" ? listenDeno(handler, hostname, port) : listenBun(handler, hostname, port);
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

function listenBun(fetch: Handler, hostname: string, port: number): Listening {
  // Models think for longer than any idle time-out; the client decides how long it waits.
  const server = Bun.serve({
    hostname,
    port,
    fetch,
    idleTimeout: 0,
    maxRequestBodySize: NO_BODY_LIMIT,
    development: false,
    reusePort: false, // Outside development Bun 1.4 would share a port that another program has.
  });
  return { port: server.port ?? port, stop: (now) => server.stop(now) };
}

function listenDeno(handler: Handler, hostname: string, port: number): Listening {
  const deno = (globalThis as unknown as { Deno?: DenoApi }).Deno;
  if (!deno) throw new Error("juscode-shim needs Bun or Deno");
  const abort = new AbortController();
  const server = deno.serve({ hostname, port, signal: abort.signal, onListen: () => {} }, handler);
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
