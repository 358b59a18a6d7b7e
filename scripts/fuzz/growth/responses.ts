/** Places of the Responses wire. */
import { DEFAULT_DIALECT } from "../../../src/core/dialect.ts";
import type { ReplyEvent } from "../../../src/core/reply.ts";
import { CLIENT_WIRES, UPSTREAM_WIRES } from "../../../src/wires/index.ts";
import type { Turn } from "../../../src/core/turn.ts";
import { expandRequest, resolveReferences } from "../../../src/wires/responses/state/expand.ts";
import { editRequest } from "../../../src/wires/responses/client/forward.ts";
import { listText, pageOf, shownResponse } from "../../../src/wires/responses/state/item-list.ts";
import { observerOf } from "../../../src/wires/responses/client/observe.ts";
import { refuseOpenCalls, refuseStrayResults } from "../../../src/wires/responses/state/pairing.ts";
import { inputTexts, responseOf, withIds, withoutGivenId } from "../../../src/wires/responses/state/stored-items.ts";
import { PLAIN, testSurroundings } from "../../../test/support/around.ts";
import { list, table } from "./inputs.ts";
import type { Place } from "./measure.ts";

const TURN: Turn = { model: "m", items: [], tools: [{ name: "f" }], settings: {}, ignored: [] };

function answered(frames: readonly object[]): number {
  const around = testSurroundings();
  const { encoder } = CLIENT_WIRES.responses.lift({ model: "m", input: "x", stream: true }, PLAIN, around);
  let length = 0;
  const emit = (event: ReplyEvent): void => {
    encoder.write(event);
    length += encoder.take().length;
  };
  const decoder = UPSTREAM_WIRES.responses.decoder(TURN, emit, around, DEFAULT_DIALECT);
  for (const frame of frames) decoder.feed(JSON.stringify(frame));
  decoder.end();
  return length + JSON.stringify(encoder.body()).length;
}

const reply = (name: string, size: number, frames: (size: number) => object[]): Place => ({
  name: `responses replies: ${name}`,
  size,
  prepare(n) {
    const given = frames(n);
    return () => answered(given);
  },
});

/** More than these no reply may have. */
const MOST = 3900;
const added = (item: object, output_index?: number): object => ({
  type: "response.output_item.added",
  item,
  output_index,
});
const text = (delta: string, more: object = {}): object => ({
  type: "response.output_text.delta",
  item_id: "a",
  delta,
  ...more,
});
const args = (delta: string, more: object = {}): object => ({
  type: "response.function_call_arguments.delta",
  item_id: "a",
  delta,
  ...more,
});
const completed = (output: object[]): object => ({
  type: "response.completed",
  response: { status: "completed", output },
});
const message = (n: number): object => ({ type: "message", id: `m${n}`, content: [] });
const call = (n: number, more: object = {}): object => ({
  type: "function_call",
  id: `c${n}`,
  call_id: `c${n}`,
  name: "f",
  arguments: "{}",
  ...more,
});

const REPLIES: readonly Place[] = [
  reply("blanks", 10_000, (n) => list(n, () => text(" "))),
  reply("text for the first of many items, by its id", 10_000, (n) => [
    ...list(MOST, (i) => added(message(i))),
    ...list(n, () => text("x", { item_id: "m0" })),
  ]),
  reply("text for the first of many items, by its place", 10_000, (n) => [
    ...list(MOST, (i) => added(message(i), i)),
    ...list(n, () => text("x", { item_id: "", output_index: 0 })),
  ]),
  reply("text for the first of many parts", 10_000, (n) => [
    added({ type: "message", id: "a" }),
    ...list(MOST, (i) => text("x", { content_index: i })),
    ...list(n, () => text("x", { content_index: 0 })),
  ]),
  reply("texts that are told whole, again and again", 5000, (n) =>
    list(n, (i) => (i % 2 ? text("x") : { type: "response.output_text.done", item_id: "a", text: "y" })),
  ),
  reply("arguments that are told whole, again and again", 5000, (n) => [
    added(call(0, { id: "a", arguments: "" })),
    args(`{${" ".repeat(n * 20)}}`),
    ...list(n, (i) => ({
      type: "response.function_call_arguments.done",
      item_id: "a",
      arguments: i % 2 ? "{}" : "{ }",
    })),
  ]),
  reply("items that are told whole", 900, (n) =>
    list(n, (i) => ({ type: "response.output_item.done", item: message(i) })),
  ),
  reply("calls that are told again at the end", 900, (n) => [
    ...list(n, (i) => added(call(i))),
    completed(list(n, (i) => call(i))),
  ]),
  reply("calls that are told by other ids at the end", 900, (n) => [
    ...list(n, (i) => added(call(i, { arguments: `{"a":"${"x".repeat(999)}${i}"}` }))),
    completed(
      list(n, (i) => ({
        type: "function_call",
        id: `d${i}`,
        call_id: `d${i}`,
        name: "f",
        arguments: { a: `${"x".repeat(999)}${n - i}` },
      })),
    ),
  ]),
  reply("more than there may be, at the end", 5000, (n) => [completed(list(n, (i) => message(i)))]),
  reply("parts of one item, told whole", 900, (n) => [
    {
      type: "response.output_item.done",
      item: { type: "message", id: "a", content: list(n, () => ({ type: "output_text", text: "x" })) },
    },
  ]),
  reply("sources", 20_000, (n) => [
    {
      type: "response.output_item.done",
      item: {
        type: "message",
        id: "a",
        content: [
          { type: "output_text", text: "x", annotations: list(n, () => ({ type: "url_citation", url: "https://a" })) },
        ],
      },
    },
    completed([]),
  ]),
  reply("answers to calls of its own", 900, (n) =>
    list(n * 2, (i) => added(i < n ? call(i) : { type: "function_call_output", call_id: "c0" })),
  ),
  reply("thoughts and texts by turns", 900, (n) => [
    ...list(n, (i) => ({
      type: "response.output_item.done",
      item: i % 2 ? message(i) : { type: "reasoning", id: `r${i}`, summary: [{ text: "x" }] },
    })),
    completed([]),
  ]),
];

const request = (name: string, size: number, body: (size: number) => object, tools = false): Place => ({
  name: `responses requests: ${name}`,
  size,
  prepare(n) {
    const json = { model: "m", input: "x", ...body(n) };
    const written = JSON.stringify(json);
    const around = {
      ...testSurroundings(),
      ...(tools && {
        hosted: { search: true, mcp: [{ label: "a", url: "https://a.example/", client_authorization: false }] },
      }),
    };
    return () => {
      try {
        const exchange = CLIENT_WIRES.responses.lift(json, PLAIN, around);
        exchange.hosted?.declare([
          { tools: list(500, (i) => ({ name: `t${i}`, description: null, input_schema: {}, annotations: null })) },
        ]);
        UPSTREAM_WIRES.responses.lower(exchange.turn, DEFAULT_DIALECT, around);
      } catch {}
      editRequest(written, { model: "b", drop: ["a.b"], extra_body: {} });
      expandRequest(written, { history: [], store: false });
      refuse(json);
      const items = inputTexts(written);
      const stored = withIds(items, "resp_x");
      listText({ items: stored, has_more: false }, []);
      resolveReferences(written, new Map());
      return stored.map(withoutGivenId);
    };
  },
});

function refuse(json: unknown): void {
  for (const each of [refuseStrayResults, refuseOpenCalls])
    try {
      each(json, 0);
    } catch {}
}

const REQUESTS: readonly Place[] = [
  request("one tool again and again", 2000, (n) => ({
    tools: list(n, (i) => ({ type: "function", name: "f", parameters: i === 0 ? table(n, () => "x") : {} })),
  })),
  request("many tools, each allowed", 2500, (n) => ({
    tools: list(n, (i) => ({ type: "function", name: `f${i}` })),
    tool_choice: { type: "allowed_tools", mode: "auto", tools: list(n, (i) => ({ type: "function", name: `f${i}` })) },
  })),
  request(
    "tools of a server, each allowed",
    3000,
    (n) => ({
      tools: [
        {
          type: "mcp",
          server_label: "a",
          allowed_tools: list(n, (i) => `x${i}`),
          require_approval: { never: { tool_names: list(n, (i) => `x${i}`) } },
        },
      ],
    }),
    true,
  ),
  request("calls and results", 1500, (n) => ({
    input: list(n, (i) =>
      i % 2
        ? { type: "function_call_output", call_id: `a${i - 1}`, output: "x" }
        : { type: "function_call", call_id: `a${i}`, name: "f", arguments: "{}" },
    ),
  })),
  request("messages of the user", 2000, (n) => ({ input: list(n, () => ({ role: "user", content: "x" })) })),
  request("parts of one message", 8000, (n) => ({
    input: [{ role: "user", content: list(n, () => ({ type: "input_text", text: "x" })) }],
  })),
  request("thoughts", 2000, (n) => ({
    input: [
      { role: "user", content: "x" },
      ...list(n, () => ({
        type: "reasoning",
        encrypted_content: 'juscode1:{"field":"responses","text":"x","details":[]}',
      })),
    ],
  })),
  request("names in names", 300, (n) => ({
    tools: [
      list(n, (i) => i).reduce((inner: object, i) => ({ type: "namespace", name: `n${i}`, tools: [inner] }), {
        type: "function",
        name: "f",
      }),
    ],
  })),
  request("references", 5000, (n) => ({ input: list(n, (i) => ({ type: "item_reference", id: `msg_${i}` })) })),
  request("fields that nobody knows", 4000, (n) => table(n, () => 1)),
  request(
    "approvals",
    3000,
    (n) => ({
      input: list(n, (i) => ({ type: "mcp_approval_response", approval_request_id: `a${i}`, approve: true })),
    }),
    true,
  ),
];

const OTHERS: readonly Place[] = [
  {
    name: "responses: pages of items",
    size: 20_000,
    prepare(n) {
      const items = list(n, (i) => `{"id":"msg_${i}"}`);
      return () => pageOf(items, { after: "msg_1", limit: 20, order: "desc" });
    },
  },
  {
    name: "responses: a stored answer",
    size: 10_000,
    prepare(n) {
      const stored = JSON.stringify({
        output: list(n, () => ({ type: "reasoning", id: "rs_x", encrypted_content: "x" })),
      });
      return () => shownResponse(stored, []);
    },
  },
  ...["a_", "_i1", "_i", "1"].map((piece): Place => ({
    name: `responses: ids of items (${piece})`,
    size: 100_000,
    prepare(n) {
      const id = `msg_${piece.repeat(n / piece.length)}x`;
      return () => [responseOf(id), withoutGivenId(`{"id":"${id}"}`)];
    },
  })),
  ...['data: {"type":"x"}\n\n', "\n", "data: response.complete\n", 'data: {"type":"response.completed"}\n\n'].map(
    (frame): Place => ({
      name: `responses replies that go by: ${frame.trim()}`,
      size: 100_000,
      prepare(n) {
        const bytes = new TextEncoder().encode(frame.repeat(n / frame.length));
        return () => {
          for (const size of [64, 4096, bytes.length]) {
            const observer = observerOf(size !== 64);
            for (let at = 0; at < bytes.length; at += size) observer.feed(bytes.subarray(at, at + size));
            observer.end();
          }
        };
      },
    }),
  ),
];

export const RESPONSES: readonly Place[] = [...REPLIES, ...REQUESTS, ...OTHERS];
