/** A WebSocket connection, whichever runtime holds it. */

/** The server's end of it. */
export interface Socket {
  /** Text messages, in this order. False: the client does not read as fast; nothing more before `drained`. */
  send(messages: readonly string[]): boolean;
  ping(): void;
  close(code: number, reason: string): void;
  /** Ends it at once, for a client that would not read a reason. */
  drop(): void;
}

/** What happens on it. */
export interface SocketEvents {
  /** Undefined for a message that is not text. */
  message(text: string | undefined): void;
  drained(): void;
  closed(): void;
  /** The server takes no new requests: the running response may end. */
  leave(): void;
}

/** Makes a request a connection by the response that `upgrade` returns. Undefined: it cannot become one. */
export type Upgrader = { upgrade(start: (socket: Socket) => SocketEvents, headers: Headers): Response | undefined };

/** Close code of RFC 6455. */
export const GOING_AWAY = 1001;
