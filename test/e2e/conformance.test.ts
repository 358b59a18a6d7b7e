/** Every style of upstream, through the compiled shim: the event grammar holds, and stream and body agree. */
import { expect, test } from "bun:test";
import { AS_CODEX, ask, OpenStream, post } from "../support/ask.ts";
import {
  after,
  call,
  ChatUpstream,
  hang,
  NORMAL,
  refuse,
  reply,
  say,
  STYLES,
  think,
  type Reply,
  type Refusal,
  type Style,
} from "../support/chat-upstream.ts";
import { tell, validateResponseBody, validateResponseStream } from "../support/response-events.ts";
import type { Json } from "../support/response-rules.ts";
import { describeWith } from "../support/needs.ts";
import { until } from "../support/patience.ts";
import { Shim } from "../support/shim.ts";

const describe = describeWith("shim");

const ARGUMENTS = { cmd: 'printf "é 😀\\n"', n: 1.5, list: [null, { deep: "}" }] };
const PATCH = '*** Begin Patch\n*** Add File: a.txt\n+"quoted" \\ and 😀\n*** End Patch\n';
const ANSWER: Reply = reply(
  think("Thinking of Köln. 😀"),
  say("Two steps 😀:\n"),
  call("exec_command", ARGUMENTS, "call_first"),
  call("apply_patch", { input: PATCH }, "call_second"),
  call("mcp__tiny__echo", {}, "call_third"),
);
const TOOLS = [
  {
    type: "function",
    name: "exec_command",
    parameters: { type: "object", properties: { cmd: { type: "string" } } },
    strict: false,
  },
  {
    type: "custom",
    name: "apply_patch",
    description: "Edits files.",
    format: { type: "grammar", syntax: "lark", definition: "start: /.+/" },
  },
  {
    type: "namespace",
    name: "mcp__tiny",
    description: "",
    tools: [{ type: "function", name: "echo", parameters: { type: "object", properties: {} } }],
  },
  { type: "web_search" },
];
const OUTPUT = [
  { type: "reasoning" },
  { type: "message", content: [{ type: "output_text", text: "Two steps 😀:\n" }] },
  { type: "function_call", name: "exec_command", arguments: JSON.stringify(ARGUMENTS) },
  { type: "custom_tool_call", name: "apply_patch", input: PATCH },
  { type: "function_call", name: "echo", namespace: "mcp__tiny", arguments: "{}" },
];

interface Setting extends AsyncDisposable {
  upstream: ChatUpstream;
  url: string;
}

async function setUp(script: (Reply | Refusal)[], style: Style = NORMAL, ...args: string[]): Promise<Setting> {
  const upstream = new ChatUpstream(script, { style });
  const shim = await Shim.start({ args: ["--upstream", upstream.url, ...args] });
  return {
    upstream,
    url: shim.url,
    async [Symbol.asyncDispose]() {
      await shim[Symbol.asyncDispose]();
      await upstream[Symbol.asyncDispose]();
    },
  };
}

/** Without what is new in every answer. */
const timeless = (response: Json): unknown =>
  JSON.parse(
    JSON.stringify({ ...response, created_at: 0, completed_at: 0 }).replaceAll(
      /"(id|call_id)":"(resp|msg|rs|fc|ctc|call)_[^"]*"/g,
      '"$1":"$2"',
    ),
  );

describe.each([
  ["a plain client", {}],
  ["Codex", AS_CODEX],
])("an answer to %s", (_, headers: Record<string, string>) => {
  test.each(Object.entries(STYLES))("in the style: %s", async (_name, style) => {
    await using on = await setUp([ANSWER, ANSWER], style);
    const body = { input: "go", tools: TOOLS, include: ["reasoning.encrypted_content"] };
    const streamed = await ask(on.url, { ...body, stream: true }, headers);
    const plain = await ask(on.url, body, headers);
    on.upstream.check();
    expect(tell(validateResponseStream(streamed.text))).toBe("");
    expect(tell(validateResponseBody(plain.response))).toBe("");
    expect(streamed.response).toMatchObject({ status: "completed", output: OUTPUT });
    expect(timeless(plain.response)).toEqual(timeless(streamed.response));
    if (style.id === "own") expect(JSON.stringify(plain.response)).toContain('"call_id":"call_second"');
    if (style.usage !== "none")
      expect(plain.response["usage"]).toEqual({
        input_tokens: 100,
        input_tokens_details: { cached_tokens: 60, cache_write_tokens: 0 },
        output_tokens: 20,
        output_tokens_details: { reasoning_tokens: 5 },
        total_tokens: 120,
      });
  });
});

describe("an answer that breaks off", () => {
  test.each(["eof", "error-frame", "reset"] as const)("fails: %s", async (broken) => {
    const script: Reply[] = [say("Half an"), call("exec_command", '{"cmd":"half')].map((step) => ({
      steps: [think("Hm"), step],
      broken,
    }));
    await using on = await setUp(script);
    for (const _ of script) {
      const answer = await ask(on.url, { input: "go", tools: TOOLS, stream: true });
      expect(tell(validateResponseStream(answer.text))).toBe("");
      expect(answer.response).toMatchObject({ status: "failed", error: { code: "server_error" } });
    }
  });

  test.each(["eof", "error-frame", "reset"] as const)(
    "is an HTTP error for a client that does not stream: %s",
    async (broken) => {
      await using on = await setUp([{ steps: [say("Half an")], broken }]);
      const answer = await ask(on.url, { input: "go" });
      expect(answer.status).toBe(502);
      expect(answer.response).toMatchObject({ error: { type: "server_error", code: "server_error", param: null } });
    },
  );

  test.each([
    ["length", "max_output_tokens"],
    ["content_filter", "content_filter"],
  ])("by %s is incomplete", async (finish, reason) => {
    const cut: Reply = { steps: [say("Half an"), call("exec_command", '{"cmd":"half')], finish };
    await using on = await setUp([cut, cut]);
    for (const stream of [true, false]) {
      const answer = await ask(on.url, { input: "go", tools: TOOLS, stream });
      expect(tell(stream ? validateResponseStream(answer.text) : validateResponseBody(answer.response))).toBe("");
      expect(answer.response).toMatchObject({ status: "incomplete", incomplete_details: { reason } });
      expect(
        answer.events.filter(
          ({ type, item }) => type === "response.output_item.done" && (item as Json)["type"] === "function_call",
        ),
      ).toEqual([]);
    }
  });
});

const user = (text: string): Json => ({ role: "user", content: text });
const assistant = (text: string): Json => ({
  type: "message",
  role: "assistant",
  content: [{ type: "output_text", text }],
});
const called = (call_id: string, args = "{}"): Json => ({
  type: "function_call",
  call_id,
  name: "exec_command",
  arguments: args,
});
const output = (call_id: string, text: unknown = "ok"): Json => ({
  type: "function_call_output",
  call_id,
  output: text,
});

describe("a history that a strict upstream would refuse is put right", () => {
  test.each<[string, Json[]]>([
    ["a developer speaks late", [user("a"), assistant("b"), { role: "developer", content: "c" }, user("d")]],
    ["a message between call and result", [user("a"), called("1"), assistant("b"), output("1")]],
    ["calls that share a turn", [user("a"), called("1"), called("2"), output("2"), output("1")]],
    ["a call without result", [user("a"), called("1"), user("b")]],
    ["a result without call", [user("a"), output("9"), user("b")]],
    [
      "a result without call_id",
      [user("a"), { type: "function_call_output", name: "report", output: [{ type: "input_text", text: "b" }] }],
    ],
    ["a call id used twice", [user("a"), called("1"), output("1"), called("1"), output("1")]],
    [
      "broken arguments",
      [user("a"), called("1", '{"cmd":'), output("1"), called("2", ""), output("2"), called("3", "[1]"), output("3")],
    ],
    [
      "an image as result",
      [
        user("a"),
        called("1"),
        output("1", [{ type: "input_image", image_url: "data:image/png;base64,AAAA", detail: "original" }]),
        user("b"),
      ],
    ],
    ["an empty result", [user("a"), called("1"), output("1", "")]],
    ["two answers in a row", [user("a"), assistant("b"), assistant("c"), user("d")]],
    ["an empty answer", [user("a"), assistant(""), user("b")]],
    ["half a character", [user("a"), called("1"), output("1", "cut \ud83d here")]],
    [
      "freeform and namespaced calls",
      [
        user("a"),
        { type: "custom_tool_call", call_id: "1", name: "apply_patch", input: PATCH },
        { type: "custom_tool_call_output", call_id: "1", output: "done" },
        { type: "function_call", call_id: "2", name: "echo", namespace: "mcp__tiny", arguments: "{}" },
        output("2"),
      ],
    ],
    [
      "a call of a tool with an odd name that is gone",
      [user("a"), { ...called("1"), name: "old.tool", namespace: "gone" }, output("1")],
    ],
  ])("%s", async (_, input) => {
    await using on = await setUp([reply(say("Good."))]);
    const answer = await ask(on.url, { instructions: "Be brief.", input, tools: TOOLS });
    on.upstream.check();
    expect(answer.response).toMatchObject({ status: "completed", output: [{ content: [{ text: "Good." }] }] });
  });
});

describe("while an upstream is silent", () => {
  test.each([
    ["a plain client", {}, "\n: "],
    ["Codex", AS_CODEX, "event: keepalive\n"],
  ])("%s is kept awake", async (_, headers: Record<string, string>, sign) => {
    const awake = Promise.withResolvers<void>();
    await using on = await setUp(
      [reply(after(awake.promise), say("At last."))],
      NORMAL,
      "--hold-ms",
      "50",
      "--heartbeat-ms",
      "60",
    );
    const stream = new OpenStream(await post(on.url, { model: "m", input: "go", stream: true }, headers));
    await stream.until(sign, 3);
    awake.resolve();
    const text = await stream.rest();
    expect(tell(validateResponseStream(text))).toBe("");
    expect(text).toContain("At last.");
    expect(text).toContain("event: response.completed");
  });

  test("a client that leaves is followed at once", async () => {
    await using on = await setUp([reply(say("Hi"), hang()), reply(hang())]);
    for (const [n, stream] of [true, false].entries()) {
      const stop = new AbortController();
      const answer = post(on.url, { model: "m", input: "go", stream }, {}, stop.signal).catch(() => undefined);
      if (stream) await new OpenStream((await answer) as Response).until("Hi");
      else await until("the upstream is asked", () => on.upstream.requests.length > n);
      stop.abort();
      await answer;
      // It would never end by itself.
      await until("the upstream is left", () => on.upstream.request(n).aborted_ms !== undefined);
    }
  });
});

describe("what the upstream refuses", () => {
  const OVERFLOW = "This model's maximum context length is 4096 tokens.";
  const rows: [string, Refusal, number, Json][] = [
    ["a wrong key", refuse(401, "Incorrect API key", { code: "invalid_api_key" }), 401, { code: "invalid_api_key" }],
    [
      "no such model",
      refuse(404, "The model `m` does not exist", { code: "model_not_found" }),
      404,
      { code: "model_not_found" },
    ],
    [
      "a long prompt",
      refuse(400, OVERFLOW, { code: "context_length_exceeded" }),
      400,
      { code: "context_length_exceeded" },
    ],
    [
      "a hurry",
      refuse(429, "slow down", { type: "rate_limit_error" }, { "retry-after": "7" }),
      429,
      { code: "rate_limit_exceeded" },
    ],
    ["a fault of its own", refuse(500, "out of memory"), 502, { code: "server_error" }],
  ];
  test.each(rows)("%s", async (_, refusal, status, error) => {
    await using on = await setUp([refusal, refusal]);
    for (const stream of [true, false]) {
      const answer = await ask(on.url, { input: "go", stream });
      expect(answer.status).toBe(status);
      expect(answer.response).toMatchObject({
        error: {
          ...error,
          param: null,
          message: expect.stringContaining(String((refusal.body as { error: Json }).error["message"])),
        },
      });
      expect(answer.headers.get("retry-after")).toBe(status === 429 ? "7" : null);
    }
  });
});
