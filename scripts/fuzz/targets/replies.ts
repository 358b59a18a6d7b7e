/**
 * Replies of hosts, streamed and whole, as they reach each client: one end, the grammar of every wire, the same however
 * the bytes were cut, and no call that they do not hold.
 */
import { DEFAULT_DIALECT } from "../../../src/core/dialect.ts";
import { asShimError, isTooDeep, ShimError } from "../../../src/core/errors.ts";
import { WIRE_NAMES, type WireName } from "../../../src/core/provider.ts";
import type { ReplyEvent } from "../../../src/core/reply.ts";
import { SseDecoder } from "../../../src/core/sse.ts";
import { readHttpError } from "../../../src/core/upstream-errors/read.ts";
import { CLIENT_WIRES, UPSTREAM_WIRES } from "../../../src/wires/index.ts";
import type { Exchange } from "../../../src/wires/wire.ts";
import { CODEX, PLAIN, testSurroundings } from "../../../test/support/around.ts";
import { FIXTURE_REQUESTS } from "../../../test/support/fixture-requests.ts";
import { readEvents } from "../../../test/support/response-events.ts";
import type { Json } from "../../../test/support/response-rules.ts";
import { CLIENTS } from "../../../test/support/ways/clients.ts";
import { FIXTURE_TURN, tellEvents } from "../../../test/wires/chat/upstream/fixtures.ts";
import type { Dice } from "../../simulate/dice.ts";
import { bodiesOf, bytesOf, found, streamsOf } from "../corpus.ts";
import { piecesOf } from "../mutate-bytes.ts";
import { changedJson, grownJson } from "../mutate-json.ts";
import { grownSse, mutateSse } from "../mutate-sse.ts";
import { judged, must, type Target } from "../target.ts";
import { payloadsIn } from "./plain-sse.ts";
import { judgeEvents, judgeLost, type Read } from "./reply-rules.ts";
import type { CompleteCall } from "./held.ts";

type Feed = (feed: (data: string) => void) => void;

/** As the pump does it. */
function decoded(wire: WireName, read: Feed, broken: boolean): Read {
  const events: ReplyEvent[] = [];
  const notes: string[] = [];
  const payloads: string[] = [];
  const emit = (event: ReplyEvent): void => void events.push(event);
  const decoder = UPSTREAM_WIRES[wire].decoder(FIXTURE_TURN, emit, testSurroundings(notes), DEFAULT_DIALECT);
  try {
    read((data) => {
      if (!decoder.ended) payloads.push(data);
      decoder.feed(data);
    });
    if (broken) decoder.fail(new ShimError("upstream_protocol", "the connection broke"));
    else decoder.end();
  } catch (thrown) {
    if (!(thrown instanceof ShimError) && !isTooDeep(thrown)) throw thrown;
    decoder.fail(asShimError(thrown));
  }
  must(decoder.ended, "end", () => "the decoder goes on after the end of the bytes");
  return { events, notes, payloads };
}

const stream =
  (pieces: readonly Uint8Array[]): Feed =>
  (feed) => {
    const sse = new SseDecoder();
    for (const piece of pieces) sse.push(piece, feed);
    sse.end(feed);
  };
const body =
  (bytes: Uint8Array): Feed =>
  (feed) =>
    feed(new TextDecoder().decode(bytes));

const PATCH_GRAMMAR = 'start: "*** Begin Patch" hunk+ "*** End Patch"';

/** What else a client may want of its answer. */
const WISHES: Readonly<Record<WireName, readonly Json[]>> = {
  responses: [
    {},
    { reasoning: { summary: "auto" }, include: ["reasoning.encrypted_content"] },
    { include: ["message.output_text.logprobs"], top_logprobs: 2 },
    {
      tools: [
        { type: "custom", name: "apply_patch", format: { type: "grammar", syntax: "lark", definition: PATCH_GRAMMAR } },
        { type: "namespace", name: "exec", tools: [{ type: "function", name: "command" }] },
        { type: "tool_search", execution: "client", parameters: { type: "object" } },
      ],
    },
  ],
  messages: [{}, { thinking: { type: "adaptive" } }, { thinking: { type: "adaptive", display: "omitted" } }],
  chat: [{}, { logprobs: true, top_logprobs: 2 }, { tools: [{ type: "custom", custom: { name: "apply_patch" } }] }],
};

interface Wish {
  client: WireName;
  codex: boolean;
  more: Json;
}

function asked({ client, codex, more }: Wish, stream: boolean): Exchange {
  const request = { ...FIXTURE_REQUESTS[client], ...more, stream };
  return CLIENT_WIRES[client].lift(request, codex ? CODEX : PLAIN, testSurroundings());
}

function judgeFrames(pieces: readonly Uint8Array[], input: Uint8Array): void {
  const framed: string[] = [];
  stream(pieces)((data) => void framed.push(data));
  must(Bun.deepEquals(framed, payloadsIn(input)), "frames", () => [framed, payloadsIn(input)]);
}

/** What the client gets of these events. */
function judgeClient(client: WireName, { events }: Read, calls: readonly CompleteCall[], dice: Dice): void {
  const wish = { client, codex: dice.chance(0.5), more: dice.of(WISHES[client]) };
  const { encoder } = asked(wish, true);
  encoder.open();
  for (const event of events) {
    encoder.write(event);
    if (dice.chance(0.02)) encoder.heartbeat();
  }
  const sse = encoder.take();
  const faults = CLIENTS[client].faults(sse);
  must(faults.length === 0, `${client} stream`, () => faults.slice(0, 3).join("\n"));
  const told = CLIENTS[client].stream(sse);
  must(told.ends === 1, `${client} ends`, () => String(told.ends));
  const last = events.at(-1);
  must((told.error !== undefined) === (last?.type === "error"), `${client} error`, () => told.error ?? "none");
  if (last?.type !== "end") return;
  const count = client === "responses" ? callItems(sse) : told.calls.length;
  must(count === calls.length, `${client} calls`, () => `${count} of ${calls.length}`);
  const { encoder: whole } = asked(wish, false);
  for (const event of events) whole.write(event);
  const json = JSON.parse(JSON.stringify(whole.body())) as Json;
  const wrong = CLIENTS[client].bodyFaults(json);
  must(wrong.length === 0, `${client} body`, () => wrong.slice(0, 3).join("\n"));
  const same = CLIENTS[client].body(json);
  must(same.text === told.text, `${client} body's text`, () => [same.text, told.text]);
  must(Bun.deepEquals(same.calls.map(sense), told.calls.map(sense)), `${client} body's calls`, () => [
    same.calls,
    told.calls,
  ]);
}

/** Of every kind of tool. */
const callItems = (sse: string): number =>
  readEvents(sse).filter(({ type, item }) => type === "response.output_item.done" && "call_id" in (item as Json))
    .length;

/** A body may hold arguments as an object. */
function sense({ id, name, args }: { id: string; name: string; args: string }): unknown {
  try {
    return [id, name, JSON.parse(args)];
  } catch {
    return [id, name, args];
  }
}

function judgeObserver(wire: WireName, streamed: boolean, pieces: readonly Uint8Array[]): void {
  // Of what is unusual in a Chat stream it reads the last alone: nobody says more after it.
  if (wire === "chat" && streamed && isOdd(Buffer.concat(pieces).toString())) return;
  const observe = (given: readonly Uint8Array[]): string => {
    const observer = CLIENT_WIRES[wire].forward?.observer(streamed);
    for (const piece of given) observer?.feed(piece);
    return JSON.stringify(observer?.end());
  };
  const seen = observe(pieces);
  const whole = observe([Buffer.concat(pieces)]);
  must(seen === whole, "observer cut", () => [seen, whole]);
}

function isOdd(text: string): boolean {
  const frames = text.split("\n\n").filter((frame) => frame.trim() !== "");
  const first = frames.findIndex((frame) => !frame.includes('"choices"'));
  return (
    (first !== -1 && first < frames.length - 1) ||
    text.split("\n").some((line) => !/^(?:$|:|(?:data|event|id|retry):)/.test(line))
  );
}

export function streamTarget(wire: WireName): Target {
  const seeds = [...streamsOf(wire), ...found(`${wire}-stream`)];
  return {
    name: `${wire}-stream`,
    seeds: () => seeds,
    mutate: mutateSse,
    grow: grownSse,
    work: (input) => void decoded(wire, stream([input]), false),
    check: (input, dice) =>
      judged(() => {
        const broken = dice.chance(0.1);
        const pieces = piecesOf(input, dice, dice.of([0, 1, 3, 20]));
        judgeFrames(pieces, input);
        const read = decoded(wire, stream(pieces), broken);
        const calls = judgeEvents(read);
        judgeLost(wire, read, calls);
        const whole = tellEvents(decoded(wire, stream([input]), broken));
        must(tellEvents(read) === whole, "cut", () => [tellEvents(read), whole]);
        judgeClient(dice.of(WIRE_NAMES), read, calls, dice);
        judgeObserver(wire, true, pieces);
      }),
  };
}

export function bodyTarget(wire: WireName): Target {
  const seeds = [...bodiesOf(wire), ...found(`${wire}-body`)];
  return {
    name: `${wire}-body`,
    seeds: () => seeds,
    mutate: mutateBody,
    grow: (input, dice, times) => bytesOf(grownJson(jsonOf(input), dice, times)),
    work: (input) => void decoded(wire, body(input), false),
    check: (input, dice) =>
      judged(() => {
        const read = decoded(wire, body(input), false);
        judgeClient(dice.of(WIRE_NAMES), read, judgeEvents(read), dice);
        judgeObserver(wire, false, piecesOf(input, dice, 3));
        judgeRefusal(input, dice);
      }),
  };
}

const STATUSES = [400, 401, 402, 403, 404, 408, 409, 413, 422, 429, 500, 502, 503, 504, 529, 302, 418];

/** The same bytes with a status that says no. */
function judgeRefusal(input: Uint8Array, dice: Dice): void {
  const status = dice.of(STATUSES);
  const error = readHttpError(status, new Headers(), new TextDecoder().decode(input), "the host");
  must(error instanceof ShimError && error.message.length > 3, "refusal", () => String(error));
  const told = CLIENT_WIRES[dice.of(WIRE_NAMES)].httpError(error, dice.chance(0.5) ? CODEX : PLAIN);
  must(told.status >= 400 && told.status < 600, "refusal's status", () => String(told.status));
  must(JSON.stringify(told.body).length > 10, "refusal's body", () => told.body);
}

const mutateBody = (bytes: Uint8Array, dice: Dice, other: Uint8Array): Uint8Array => {
  const json = jsonOf(bytes);
  if (json === undefined || dice.chance(0.1)) return mutateSse(bytes, dice, other);
  return bytesOf(changedJson(json, dice, jsonOf(other) ?? json));
};

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}
