/** How a client asks for one turn, and behaves while it is answered. */
import { CLIENTS } from "../../test/support/ways/clients.ts";
import { bodyOf, type RawAnswer } from "../../test/support/ways/answer-parser.ts";
import { Line, postHead } from "../../test/support/ways/line.ts";
import { ROUTE, type Turn } from "./turn.ts";

export interface Seen {
  answer: RawAnswer;
  /** The client went away before the end, so that nothing can be said of it. */
  left: boolean;
  /** The connection is good for another turn. */
  line: Line | undefined;
}

/** Far longer than any host is silent before it is given up. */
const LIMIT_MS = 60_000;
const STALL_MS = 700;
const EARLY_MS = 15;
/** Within it most answers are in their middle. */
const MIDDLE_BYTES = 4000;

/** Undefined as long as no turn was asked for: the request was none, or never whole. */
export async function askFor(turn: Turn, port: number, kept: Line | undefined): Promise<Seen | undefined> {
  const line = kept && !kept.closed ? kept : await Line.to(port);
  const { client, rounds, stream, way } = turn;
  const model = way === ROUTE ? way : `${way}/m`;
  const request = CLIENTS[client].request({ model, stream, rounds, say: `Go on [[${turn.name}]]` });
  if (client === "responses") request["store"] = turn.at < 0.3;
  const body = JSON.stringify(request);
  const head = postHead(CLIENTS[client].path, Buffer.byteLength(body));
  if (turn.manner === "sends garbage") return garbage(turn, line, head, body);
  if (turn.manner === "half a request") {
    line.write(Buffer.from(head + body.slice(0, Math.floor(body.length * turn.at))));
    await Bun.sleep(EARLY_MS);
    line.end();
    return undefined;
  }
  let left = false;
  let over = false;
  let late_by = false;
  const leave = (): void => {
    if (over || left || line.closed) return;
    left = true;
    if (turn.answering) turn.left_at = performance.now();
    if (turn.dice.chance(0.5)) line.reset();
    else line.end();
  };
  const late = setTimeout(() => {
    over = late_by = true;
    line.reset();
  }, LIMIT_MS);
  const answer = await line.ask(head, body, behave(turn, line, leave));
  clearTimeout(late);
  over = true;
  if (late_by) throw new Error(`no end within ${LIMIT_MS} ms: ${bodyOf(answer).slice(-300)}`);
  // A line that is not read is of no use any more.
  if (left || turn.manner === "stalls and leaves") line.reset();
  return { answer, left, line: line.closed || turn.manner === "stalls and leaves" || left ? undefined : line };
}

function behave(turn: Turn, line: Line, leave: () => void): (size: number) => void {
  let stalled = false;
  if (turn.manner === "leaves early") setTimeout(leave, turn.at * EARLY_MS);
  const stall = (ms: number, then: () => void): void => {
    line.pause();
    setTimeout(then, ms);
  };
  return (size) => {
    switch (turn.manner) {
      case "dawdles":
        return stall(turn.dice.next() * 20, () => line.resume());
      case "stalls":
        if (!stalled) stall(STALL_MS, () => line.resume());
        stalled = true;
        return;
      case "stalls and leaves":
        if (!stalled) stall(STALL_MS, leave);
        stalled = true;
        return;
      case "leaves":
        if (size > turn.at * MIDDLE_BYTES) leave();
        return;
      default:
    }
  };
}

/** Each is answered by an error, or by the end of the connection. */
const GARBAGE: ((head: string, body: string) => string)[] = [
  () => "\u0000\u0001\u0002 no HTTP at all\r\n\r\n",
  () => "GET / HTTP/9.9\r\n\r\n",
  (head) => `${head.replace(/content-length: \d+/, "content-length: 7")}{"model`,
  (head, body) => head.replace(/content-length: \d+/, `content-length: ${body.length}`) + "x".repeat(body.length),
  (head) => head.replace(/content-length: \d+/, "content-encoding: gzip\r\ncontent-length: 10") + "0123456789",
  (head) => head.replace(/content-length: \d+/, "content-length: 2") + "[]",
  (head) => head.replace("POST /v1/", "DELETE /v1/").replace(/content-length: \d+/, "content-length: 0"),
  (head) => head.replace(/content-length: \d+/, `x-long: ${"a".repeat(30_000)}\r\ncontent-length: 0`),
  (head) => `${head.replace(/content-length: \d+/, "transfer-encoding: chunked")}zz\r\nno size\r\n0\r\n\r\n`,
];

const GARBAGE_MS = 3000;

async function garbage(turn: Turn, line: Line, head: string, body: string): Promise<undefined> {
  const made = GARBAGE[Math.floor(turn.at * GARBAGE.length)] ?? GARBAGE[0];
  const late = Bun.sleep(GARBAGE_MS).then(() => undefined);
  const answer = await Promise.race([line.ask(made?.(head, body) ?? "", ""), late]);
  line.reset();
  if (answer && answer.status !== 0 && answer.status < 400)
    throw new Error(`garbage ${Math.floor(turn.at * GARBAGE.length)} was answered ${answer.status}`);
  return undefined;
}
