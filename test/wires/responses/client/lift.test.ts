import { describe, expect, test } from "bun:test";
import type { Responses } from "openai/resources/responses/responses";
import { ShimError } from "../../../../src/core/errors.ts";
import type { Item, Turn } from "../../../../src/core/turn.ts";
import { sealReasoning } from "../../../../src/core/reasoning-tag.ts";
import { liftRequest } from "../../../../src/wires/responses/client/lift.ts";

function lift(body: object): Turn {
  return liftRequest({ model: "m", ...body }).turn;
}

function refusal(body: object): { kind: string; param: string | undefined; message: string } {
  try {
    liftRequest(body);
  } catch (error) {
    if (error instanceof ShimError) return { kind: error.kind, param: error.param, message: error.message };
    throw error;
  }
  throw new Error("was not refused");
}

const text = (value: string) => ({ type: "text", text: value }) as const;

describe("input items", () => {
  const CASES: { name: string; input: unknown; items: Item[] }[] = [
    {
      name: "a string",
      input: "hi",
      items: [{ type: "message", role: "user", parts: [text("hi")] }],
    },
    {
      name: "a message without type",
      input: [{ role: "user", content: "hi" }],
      items: [{ type: "message", role: "user", parts: [text("hi")] }],
    },
    {
      name: "developer is system; parts keep their order",
      input: [
        {
          type: "message",
          role: "developer",
          content: [
            { type: "input_text", text: "a" },
            { type: "input_image", image_url: "data:image/png;base64,AA==", detail: "high" },
            { type: "input_text", text: "b" },
          ],
        },
      ],
      items: [
        {
          type: "message",
          role: "system",
          parts: [text("a"), { type: "image", url: "data:image/png;base64,AA==", detail: "high" }, text("b")],
        },
      ],
    },
    {
      name: "an empty message says nothing",
      input: [
        { role: "user", content: "hi" },
        { role: "assistant", content: [] },
      ],
      items: [{ type: "message", role: "user", parts: [text("hi")] }],
    },
    {
      name: "function call in a namespace, and its result",
      input: [
        {
          type: "function_call",
          call_id: "c",
          name: "echo",
          namespace: "mcp__tiny",
          arguments: '{"a": 1}',
        },
        { type: "function_call_output", call_id: "c", output: [{ type: "input_text", text: "x" }] },
      ],
      items: [
        { type: "tool_call", call_id: "c", name: "mcp__tiny__echo", arguments: '{"a": 1}' },
        { type: "tool_result", call_id: "c", parts: [text("x")] },
      ],
    },
    {
      name: "freeform call and its result",
      input: [
        { type: "custom_tool_call", call_id: "c", name: "apply_patch", input: 'say "x"\n' },
        { type: "custom_tool_call_output", call_id: "c", output: "done" },
      ],
      items: [
        {
          type: "tool_call",
          call_id: "c",
          name: "apply_patch",
          arguments: '{"input":"say \\"x\\"\\n"}',
        },
        { type: "tool_result", call_id: "c", parts: [text("done")] },
      ],
    },
    {
      name: "an output that belongs to no call",
      input: [{ type: "function_call_output", name: "sandbox_report", output: "x" }],
      items: [{ type: "tool_result", call_id: "", name: "sandbox_report", parts: [text("x")] }],
    },
    {
      name: "our own reasoning comes back, another's does not",
      input: [
        {
          type: "reasoning",
          id: "rs_1",
          summary: [{ type: "summary_text", text: "shown" }],
          encrypted_content: sealReasoning("thought", { field: "reasoning" }),
        },
        { type: "reasoning", id: "rs_2", summary: [], content: null, encrypted_content: "gAAAA" },
        { role: "user", content: "hi" },
      ],
      items: [
        { type: "reasoning", text: "thought", origin: { field: "reasoning" } },
        { type: "message", role: "user", parts: [text("hi")] },
      ],
    },
    {
      name: "a message from another agent",
      input: [{ type: "agent_message", author: "/root", content: [{ type: "input_text", text: "go" }] }],
      items: [
        {
          type: "message",
          role: "user",
          parts: [text('<agent_message author="/root">\ngo\n</agent_message>')],
        },
      ],
    },
  ];
  for (const { name, input, items } of CASES) test(name, () => expect(lift({ input }).items).toEqual(items));

  test("instructions stand first", () => {
    expect(lift({ instructions: "be brief", input: "hi" }).items[0]).toEqual({
      type: "message",
      role: "system",
      parts: [text("be brief")],
    });
  });
});

describe("tools", () => {
  test("all kinds become flat functions; hosted ones are listed", () => {
    const turn = lift({
      input: "hi",
      tools: [
        {
          type: "function",
          name: "exec_command",
          description: "run",
          parameters: { type: "object" },
          strict: false,
        },
        {
          type: "custom",
          name: "apply_patch",
          description: "edit",
          format: { type: "grammar", syntax: "lark", definition: "start: x" },
        },
        {
          type: "namespace",
          name: "mcp__tiny",
          description: "",
          tools: [{ type: "function", name: "echo" }],
        },
        { type: "web_search", external_web_access: true },
      ],
    });
    expect(turn.tools.map((tool) => tool.name)).toEqual(["exec_command", "apply_patch", "mcp__tiny__echo"]);
    expect(turn.tools[0]).toEqual({
      name: "exec_command",
      description: "run",
      parameters: { type: "object" },
    });
    expect(turn.tools[1]?.description).toContain("start: x");
    expect(turn.tools[1]?.parameters).toMatchObject({
      required: ["input"],
      properties: { input: { type: "string" } },
    });
    expect(turn.ignored).toEqual([{ field: "tools[3]", what: "web_search", why: expect.any(String) as string }]);
  });

  test("two tools never share a flat name, and the second keeps its own kind", () => {
    const { turn, table } = liftRequest({
      model: "m",
      input: "hi",
      tools: [
        { type: "function", name: "a__b" },
        { type: "namespace", name: "a", tools: [{ type: "custom", name: "b" }] },
      ],
    });
    const [first, second] = turn.tools.map((tool) => tool.name);
    expect(first).toBe("a__b");
    expect(second).toMatch(/^a__b_[0-9a-f]{8}$/);
    expect(table.resolve(second ?? "")).toMatchObject({
      kind: "custom",
      name: "b",
      namespace: "a",
    });
    expect(table.flatName("a", "b")).toBe(second ?? "");
  });

  test("a bare name may be one of `functions`, a name in another namespace never is", () => {
    const { table } = liftRequest({
      model: "m",
      input: "hi",
      tools: [{ type: "namespace", name: "functions", tools: [{ type: "custom", name: "exec" }] }],
    });
    expect(table.flatName(undefined, "exec")).toBe("exec");
    expect(table.flatName("functions", "exec")).toBe("exec");
    expect(table.flatName("mcp__x", "exec")).toBe("mcp__x__exec");
  });

  test("what a namespace says of itself reaches the model with its first tool", () => {
    const { tools } = lift({
      input: "hi",
      tools: [
        {
          type: "namespace",
          name: "mcp__tiny",
          description: "say please",
          tools: [
            { type: "function", name: "a", description: "does a" },
            { type: "function", name: "b" },
          ],
        },
      ],
    });
    expect(tools.map(({ description }) => description)).toEqual([
      "does a\n\n(About `mcp__tiny`, which it belongs to: say please)",
      undefined,
    ]);
  });

  test("a second tool of the same name is listed when it is of another kind or form", () => {
    const tool = { type: "function", name: "a" };
    expect(lift({ input: "hi", tools: [tool, tool] }).ignored).toEqual([]);
    const turn = lift({ input: "hi", tools: [tool, { type: "custom", name: "a" }] });
    expect(turn.tools).toHaveLength(1);
    expect(turn.ignored.map(({ field }) => field)).toEqual(["tools[1]"]);
    const other = { ...tool, parameters: { type: "object", required: ["b"] } };
    expect(lift({ input: "hi", tools: [tool, other, tool] }).ignored.map(({ field }) => field)).toEqual(["tools[1]"]);
  });

  test("additional_tools add up with `tools`, and an empty `tools` switches all off", () => {
    const input = [
      {
        type: "additional_tools",
        role: "developer",
        tools: [{ type: "namespace", name: "functions", tools: [{ type: "custom", name: "exec" }] }],
      },
      { role: "user", content: "hi" },
      { type: "additional_tools", role: "developer", tools: [{ type: "function", name: "more" }] },
    ];
    expect(lift({ input }).tools.map((tool) => tool.name)).toEqual(["exec", "more"]);
    expect(lift({ input, tools: [{ type: "function", name: "only" }] }).tools.map((tool) => tool.name)).toEqual([
      "only",
      "exec",
      "more",
    ]);
    expect(lift({ input, tools: [] }).tools).toEqual([]);
  });

  test("what a search found becomes callable", () => {
    const turn = lift({
      tools: [
        {
          type: "tool_search",
          execution: "client",
          description: "find",
          parameters: { type: "object" },
        },
      ],
      input: [
        { role: "user", content: "hi" },
        { type: "tool_search_call", call_id: "c", execution: "client", arguments: { query: "x" } },
        {
          type: "tool_search_output",
          call_id: "c",
          tools: [{ type: "namespace", name: "mcp__tiny", tools: [{ type: "function", name: "echo" }] }],
        },
      ],
    });
    expect(turn.tools.map((tool) => tool.name)).toEqual(["tool_search", "mcp__tiny__echo"]);
    expect(turn.items.slice(1)).toEqual([
      { type: "tool_call", call_id: "c", name: "tool_search", arguments: '{"query":"x"}' },
      {
        type: "tool_result",
        call_id: "c",
        parts: [text('{"tools_now_callable":["mcp__tiny__echo"]}')],
      },
    ]);
  });

  const tools = [
    { type: "function", name: "a" },
    { type: "namespace", name: "n", tools: [{ type: "function", name: "b" }] },
  ];
  const CHOICES: [string, unknown, unknown, string[]][] = [
    ["a string", "required", "required", ["a", "n__b"]],
    ["a function", { type: "function", name: "a" }, { name: "a" }, ["a", "n__b"]],
    ["a function in a namespace", { type: "function", name: "b", namespace: "n" }, { name: "n__b" }, ["a", "n__b"]],
    [
      "allowed tools",
      { type: "allowed_tools", mode: "required", tools: [{ type: "function", name: "a" }] },
      "required",
      ["a"],
    ],
  ];
  for (const [name, tool_choice, expected, left] of CHOICES) {
    test(`tool_choice: ${name}`, () => {
      const turn = lift({ input: "hi", tools, tool_choice });
      expect(turn.settings.tool_choice).toEqual(expected as never);
      expect(turn.tools.map((tool) => tool.name)).toEqual(left);
    });
  }

  test("without tools, what speaks of tools is left out", () => {
    const turn = lift({ input: "hi", tools: [], tool_choice: "auto", parallel_tool_calls: false });
    expect(turn.settings).toEqual({});
    expect(turn.ignored).toEqual([]);
  });

  test("a call that is asked for and cannot be made is listed", () => {
    const turn = lift({ input: "hi", tools: [{ type: "web_search" }], tool_choice: "required" });
    expect(turn.settings).toEqual({});
    expect(turn.ignored.map(({ field }) => field)).toEqual(["tools[0]", "tool_choice"]);
  });
});

describe("settings", () => {
  test("only what the client gave", () => {
    expect(lift({ input: "hi" }).settings).toEqual({});
    const body: Omit<Responses.ResponseCreateParams, "model"> = {
      input: "hi",
      max_output_tokens: 20,
      temperature: 0,
      top_p: 0.5,
      reasoning: { effort: "high" },
      text: {
        format: { type: "json_schema", name: "n", schema: { type: "object" }, strict: true },
      },
    };
    expect(lift(body).settings).toEqual({
      max_output_tokens: 20,
      temperature: 0,
      top_p: 0.5,
      effort: "high",
      format: { type: "json_schema", name: "n", schema: { type: "object" }, strict: true },
    });
  });

  test("what cannot be carried is listed", () => {
    const turn = lift({
      input: "hi",
      text: { verbosity: "low" },
      truncation: "auto",
      service_tier: "flex",
      top_logprobs: 3,
      max_tool_calls: 2,
      store: true,
      // Chat's, and what nobody knows.
      seed: 1,
      stop: null,
      future: { a: 1 },
      // These ask nothing of the answer.
      user: "u",
      client_metadata: { a: "b" },
      prompt_cache_retention: "24h",
    });
    expect(turn.ignored.map((entry) => entry.field)).toEqual(["max_tool_calls", "store", "seed", "future"]);
  });
});

describe("refusals name the field", () => {
  const CASES: [string, object, string, string][] = [
    ["no model", { input: "hi" }, "invalid_request", "model"],
    ["no input", { model: "m" }, "invalid_request", "input"],
    [
      "input without anything to answer",
      {
        model: "m",
        input: [
          { type: "reasoning", summary: [] },
          { role: "user", content: "" },
        ],
      },
      "invalid_request",
      "input",
    ],
    ["input of a wrong type", { model: "m", input: 3 }, "invalid_request", "input"],
    ["item of a wrong type", { model: "m", input: ["x"] }, "invalid_request", "input[0]"],
    ["item without type", { model: "m", input: [{ a: 1 }] }, "invalid_request", "input[0].type"],
    ["unknown role", { model: "m", input: [{ role: "wizard", content: "x" }] }, "invalid_request", "input[0].role"],
    [
      "part of a wrong type",
      { model: "m", input: [{ role: "user", content: [{ type: 3 }] }] },
      "invalid_request",
      "input[0].content[0].type",
    ],
    [
      "call without name",
      { model: "m", input: [{ type: "function_call", call_id: "c", arguments: "{}" }] },
      "invalid_request",
      "input[0].name",
    ],
    ["temperature out of range", { model: "m", input: "x", temperature: 9 }, "invalid_request", "temperature"],
    [
      "tool without name",
      { model: "m", input: "x", tools: [{ type: "function" }] },
      "invalid_request",
      "tools[0].name",
    ],
    [
      "stored response",
      { model: "m", input: "x", previous_response_id: "resp_1" },
      "unsupported",
      "previous_response_id",
    ],
    ["background", { model: "m", input: "x", background: true }, "unsupported", "background"],
    ["stored item", { model: "m", input: [{ type: "item_reference", id: "msg_1" }] }, "unsupported", "input[0]"],
    [
      "stored file",
      { model: "m", input: [{ role: "user", content: [{ type: "input_file", file_id: "f" }] }] },
      "unsupported",
      "input[0].content[0].file_id",
    ],
    [
      "choice of an undeclared tool",
      { model: "m", input: "x", tools: [], tool_choice: { type: "function", name: "z" } },
      "invalid_request",
      "tool_choice",
    ],
    [
      "choice of a hosted tool",
      { model: "m", input: "x", tool_choice: { type: "web_search" } },
      "unsupported",
      "tool_choice",
    ],
    [
      "schema format without schema",
      { model: "m", input: "x", text: { format: { type: "json_schema", name: "n" } } },
      "invalid_request",
      "text.format.schema",
    ],
  ];
  for (const [name, body, kind, param] of CASES) {
    test(name, () => {
      const refused = refusal(body);
      expect([refused.kind, refused.param ?? ""]).toEqual([kind, param]);
      expect(refused.message).toContain(param);
    });
  }

  test("a body that is no object", () => expect(refusal([]).kind).toBe("invalid_request"));
});
