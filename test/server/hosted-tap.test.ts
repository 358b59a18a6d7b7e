/** What hangs on a call that is run here comes back with it, in the loop and on every later turn. */
import { describe, expect, test } from "bun:test";
import { DEFAULT_DIALECT } from "../../src/core/dialect.ts";
import { Tap } from "../../src/server/hosted/tap.ts";
import { chatUpstream } from "../../src/wires/chat/upstream/upstream.ts";
import type { HostedOutcome } from "../../src/wires/hosted.ts";
import { messagesClient } from "../../src/wires/messages/client/client.ts";
import { responsesClient } from "../../src/wires/responses/client/client.ts";
import type { ClientWire } from "../../src/wires/wire.ts";
import { CODEX, testSurroundings } from "../support/around.ts";
import type { Json } from "../support/response-rules.ts";

const SIGNATURE = { google: { thought_signature: "s1" } };
const TINY = { type: "mcp", server_label: "tiny", require_approval: "never" };
const MCP = { label: "tiny", url: "http://127.0.0.1:1/", client_authorization: false };
const ECHO = { name: "echo", description: null, input_schema: { type: "object" }, annotations: null };
const FOUND: HostedOutcome = { kind: "searched", results: [{ url: "https://a.example/", title: "A", text: "a" }] };

type Setting = { wire: ClientWire; body: Json; call: string; outcome: HostedOutcome; back: (answer: Json) => Json };

const responses = (tools: Json[], more: Json = {}) => ({
  wire: responsesClient,
  body: { model: "m", input: [{ role: "user", content: "hi" }], tools, ...more },
  back: ({ output }: Json) => ({ input: [{ role: "user", content: "hi" }, ...(output as Json[])] }),
});
const SEALED = { include: ["reasoning.encrypted_content"] };
const search = { call: "web_search", outcome: FOUND };
const mcp = { call: "tiny__echo", outcome: { kind: "called", output: "e" } as const };

const CASES: Record<string, Setting> = {
  "a search, sealed": { ...responses([{ type: "web_search" }], SEALED), ...search },
  "a search": { ...responses([{ type: "web_search" }]), ...search },
  "an MCP call": { ...responses([TINY]), ...mcp },
  "a search of the Messages API": {
    wire: messagesClient,
    body: {
      model: "m",
      max_tokens: 100,
      messages: [{ role: "user", content: "hi" }],
      tools: [{ type: "web_search_20250305", name: "web_search" }],
    },
    back: ({ content }: Json) => ({
      messages: [
        { role: "user", content: "hi" },
        { role: "assistant", content },
      ],
    }),
    ...search,
  },
};

describe("what hangs on a call", () => {
  test.each(Object.entries(CASES))("%s", (_, { wire, body, call, outcome, back }) => {
    const around = {
      ...testSurroundings(),
      answering: { model: "m", effort: undefined },
      hosted: { search: true, mcp: [MCP] },
    };
    const { turn, encoder, hosted } = wire.lift(body, CODEX, around);
    if (!hosted) throw new Error("no hosted tool was seen");
    hosted.declare(hosted.mcp.map(() => ({ tools: [ECHO] })));
    const tap = new Tap(encoder, hosted, () => "m");
    tap.write({ type: "start" });
    tap.write({ type: "item_start", item: { kind: "tool_call", call_id: "up_1", name: call } });
    tap.write({ type: "item_delta", delta: '{"query":"q"}' });
    tap.write({ type: "item_end", complete: true });
    tap.write({ type: "item_start", item: { kind: "reasoning", field: "extra_content" } });
    tap.write({ type: "item_end", complete: true, details: [{ call_id: "up_1", extra_content: SIGNATURE }] });
    tap.write({ type: "end", reason: "tool_calls", usage: null });
    const [made] = tap.calls;
    if (!made) throw new Error("the call was not seen");
    hosted.teller.begin(made);
    const items = hosted.teller.end(made, outcome);
    tap.finish({ type: "end", reason: "stop", usage: null });
    const looped = chatUpstream.lower({ ...turn, items: [...turn.items, ...items] }, DEFAULT_DIALECT, around);
    const calls = (JSON.parse(looped.body) as { messages: { tool_calls?: Json[] }[] }).messages[1]?.tool_calls;
    expect(calls?.[0]?.["extra_content"]).toEqual(SIGNATURE);
    const next = wire.lift({ ...body, ...back(encoder.body() as Json) }, CODEX, around);
    next.hosted?.declare(next.hosted.mcp.map(() => ({ tools: [ECHO] })));
    expect(chatUpstream.lower(next.turn, DEFAULT_DIALECT, around).body).toBe(looped.body);
  });

  test("on a call of the client's goes to the client", () => {
    const around = {
      ...testSurroundings(),
      answering: { model: "m", effort: undefined },
      hosted: { search: true, mcp: [] },
    };
    const body = { ...responses([{ type: "web_search" }, { type: "function", name: "f" }], SEALED).body };
    const { encoder, hosted } = responsesClient.lift(body, CODEX, around);
    if (!hosted) throw new Error("no hosted tool was seen");
    const tap = new Tap(encoder, hosted, () => "m");
    tap.write({ type: "item_start", item: { kind: "tool_call", call_id: "up_1", name: "f" } });
    tap.write({ type: "item_end", complete: true });
    tap.write({ type: "item_start", item: { kind: "reasoning", field: "extra_content" } });
    tap.write({ type: "item_end", complete: true, details: [{ call_id: "up_1", extra_content: SIGNATURE }] });
    tap.write({ type: "end", reason: "tool_calls", usage: null });
    const { output } = encoder.body() as { output: Json[] };
    expect(output.map(({ type }) => type)).toEqual(["function_call", "reasoning"]);
  });
});
