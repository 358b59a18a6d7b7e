/**
 * The bench's upstream, a process of its own: it answers on all three wires what the request's words ask for (see
 * ask.ts). It speaks HTTP over bare sockets, so that it costs little beside what is measured. Prints its
 * port, which may be given.
 */
import type { Socket } from "bun";
import { askIn, now_us, PACE_MS, PATHS, SENT_AT, WIRES, type Ask, type WireName } from "./ask.ts";
import { scriptOf, WORD, type Script } from "./frames.ts";

/** Deltas that one write carries in a burst; real servers flush about as often. */
const BURST = 20;

interface Connection {
  received: string;
  /** What could not be written yet. */
  unsent: Buffer[];
  /** Chunks of a burst that are still to come. */
  rest: Buffer[];
}

const HEAD = (type: string, length: string): string => `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\n${length}\r\n\r\n`;
const STREAM_HEAD = HEAD("text/event-stream", "transfer-encoding: chunked");
const chunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
const LAST_CHUNK = "0\r\n\r\n";
const MODELS = JSON.stringify({
  object: "list",
  data: [{ id: "bench", object: "model", created: 1, owned_by: "bench" }],
});

const scripts = new Map<string, Script>();
const bursts = new Map<string, Buffer[]>();

function scripted(wire: WireName, ask: Ask): Script {
  const key = `${wire} ${ask.deltas} ${ask.content}`;
  const known = scripts.get(key) ?? scriptOf(wire, ask);
  scripts.set(key, known);
  return known;
}

/** A burst as it is written, made once. */
function burstOf(wire: WireName, ask: Ask): Buffer[] {
  const key = `${wire} ${ask.deltas} ${ask.content}`;
  const known = bursts.get(key);
  if (known) return known;
  const script = scripted(wire, ask);
  const writes: string[] = [];
  let text = script.head;
  for (const [i, piece] of script.pieces.entries()) {
    text += (script.between.get(i) ?? "") + piece(WORD);
    if ((i + 1) % BURST !== 0) continue;
    writes.push(chunk(text));
    text = "";
  }
  writes.push(chunk(text + script.end) + LAST_CHUNK);
  const made = writes.map((write, i) => Buffer.from(i === 0 ? STREAM_HEAD + write : write));
  bursts.set(key, made);
  return made;
}

/** Streams at fifty deltas a second, by the millisecond within the pace at which their turn comes. */
const slots: Set<Paced>[] = Array.from({ length: PACE_MS }, () => new Set());
let ticked = Math.floor(performance.now());
let phase = 0;

interface Paced {
  socket: Socket<Connection>;
  script: Script;
  sent: number;
}

setInterval(() => {
  for (const now = Math.floor(performance.now()); ticked < now; ticked++) {
    const slot = slots[ticked % PACE_MS];
    for (const paced of slot ?? []) if (!step(paced)) slot?.delete(paced);
  }
}, 1);

/** Sends the next delta; false when it was the last. */
function step(paced: Paced): boolean {
  const { socket, script, sent } = paced;
  if (socket.readyState <= 0) return false;
  const piece = script.pieces[sent];
  const text = (script.between.get(sent) ?? "") + (piece?.(`${SENT_AT}${now_us()} `) ?? "");
  paced.sent++;
  const last = paced.sent >= script.pieces.length;
  write(socket, Buffer.from(last ? chunk(text + script.end) + LAST_CHUNK : chunk(text)));
  return !last;
}

function write(socket: Socket<Connection>, bytes: Buffer): void {
  const { unsent } = socket.data;
  const written = unsent.length > 0 ? 0 : socket.write(bytes);
  if (written >= 0 && written < bytes.length) unsent.push(bytes.subarray(written));
}

function drain(socket: Socket<Connection>): void {
  const { unsent, rest } = socket.data;
  for (let next = unsent.shift() ?? rest.shift(); next; next = unsent.shift() ?? rest.shift()) {
    const written = socket.write(next);
    if (written < 0) return;
    if (written < next.length) return void unsent.unshift(next.subarray(written));
  }
}

function answer(socket: Socket<Connection>, request: string): void {
  const path = request.slice(request.indexOf(" ") + 1, request.indexOf(" ", request.indexOf(" ") + 1));
  const wire = WIRES.find((each) => PATHS[each] === path);
  const ask = askIn(request);
  if (!wire || !ask)
    return write(socket, Buffer.from(HEAD("application/json", `content-length: ${MODELS.length}`) + MODELS));
  if (!/"stream"\s*:\s*true/.test(request)) {
    const { body } = scripted(wire, ask);
    return write(socket, Buffer.from(HEAD("application/json", `content-length: ${Buffer.byteLength(body)}`) + body));
  }
  if (ask.paced) {
    const script = scripted(wire, ask);
    write(socket, Buffer.from(STREAM_HEAD + chunk(script.head)));
    slots[phase++ % PACE_MS]?.add({ socket, script, sent: 0 });
    return;
  }
  socket.data.rest = [...burstOf(wire, ask)];
  drain(socket);
}

/** Whether the text begins with a whole request; how long that is. */
function wholeRequest(text: string): number | undefined {
  const head = text.indexOf("\r\n\r\n");
  if (head === -1) return undefined;
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, head + 2))?.[1];
  if (length !== undefined) return text.length >= head + 4 + Number(length) ? head + 4 + Number(length) : undefined;
  if (!/\r\ntransfer-encoding: *chunked/i.test(text.slice(0, head + 2))) return head + 4;
  return text.endsWith(LAST_CHUNK) ? text.length : undefined;
}

const server = Bun.listen<Connection>({
  hostname: "127.0.0.1",
  port: Number(process.argv[2] ?? 0),
  socket: {
    open(socket) {
      socket.data = { received: "", unsent: [], rest: [] };
      socket.setNoDelay(true);
    },
    data(socket, bytes) {
      const { data } = socket;
      data.received += bytes.toString("latin1");
      for (let end = wholeRequest(data.received); end !== undefined; end = wholeRequest(data.received)) {
        const request = data.received.slice(0, end);
        data.received = data.received.slice(end);
        answer(socket, request);
        if (data.received === "") break;
      }
    },
    drain,
    close() {},
    error() {},
  },
});
console.log(server.port);
