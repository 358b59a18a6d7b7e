/** Places of the Messages wire. */
import { DEFAULT_DIALECT } from "../../../src/core/dialect.ts";
import { ShimError } from "../../../src/core/errors.ts";
import type { ReplyEvent } from "../../../src/core/reply.ts";
import type { Turn } from "../../../src/core/turn.ts";
import { CLIENT_WIRES, UPSTREAM_WIRES } from "../../../src/wires/index.ts";
import { editRequest } from "../../../src/wires/messages/client/forward.ts";
import { threadOf } from "../../../src/wires/messages/client/thread.ts";
import { readHttpError } from "../../../src/core/upstream-errors/read.ts";
import { parseExact, parseFrame, textOfInput } from "../../../src/core/exact-json.ts";
import { isStructured } from "../../../src/wires/messages/upstream/structured.ts";
import { PLAIN, testSurroundings } from "../../../test/support/around.ts";
import { list, table } from "./inputs.ts";
import type { Place } from "./measure.ts";

const TURN: Turn = { model: "m", items: [], tools: [{ name: "f" }], settings: {}, ignored: [] };

function answered(frames: readonly object[]): number {
  const around = testSurroundings();
  const body = { model: "m", messages: [{ role: "user", content: "x" }], stream: true, thinking: { type: "enabled" } };
  const { encoder } = CLIENT_WIRES.messages.lift(body, PLAIN, around);
  let length = 0;
  const emit = (event: ReplyEvent): void => {
    encoder.write(event);
    length += encoder.take().length;
  };
  const decoder = UPSTREAM_WIRES.messages.decoder(TURN, emit, around, DEFAULT_DIALECT);
  for (const frame of frames) decoder.feed(JSON.stringify(frame));
  decoder.feed('{"type":"message_delta","delta":{"stop_reason":"end_turn"}}');
  decoder.feed('{"type":"message_stop"}');
  return length;
}

const reply = (name: string, size: number, frames: (size: number) => object[]): Place => ({
  name: `messages replies: ${name}`,
  size,
  prepare(n) {
    const given = frames(n);
    return () => answered(given);
  },
});

const MOST = 3900;
const start = (index: number, content_block: object): object => ({ type: "content_block_start", index, content_block });
const delta = (index: number, fields: object): object => ({ type: "content_block_delta", index, delta: fields });
const text = (words: string): object => ({ type: "text_delta", text: words });
const stop = (index: number): object => ({ type: "content_block_stop", index });

const REPLIES: readonly Place[] = [
  reply("blanks", 10_000, (n) => [start(0, { type: "text" }), ...list(n, () => delta(0, text(" ")))]),
  reply("blanks in many blocks", 900, (n) =>
    list(n, (i) => [start(i, { type: "text" }), delta(i, text(" ")), stop(i)]).flat(),
  ),
  reply("text for the first of many blocks", 10_000, (n) => [
    ...list(MOST, (i) => start(i, { type: "text" })),
    ...list(n, () => delta(0, text("x"))),
  ]),
  reply("thoughts and texts by turns", 900, (n) =>
    list(n, (i) => [
      start(i, { type: i % 2 ? "text" : "thinking" }),
      delta(i, i % 2 ? text("x") : { type: "thinking_delta", thinking: "x" }),
      stop(i),
    ]).flat(),
  ),
  reply("sources", 10_000, (n) => [
    start(0, { type: "text" }),
    delta(0, text("x")),
    ...list(n, () => delta(0, { type: "citations_delta", citation: { url: "https://a" } })),
    stop(0),
  ]),
  reply("signatures in pieces", 10_000, (n) => [
    start(0, { type: "thinking" }),
    ...list(n, () => delta(0, { type: "signature_delta", signature: "x" })),
  ]),
  reply("calls", 900, (n) =>
    list(n, (i) => [
      start(i, { type: "tool_use", id: `a${i}`, name: "f" }),
      delta(i, { type: "input_json_delta", partial_json: "{}" }),
      stop(i),
    ]).flat(),
  ),
];

const request = (name: string, size: number, body: (size: number) => object): Place => ({
  name: `messages requests: ${name}`,
  size,
  prepare(n) {
    const json = { model: "m", max_tokens: 9, messages: [{ role: "user", content: "x" }], ...body(n) };
    const written = JSON.stringify(json);
    return () => {
      try {
        const { turn } = CLIENT_WIRES.messages.lift(json, PLAIN, testSurroundings());
        UPSTREAM_WIRES.messages.lower(turn, { ...DEFAULT_DIALECT, image_urls: true }, testSurroundings());
      } catch {}
      threadOf(json);
      return editRequest(written, { model: "b", drop: ["a.b"], extra_body: {}, steady: true });
    };
  },
});

const use = (id: string): object => ({ type: "tool_use", id, name: "f", input: {} });
const result = (id: string): object => ({ type: "tool_result", tool_use_id: id, content: "x" });
const LONG = "x".repeat(80);

const REQUESTS: readonly Place[] = [
  request("one tool again and again", 2000, (n) => ({
    tools: list(n, (i) => ({ name: "f", input_schema: i === 0 ? table(n, () => "x") : {} })),
  })),
  request("ids that begin alike", 1000, (n) => ({
    messages: [
      { role: "user", content: "x" },
      { role: "assistant", content: list(n, (i) => use(`${LONG}${i}`)) },
      { role: "user", content: list(n, (i) => result(`${LONG}${i}`)) },
    ],
  })),
  request("ids that look alike", 3000, (n) => ({
    messages: [
      { role: "user", content: "x" },
      { role: "assistant", content: list(n, (i) => use(`a${"!?".repeat(4)}${String.fromCodePoint(0x400 + i)}`)) },
    ],
  })),
  request("documents in documents", 400, (n) => ({
    messages: [
      {
        role: "user",
        content: [
          list(n, (i) => i).reduce(
            (inner: object[]) => [{ type: "document", source: { type: "content", content: inner } }],
            list(n * 10, () => ({ type: "text", text: "x" })),
          ),
        ].flat(),
      },
    ],
  })),
  request("blocks of one message", 8000, (n) => ({
    messages: [{ role: "user", content: list(n, () => ({ type: "text", text: "x" })) }],
  })),
  request("messages of the user", 10_000, (n) => ({ messages: list(n, () => ({ role: "user", content: "x" })) })),
  request("images of the assistant", 2000, (n) => ({
    messages: list(n, (i) => ({
      role: i % 2 ? "assistant" : "user",
      content: [{ type: "image", source: { type: "url", url: "https://a" } }],
    })),
  })),
  request("tools that come and go", 3000, (n) => ({
    messages: list(n, (i) => ({
      role: "system",
      content: [
        i % 2
          ? { type: "tool_removal", tool: { name: `f${i - 1}` } }
          : { type: "tool_addition", tool: { definition: { name: `f${i}` } } },
      ],
    })),
  })),
  request("thoughts", 5000, (n) => ({
    messages: [
      { role: "user", content: "x" },
      { role: "assistant", content: list(n, () => ({ type: "thinking", thinking: "x", signature: "juscode1:x" })) },
    ],
  })),
  request("a long name of its session", 100_000, (n) => ({
    metadata: { user_id: `"session_id"${" ".repeat(n)}_session_${"a".repeat(n)}!` },
  })),
  request("a long session of blanks", 100_000, (n) => ({ metadata: { user_id: '"session_id" '.repeat(n / 13) } })),
  request("names that go on", 100_000, (n) => ({ metadata: { user_id: "_session_".repeat(n / 9) } })),
];

const OTHERS: readonly Place[] = [
  ...["model", "model `a", "1,", "1 tokens > 2", "not support "].map((words): Place => ({
    name: `messages errors: ${words}`,
    size: 100_000,
    prepare(n) {
      const said = words.repeat(n / words.length);
      const body = JSON.stringify({ type: "error", error: { type: "invalid_request_error", message: said } });
      return () => {
        const error = readHttpError(400, new Headers(), body, "a");
        readHttpError(500, new Headers(), said, "a");
        CLIENT_WIRES.messages.httpError(new ShimError("context_overflow", error.message), PLAIN);
      };
    },
  })),
  ...['"', '\\"', "1.", '"input":{"a":12345678901234567890},', "\\"].map((piece): Place => ({
    name: `messages: exact numbers, ${piece}`,
    size: 60_000,
    prepare(n) {
      const json = `{"input":"${piece.repeat(n / piece.length)}`;
      return () => {
        for (const each of [json, `${json}"}`])
          for (const parse of [parseFrame, parseExact])
            try {
              parse(each);
            } catch {}
        return textOfInput({ a: json });
      };
    },
  })),
  {
    name: "messages: schemas that may be enforced",
    size: 10_000,
    prepare(n) {
      const schema = {
        type: "object",
        additionalProperties: false,
        properties: table(n, () => ({ enum: list(3, () => "a") })),
        enum: list(n, () => 1),
      };
      return () => isStructured(schema);
    },
  },
];

export const MESSAGES: readonly Place[] = [...REPLIES, ...REQUESTS, ...OTHERS];
