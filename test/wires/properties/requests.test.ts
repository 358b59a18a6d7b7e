/**
 * lift∘lower: what a client of any wire asks goes to a host of any wire, is read there as that host's clients would write
 * it, and says the same: thread, calls, results, pictures, tools and settings. Made-up requests by number.
 *
 * Left out, since no two wires share them: how a text is cut into parts and messages (each wire has its own), thoughts (a
 * model's own, see the round trips of each wire), stops on the way over Responses, and log probabilities over Messages.
 */
import { describe, expect, test } from "bun:test";
import { Dice } from "../../../scripts/simulate/dice.ts";
import { DEFAULT_DIALECT, type Dialect } from "../../../src/core/dialect.ts";
import { WIRE_NAMES, type WireName } from "../../../src/core/provider.ts";
import type { Part, Turn } from "../../../src/core/turn.ts";
import { CLIENT_WIRES, UPSTREAM_WIRES } from "../../../src/wires/index.ts";
import { PLAIN, testSurroundings } from "../../support/around.ts";
import type { Json } from "../../support/response-rules.ts";
import { CLIENTS, type Round } from "../../support/ways/clients.ts";
import { spokenBy, TOOLS } from "../../support/ways/spoken.ts";

const ROUNDS = 60;
/** Of a host that takes all that its wire has. */
const DIALECTS: Readonly<Record<WireName, Readonly<Dialect>>> = {
  responses: DEFAULT_DIALECT,
  chat: DEFAULT_DIALECT,
  messages: { ...DEFAULT_DIALECT, effort_on: { output_config: { effort: "$effort" } } },
};
const PICTURE = "data:image/png;base64,iVBORw0KGgo=";
const SCHEMA = { type: "object", properties: { a: { type: "string" } }, required: ["a"], additionalProperties: false };

interface Asked {
  rounds: Round[];
  say: string;
  picture: boolean;
  settings: {
    limit: number;
    temperature?: number;
    top_p?: number;
    effort?: string;
    schema?: true;
    choice?: "auto" | "none" | "required" | "named";
    one_at_a_time?: true;
  };
}

function askedBy(seed: number): Asked {
  const dice = new Dice(seed);
  const rounds = Array.from({ length: dice.below(5) }, (_, n) => {
    const { text, calls } = spokenBy(seed * 10 + n, `r${n}`);
    return { say: `Say ${n}. "ä" \\n\n😀`, text, calls, results: calls.map(({ args }) => `result of ${args}`) };
  });
  return {
    rounds,
    say: `Seed ${seed}.`,
    picture: dice.chance(0.5),
    settings: {
      limit: 1 + dice.below(9000),
      // Messages hosts take one of the two.
      ...(dice.chance(0.6) && { [dice.of(["temperature", "top_p"])]: dice.below(11) / 10 }),
      ...(dice.chance(0.5) && { effort: dice.of(["low", "medium", "high"]) }),
      ...(dice.chance(0.3) && { schema: true }),
      ...(dice.chance(0.7) && { choice: dice.of(["auto", "none", "required", "named"] as const) }),
      ...(dice.chance(0.3) && { one_at_a_time: true }),
    },
  };
}

const named = TOOLS[1];

/** The settings in the words of each wire. */
const SETTINGS: Readonly<Record<WireName, (settings: Asked["settings"]) => Json>> = {
  responses: ({ limit, effort, schema, choice, one_at_a_time, ...same }) => ({
    ...same,
    max_output_tokens: limit,
    ...(effort && { reasoning: { effort } }),
    ...(schema && { text: { format: { type: "json_schema", name: "answer", schema: SCHEMA } } }),
    ...(choice && { tool_choice: choice === "named" ? { type: "function", name: named } : choice }),
    ...(one_at_a_time && { parallel_tool_calls: false }),
  }),
  messages: ({ limit, effort, schema, choice = "auto", one_at_a_time, ...same }) => ({
    ...same,
    max_tokens: limit,
    ...((effort || schema) && {
      output_config: {
        ...(effort && { effort }),
        ...(schema && { format: { type: "json_schema", schema: SCHEMA } }),
      },
    }),
    tool_choice: {
      ...(choice === "named" ? { type: "tool", name: named } : { type: choice === "required" ? "any" : choice }),
      ...(one_at_a_time && choice !== "none" && { disable_parallel_tool_use: true }),
    },
  }),
  chat: ({ limit, effort, schema, choice, one_at_a_time, ...same }) => ({
    ...same,
    max_completion_tokens: limit,
    ...(effort && { reasoning_effort: effort }),
    ...(schema && { response_format: { type: "json_schema", json_schema: { name: "answer", schema: SCHEMA } } }),
    ...(choice && { tool_choice: choice === "named" ? { type: "function", function: { name: named } } : choice }),
    ...(one_at_a_time && { parallel_tool_calls: false }),
  }),
};

const PICTURES: Readonly<Record<WireName, (say: string) => Json>> = {
  responses: (say) => ({
    type: "message",
    role: "user",
    content: [
      { type: "input_text", text: say },
      { type: "input_image", image_url: PICTURE },
    ],
  }),
  messages: (say) => ({
    role: "user",
    content: [
      { type: "text", text: say },
      { type: "image", source: { type: "base64", media_type: "image/png", data: PICTURE.split(",")[1] } },
    ],
  }),
  chat: (say) => ({
    role: "user",
    content: [
      { type: "text", text: say },
      { type: "image_url", image_url: { url: PICTURE } },
    ],
  }),
};

function requestOf(wire: WireName, { rounds, say, picture, settings }: Asked): Json {
  const body = CLIENTS[wire].request({ model: "m", stream: true, rounds, say });
  const list = wire === "responses" ? "input" : "messages";
  if (picture) body[list] = [...(body[list] as Json[]).slice(0, -1), PICTURES[wire](say)];
  const { reasoning: _, ...rest } = body;
  return { ...rest, ...SETTINGS[wire](settings) };
}

const lifted = (wire: WireName, body: unknown): Turn => CLIENT_WIRES[wire].lift(body, PLAIN, testSurroundings()).turn;

function lowered(wire: WireName, turn: Turn): Json {
  const { body, ignored } = UPSTREAM_WIRES[wire].lower(turn, DIALECTS[wire], testSurroundings());
  expect(ignored).toEqual([]);
  return JSON.parse(body) as Json;
}

/** What a turn says, without how it is cut: neighbouring texts of one speaker are one. */
function gist({ items, tools, settings, ignored }: Turn): unknown {
  expect(ignored).toEqual([]);
  const said: unknown[][] = [];
  const say = (who: string, text: string): void => {
    const last = said.at(-1);
    if (last?.[0] === who) last[1] = `${String(last[1])} ${text}`;
    else said.push([who, text]);
  };
  for (const item of items) {
    if (item.type === "message") for (const part of item.parts) say(item.role, textOf(part));
    else if (item.type === "tool_call") said.push(["call", item.call_id, item.name, JSON.parse(item.arguments)]);
    else if (item.type === "tool_result") said.push(["result", item.call_id, item.parts.map(textOf).join("")]);
  }
  const words = said.map(([who, ...rest]) =>
    rest.length > 1 ? [who, ...rest] : [who, String(rest[0]).replaceAll(/\s+/g, " ").trim()],
  );
  const { tool_choice = "auto", format, parallel_tool_calls, ...others } = settings;
  return {
    words,
    tools: tools.map(({ name, description, parameters }) => ({ name, description, parameters })),
    settings: {
      ...others,
      tool_choice,
      schema: format?.type === "json_schema" ? format.schema : undefined,
      // Where no tool may be called there is nothing to say of it.
      one_at_a_time: parallel_tool_calls === false && tool_choice !== "none",
    },
  };
}

const textOf = (part: Part): string =>
  "text" in part ? part.text : part.type === "image" ? `picture ${part.url}` : "?";

const PAIRS = WIRE_NAMES.flatMap((client) => WIRE_NAMES.map((host) => [client, host] as [WireName, WireName]));

describe.each(PAIRS)("a client of %s on a host of %s", (client, host) => {
  test("asks there what it asks here", () => {
    for (let seed = 1; seed <= ROUNDS; seed++) {
      const turn = lifted(client, requestOf(client, askedBy(seed)));
      expect([seed, gist(lifted(host, lowered(host, turn)))]).toEqual([seed, gist(turn)]);
    }
  });

  test("also by a third wire, and what goes out is the same each time", () => {
    for (let seed = 1; seed <= ROUNDS; seed++) {
      const turn = lifted(client, requestOf(client, askedBy(seed)));
      for (const between of WIRE_NAMES) {
        const second = lifted(between, lowered(between, turn));
        const body = lowered(host, second);
        expect([seed, gist(lifted(host, body))]).toEqual([seed, gist(turn)]);
        expect(JSON.stringify(lowered(host, second))).toBe(JSON.stringify(body));
      }
    }
  });
});

test("all wires ask the same in their own words", () => {
  for (let seed = 1; seed <= ROUNDS; seed++) {
    const [one, ...others] = WIRE_NAMES.map((wire) => gist(lifted(wire, requestOf(wire, askedBy(seed)))));
    for (const other of others) expect([seed, other]).toEqual([seed, one]);
  }
});
