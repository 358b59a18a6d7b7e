/** Calls without results and results without calls, where a request goes on from what is stored or remembered here. */
import { expect, test } from "bun:test";
import { ask } from "../support/ask.ts";
import { call, ChatUpstream, reply, say, type Script } from "../support/chat-upstream.ts";
import { describeWith } from "../support/needs.ts";
import type { Json } from "../support/response-rules.ts";
import { ResponsesSocket } from "../support/responses-socket.ts";
import { Shim } from "../support/shim.ts";

const describe = describeWith("shim");

const TOOLS = [
  { type: "function", name: "look", parameters: { type: "object", properties: {} } },
  { type: "custom", name: "note" },
];
const CALLS = reply(call("look", {}, "call_a"), call("note", { input: "n" }, "call_b"));
const GOOD = reply(say("Good."));

const result = (call_id: string, type = "function_call_output"): Json => ({ type, call_id, output: "fine" });
const BOTH = [result("call_a"), result("call_b", "custom_tool_call_output")];
const user = (content: string): Json => ({ role: "user", content });

const noOutput = (call_id: string, kind = "function call"): string => `No tool output found for ${kind} ${call_id}.`;
const noCall = (call_id: string, kind = "function call output"): string =>
  `No tool call found for ${kind} with call_id ${call_id}.`;

/** What follows after both calls, and what is refused of it. */
const REFUSED: [string, Json[], string][] = [
  ["no result", [user("Never mind.")], noOutput("call_a")],
  ["one of two results", [result("call_a")], noOutput("call_b", "custom tool call")],
  ["a result for another call", [...BOTH, result("call_x")], noCall("call_x")],
  [
    "a freeform result for another call",
    [...BOTH, result("call_x", "custom_tool_call_output")],
    noCall("call_x", "custom tool call output"),
  ],
];

/** How a thread goes on, in each of the ways that there are: from the answer to `begin` to that of `next`. */
interface Thread extends AsyncDisposable {
  /** Anew, from nothing; a conversation goes on. */
  begin(body: Json): Promise<Json>;
  next(body: Json): Promise<{ error?: Json; response: Json }>;
}

async function stored(shim: Shim, by: "previous_response_id" | "conversation"): Promise<Thread> {
  const made = await fetch(`${shim.url}/conversations`, { method: "POST" });
  const { id: conversation } = (await made.json()) as { id: string };
  let last = "";
  const where = (): Json =>
    by === "conversation" ? { conversation } : { ...(last !== "" && { previous_response_id: last }) };
  const one = async (body: Json): Promise<{ error?: Json; response: Json }> => {
    const { status, response } = await ask(shim.url, { ...body, tools: TOOLS, ...where() });
    if (status === 200) last = String(response["id"]);
    return status === 200 ? { response } : { error: { status, ...(response["error"] as Json) }, response };
  };
  return {
    async begin(body) {
      last = "";
      return (await one(body)).response;
    },
    next: one,
    async [Symbol.asyncDispose]() {},
  };
}

/** On one connection, which remembers; `store` decides whether it must. */
async function connected(shim: Shim, store: boolean): Promise<Thread> {
  const socket = await ResponsesSocket.open(shim.url);
  let last: Json = {};
  const one = async (body: Json): Promise<{ error?: Json; response: Json }> => {
    const turn = await socket.ask({ ...body, tools: TOOLS, store, ...last });
    if (turn.last["type"] === "error")
      return { error: { status: turn.last["status"], ...(turn.last["error"] as Json) }, response: {} };
    last = { previous_response_id: turn.response["id"] };
    return { response: turn.response };
  };
  return {
    async begin(body) {
      last = {};
      return (await one(body)).response;
    },
    next: one,
    [Symbol.asyncDispose]: () => socket[Symbol.asyncDispose](),
  };
}

const WAYS: [string, (shim: Shim) => Promise<Thread>][] = [
  ["previous_response_id", (shim) => stored(shim, "previous_response_id")],
  ["a conversation", (shim) => stored(shim, "conversation")],
  ["a connection that remembers", (shim) => connected(shim, false)],
  ["a connection over stored responses", (shim) => connected(shim, true)],
];

async function withThread(
  open: (shim: Shim) => Promise<Thread>,
  script: Script,
  then: (thread: Thread, upstream: ChatUpstream) => Promise<void>,
): Promise<void> {
  await using upstream = new ChatUpstream(script);
  await using shim = await Shim.start({ args: ["--upstream", upstream.url] });
  await using thread = await open(shim);
  await then(thread, upstream);
  upstream.check();
}

describe.each(WAYS)("by %s", (_, open) => {
  test.each(REFUSED)("after calls, %s is refused as OpenAI does", (_name, input, message) =>
    withThread(open, [CALLS], async (thread) => {
      await thread.begin({ input: "Look." });
      const { error } = await thread.next({ input });
      expect(error).toMatchObject({ status: 400, type: "invalid_request_error", message, param: "input", code: null });
    }),
  );

  test("what is wrong with the request's own items is told by their places in it", () =>
    withThread(open, [GOOD, GOOD, GOOD], async (thread) => {
      const wrong: [unknown, string][] = [
        [[user("And?"), { role: "king", content: "Hi." }], "input[1].role"],
        [[null], "input[0]"],
        [5, "input"],
      ];
      for (const [input, param] of wrong) {
        // A connection forgets what could not be gone on from.
        await thread.begin({ input: "Look." });
        const { error } = await thread.next({ input });
        expect(error).toMatchObject({ status: 400, param, message: expect.stringContaining(`\`${param}`) });
      }
    }));

  test("both results are taken, and a call that the request brings along with its result", () =>
    withThread(open, [CALLS, GOOD, GOOD], async (thread, upstream) => {
      await thread.begin({ input: "Look." });
      expect((await thread.next({ input: BOTH })).response["status"]).toBe("completed");
      const brought = { type: "function_call", call_id: "call_c", name: "look", arguments: "{}" };
      const next = await thread.next({ input: [brought, result("call_c"), user("And?")] });
      expect(next.response["status"]).toBe("completed");
      // What the model said stands in one message with the call after it.
      const roles = upstream.request(2).body.messages.map(({ role }) => role);
      expect(roles).toEqual(["user", "assistant", "tool", "tool", "assistant", "tool", "user"]);
    }));
});

describe("what is not refused", () => {
  test("a text after a connection was warmed up with nothing but instructions", () =>
    withThread(WAYS[2]?.[1] as (shim: Shim) => Promise<Thread>, [GOOD], async (thread) => {
      await thread.begin({ instructions: "Be brief.", generate: false });
      const next = await thread.next({ instructions: "Be brief.", input: "Look." });
      expect(next.response["status"]).toBe("completed");
    }));

  test("a history that the client sends itself, whose old gap is long past", () =>
    withThread(WAYS[0]?.[1] as (shim: Shim) => Promise<Thread>, [GOOD, GOOD], async (thread) => {
      const lost = { type: "function_call", call_id: "call_l", name: "look", arguments: "{}" };
      await thread.begin({ input: [user("Look."), lost, user("Never mind.")] });
      expect((await thread.next({ input: "And?" })).response["status"]).toBe("completed");
    }));

  test("a summary of a thread whose calls are still open", async () => {
    await using upstream = new ChatUpstream([CALLS, GOOD]);
    await using shim = await Shim.start({ args: ["--upstream", upstream.url] });
    const { response } = await ask(shim.url, { input: "Look.", tools: TOOLS });
    const body = JSON.stringify({ model: "scripted", previous_response_id: response["id"] });
    const compacted = await fetch(`${shim.url}/responses/compact`, { method: "POST", body });
    expect(compacted.status).toBe(200);
    upstream.check();
  });
});
