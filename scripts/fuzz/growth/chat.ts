/** Places of the Chat wire: text tool calls, replies, requests, errors. */
import { DEFAULT_DIALECT } from "../../../src/core/dialect.ts";
import type { ReplyEvent } from "../../../src/core/reply.ts";
import type { Item, Tool, Turn } from "../../../src/core/turn.ts";
import { SAMPLES } from "../../../test/core/text-calls/family-samples.ts";
import { BareCallScanner } from "../../../src/core/text-calls/bare-calls.ts";
import { chatClient } from "../../../src/wires/chat/client/client.ts";
import { errorInReply, readHttpError } from "../../../src/core/upstream-errors/read.ts";
import { editRequest, needsTranslation } from "../../../src/wires/chat/client/forward.ts";
import { TextCallScanner } from "../../../src/core/text-calls/marked-calls.ts";
import { BodyObserver, StreamObserver } from "../../../src/wires/chat/client/observe.ts";
import { ThinkSplitter } from "../../../src/core/text-calls/thoughts.ts";
import { chatUpstream } from "../../../src/wires/chat/upstream/upstream.ts";
import { PLAIN, testSurroundings } from "../../../test/support/around.ts";
import { list, table, user } from "./inputs.ts";
import type { Place } from "./measure.ts";

const TOOL: Tool = { name: "f", parameters: { type: "object", properties: { a: { type: "string" } } } };
const turnOf = (items: Item[], tools: Tool[] = [TOOL]): Turn => ({
  model: "m",
  items,
  tools,
  settings: {},
  ignored: [],
});

/** The whole way of a reply: its frames are decoded, and encoded for a client of the same wire. */
function answered(frames: readonly object[], turn: Turn = turnOf([user("x")])): number {
  const around = testSurroundings();
  const body = { model: "m", messages: [{ role: "user", content: "x" }], stream: true };
  const { encoder } = chatClient.lift(body, PLAIN, around);
  let length = 0;
  const emit = (event: ReplyEvent): void => {
    encoder.write(event);
    length += encoder.take().length;
  };
  const decoder = chatUpstream.decoder(turn, emit, around, DEFAULT_DIALECT);
  for (const frame of frames) decoder.feed(JSON.stringify(frame));
  decoder.feed('{"choices":[{"delta":{},"finish_reason":"stop"}]}');
  decoder.feed("[DONE]");
  return length + JSON.stringify(encoder.body()).length;
}

const delta = (fields: object): object => ({ choices: [{ delta: fields, finish_reason: null }] });
const content = (text: string): object => delta({ content: text });
const called = (fn: object, more: object = {}): object => delta({ tool_calls: [{ ...more, function: fn }] });

const reply = (
  name: string,
  size: number,
  frames: (size: number) => object[],
  turn?: (size: number) => Turn,
): Place => ({
  name: `chat replies: ${name}`,
  size,
  prepare(n) {
    const [given, asked] = [frames(n), turn?.(n)];
    return () => answered(given, asked);
  },
});

const leak = (args: string): string => `<tool_call>{"name":"f","arguments":${args}}</tool_call>\n`;
const given = (text: string): Turn => turnOf([user(text)]);
const quoting = (n: number, words: string): string => words.repeat(Math.ceil(n / words.length));

const REPLIES: readonly Place[] = [
  reply("blanks", 10_000, (n) => list(n, () => content(" "))),
  reply("blanks of a thought", 10_000, (n) => list(n, () => delta({ reasoning: "\n" }))),
  reply("blanks behind a thought", 10_000, (n) => [content("<think>x</think>"), ...list(n, () => content("\n"))]),
  reply("a thought that does not end", 10_000, (n) => [content("<think>"), ...list(n, () => content("<"))]),
  reply("thoughts and text by turns", 10_000, (n) =>
    list(n, (i) => delta(i % 2 ? { content: "a" } : { reasoning: "b" })),
  ),
  reply("entries of a thought", 10_000, (n) =>
    list(n, (i) => delta({ reasoning_details: [{ type: "t", index: i % 2, text: "a" }] })),
  ),
  reply("refusals and text by turns", 10_000, (n) =>
    list(n, (i) => delta(i % 2 ? { content: "a" } : { refusal: "b" })),
  ),
  reply("sources", 20_000, (n) => [content("x"), delta({ annotations: list(n, (i) => ({ url: `https://a/${i}` })) })]),
  reply(
    "log probabilities",
    10_000,
    (n) =>
      list(n, () => ({ choices: [{ delta: { content: "a" }, logprobs: { content: [{ token: "a", logprob: -1 }] } }] })),
    () => ({ ...turnOf([user("x")]), settings: { top_logprobs: 1 } }),
  ),
  reply("arguments of one call", 10_000, (n) => [
    called({ name: "f", arguments: '{"a":[{}' }, { index: 0, id: "a" }),
    ...list(n, () => called({ arguments: ",{}" }, { index: 0 })),
  ]),
  reply("arguments without an index", 10_000, (n) => [
    called({ name: "f", arguments: "{}" }, { id: "a" }),
    called({ name: "f", arguments: '{"a":[{}' }, { id: "b" }),
    ...list(n, () => called({ arguments: ",{}" })),
  ]),
  reply("arguments that begin anew", 3000, (n) => [
    called({ name: "f", arguments: `[${quoting(n * 30, "{},")}{}` }, { index: 0, id: "a" }),
    ...list(n, () => called({ arguments: "{}" }, { index: 0 })),
  ]),
  reply("arguments by ids that change", 10_000, (n) => [
    called({ name: "f", arguments: '{"a":[{}' }, { index: 0, id: "a" }),
    ...list(n, (i) => called({ arguments: ",{}" }, { id: `b${i}` })),
  ]),
  reply("calls by index", 10_000, (n) => [
    ...list(1900, (i) => called({ name: "f", arguments: "{" }, { index: i, id: `a${i}` })),
    ...list(n, () => called({ arguments: " " }, { index: 0 })),
  ]),
  reply("calls by id", 10_000, (n) => [
    ...list(1900, (i) => called({ name: "f", arguments: "{" }, { index: i, id: `a${i}` })),
    ...list(n, () => called({ arguments: " " }, { id: "a0" })),
  ]),
  reply(
    "names in pieces, of many tools",
    5000,
    (n) => list(n, () => called({ name: "t" }, { index: 0 })),
    (n) =>
      turnOf(
        [user("x")],
        list(n, (i) => ({ name: `u${i}` })),
      ),
  ),
  reply(
    "calls after a long history",
    1800,
    (n) => list(Math.min(n, 1900), (i) => called({ name: "f", arguments: "{}" }, { index: i, id: `a${i}` })),
    (n) => turnOf(list(n * 10, (i) => ({ type: "tool_call", call_id: `h${i}`, name: "f", arguments: "{}" }))),
  ),
  reply("what hangs on calls", 450, (n) =>
    list(n, (i) => called({ name: "f", arguments: "{}" }, { index: i, id: `a${i}`, extra_content: { x: i } })),
  ),
  reply("calls in the text", 2000, (n) => list(n, (i) => content(leak(`{"a":"${i}"}`)))),
  reply(
    "calls in the text, and long ones",
    20_000,
    (n) => [content(leak(`{"a":"${"x ".repeat(n)}"}`))],
    (n) => given(quoting(n * 2, "x ")),
  ),
  reply(
    "calls in the text, in a long request",
    200,
    (n) => list(n, (i) => content(leak(`{"a":"${i}"}`))),
    (n) => given(quoting(n * 500, "f a b } name ")),
  ),
  reply(
    "a bare call of many braces",
    10_000,
    (n) => [content(`{"name":"f","arguments":{"a":"${"}".repeat(n)}"}}`)],
    (n) => given(quoting(n * 8, "{ name}")),
  ),
  reply(
    "a bare call of many words",
    10_000,
    (n) => [content(`{"name":"f","arguments":{"a":"${"name ".repeat(n)}"}}`)],
    (n) => given(quoting(n * 8, "{ name name }")),
  ),
  reply(
    "a call of one long word",
    20_000,
    (n) => [content(leak(`{"a":"${"a".repeat(n)}b${"a".repeat(n)}"}`))],
    (n) => given(quoting(n * 4, `<tool_call>name f arguments a ${"a".repeat(99)}b`)),
  ),
  reply(
    "calls in the text, and calls in a request",
    2000,
    () => [content(leak('{"a":"x"}'))],
    (n) => given(quoting(n * 50, leak('{"a":"y"}'))),
  ),
  reply("calls in the text, and talk by turns behind them", 2000, (n) => [
    ...list(n, () => content(leak("{}"))),
    ...list(n, (i) => delta(i % 2 ? { content: " " } : { reasoning: " " })),
  ]),
];

/** Inside of a markup, none of which is a call. */
const MARKED: readonly [string, (n: number) => string][] = [
  [
    "ends before beginnings of parameters",
    (n) => `<function=f>${"</parameter>".repeat(n / 24)}${"<parameter=a>".repeat(n / 24)}</function>`,
  ],
  [
    "parameters without a name",
    (n) => `<function=f>${"</parameter>".repeat(n / 24)}${"<parameter=a".repeat(n / 24)}</function>`,
  ],
  [
    "ends before beginnings of keys",
    (n) => `<tool_call>f${"<arg_key></arg_key>".repeat(n / 32)}${"</arg_value>".repeat(n / 32)}</tool_call>`,
  ],
  [
    "keys without values",
    (n) => `<tool_call>f${"<arg_key>".repeat(n / 21)}${"</arg_value>".repeat(n / 21)}</tool_call>`,
  ],
  [
    "ends before beginnings of calls",
    (n) =>
      `<｜tool▁calls▁begin｜>${"<｜tool▁call▁end｜><｜tool▁sep｜>".repeat(n / 47)}${"<｜tool▁call▁begin｜>".repeat(n / 47)}<｜tool▁calls▁end｜>`,
  ],
  [
    "ends before beginnings of invocations",
    (n) => `<function_calls>${"</invoke>".repeat(n / 24)}${'<invoke name="a">'.repeat(n / 24)}</function_calls>`,
  ],
  [
    "invocations within one another",
    (n) => `<function_calls>${'<invoke name="a">'.repeat(n / 26)}${"</invoke>".repeat(n / 26)}</function_calls>`,
  ],
  [
    "beginnings of two kinds by turns",
    (n) => `${"<tool_call>\n<function_calls>\n".repeat(n / 30)}</tool_call></function_calls>`,
  ],
  [
    "beginnings of three kinds by turns",
    (n) =>
      `${"<tool_call>\n<function_calls>\n[TOOL_REQUEST]\n".repeat(n / 45)}</tool_call></function_calls>[END_TOOL_REQUEST]`,
  ],
  ["beginnings and ends", (n) => "<tool_call>\n</tool_call>\n".repeat(n / 24)],
  ["beginnings that go on to the end", (n) => "[TOOL_CALLS]\n".repeat(n / 13)],
  ["a name and blanks", (n) => `[TOOL_CALLS]x${" ".repeat(n)}y`],
  ["a fence and blanks", (n) => `<|python_tag|>\`\`\`\n${" ".repeat(n)}x\`\`\``],
  ["blanks behind a fence", (n) => `<|python_tag|>\`\`\`${" ".repeat(n)}x`],
  ["calls one after another", (n) => `<|python_tag|>${'{"name":"f","arguments":{}} '.repeat(n / 28)}x`],
  ["lists in lists", (n) => `<|python_tag|>${"[".repeat(n)}`],
  ["a long fence", (n) => "`".repeat(n)],
  ["fences", (n) => "```\n~~~\n".repeat(n / 8)],
  ["lines of a sign", (n) => "<\n".repeat(n / 2)],
  ["residue", (n) => "<|im_end|>".repeat(n / 10)],
  ["residue and words", (n) => "<|im_end|> a ".repeat(n / 13)],
  ["sentences and markers", (n) => "So.<tool_call>".repeat(n / 14)],
  ["thoughts that begin", (n) => "<think>\n".repeat(n / 8)],
  ["thoughts that end", (n) => "</think>\n".repeat(n / 9)],
  ["strings that do not end", (n) => "<|python_start|>[f(a='".repeat(n / 22)],
  ["maps in maps", (n) => `<|tool_call>call:f${"{a:".repeat(n / 3)}`],
  ["tags in tags", (n) => `]<]minimax[>[<invoke name="f">${"]<]minimax[>[<a>".repeat(n / 16)}`],
  ["a value that does not end", (n) => `<tool_call>f<arg_key>a</arg_key><arg_value>${"x<".repeat(n / 2)}`],
  ["tags of no known markup", (n) => "<my_tool_call>\n".repeat(n / 15)],
  ...Object.entries(SAMPLES).map(([id, write]): [string, (n: number) => string] => {
    const call = write([["f", { a: "x" }]]);
    const half = `${call.slice(0, Math.ceil(call.length * 0.7))}\n`;
    return [`halves of ${id}`, (n) => half.repeat(Math.ceil(n / half.length))];
  }),
  ["a message of another kind", (n) => `<|channel|>commentary to=functions.f${" ".repeat(n)}<|call|>`],
];

const scanned = (text: string, size: number): number => {
  const scanner = new TextCallScanner(new Set(["f"]));
  let found = 0;
  for (let at = 0; at < text.length; at += size) found += scanner.feed(text.slice(at, at + size)).length;
  return found + scanner.end().length;
};

const MARKUPS = MARKED.flatMap(([name, text]): Place[] =>
  ([1, 64, 1e9] as const).map((size) => ({
    name: `text tool calls: ${name}, ${size === 1e9 ? "at once" : `in pieces of ${size}`}`,
    size: 60_000,
    prepare(n) {
      const whole = text(n);
      return () => scanned(whole, size);
    },
  })),
);

const SCANNERS: readonly Place[] = [
  ...['{"name":"f","arguments":{"a":[', '[{"name":"f","arguments":{}},', "```json\n[", " "].map((piece): Place => ({
    name: `calls in plain JSON: ${piece}`,
    size: 50_000,
    prepare(n) {
      const pieces = piece.repeat(n / piece.length).match(/[^]{1,9}/g) ?? [];
      return () => {
        const scanner = new BareCallScanner(new Set(["f"]));
        for (const each of pieces) if (scanner.feed(each)) return;
        scanner.end();
      };
    },
  })),
  ...[" ", "<", "<think>", "</think>", "\n"].map((piece): Place => ({
    name: `thoughts in the text: ${JSON.stringify(piece)}`,
    size: 20_000,
    prepare: (n) => () => {
      const splitter = new ThinkSplitter();
      for (let i = 0; i < n; i++)
        splitter.feed(
          piece,
          () => {},
          () => {},
        );
      splitter.end(
        () => {},
        () => {},
      );
    },
  })),
];

const message = (role: string, fields: object): object => ({ role, ...fields });

/** The whole way of a request: read, lowered for the same wire, and compared. */
const request = (name: string, size: number, body: (size: number) => object, dialect = {}): Place => ({
  name: `chat requests: ${name}`,
  size,
  prepare(n) {
    const json: object = { model: "m", messages: [message("user", { content: "x" })], ...body(n) };
    const text = JSON.stringify(json);
    const whole = { ...DEFAULT_DIALECT, heal: "off" as const, ...dialect };
    return () => {
      try {
        const { turn } = chatClient.lift(json, PLAIN, testSurroundings());
        chatUpstream.lower(turn, whole, testSurroundings());
      } catch {}
      needsTranslation(json, whole, chatUpstream.compose);
      editRequest(text, { model: "b", drop: ["a.b"], extra_body: { c: { d: 1 } } });
    };
  },
});

const fn = (name: string, parameters: object = {}): object => ({ type: "function", function: { name, parameters } });

const REQUESTS: readonly Place[] = [
  request("calls of the older kind", 1000, (n) => ({
    messages: [
      ...list(n, (i) => message("assistant", { function_call: { name: `f${i}`, arguments: "{}" } })),
      ...list(n, () => message("function", { name: "x", content: "y" })),
    ],
  })),
  request("one tool again and again", 2000, (n) => ({
    tools: list(n, (i) => fn("f", i === 0 ? table(n, () => "x") : {})),
  })),
  request("many tools, each allowed", 1500, (n) => ({
    tools: list(n, (i) => fn(`f${i}`)),
    tool_choice: { type: "allowed_tools", allowed_tools: { mode: "auto", tools: list(n, (i) => fn(`f${i}`)) } },
  })),
  request("names of tools that are made alike", 2000, (n) => ({ tools: list(n, (i) => fn(`f ${i}`)) })),
  request("messages of the user", 5000, (n) => ({ messages: list(n, () => message("user", { content: "x" })) })),
  request("messages of many parts", 8000, (n) => ({
    messages: [message("user", { content: list(n, () => ({ type: "text", text: "x" })) })],
  })),
  request("pictures of the assistant and of tools", 1000, (n) => ({
    messages: list(n, (i) =>
      message(i % 2 ? "assistant" : "user", { content: [{ type: "image_url", image_url: { url: "data:x" } }] }),
    ),
  })),
  request(
    "calls at once, sent one by one",
    2500,
    (n) => ({
      messages: [
        message("assistant", {
          tool_calls: list(n, (i) => ({ id: `a${i}`, function: { name: "f", arguments: "{}" } })),
        }),
        ...list(n, (i) => message("tool", { tool_call_id: `a${i}`, content: "x" })),
      ],
    }),
    { one_call_per_message: true },
  ),
  request("kept thoughts", 5000, (n) => ({
    messages: [
      message("assistant", { content: "x", reasoning_details: list(n, () => ({ type: "t", data: "juscode1:x" })) }),
    ],
  })),
  request("fields that nobody knows", 10_000, (n) => table(n, () => 1)),
  request("lists in lists", 500, (n) => ({ x: JSON.parse("[".repeat(n) + "]".repeat(n)) as unknown })),
];

const errors = [
  "model",
  "model `a",
  "not support ",
  "not ",
  "exceeds ",
  "input token count",
  "1,",
  "1 tokens > 2",
  "<",
  "Bearer ",
  "rate limit ",
  "try again in 1",
  "\\",
  " ",
].flatMap((words): Place[] => [
  {
    name: `errors of upstreams: ${words}`,
    size: 100_000,
    prepare(n) {
      const said = words.repeat(n / words.length);
      const body = JSON.stringify({ error: { message: said, code: said, param: said, metadata: { raw: said } } });
      return () => [
        readHttpError(400, new Headers(), body, "a"),
        readHttpError(400, new Headers(), said, "a"),
        errorInReply({ error: said }),
      ];
    },
  },
]);

const OBSERVED: readonly Place[] = [
  'data: {"choices":[{"delta":{"content":"a"}}]}\n\n',
  'data: {"error":{}}\n\n',
  "data: {}\n\n",
  "\r\n",
].map((frame): Place => ({
  name: `chat replies that go by: ${frame.trim().slice(0, 30)}`,
  size: 200_000,
  prepare(n) {
    const bytes = new TextEncoder().encode(frame.repeat(n / frame.length));
    return () => {
      for (const size of [64, 4096, bytes.length]) {
        const observer = size === 64 ? new BodyObserver() : new StreamObserver();
        for (let at = 0; at < bytes.length; at += size) observer.feed(bytes.subarray(at, at + size));
        observer.end();
      }
    };
  },
}));

export const CHAT: readonly Place[] = [...REPLIES, ...MARKUPS, ...SCANNERS, ...REQUESTS, ...errors, ...OBSERVED];
