import { describe, expect, test } from "bun:test";
import { ShimError } from "../../../../src/core/errors.ts";
import type { EndReason, ReplyEvent } from "../../../../src/core/reply.ts";
import { reply } from "../../../support/around.ts";
import { readChatBody, readChatStream } from "../../../support/chat-events.ts";
import type { Json } from "../../../support/response-rules.ts";
import { encoded, EXEC, lift } from "./exchange.ts";

const end = (reason: EndReason = "stop"): ReplyEvent => ({ type: "end", reason, usage: null });
const START: ReplyEvent = { type: "start" };
const thought = (
  field: "reasoning" | "thinking_blocks" | "extra_content",
  words: string,
  details?: Json[],
): ReplyEvent[] => [
  { type: "item_start", item: { kind: "reasoning", field } },
  ...(words === "" ? [] : [{ type: "item_delta", delta: words } as const]),
  { type: "item_end", complete: true, ...(details && { details }) },
];

/** Streamed and whole must be right and the same. */
function said(request: Json, ...events: ReplyEvent[]): { message: Json; finish: string | undefined; notes: string[] } {
  const { sse, body, notes } = encoded(request, [START, ...events]);
  const streamed = readChatStream(sse);
  const whole = readChatBody(body);
  expect([...streamed.problems, ...whole.problems]).toEqual([]);
  expect<Json>({ ...whole.message, content: whole.message["content"] || null }).toEqual(streamed.message);
  expect(whole.finish).toBe(streamed.finish as string);
  return { message: whole.message, finish: whole.finish, notes };
}

describe("calls", () => {
  const TOOLS = { tools: [EXEC, { type: "custom", custom: { name: "apply_patch", format: null } }] };

  test("nearly JSON is mended, strings become numbers, both noted", () => {
    const numbers = {
      tools: [
        {
          type: "function",
          function: { name: "f", parameters: { type: "object", properties: { n: { type: "integer" } } } },
        },
      ],
    };
    const { message, notes } = said(
      numbers,
      ...reply.call("a", "f", '{"n":"5"}'),
      ...reply.call("b", "f", "{n: 5,}"),
      end(),
    );
    expect(message["tool_calls"]).toMatchObject([
      { function: { arguments: '{"n":5}' } },
      { function: { arguments: '{"n": 5}' } },
    ]);
    expect(notes).toEqual(["arguments_coerced: f", "arguments_repaired: f"]);
  });

  test("a freeform call comes as one", () => {
    const { message, finish } = said(
      TOOLS,
      ...reply.call("a", "apply_patch", '{"input":"*** Begin"}'),
      end("tool_calls"),
    );
    expect(message["tool_calls"]).toEqual([
      { id: "a", type: "custom", custom: { name: "apply_patch", input: "*** Begin" } },
    ]);
    expect(finish).toBe("tool_calls");
  });

  test("names come back as they were declared; what was not declared is noted", () => {
    const odd = { tools: [{ type: "function", function: { name: "a.b" } }] };
    const flat = lift(odd).turn.tools[0]?.name ?? "";
    const { message, notes } = said(odd, ...reply.call("a", flat, "{}"), ...reply.call("b", "ghost", "{}"), end());
    expect(message["tool_calls"]).toMatchObject([{ function: { name: "a.b" } }, { function: { name: "ghost" } }]);
    expect(notes).toEqual(["undeclared_tool: ghost"]);
  });

  test("a call that was cut is never announced", () => {
    const cut: ReplyEvent[] = [
      { type: "item_start", item: { kind: "tool_call", call_id: "a", name: "exec_command" } },
      { type: "item_delta", delta: '{"cmd":"rm' },
      { type: "item_end", complete: false },
    ];
    const { message, finish } = said(TOOLS, ...reply.text("So."), ...cut, end("length"));
    expect(message["tool_calls"]).toBeUndefined();
    expect(finish).toBe("length");
  });

  test("the end says whether there are calls, whatever the host calls it", () => {
    expect(said(TOOLS, ...reply.call("a", "exec_command", '{"cmd":"ls"}'), end("stop")).finish).toBe("tool_calls");
    expect(said(TOOLS, ...reply.text("x"), end("tool_calls")).finish).toBe("stop");
  });

  test("what hangs on a call comes with its first delta", () => {
    const extra_content = { google: { thought_signature: "s" } };
    const events = [
      ...reply.call("a", "exec_command", '{"cmd":"ls"}'),
      ...thought("extra_content", "", [{ call_id: "a", extra_content }]),
      ...reply.call("b", "exec_command", '{"cmd":"ls"}'),
    ];
    const { message } = said(TOOLS, ...events, end());
    expect((message["tool_calls"] as Json[]).map((call) => call["extra_content"])).toEqual([extra_content, undefined]);
    const first = encoded(TOOLS, [START, ...events, end()]).sse.split("\n\n")[1] ?? "";
    expect(first).toContain('"extra_content":{"google"');
  });

  test("the older form: one function_call, and more of them are an error that says how to fix it", () => {
    const legacy = { functions: [{ name: "f" }] };
    const one = said(legacy, ...reply.call("a", "f", '{"x":1}'), end());
    expect(one.message["function_call"]).toEqual({ name: "f", arguments: '{"x":1}' });
    expect(one.message["tool_calls"]).toBeUndefined();
    expect(one.finish).toBe("function_call");
    const { sse } = encoded(legacy, [START, ...reply.call("a", "f", "{}"), ...reply.call("b", "f", "{}"), end()]);
    const two = readChatStream(sse);
    expect(two.problems).toEqual([]);
    expect(two.error).toMatchObject({ param: "functions", message: expect.stringContaining("`tools`") });
  });
});

describe("words", () => {
  test("texts that something stood between do not run together", () => {
    const { message } = said({}, ...reply.text("One."), ...reply.reasoning("hm"), ...reply.text("Two."), end());
    expect(message).toMatchObject({ content: "One.\n\nTwo.", reasoning_content: "hm" });
    expect(said({}, ...reply.text("One"), ...reply.text(", two"), end()).message["content"]).toBe("One, two");
  });

  test("a refusal, a filter, and nothing at all", () => {
    const no = said({}, ...reply.refusal("I ", "will not."), end());
    expect(no).toMatchObject({ message: { content: null, refusal: "I will not." }, finish: "stop" });
    expect(said({}, ...reply.text("Ha"), end("content_filter")).finish).toBe("content_filter");
    expect(said({}, end()).message["content"]).toBe("");
  });

  test("what its own field says already is not sealed beside it", () => {
    const { message } = said({}, ...reply.reasoning("hm"), ...reply.text("Yes."), end());
    expect(message["reasoning_details"]).toBeUndefined();
  });

  test("what the upstream wants back, and its own field, travel sealed", () => {
    const blocks = [{ type: "thinking", thinking: "hm", signature: "s" }];
    const { message } = said({}, ...thought("thinking_blocks", "hm", blocks), ...reply.text("Yes."), end());
    const returned = lift({ messages: [{ role: "user", content: "x" }, message] }).turn.items;
    expect(returned[1]).toEqual({
      type: "reasoning",
      text: "hm",
      origin: { field: "thinking_blocks", details: blocks },
    });
  });
});

describe("the stream", () => {
  test("signs of life are comments, between the opening and the end", () => {
    const { encoder } = lift({ stream: true });
    encoder.heartbeat();
    expect(encoder.take()).toBe("");
    encoder.open();
    encoder.heartbeat();
    encoder.heartbeat({ processed: 5, total: 10 });
    for (const event of [...reply.text("x"), end()]) encoder.write(event);
    encoder.heartbeat();
    const sse = encoder.take();
    expect(sse.match(/^: .*$/gm)).toEqual([": keepalive", ": prompt 5/10"]);
    expect(readChatStream(sse).problems).toEqual([]);
  });

  test("an error ends it, in OpenAI's shape, and a whole call before it is not announced", () => {
    const error = new ShimError("rate_limited", "slow down");
    const { sse } = encoded({ tools: [EXEC] }, [
      START,
      ...reply.text("Half"),
      ...reply.call("a", "exec_command", "{}"),
      { type: "error", error },
    ]);
    const read = readChatStream(sse);
    expect(read.problems).toEqual([]);
    expect(read.error).toEqual({
      message: "slow down",
      type: "rate_limit_error",
      param: null,
      code: "rate_limit_exceeded",
    });
    expect(read.message["tool_calls"]).toBeUndefined();
    expect(sse).not.toContain("[DONE]");
  });
});
