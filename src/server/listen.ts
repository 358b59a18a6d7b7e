/** The only place that knows which runtime serves: Bun, or Deno where Bun is not. */
import { watchDescriptors } from "./access/descriptors.ts";
import type { Tls } from "./access/tls.ts";
import { BunConnection, type BunData } from "./bun-connection.ts";
import type { Connection } from "./connection.ts";
import { directly } from "./upstreams/transport.ts";
import { SHIM_HEADER } from "./headers.ts";
import type { Socket, SocketEvents } from "./websocket/socket.ts";

/** An address that is listened on. */
interface Listener {
  port: number;
  /** Takes no new connections and resolves when the running requests have ended; `now` ends them. */
  stop(now: boolean): Promise<void>;
  /** Ends the connections without a running request; how many. Absent where the runtime cannot. */
  closeIdle?(): number;
}

export interface Listening extends Omit<Listener, "closeIdle"> {
  /** New connections see this certificate; running responses end under the old one. */
  renew(tls: Tls): void;
}

interface ListenOptions {
  tls?: Tls;
  /** How long a connection may take to send its headers; not how long a response may take. */
  head_timeout_s?: number;
  /** A message on a WebSocket that is larger ends the connection. */
  max_message_bytes?: number;
  /** Takes warnings for whoever runs this server. Absent: file descriptors are not watched. */
  warn?(text: string): void;
  /** How many file descriptors this process may have open, where the system says so. */
  descriptors?: number | undefined;
}

/** `connection` is for this request alone. */
type Handler = (request: Request, connection: Connection) => Response | Promise<Response>;

type DenoHandler = (request: Request, info: { remoteAddr?: { hostname?: string } }) => Response | Promise<Response>;

interface DenoApi {
  upgradeWebSocket(request: Request, options: { idleTimeout: number }): { socket: WebSocket; response: Response };
  serve(
    options: { hostname: string; port: number; signal: AbortSignal; onListen(): void; cert?: string; key?: string },
    handler: DenoHandler,
  ): { addr: { port: number }; shutdown(): Promise<void> };
}

/** Out of reach: bodies are limited where they are read, with an error that says so. Bun's own has no body. */
const NO_BODY_LIMIT = Number.MAX_SAFE_INTEGER;
/**
 * Connections must not be held for ever by headers that come a byte at a time. Bun looks every few seconds, and gives the
 * first headers on a connection 10 s, whatever is set here.
 */
const HEAD_TIMEOUT_S = 20;

const NO_BUFFER_LIMIT = 2 ** 31 - 1;
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;
/** A client that answers no ping for so long is gone. Some look at none while they do not wait for a response. */
const SOCKET_IDLE_S = 960;
/** Larger messages to other machines are compressed: below it there is nothing to gain, far above it all others wait. */
const COMPRESS_FROM = 1024;
const COMPRESS_TO = 256 * 1024;
/** How often a runtime without a drain event is checked for whether its client has read on. */
const DRAIN_LOOK_MS = 10;

/** Throws an Error for people when the address cannot be had. */
export async function listen(
  handler: Handler,
  hostname: string,
  port: number,
  { tls, head_timeout_s = HEAD_TIMEOUT_S, max_message_bytes = MAX_MESSAGE_BYTES, ...watched }: ListenOptions = {},
): Promise<Listening> {
  const open = (at: number, secret: Tls | undefined): Listener =>
    typeof Bun === "undefined"
      ? listenDeno(handler, hostname, at, secret)
      : listenBun(handler, hostname, at, secret, { head_timeout_s, max_message_bytes });
  try {
    return renewable(open, port, tls, watched);
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    if (!/EADDRINUSE|AddrInUse|in use/i.test(`${code} ${String(error)}`))
      throw new Error(`cannot listen on ${hostname}:${port}: ${message}`, { cause: error });
    const by = (await isShim(hostname, port))
      ? "another juscode-shim is running there: use it, or stop it"
      : "another program has it";
    throw new Error(`port ${port} is taken: ${by}. Choose another with --listen ${hostname}:PORT`, { cause: error });
  }
}

/**
 * A running server of neither runtime takes another certificate (oven-sh/bun#43815), so a new one takes its place on
 * the same port: the old one lets go of it at once, and ends when its responses have.
 */
function renewable(
  open: (port: number, tls: Tls | undefined) => Listener,
  wanted: number,
  first: Tls | undefined,
  { warn, descriptors }: Pick<ListenOptions, "warn" | "descriptors">,
): Listening {
  let current = open(wanted, first);
  let tls = first;
  const { port } = current;
  const ending = new Set<Listener>();
  let stopped = false;
  const closeIdle = (): number => current.closeIdle?.() ?? 0;
  const unwatch = warn && current.closeIdle && watchDescriptors({ most: descriptors, closeIdle, warn });
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
      unwatch?.();
      await Promise.all([current, ...ending].map((each) => each.stop(now)));
    },
  };
}

function listenBun(
  handler: Handler,
  hostname: string,
  port: number,
  tls: Tls | undefined,
  { head_timeout_s, max_message_bytes }: { head_timeout_s: number; max_message_bytes: number },
): Listener {
  const sockets = new Set<SocketEvents>();
  const server = Bun.serve<BunData>({
    hostname,
    port,
    async fetch(request, server) {
      const connection = new BunConnection(server, request, head_timeout_s);
      const answer = await handler(request, connection);
      if (answer.status === 101) return undefined;
      connection.answered();
      return answer;
    },
    websocket: {
      maxPayloadLength: max_message_bytes,
      idleTimeout: SOCKET_IDLE_S,
      // A session stops by itself when its client does not read; what is over this would be dropped without a word.
      backpressureLimit: NO_BUFFER_LIMIT,
      perMessageDeflate: true,
      open(socket) {
        const { start } = socket.data;
        sockets.add((socket.data.events = start(bunSocket(socket))));
      },
      message: ({ data }, message) => data.events?.message(typeof message === "string" ? message : undefined),
      drain: ({ data }) => data.events?.drained(),
      close({ data }) {
        if (data.events) sockets.delete(data.events);
        data.events?.closed();
      },
    },
    idleTimeout: head_timeout_s,
    maxRequestBodySize: NO_BODY_LIMIT,
    development: false,
    reusePort: false, // Outside development Bun 1.4 would share a port that another program has.
    ...(tls && { tls }),
  });
  return {
    port: server.port ?? port,
    stop: (now) => {
      for (const socket of sockets) socket.leave();
      return server.stop(now);
    },
    closeIdle: () => server.closeIdleConnections(),
  };
}

function bunSocket(socket: Bun.ServerWebSocket<BunData>): Socket {
  const { remote } = socket.data;
  return {
    send(messages) {
      let taken = true;
      // All that came of one read leaves in one write.
      socket.cork(() => {
        for (const message of messages) {
          const compress = remote && message.length >= COMPRESS_FROM && message.length <= COMPRESS_TO;
          taken = socket.send(message, compress) > 0;
        }
      });
      return taken;
    },
    ping: () => void socket.ping(),
    close: (code, reason) => socket.close(code, reason),
    drop: () => socket.terminate(),
  };
}

function listenDeno(handler: Handler, hostname: string, port: number, tls: Tls | undefined): Listener {
  const deno = (globalThis as unknown as { Deno?: DenoApi }).Deno;
  if (!deno) throw new Error("juscode-shim needs Bun or Deno");
  const abort = new AbortController();
  const sockets = new Set<SocketEvents>();
  const answer: DenoHandler = (request, { remoteAddr }) =>
    handler(request, {
      upgrade(start) {
        const { socket, response } = deno.upgradeWebSocket(request, { idleTimeout: SOCKET_IDLE_S });
        followSocket(socket, start, sockets);
        return response;
      },
      address: () => remoteAddr?.hostname,
      // It has no time-outs that could be lifted.
      admit: () => {},
      hold: () => {},
      release: () => {},
    });
  const server = deno.serve({ hostname, port, signal: abort.signal, onListen: () => {}, ...tls }, answer);
  return {
    port: server.addr.port,
    stop: async (now) => {
      for (const socket of sockets) socket.leave();
      if (now) abort.abort();
      else await server.shutdown();
    },
  };
}

/** By the web's own interface, which tells neither of pings nor of a client that reads on. */
function followSocket(socket: WebSocket, start: (socket: Socket) => SocketEvents, sockets: Set<SocketEvents>): void {
  let events: SocketEvents | undefined;
  let look: ReturnType<typeof setInterval> | undefined;
  socket.addEventListener("open", () => {
    events = start({
      send(messages) {
        for (const message of messages) socket.send(message);
        if (socket.bufferedAmount === 0) return true;
        look ??= setInterval(() => {
          if (socket.bufferedAmount > 0) return;
          clearInterval(look);
          look = undefined;
          events?.drained();
        }, DRAIN_LOOK_MS);
        return false;
      },
      ping: () => {},
      // It lets programs close with this code alone.
      close: (_, reason) => socket.close(1000, reason),
      drop: () => socket.close(),
    });
    sockets.add(events);
  });
  socket.addEventListener("message", ({ data }) => events?.message(typeof data === "string" ? data : undefined));
  socket.addEventListener("close", () => {
    clearInterval(look);
    if (events) sockets.delete(events);
    events?.closed();
  });
}

/** As a URL wants it. */
export function urlHost(hostname: string): string {
  return hostname.includes(":") ? `[${hostname}]` : hostname;
}

async function isShim(hostname: string, port: number): Promise<boolean> {
  try {
    const url = `http://${urlHost(hostname)}:${port}/health`;
    const reply = await fetch(url, { ...directly(), signal: AbortSignal.timeout(500) });
    return reply.headers.has(SHIM_HEADER);
  } catch {
    return false;
  }
}
