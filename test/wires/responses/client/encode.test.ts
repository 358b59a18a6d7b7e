import { describe, expect, test } from "bun:test";
import type { Responses } from "openai/resources/responses/responses";
import { ShimError } from "../../../../src/core/errors.ts";
import type { ReplyEvent } from "../../../../src/core/reply.ts";
import { responsesClient } from "../../../../src/wires/responses/client/client.ts";
import type { ClientFacts } from "../../../../src/wires/wire.ts";
import { CODEX, PLAIN, reply, testSurroundings } from "../../../support/around.ts";

const USAGE = {
  input_tokens: 10,
  cached_tokens: 4,
  cache_write_tokens: 0,
  output_tokens: 5,
  reasoning_tokens: 2,
};
const TOOLS = [
  { type: "function", name: "exec_command", parameters: { type: "object" } },
  {
    type: "custom",
    name: "apply_patch",
    format: { type: "grammar", syntax: "lark", definition: "start: /.+/" },
  },
  { type: "namespace", name: "mcp__tiny", tools: [{ type: "function", name: "echo" }] },
  { type: "tool_search", execution: "client", parameters: { type: "object" } },
];
const END: ReplyEvent = { type: "end", reason: "stop", usage: USAGE };

type WireEvent = Responses.ResponseStreamEvent | { type: "keepalive"; sequence_number: number };

/** Both forms of the answer to the same events; they must agree. */
function encode(
  events: ReplyEvent[],
  extra: object = {},
  client: ClientFacts = PLAIN,
  notes: string[] = [],
): { events: WireEvent[]; sse: string; final: Responses.Response } {
  const body = { model: "m", input: "hi", tools: TOOLS, stream: true, ...extra };
  const all: ReplyEvent[] = [{ type: "start" }, ...events];
  const { encoder } = responsesClient.lift(body, client, testSurroundings(notes));
  for (const event of all) encoder.write(event);
  const sse = encoder.take();
  const parsed = sse
    .split("\n\n")
    .flatMap((frame) => frame.split("\n").filter((line) => line.startsWith("data: {")))
    .map((line) => JSON.parse(line.slice(6)) as WireEvent);
  const last = parsed.at(-1);
  if (!last || !("response" in last)) throw new Error("no terminal event");

  const plain = responsesClient.lift({ ...body, stream: false }, client, testSurroundings());
  for (const event of all) plain.encoder.write(event);
  expect(plain.encoder.take()).toBe("");
  expect(plain.encoder.body()).toEqual(last.response);
  return { events: parsed, sse, final: last.response };
}

const types = (events: WireEvent[]): string[] => events.map((event) => event.type.replace("response.", ""));
const MESSAGE_TYPES = [
  "output_item.added",
  "content_part.added",
  "output_text.delta",
  "output_text.done",
  "content_part.done",
  "output_item.done",
];

describe("the Responses encoder", () => {
  test("text: every event, in the SDK's types", () => {
    const { events, sse } = encode([...reply.text("Hel", "lo"), END]);
    const message = {
      id: "msg_0000000000000000000000000000000100",
      type: "message",
      role: "assistant",
    } as const;
    const at = { item_id: message.id, output_index: 0, content_index: 0 };
    const part = { type: "output_text", text: "Hello", annotations: [], logprobs: [] } as const;
    const expected: Responses.ResponseStreamEvent[] = [
      {
        type: "response.output_item.added",
        output_index: 0,
        item: { ...message, status: "in_progress", content: [] },
        sequence_number: 2,
      },
      {
        type: "response.content_part.added",
        ...at,
        part: { ...part, text: "", annotations: [], logprobs: [] },
        sequence_number: 3,
      },
      { type: "response.output_text.delta", ...at, delta: "Hel", logprobs: [], sequence_number: 4 },
      { type: "response.output_text.delta", ...at, delta: "lo", logprobs: [], sequence_number: 5 },
      { type: "response.output_text.done", ...at, text: "Hello", logprobs: [], sequence_number: 6 },
      {
        type: "response.content_part.done",
        ...at,
        part: { ...part, annotations: [], logprobs: [] },
        sequence_number: 7,
      },
      {
        type: "response.output_item.done",
        output_index: 0,
        item: {
          ...message,
          status: "completed",
          content: [{ ...part, annotations: [], logprobs: [] }],
        },
        sequence_number: 8,
      },
    ];
    expect(events.slice(2, -1)).toEqual(expected);
    expect(types(events).slice(0, 2)).toEqual(["created", "in_progress"]);
    expect(events.map((event) => event.sequence_number)).toEqual(events.map((_, i) => i));
    expect(sse.endsWith("}\n\ndata: [DONE]\n\n")).toBe(true);
    expect(sse.match(/^event: .*$/gm)?.map((line) => line.slice(7))).toEqual(events.map((event) => event.type));
  });

  test("the response object has every field that a strict reader asks for", () => {
    const { final } = encode([...reply.text("x"), END], {
      instructions: "be brief",
      metadata: { a: "b" },
      reasoning: { effort: "low" },
    });
    expect({ ...final }).toMatchObject({
      id: "resp_00000000000000000000000000000001",
      object: "response",
      status: "completed",
      created_at: 1_800_000_000,
      completed_at: 1_800_000_000,
      error: null,
      incomplete_details: null,
      instructions: "be brief",
      metadata: { a: "b" },
      model: "m",
      reasoning: { effort: "low", summary: null },
      temperature: 1,
      top_p: 1,
      parallel_tool_calls: true,
      tool_choice: "auto",
      text: { format: { type: "text" } },
      truncation: "disabled",
      usage: {
        input_tokens: 10,
        input_tokens_details: { cached_tokens: 4, cache_write_tokens: 0 },
        output_tokens: 5,
        output_tokens_details: { reasoning_tokens: 2 },
        total_tokens: 15,
      },
    });
    expect(final.tools[0]).toEqual({
      type: "function",
      name: "exec_command",
      parameters: { type: "object" },
      description: null,
      strict: null,
    } as never);
  });

  test("a function call comes whole, at its end", () => {
    const { events, final } = encode([...reply.call("c1", "exec_command", '{"cmd":', '"ls"}'), END]);
    expect(types(events).slice(2, -1)).toEqual([
      "output_item.added",
      "function_call_arguments.delta",
      "function_call_arguments.done",
      "output_item.done",
    ]);
    const call: Responses.ResponseFunctionToolCall = {
      id: "fc_0000000000000000000000000000000100",
      type: "function_call",
      status: "completed",
      call_id: "c1",
      name: "exec_command",
      arguments: '{"cmd":"ls"}',
    };
    expect(final.output).toEqual([call]);
  });

  test("arguments and patches are mended where that is certain, and it is noted", () => {
    const notes: string[] = [];
    const patch = "*** Begin Patch\n*** Add File: a\n+x\n*** End Patch\n";
    const tools = [
      {
        type: "function",
        name: "f",
        parameters: { type: "object", properties: { n: { type: "number" } }, required: ["n"] },
      },
      {
        type: "custom",
        name: "apply_patch",
        format: {
          type: "grammar",
          syntax: "lark",
          definition: 'b: "*** Begin Patch"\ne: "*** End Patch"',
        },
      },
    ];
    const calls = [
      ...reply.call("1", "f", '{"n":"5"}'),
      ...reply.call("2", "f", "{'n':5}"),
      ...reply.call("3", "f", "{'m':5}"),
      ...reply.call("4", "apply_patch", JSON.stringify({ input: "```\n" + patch + "```" })),
      ...reply.call("5", "apply_patch", "nonsense"),
    ];
    const { final } = encode([...calls, END], { tools }, PLAIN, notes);
    const texts = final.output.map((item) =>
      item.type === "function_call" ? item.arguments : "input" in item ? item.input : "",
    );
    expect(texts).toEqual(['{"n":5}', '{"n":5}', "{'m':5}", patch, "nonsense"]);
    expect(notes).toEqual([
      "arguments_coerced: f",
      "arguments_repaired: f",
      "arguments_invalid: f",
      "patch_repaired: apply_patch",
      "patch_invalid: apply_patch",
    ]);
  });

  test("a namespaced call gets its two names back", () => {
    const { final } = encode([...reply.call("c1", "mcp__tiny__echo", "{}"), END]);
    expect(final.output[0]).toMatchObject({
      type: "function_call",
      name: "echo",
      namespace: "mcp__tiny",
      arguments: "{}",
    });
  });

  test("a freeform call gets its raw text back", () => {
    const patch = "*** Begin Patch\n+é\n*** End Patch";
    const { events, final } = encode([...reply.call("c1", "apply_patch", JSON.stringify({ input: patch })), END]);
    expect(final.output[0]).toMatchObject({
      type: "custom_tool_call",
      name: "apply_patch",
      input: patch,
      call_id: "c1",
    });
    expect(types(events).slice(2, -1)).toEqual([
      "output_item.added",
      "custom_tool_call_input.delta",
      "custom_tool_call_input.done",
      "output_item.done",
    ]);
  });

  test("a tool search has an object for its arguments", () => {
    const { final } = encode([...reply.call("c1", "tool_search", '{"query":"x","limit":3}'), END]);
    expect(final.output[0]).toMatchObject({
      type: "tool_search_call",
      execution: "client",
      arguments: { query: "x", limit: 3 },
    } as never);
    expect(encode([...reply.call("c1", "tool_search", "find echo"), END]).final.output[0]).toMatchObject({
      arguments: { query: "find echo" },
    } as never);
  });

  test("an undeclared tool is passed on under the name that the model used", () => {
    expect(encode([...reply.call("c1", "made_up", "{}"), END]).final.output[0]).toMatchObject({
      type: "function_call",
      name: "made_up",
    });
  });

  test("parallel calls follow one another", () => {
    const { final } = encode([
      ...reply.call("a", "exec_command", "{}"),
      ...reply.call("b", "apply_patch", '{"input":"x"}'),
      END,
    ]);
    expect(final.output.map((item) => "call_id" in item && item.call_id)).toEqual(["a", "b"]);
  });

  test("reasoning is a summary when one was asked for, else raw", () => {
    const raw = encode([...reply.reasoning("a", "b"), ...reply.text("x"), END]);
    expect(types(raw.events).slice(2, 8)).toEqual([
      "output_item.added",
      "content_part.added",
      "reasoning_text.delta",
      "reasoning_text.delta",
      "reasoning_text.done",
      "content_part.done",
    ]);
    expect(raw.final.output[0]).toEqual({
      id: "rs_0000000000000000000000000000000100",
      type: "reasoning",
      status: "completed",
      summary: [],
      content: [{ type: "reasoning_text", text: "ab" }],
    });
    const shown = encode([...reply.reasoning("a", "b"), END], {
      reasoning: { summary: "auto" },
      include: ["reasoning.encrypted_content"],
    });
    expect(shown.final.output[0]).toEqual({
      id: "rs_0000000000000000000000000000000100",
      type: "reasoning",
      status: "completed",
      summary: [{ type: "summary_text", text: "ab" }],
      encrypted_content: 'juscode1:{"field":"reasoning_content","text":"ab"}',
    });
  });

  test("a refusal is a part of its own", () => {
    const { events, final } = encode([...reply.refusal("no"), END]);
    expect(types(events).slice(2, -1)).toEqual(MESSAGE_TYPES.map((type) => type.replace("output_text", "refusal")));
    expect(final.output[0]).toMatchObject({ content: [{ type: "refusal", refusal: "no" }] });
  });

  test("cut by length: the text is incomplete, and a cut call is never announced as done", () => {
    const cut: ReplyEvent[] = [
      { type: "item_start", item: { kind: "tool_call", call_id: "c", name: "exec_command" } },
      { type: "item_delta", delta: '{"cmd":"rm -rf' },
      { type: "item_end", complete: false },
      { type: "end", reason: "length", usage: null },
    ];
    for (const client of [PLAIN, CODEX]) {
      const { events, final } = encode(cut, {}, client);
      expect(types(events)).toEqual(["created", "in_progress", "incomplete"]);
      expect(final).toMatchObject({
        status: "incomplete",
        incomplete_details: { reason: "max_output_tokens" },
        usage: null as never,
      });
      expect(final.output).toEqual([]);
    }
  });

  test("a failure within the stream: error, then response.failed", () => {
    const open: ReplyEvent[] = [
      { type: "item_start", item: { kind: "text" } },
      { type: "item_delta", delta: "half" },
    ];
    const error = new ShimError("rate_limited", "the upstream says no", { retry_after_ms: 1500 });
    const { events, final } = encode([...open, { type: "error", error }]);
    expect(types(events).slice(-2)).toEqual(["error", "failed"]);
    expect(events.at(-2)).toMatchObject({
      code: "rate_limit_exceeded",
      error: { code: "rate_limit_exceeded" },
    } as never);
    expect(final.error).toEqual({
      code: "rate_limit_exceeded",
      message: "the upstream says no Please try again in 1.5s.",
    });
    expect(final.output).toMatchObject([{ status: "incomplete", content: [{ text: "half" }] }]);
  });

  test("heartbeats count for Codex and are comments for others; none before the start or after the end", () => {
    for (const client of [CODEX, PLAIN]) {
      const { encoder } = responsesClient.lift({ model: "m", input: "hi", stream: true }, client, testSurroundings());
      encoder.heartbeat();
      expect(encoder.take()).toBe("");
      encoder.open();
      encoder.take();
      encoder.heartbeat();
      expect(encoder.take()).toBe(
        client.codex ? 'event: keepalive\ndata: {"type":"keepalive","sequence_number":2}\n\n' : ": keepalive\n\n",
      );
      encoder.write({ type: "end", reason: "stop", usage: null });
      encoder.take();
      encoder.heartbeat();
      expect(encoder.take()).toBe("");
    }
  });
});
