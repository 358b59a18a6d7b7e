/** A client writes what its tools' arguments are checked by, and a model the arguments. Neither holds up the others. */
import { expect, test } from "bun:test";
import { ask, post } from "../support/ask.ts";
import {
  call,
  ChatUpstream,
  NORMAL,
  reply,
  say,
  type ChatBody,
  type Reply,
  type Style,
} from "../support/chat-upstream.ts";
import type { Json } from "../support/response-rules.ts";
import { serving, type Serving } from "./serving.ts";

const DOUBLED = 30;
const twice = (n: number): Json => ({ allOf: [{ $ref: `#/$defs/d${n}` }, { $ref: `#/$defs/d${n}` }] });
const DOUBLING: Json = {
  type: "object",
  $defs: Object.fromEntries(
    Array.from({ length: DOUBLED }, (_, n) => [`d${n}`, n + 1 < DOUBLED ? twice(n + 1) : { minProperties: 0 }]),
  ),
  ...twice(0),
};
const having = (a: Json): Json => ({ type: "object", properties: { a } });
const BLANKS = " ".repeat(60_000);
const LETTERS = `${"a".repeat(60_000)}!`;
const OBJECTS = Array.from({ length: 20_000 }, (_, n) => ({ n }));

/** A schema, and the same without what makes it dear. */
const SCHEMAS: [string, { schema: Json; plain: Json; args: Json; proved: boolean }][] = [
  ["thirty definitions that double", { schema: DOUBLING, plain: having({}), args: { a: 1 }, proved: false }],
  [
    "a pattern that looks at blanks again and again",
    { schema: having({ pattern: "\\s+$" }), plain: having({}), args: { a: `${BLANKS}.` }, proved: true },
  ],
  [
    "a pattern of nested repetitions",
    { schema: having({ pattern: "^(a+)+$" }), plain: having({}), args: { a: LETTERS }, proved: false },
  ],
  [
    "a pattern that is a program",
    { schema: having({ pattern: "(?:a?b?c?){1,300}!!" }), plain: having({}), args: { a: LETTERS }, proved: false },
  ],
  [
    "twenty thousand objects, no two alike",
    { schema: having({ uniqueItems: true }), plain: having({}), args: { a: OBJECTS }, proved: true },
  ],
];

const FORMS: [path: string, body: (schema: Json) => Json][] = [
  ["/responses", (parameters) => ({ input: "go", tools: [{ type: "function", name: "f", parameters }] })],
  [
    "/chat/completions",
    (parameters) => ({
      messages: [{ role: "user", content: "go" }],
      tools: [{ type: "function", function: { name: "f", parameters } }],
    }),
  ],
  [
    "/messages",
    (input_schema) => ({
      max_tokens: 9,
      messages: [{ role: "user", content: "go" }],
      tools: [{ name: "f", input_schema }],
    }),
  ],
];
const CASES = FORMS.flatMap(([path, body]) => SCHEMAS.map(([what, each]) => [path, what, { body, ...each }] as const));

/** Tens of thousands of pieces would be the most of the work. */
const WHOLE: Style = { ...NORMAL, args: "whole" };

const TRIES = 3;
/** How much longer than the plain one it may take: a budget's steps, on a busy machine. */
const MORE_MS = 400;

interface Run {
  took: number;
  /** The longest time in which nothing else could be done. */
  stood_still: number;
  text: string;
}

async function run(on: Serving, path: string, body: Json): Promise<Run> {
  let last = performance.now();
  let stood_still = 0;
  const look = (): void => {
    stood_still = Math.max(stood_still, performance.now() - last);
    last = performance.now();
  };
  const timer = setInterval(look, 1);
  const begun = performance.now();
  const answer = await fetch(on.url + path, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "m", ...body }),
  });
  const text = await answer.text();
  const took = performance.now() - begun;
  look();
  clearInterval(timer);
  expect(answer.status).toBe(200);
  return { took, stood_still, text };
}

/** What a busy machine adds differs from time to time. */
async function quickest(on: Serving, path: string, body: Json): Promise<Run> {
  const runs: Run[] = [];
  for (let i = 0; i < TRIES; i++) runs.push(await run(on, path, body));
  return runs.reduce((least, each) => ({
    took: Math.min(least.took, each.took),
    stood_still: Math.min(least.stood_still, each.stood_still),
    text: each.text,
  }));
}

test.each(CASES)(
  "%s: a tool with %s",
  async (path, _, { body, schema, plain, args, proved }) => {
    const says = (): Reply => reply(call("f", args));
    await using upstream = new ChatUpstream(Array.from({ length: 2 * TRIES }, says), { style: WHOLE });
    await using on = await serving(upstream.url);
    const ordinary = await quickest(on, path, body(plain));
    const hostile = await quickest(on, path, body(schema));
    expect(hostile.took).toBeLessThan(3 * ordinary.took + MORE_MS);
    expect(hostile.stood_still).toBeLessThan(3 * ordinary.stood_still + MORE_MS);
    // The client gets what the model wrote, whether it could be checked or not.
    expect(withoutIds(hostile.text)).toBe(withoutIds(ordinary.text));
    const unproved = on.lines.filter((line) => line.includes("arguments_unproved")).length;
    expect(unproved).toBe(proved ? 0 : TRIES);
  },
  60_000,
);

test("another client's answer comes meanwhile", async () => {
  const asked = (body: ChatBody): Reply => (body.tools ? reply(...MANY_CALLS) : reply(say("Here.")));
  const MANY_CALLS = Array.from({ length: 20 }, (_, n) => call("f", { a: `${n}${BLANKS}.` }));
  await using upstream = new ChatUpstream(
    Array.from({ length: 22 }, () => asked),
    { style: WHOLE },
  );
  await using on = await serving(upstream.url);
  const tools = [{ type: "function", name: "f", parameters: { ...DOUBLING, ...having({ pattern: "(\\s+)+$" }) } }];
  await ask(on.url, { input: "hi" });
  const hostile = post(on.url, { model: "m", input: "go", tools });
  const waits: number[] = [];
  for (let i = 0; i < 20; i++) {
    const begun = performance.now();
    expect((await ask(on.url, { input: "hi" })).status).toBe(200);
    waits.push(performance.now() - begun);
  }
  expect((await hostile).status).toBe(200);
  expect(Math.max(...waits)).toBeLessThan(2000);
}, 60_000);

/** Ids and times are counted on from answer to answer. */
function withoutIds(text: string): string {
  return text
    .replaceAll(/"(?:id|item_id|call_id)":\s*"[^"]*"/g, '"id"')
    .replaceAll(/"(?:created|created_at|completed_at)":\s*[\d.]+/g, '"at"')
    .replaceAll(/"parameters":\{.*?\},"strict"/g, '"parameters"');
}
