/** A host on bare TCP, for what no proper HTTP server does: to reset, to break off, to say nothing. */
import type { Socket } from "bun";

export interface RawConnection {
  /** What the client sent over it. */
  text: string;
  /** The client has closed it, or it was reset. */
  closed: boolean;
  /** By `performance.now()`. */
  closed_at?: number;
  /** Requests that came whole. */
  requests: number;
  write(text: string): void;
  /** Closes it in good order. */
  end(): void;
  /** Closes it by a reset. */
  reset(): void;
}

/** `request` counts all requests of the host, from 0. */
export type RawScript = (connection: RawConnection, request: number) => void | Promise<void>;

export class RawHost implements Disposable {
  readonly connections: RawConnection[] = [];
  requests = 0;
  private readonly server: Bun.TCPSocketListener<RawConnection>;

  constructor(script: RawScript) {
    this.server = Bun.listen<RawConnection>({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        open: (socket) => {
          socket.data = connectionOf(socket);
          this.connections.push(socket.data);
        },
        data: (socket, bytes) => {
          const connection = socket.data;
          connection.text += bytes.toString();
          while (requestsIn(connection.text) > connection.requests) {
            connection.requests++;
            void script(connection, this.requests++);
          }
        },
        close: (socket) => {
          if (!socket.data) return;
          socket.data.closed = true;
          socket.data.closed_at = performance.now();
        },
        error: () => {},
      },
    });
  }

  get url(): string {
    return `http://127.0.0.1:${this.server.port}/v1`;
  }

  [Symbol.dispose](): void {
    this.server.stop(true);
  }
}

function connectionOf(socket: Socket<RawConnection>): RawConnection {
  return {
    text: "",
    closed: false,
    requests: 0,
    write: (text) => void socket.write(text),
    end: () => void socket.end(),
    reset: () => void socket.terminate(),
  };
}

/** Whole requests: heads whose announced bodies have come. */
function requestsIn(text: string): number {
  let count = 0;
  for (let from = 0; ; count++) {
    const head = text.indexOf("\r\n\r\n", from);
    if (head === -1) return count;
    const size = Number(/^content-length: *(\d+)/im.exec(text.slice(from, head))?.[1] ?? 0);
    if (Buffer.byteLength(text.slice(head + 4)) < size) return count;
    from = head + 4 + size;
  }
}

export const SSE_HEAD = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: keep-alive\r\n";

/** A head whose body ends with the connection. */
export const OPEN_HEAD = `${SSE_HEAD}\r\n`;

/** A head whose body comes in chunks: only with these is a break told from an end. */
export const CHUNKED_HEAD = `${SSE_HEAD}transfer-encoding: chunked\r\n\r\n`;
export const chunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;

/** One `data:` frame with a piece of text. */
export const textFrame = (content: string): string =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`;

/** The end of a whole answer. */
export const LAST_FRAMES = 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n';

/** A whole answer in one piece, after which the connection can be used again. */
export function wholeAnswer(content: string): string {
  const body = textFrame(content) + LAST_FRAMES;
  return `${SSE_HEAD}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}
