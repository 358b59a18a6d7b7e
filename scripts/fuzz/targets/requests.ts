/**
 * Bodies of requests: refused with a word that says where, or lifted, lowered to each wire in the dialect of each known
 * host, and answered. What is handed on is changed in its text as it would be changed as data.
 */
import { dialectFor, resolveProvider } from "../../../src/config/resolve.ts";
import { PRESETS } from "../../../src/config/presets/index.ts";
import { DEFAULT_DIALECT, type Dialect } from "../../../src/core/dialect.ts";
import { asShimError, isTooDeep, ShimError } from "../../../src/core/errors.ts";
import { WIRE_NAMES, type WireName } from "../../../src/core/provider.ts";
import type { Turn } from "../../../src/core/turn.ts";
import { readMessage } from "../../../src/server/websocket/message.ts";
import {
  CLIENT_WIRES,
  liftCount,
  readConversation,
  readStateFields,
  UPSTREAM_WIRES,
} from "../../../src/wires/index.ts";
import type { Exchange, Lowered } from "../../../src/wires/wire.ts";
import { CODEX, PLAIN, reply, testSurroundings } from "../../../test/support/around.ts";
import { validateChatRequest } from "../../../test/support/chat-request.ts";
import type { Json } from "../../../test/support/response-rules.ts";
import { CLIENTS } from "../../../test/support/ways/clients.ts";
import { problemsOf } from "../../../test/wires/messages/upstream/request.ts";
import type { Dice } from "../../simulate/dice.ts";
import { bytesOf, found } from "../corpus.ts";
import { mutateBytes } from "../mutate-bytes.ts";
import { changedJson, grownJson } from "../mutate-json.ts";
import { judged, must, type Target } from "../target.ts";
import { judgeForwarding } from "./forwarding.ts";
import { REQUESTS } from "./request-seeds.ts";

const DIALECTS: readonly Readonly<Dialect>[] = [
  DEFAULT_DIALECT,
  ...PRESETS.map(({ id }) =>
    dialectFor(resolveProvider({ id, preset: id, base_url: "http://127.0.0.1:1/v1" }), "some-model"),
  ),
];

export function requestTarget(wire: WireName): Target {
  const seeds = [...REQUESTS[wire].map(bytesOf), ...found(`${wire}-request`)];
  return {
    name: `${wire}-request`,
    seeds: () => seeds,
    mutate: (bytes, dice, other) => {
      const json = parsed(bytes);
      if (json === undefined || dice.chance(0.03)) return mutateBytes(bytes, dice, other);
      return bytesOf(changedJson(json, dice, parsed(other) ?? json));
    },
    grow: (input, dice, times) => bytesOf(grownJson(parsed(input), dice, times)),
    work(input) {
      pass(wire, parsed(input));
    },
    check: (input, dice) =>
      judged(() => {
        const json = parsed(input);
        if (json === undefined) return;
        const text = new TextDecoder().decode(input);
        // What compares and checks here would not follow, either: refused or not, nothing else is thrown.
        if (DEEP.test(text)) return pass(wire, json);
        judgeState(json, text);
        judgeForwarding(wire, text, json, dice);
        const codex = dice.chance(0.5);
        const exchange = liftedOrRefused(wire, json, codex);
        if (exchange instanceof ShimError) return judgeRefusal(wire, exchange, codex);
        judgeTurn(exchange.turn);
        judgeLowered(dice.of(WIRE_NAMES), exchange.turn, dice.of(DIALECTS));
        judgeAnswer(wire, exchange, json, dice);
      }),
  };
}

const DEEP = /\[{1000}|(?:\{"a":){1000}/;

/** All that the program itself does with it. */
function pass(wire: WireName, json: unknown): void {
  const exchange = liftedOrRefused(wire, json, false);
  if (exchange instanceof ShimError) return;
  for (const upstream of WIRE_NAMES) loweredOrRefused(upstream, exchange.turn, DEFAULT_DIALECT);
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined;
  }
}

function liftedOrRefused(wire: WireName, json: unknown, codex: boolean): Exchange | ShimError {
  return orRefused(() => CLIENT_WIRES[wire].lift(json, codex ? CODEX : PLAIN, testSurroundings()));
}

function loweredOrRefused(wire: WireName, turn: Turn, dialect: Readonly<Dialect>): Lowered | ShimError {
  return orRefused(() => UPSTREAM_WIRES[wire].lower(turn, dialect, testSurroundings(), "thread"));
}

function orRefused<T>(make: () => T): T | ShimError {
  try {
    return make();
  } catch (thrown) {
    if (thrown instanceof ShimError || isTooDeep(thrown)) return asShimError(thrown);
    throw thrown;
  }
}

/** A fault of the client, in its own words. */
function judgeRefusal(wire: WireName, error: ShimError, codex: boolean): void {
  must(
    ["invalid_request", "unsupported"].includes(error.kind),
    "refusal's kind",
    () => `${error.kind} ${error.message}`,
  );
  const { status, body } = CLIENT_WIRES[wire].httpError(error, codex ? CODEX : PLAIN);
  must(status >= 400 && status < 500, "refusal's status", () => `${status}: ${error.message}`);
  must(JSON.stringify(body).includes(JSON.stringify(error.message).slice(1, -1)), "refusal's words", () => body);
}

function judgeTurn(turn: Turn): void {
  const names = turn.tools.map(({ name }) => name);
  must(
    names.every((name) => /^[\w-]{1,64}$/.test(name)),
    "tool names",
    () => names,
  );
  must(new Set(names).size === names.length, "tool names twice", () => names);
  const vague = turn.ignored.find(({ why }) => why === "");
  must(vague === undefined, "ignored without words", () => vague);
}

function judgeLowered(wire: WireName, turn: Turn, dialect: Readonly<Dialect>): void {
  const before = JSON.stringify(turn);
  const lowered = loweredOrRefused(wire, turn, dialect);
  must(JSON.stringify(turn) === before, "the turn is changed", () => before);
  if (lowered instanceof ShimError) {
    must(["invalid_request", "unsupported"].includes(lowered.kind), "lowering's refusal", () => lowered.message);
    return;
  }
  const { body, prompt_end } = lowered;
  const again = loweredOrRefused(wire, turn, dialect);
  must(!(again instanceof ShimError) && again.body === body, "lowered otherwise", () => body);
  must(prompt_end > 0 && prompt_end <= body.length, "prompt's end", () => `${prompt_end} of ${body.length}`);
  must(!/(?<!\\)(?:\\\\)*\\ud[89a-f]/.test(body) && body.isWellFormed(), "half a character", () => body);
  const json = JSON.parse(body) as Json;
  must(json["model"] === turn.model.toWellFormed(), "model", () => [json["model"], turn.model]);
  const problems = PROBLEMS[wire](json, dialect);
  must(problems.length === 0, `${wire} request`, () => problems.slice(0, 3).join("\n"));
  judgeCalls(turn, body);
}

const PROBLEMS: Record<WireName, (json: Json, dialect: Readonly<Dialect>) => string[]> = {
  // A schema that is none, or a thread that the model begins, is the client's own matter: the host says so.
  chat: (json, dialect) =>
    dialect === DEFAULT_DIALECT
      ? validateChatRequest(json).filter((problem) => !/parameters|schema|before any user|extra_content/.test(problem))
      : [],
  messages: (json, { late_system_role }) =>
    late_system_role === "user" ? problemsOf(json as unknown as Parameters<typeof problemsOf>[0]) : [],
  responses: ({ input }) => unanswered(input as Json[]),
};

/** Calls without a result, and results without a call. */
function unanswered(input: readonly Json[]): string[] {
  const ids = (type: RegExp): unknown[] =>
    input.filter((item) => type.test(String(item["type"]))).map((item) => item["call_id"]);
  const [calls, results] = [ids(/_call$/), ids(/_call_output$/)];
  const lacking = [...calls.filter((id) => !results.includes(id)), ...results.filter((id) => !calls.includes(id))];
  return new Set(calls).size === calls.length ? lacking.map((id) => `${String(id)} is alone`) : ["an id is used twice"];
}

/** No call of the history is lost, and arguments that are JSON stay as they were written. */
function judgeCalls(turn: Turn, body: string): void {
  for (const item of turn.items) {
    if (item.type !== "tool_call" || item.name === "") continue;
    const written = JSON.stringify(item.name.toWellFormed()).slice(1, -1);
    must(body.includes(written), "lost call", () => `${item.name} ${item.call_id} in ${body}`);
  }
}

/** The answer of a model that says something and calls the first tool. */
function judgeAnswer(wire: WireName, { turn, encoder, stream }: Exchange, json: unknown, dice: Dice): void {
  const [tool] = turn.tools;
  const calls = tool && turn.settings.tool_choice !== "none" ? reply.call("call_x", tool.name, '{"cmd":', '"ls"}') : [];
  if (stream) encoder.open();
  const events = [
    { type: "start" } as const,
    ...reply.reasoning("hm"),
    ...reply.text("Hi ", "there"),
    ...calls,
    { type: "end", reason: calls.length > 0 ? "tool_calls" : "stop", usage: null } as const,
  ];
  for (const event of events) {
    encoder.write(event);
    if (dice.chance(0.1)) encoder.heartbeat();
  }
  // Kept answers are sealed by who keeps them.
  encoder.seal?.(true);
  const usage_asked = (json as { stream_options?: { include_usage?: unknown } }).stream_options?.include_usage === true;
  if (wire === "chat" && stream && !usage_asked) return;
  const halves = JSON.stringify(json).includes("\\ud");
  const told = stream ? CLIENTS[wire].faults(encoder.take()) : CLIENTS[wire].bodyFaults(encoder.body());
  const faults = told.filter((fault) => !ECHOES.test(fault) && !(halves && fault.includes("half a character")));
  must(faults.length === 0, `${wire} answer`, () => faults.slice(0, 3).join("\n"));
}

/** What the client itself has said, told back to it; also a tool without a name. */
const ECHOES = /^response-field|^well-formed|without id or name|the call's head is wrong/;

/** What is read of a body besides the turn. */
function judgeState(json: unknown, text: string): void {
  orRefused(() => readStateFields(json));
  orRefused(() => liftCount(json));
  orRefused(() => readMessage(text, 1e7));
  for (const wire of ["compact", "completions", "embeddings"] as const)
    orRefused(() => CLIENT_WIRES[wire].lift(json, PLAIN, testSurroundings()));
  for (const kind of ["create", "update", "items"] as const) orRefused(() => readConversation(json, text, kind));
}
