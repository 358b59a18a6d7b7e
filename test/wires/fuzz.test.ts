/** Whatever a client or an upstream sends, there is an answer: no exception but a ShimError, one end of each reply. */
import { expect, test } from "bun:test";
import { DEFAULT_DIALECT } from "../../src/core/dialect.ts";
import { ShimError } from "../../src/core/errors.ts";
import type { ReplyEvent } from "../../src/core/reply.ts";
import { chatUpstream } from "../../src/wires/chat/upstream.ts";
import { responsesClient } from "../../src/wires/responses/client.ts";
import { validateChatRequest } from "../support/chat-request.ts";
import { CODEX, testSurroundings } from "../support/around.ts";

const ROUNDS = 4000;

const REQUEST = {
  model: "m",
  stream: true,
  instructions: "be brief",
  input: [
    { type: "additional_tools", role: "developer", tools: [{ type: "function", name: "g" }] },
    { type: "message", role: "developer", content: [{ type: "input_text", text: "rules" }] },
    {
      type: "message",
      role: "user",
      content: [
        { type: "input_text", text: "hi" },
        { type: "input_image", image_url: "data:image/png;base64,AA==", detail: "high" },
      ],
    },
    {
      type: "reasoning",
      id: "rs_1",
      summary: [{ type: "summary_text", text: "hm" }],
      encrypted_content: 'juscode1:{"field":"reasoning","text":"hm"}',
    },
    { type: "function_call", call_id: "c1", name: "echo", namespace: "mcp", arguments: '{"a":1}' },
    { type: "custom_tool_call", call_id: "c2", name: "apply_patch", input: "x" },
    { type: "message", role: "assistant", content: [{ type: "output_text", text: "wait", annotations: [] }] },
    { type: "function_call_output", call_id: "c1", output: [{ type: "input_text", text: "ok" }] },
    { type: "custom_tool_call_output", call_id: "c2", output: "done" },
    { type: "tool_search_call", call_id: "c3", execution: "client", arguments: { query: "x" } },
    {
      type: "tool_search_output",
      call_id: "c3",
      tools: [{ type: "namespace", name: "n", tools: [{ type: "function", name: "f" }] }],
    },
    { type: "compaction", encrypted_content: "juscode1c:sum" },
    { type: "agent_message", author: "/root", content: [{ type: "input_text", text: "go" }] },
  ],
  tools: [
    {
      type: "function",
      name: "exec",
      description: "d",
      parameters: { type: "object", properties: { a: { type: "number" } } },
      strict: false,
    },
    { type: "custom", name: "apply_patch", format: { type: "grammar", syntax: "lark", definition: "start: x" } },
    { type: "namespace", name: "mcp", tools: [{ type: "function", name: "echo" }] },
    { type: "tool_search", execution: "client", parameters: { type: "object" } },
    { type: "web_search" },
  ],
  tool_choice: "auto",
  parallel_tool_calls: true,
  reasoning: { effort: "high", summary: "auto" },
  text: { format: { type: "json_schema", name: "n", schema: { type: "object" } }, verbosity: "low" },
  include: ["reasoning.encrypted_content"],
};

const REPLY = [
  { id: "1", choices: [{ index: 0, delta: { role: "assistant", content: "" }, finish_reason: null }] },
  {
    choices: [
      { delta: { reasoning_content: "hm", reasoning_details: [{ type: "reasoning.text", text: "hm", index: 0 }] } },
    ],
  },
  { choices: [{ delta: { content: "<think>x</think>Hello" } }] },
  {
    choices: [
      {
        delta: {
          content: [
            { type: "text", text: "b" },
            { type: "thinking", thinking: [{ text: "c" }] },
          ],
        },
      },
    ],
  },
  {
    choices: [
      {
        delta: {
          tool_calls: [
            {
              index: 0,
              id: "a",
              type: "function",
              function: { name: "exec", arguments: '{"a":' },
              extra_content: { s: 1 },
            },
          ],
        },
      },
    ],
  },
  {
    choices: [
      {
        delta: {
          tool_calls: [
            { index: 0, function: { arguments: "1}" } },
            { index: 1, id: "b", function: { name: "apply_patch", arguments: '{"input":"x"}' } },
          ],
        },
      },
    ],
  },
  {
    choices: [{ delta: {}, finish_reason: "tool_calls" }],
    usage: { prompt_tokens: 3, completion_tokens: 4, prompt_tokens_details: { cached_tokens: 1 } },
  },
];

const ODD: unknown[] = [
  null,
  true,
  0,
  -1,
  1e300,
  "",
  "x",
  "\u0000",
  "\ud83d",
  [],
  {},
  [null],
  [[]],
  { a: null },
  "__proto__",
  "tool_calls",
  { type: "function" },
];

let state = 12345;
const random = (n: number): number => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * n);
};

/** The same value with some of its parts replaced, left out or doubled. */
function mutate(value: unknown, rate: number): unknown {
  if (random(rate) === 0) return structuredClone(ODD[random(ODD.length)]);
  if (Array.isArray(value)) {
    const list = value.map((item) => mutate(item, rate));
    if (list.length > 0 && random(rate) === 0) list.push(list[random(list.length)]);
    if (random(rate) === 0) list.splice(random(list.length + 1), 1);
    return list;
  }
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(() => random(rate) !== 0);
  return Object.fromEntries(entries.map(([key, item]) => [key, mutate(item, rate)]));
}

test("requests of every odd shape are lifted or refused, and what goes upstream keeps its rules", () => {
  let lifted = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const body = mutate(REQUEST, 20 + random(200));
    try {
      const { turn } = responsesClient.lift(body, CODEX, testSurroundings());
      const lowered = JSON.parse(chatUpstream.lower(turn, DEFAULT_DIALECT, testSurroundings()).body) as never;
      // A schema that is none, or a thread that the model begins, is the client's own matter: the upstream says so.
      const own = /parameters|schema|before any user/;
      const problems = validateChatRequest(lowered).filter((problem) => !own.test(JSON.stringify(problem)));
      if (problems.length > 0) throw new Error(`${JSON.stringify(problems)}\nfor ${JSON.stringify(body)}`);
      lifted++;
    } catch (error) {
      if (!(error instanceof ShimError)) throw new Error(`round ${round}: ${JSON.stringify(body)}`, { cause: error });
      expect(error.message.length).toBeGreaterThan(10);
    }
  }
  // Most are still good: otherwise nothing but the refusals would be tested.
  expect(lifted).toBeGreaterThan(ROUNDS / 4);
}, 30_000);

test("replies of every odd shape come to exactly one end", () => {
  const { turn } = responsesClient.lift(REQUEST, CODEX, testSurroundings());
  for (let round = 0; round < ROUNDS; round++) {
    const chunks = mutate(REPLY, 10 + random(100));
    const { encoder } = responsesClient.lift(REQUEST, CODEX, testSurroundings());
    const events: ReplyEvent[] = [];
    const decoder = chatUpstream.decoder(
      turn,
      (event) => {
        events.push(event);
        encoder.write(event);
      },
      testSurroundings(),
    );
    try {
      for (const chunk of Array.isArray(chunks) ? chunks : [chunks]) decoder.feed(JSON.stringify(chunk));
      if (random(2) === 0) decoder.feed("[DONE]");
      decoder.end();
    } catch (error) {
      throw new Error(`round ${round}: ${JSON.stringify(chunks)}`, { cause: error });
    }
    const ends = events.filter(({ type }) => type === "end" || type === "error");
    expect(ends).toHaveLength(1);
    expect(events.at(-1)).toBe(ends[0] as ReplyEvent);
    expect(encoder.take().match(/event: response\.(?:completed|incomplete|failed)\n/g)).toHaveLength(1);
  }
}, 30_000);
