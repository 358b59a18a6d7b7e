/** A session without a socket: what it sends, and when it ends. */
import { expect, test } from "bun:test";
import { asShimError } from "../../../src/core/errors.ts";
import { ChainMemory } from "../../../src/server/websocket/chains.ts";
import type { ExpandedRequest as Asked } from "../../../src/server/websocket/continuation.ts";
import { Session, type SessionOptions } from "../../../src/server/websocket/session.ts";
import type { Socket } from "../../../src/server/websocket/socket.ts";
import { CLIENT_WIRES } from "../../../src/wires/index.ts";
import { aWhile, until } from "../../support/patience.ts";
import type { Json } from "../../support/response-rules.ts";

class FakeSocket implements Socket {
  readonly messages: Json[] = [];
  pings = 0;
  closed: number | undefined;
  dropped = false;
  takes = true;

  send(messages: readonly string[]): boolean {
    this.messages.push(...messages.map((message) => JSON.parse(message) as Json));
    return this.takes;
  }
  ping(): void {
    this.pings++;
  }
  close(code: number): void {
    this.closed = code;
  }
  drop(): void {
    this.dropped = true;
  }
  get types(): unknown[] {
    return this.messages.map(({ type }) => type);
  }
}

const STREAM = { headers: { "content-type": "text/event-stream" } };
const event = (type: string, fields: object): string => `data: ${JSON.stringify({ type, ...fields })}\n\n`;
const events = (id: string, text: string): string =>
  event("response.created", { response: { id, status: "in_progress" } }) +
  event("response.output_item.done", { item: { type: "message", content: [{ type: "output_text", text }] } }) +
  event("response.completed", { response: { id, status: "completed", output: [] } });

interface Fake extends Disposable {
  socket: FakeSocket;
  session: Session;
  asked: Asked[];
  signals: AbortSignal[];
}

function fake(answer: (n: number) => Response | Promise<Response>, more: Partial<SessionOptions> = {}): Fake {
  const socket = new FakeSocket();
  const asked: Asked[] = [];
  const signals: AbortSignal[] = [];
  const session = new Session({
    socket,
    memory: new ChainMemory(1e6),
    codex: false,
    max_bytes: () => 1e6,
    async answer(each, _, signal) {
      signals.push(signal);
      return answer(asked.push(each) - 1);
    },
    refusal: (error) => CLIENT_WIRES.responses.httpError(asShimError(error), { codex: false }),
    ...more,
  });
  return { socket, session, asked, signals, [Symbol.dispose]: () => session.closed() };
}

const create = (input: unknown, more: Json = {}): string =>
  JSON.stringify({ type: "response.create", model: "m", input, ...more });
const inputs = (asked: Asked | undefined): unknown => (asked?.json as { input?: unknown } | undefined)?.input;

test("the request is what the message says, without what only messages have", async () => {
  using on = fake((n) => new Response(events(`resp_${n}`, "Hi."), STREAM));
  const big = '{"n":12345678901234567890}';
  on.session.message(
    `{"type":"response.create","stream":false,"model":"m","metadata":${big},"generate":true,"input":"a"}`,
  );
  await until("it ends", () => on.socket.types.includes("response.completed"));
  expect(on.asked[0]?.text).toBe(`{"stream":true,"model":"m","metadata":${big},"input":"a"}`);
  expect(on.asked[0]?.json).toMatchObject({ stream: true, model: "m", input: "a" });
  on.session.message(create([{ role: "user", content: "b" }], { previous_response_id: "resp_0" }));
  await until("it ends", () => on.socket.types.filter((type) => type === "response.completed").length === 2);
  // A host that tells its items one by one, and an end without any, is remembered too.
  expect(inputs(on.asked[1])).toEqual([
    { type: "message", role: "user", content: "a" },
    { type: "message", content: [{ type: "output_text", text: "Hi." }] },
    { role: "user", content: "b" },
  ]);
  expect(on.asked[1]?.json).not.toHaveProperty("previous_response_id");
});

test("at its age limit an idle connection is told so and closed", async () => {
  using on = fake(() => new Response(""), { limit_ms: 20 });
  await until("it is closed", () => on.socket.closed === 1001);
  expect(on.socket.messages).toMatchObject([
    { type: "error", status: 400, error: { code: "websocket_connection_limit_reached" } },
  ]);
});

test("at its age limit what runs may end, and nothing else begins", async () => {
  const goOn = Promise.withResolvers<void>();
  using on = fake(
    async () => {
      await goOn.promise;
      return new Response(events("resp_0", "Hi."), STREAM);
    },
    { limit_ms: 20 },
  );
  on.session.message(create("a"));
  on.session.message(create("b"));
  await until("the second is refused", () => on.socket.messages.length === 1);
  on.session.message(create("c"));
  expect(on.socket.messages).toHaveLength(2);
  for (const message of on.socket.messages)
    expect(message).toMatchObject({ error: { code: "websocket_connection_limit_reached" } });
  expect(on.socket.closed).toBeUndefined();
  goOn.resolve();
  await until("it is closed", () => on.socket.closed === 1001);
  expect(on.socket.types.slice(2, -1)).toEqual(["response.created", "response.output_item.done", "response.completed"]);
});

test("a connection on which nothing is said is pinged, unless its client does not read", async () => {
  using on = fake(() => new Response(""), { ping_ms: 5 });
  await until("it is pinged", () => on.socket.pings > 1);
  on.socket.takes = false;
  on.session.message("{");
  const { pings } = on.socket;
  await aWhile(8);
  expect(on.socket.pings).toBe(pings);
  on.session.message("{");
  expect(on.socket.dropped).toBe(true);
});

test("it reads no further than its client", async () => {
  let pulled = 0;
  const piece = event("response.output_text.delta", { delta: "a" });
  const endless = (): Response =>
    new Response(
      new ReadableStream({
        pull: (controller) => {
          pulled++;
          controller.enqueue(new TextEncoder().encode(piece));
        },
      }),
      STREAM,
    );
  using on = fake(endless);
  on.socket.takes = false;
  on.session.message(create("a"));
  await until("something is sent", () => on.socket.messages.length > 0);
  await aWhile(4);
  const standing = pulled;
  expect(standing).toBeLessThan(5);
  on.session.drained();
  await until("it reads on", () => pulled > standing);
  on.session.closed();
  expect(on.signals[0]?.aborted).toBe(true);
});

const AFTERWARDS: [string, (controller: ReadableStreamDefaultController<Uint8Array>) => void][] = [
  ["stays open", () => {}],
  ["breaks", (controller) => controller.error(new Error("reset"))],
];
test.each(AFTERWARDS)("a stream that %s behind its last event has ended with it", async (_, then) => {
  const open = (n: number): Response => {
    const bytes = new TextEncoder().encode(events(`resp_${n}`, "Hi."));
    const pull = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
      if (pulls++ === 0) controller.enqueue(bytes);
      else then(controller);
    };
    let pulls = 0;
    return new Response(new ReadableStream({ pull }), STREAM);
  };
  using on = fake(open);
  on.session.message(create("a"));
  on.session.message(create("b", { previous_response_id: "resp_0" }));
  await until("both end", () => on.socket.types.filter((type) => type === "response.completed").length === 2);
  expect(on.socket.types).not.toContain("error");
  expect(on.asked[1]?.json).not.toHaveProperty("previous_response_id");
});

test("only so many requests wait", () => {
  using on = fake(() => new Promise<Response>(() => {}));
  for (let i = 0; i < 18; i++) on.session.message(create(String(i)));
  expect(on.socket.messages).toMatchObject([{ type: "error", status: 503 }]);
});

const ENDINGS: [string, string, Json][] = [
  ["without an end", event("response.created", { response: { id: "r" } }), { type: "error", status: 502 }],
  ["by an error alone", event("error", { error: { code: "boom", message: "Broken." } }), { error: { code: "boom" } }],
  ["by a flat error", event("error", { code: "boom", message: "Broken." }), { message: "Broken." }],
  [
    "by an error and a failed response",
    event("error", { code: "boom" }) + event("response.failed", { response: { id: "r", error: { code: "boom" } } }),
    { type: "response.failed" },
  ],
];
test.each(ENDINGS)("a stream that ends %s has one last message, and its chain is gone", async (_, stream, last) => {
  using on = fake((n) => new Response(n === 0 ? events("resp_0", "Hi.") : stream, STREAM));
  on.session.message(create("a"));
  on.session.message(create("b", { previous_response_id: "resp_0" }));
  on.session.message(create("c", { previous_response_id: "resp_0" }));
  await until("all are asked", () => on.asked.length === 3);
  const after = on.socket.messages.slice(3);
  const end = after.find(({ type }) => type === "error" || type === "response.failed");
  expect(end).toMatchObject(last);
  expect(on.asked[2]?.json).toMatchObject({ previous_response_id: "resp_0", input: "c" });
});

test("an answer that is no stream is an error, with what its head says", async () => {
  const headers = { "retry-after": "3", "x-juscode-provider": "p", "content-length": "9" };
  const body = { error: { type: "rate_limit_error", code: "slow_down", message: "Slow down.", param: null } };
  using on = fake(() => Response.json(body, { status: 429, headers }));
  on.session.message(create("a", { stream_id: "main" }));
  await until("it is told", () => on.socket.messages.length === 1);
  expect(on.socket.messages[0]).toEqual({
    type: "error",
    status: 429,
    ...body,
    code: "slow_down",
    message: "Slow down.",
    param: null,
    sequence_number: 0,
    headers: { "retry-after": "3", "x-juscode-provider": "p" },
    stream_id: "main",
  });
});

test("connections share what they may remember, and the one that rested longest forgets", async () => {
  const memory = new ChainMemory(4000);
  const answer = (n: number): Response => new Response(events(`resp_${n}`, "a".repeat(1000)), STREAM);
  using first = fake(answer, { memory });
  using second = fake(answer, { memory });
  const ask = async (on: Fake, more: Json = {}): Promise<void> => {
    const { length } = on.asked;
    on.session.message(create("a", more));
    await until("it ends", () => on.socket.types.filter((type) => type === "response.completed").length > length);
    await Bun.sleep(0);
  };
  await ask(first);
  await ask(second);
  await ask(second, { previous_response_id: "resp_0" });
  await ask(second, { previous_response_id: "resp_1" });
  expect(memory.characters).toBeLessThanOrEqual(4000);
  await ask(second, { previous_response_id: "resp_2" });
  expect(second.asked[3]?.json).not.toHaveProperty("previous_response_id");
  await ask(first, { previous_response_id: "resp_0" });
  expect(first.asked[1]?.json).toHaveProperty("previous_response_id");
  first.session.closed();
  second.session.closed();
  expect(memory.characters).toBe(0);
});
