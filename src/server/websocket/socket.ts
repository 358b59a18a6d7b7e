/** A WebSocket connection, whichever runtime holds it. */

/** The server's end of it. */
export interface Socket {
  /** Text messages, in this order. False: the client does not read as fast; nothing more before `drained`. */
  send(messages: readonly string[]): boolean;
  ping(): void;
  close(code: number, reason: string): void;
  /** At once and without a word, for who would not read it. */
  drop(): void;
}

/** What happens on it. */
export interface SocketEvents {
  /** Undefined for a message that is not text. */
  message(text: string | undefined): void;
  drained(): void;
  closed(): void;
  /** The server takes no new requests: what runs may end. */
  leave(): void;
}

/** How a request becomes a connection: by the answer that this returns. Undefined: it cannot become one. */
export interface Upgrader {
  upgrade(start: (socket: Socket) => SocketEvents, headers: Headers): Response | undefined;
}

/** Codes of RFC 6455. */
export const CLOSE = { going_away: 1001 } as const;
