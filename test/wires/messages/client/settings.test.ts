/** Settings, as the client gave them and no others. */
import { describe, expect, test } from "bun:test";
import { DEFAULT_DIALECT } from "../../../../src/core/dialect.ts";
import { chatUpstream } from "../../../../src/wires/chat/upstream/upstream.ts";
import { liftCount } from "../../../../src/wires/messages/client/count.ts";
import { threadOf } from "../../../../src/wires/messages/client/thread.ts";
import { liftRequest } from "../../../../src/wires/messages/client/lift.ts";
import { messagesUpstream } from "../../../../src/wires/messages/upstream/upstream.ts";
import { testSurroundings } from "../../../support/around.ts";
import { HI, lift, listed, refusal } from "./lifting.ts";

const settings = (body: object) => lift({ max_tokens: undefined, ...body }).settings;

describe("settings", () => {
  test("nothing is filled in", () => expect(settings({})).toEqual({}));

  test("limits and sampling", () => {
    expect(settings({ max_tokens: 5, temperature: 0, top_p: 0.9, stop_sequences: ["END"] })).toEqual({
      max_output_tokens: 5,
      temperature: 0,
      top_p: 0.9,
      stop: ["END"],
    });
    expect(settings({ stop_sequences: [] })).toEqual({});
    expect(refusal({ max_tokens: 0 }).param).toBe("max_tokens");
  });

  test("where an answer stops goes to the upstream", () => {
    const turn = lift({ stop_sequences: ["END", "\n\n"] });
    const sent = [chatUpstream, messagesUpstream].map(
      (wire) => JSON.parse(wire.lower(turn, DEFAULT_DIALECT, testSurroundings()).body) as object,
    );
    expect(sent).toMatchObject([{ stop: ["END", "\n\n"] }, { stop_sequences: ["END", "\n\n"] }]);
  });

  const EFFORTS: [string, object, string | undefined][] = [
    ["nothing said", {}, undefined],
    ["adaptive", { thinking: { type: "adaptive" } }, undefined],
    ["adaptive with an effort", { thinking: { type: "adaptive" }, output_config: { effort: "xhigh" } }, "xhigh"],
    ["an effort alone", { output_config: { effort: "low" } }, "low"],
    ["disabled", { thinking: { type: "disabled" }, output_config: { effort: "high" } }, "none"],
    ["between tools", { thinking: { type: "between_tools" } }, "none"],
    ["a small budget", { thinking: { type: "enabled", budget_tokens: 1024 } }, "low"],
    ["a middling one", { thinking: { type: "enabled", budget_tokens: 8000 } }, "medium"],
    ["Claude Code's", { thinking: { type: "enabled", budget_tokens: 31_999 } }, "high"],
    ["a great one", { thinking: { type: "enabled", budget_tokens: 127_999 } }, "max"],
    ["a tiny one", { thinking: { type: "enabled", budget_tokens: 100 } }, "minimal"],
    [
      "a budget and an effort",
      { thinking: { type: "enabled", budget_tokens: 1024 }, output_config: { effort: "max" } },
      "max",
    ],
    [
      "the last message's own",
      {
        output_config: { effort: "low" },
        messages: [...HI, { role: "system", content: [], output_config: { effort: "high" } }],
      },
      "high",
    ],
  ];
  test.each(EFFORTS)("effort: %s", (_, body, effort) => expect(settings(body).effort).toBe(effort as string));

  test("thoughts are for those who asked for them", () => {
    const thoughts = (thinking?: object) => liftRequest({ model: "m", messages: HI, thinking }).thoughts;
    expect(thoughts()).toBe("none");
    expect(thoughts({ type: "disabled" })).toBe("none");
    expect(thoughts({ type: "enabled", budget_tokens: 2000 })).toBe("shown");
    expect(thoughts({ type: "adaptive", display: "updates" })).toBe("shown");
    expect(thoughts({ type: "adaptive", display: "omitted" })).toBe("sealed");
  });

  test("the form of the answer, by both its names", () => {
    const format = { type: "json_schema", schema: { type: "object" } };
    const expected = { type: "json_schema", name: "response", schema: { type: "object" } } as const;
    expect(settings({ output_config: { format } }).format).toEqual(expected);
    expect(settings({ output_format: format }).format).toEqual(expected);
    expect(refusal({ output_config: { format: { type: "xml" } } }).param).toBe("output_config.format.type");
    expect(refusal({ output_format: { type: "json_schema" } }).param).toBe("output_format.schema");
  });
});

describe("fields that are not carried over", () => {
  test("are listed when they ask for something", () => {
    const edits = [{ type: "clear_tool_uses_20250919" }, { type: "clear_thinking_20251015", keep: "all" }];
    expect(
      listed({
        top_k: 5,
        service_tier: "priority",
        mcp_servers: [{}],
        context_management: { edits },
        safeguards: [{}],
        speed: "fast",
        container: "c",
        hologram: true,
      }),
    ).toEqual([
      "top_k: 5",
      "service_tier: priority",
      "mcp_servers: mcp_servers",
      "context_management: clear_tool_uses_20250919",
      "safeguards: safeguards",
      "speed: speed",
      "container: container",
      "hologram: hologram",
    ]);
  });

  test("are not when they ask nothing", () => {
    const harmless = {
      metadata: { user_id: "u" },
      cache_control: { type: "ephemeral" },
      betas: ["x"],
      anthropic_version: "2023-06-01",
      context_management: { edits: [{ type: "clear_thinking_20251015", keep: "all" }] },
      service_tier: "auto",
      mcp_servers: [],
      speed: "standard",
      container: null,
    };
    expect(listed(harmless)).toEqual([]);
  });
});

describe("the conversation's name", () => {
  const user_id = JSON.stringify({ device_id: "d", account_uuid: "", session_id: "0f0f0f0f-1111" });
  const main = { metadata: { user_id }, system: [{ type: "text", text: "You are." }] };

  test("is Claude Code's session, and another for each subagent", () => {
    const thread = threadOf(main);
    expect(thread).toMatch(/^0f0f0f0f-1111-[0-9a-f]{8}$/);
    const billing = { type: "text", text: "x-anthropic-billing-header: cc_is_subagent=true" };
    expect(threadOf({ ...main, system: [billing, ...main.system] })).toBe(thread as string);
    expect(threadOf({ ...main, system: "You search." })).not.toBe(thread as string);
  });

  test("also as older ones told it; a user's name is none", () => {
    expect(threadOf({ metadata: { user_id: "user_ab_account__session_0f0f0f0f-1111" } })).toStartWith("0f0f0f0f-1111-");
    expect(threadOf({ metadata: { user_id: "u-1" } })).toBeUndefined();
    expect(threadOf(null)).toBeUndefined();
    expect(threadOf({ metadata: null })).toBeUndefined();
  });
});

test("what is to be counted: text and tools, not the bytes of pictures", () => {
  const image = { type: "image", source: { type: "base64", media_type: "image/png", data: "A".repeat(5000) } };
  const body = (content: unknown) => ({ model: "m", messages: [{ role: "user", content }], tools: [] });
  const foo = liftCount(body("foo"));
  expect(foo.characters).toBeLessThan(100);
  expect(liftCount(body("foo".repeat(1000))).characters).toBe(foo.characters + 2997);
  expect(liftCount(body([image, { type: "text", text: "foo" }])).characters).toBeLessThan(200);
});
