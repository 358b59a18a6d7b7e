/** Everything of a turn but its history becomes fields of a Messages request. */
import { describe, expect, test } from "bun:test";
import type { Dialect } from "../../../../src/core/dialect.ts";
import type { Settings, Tool } from "../../../../src/core/turn.ts";
import { DEFAULT_MAX_TOKENS } from "../../../../src/wires/messages/upstream/lower-settings.ts";
import { call, result, system, think, user } from "../../chat/upstream/items.ts";
import { ignored, lower, lowered } from "./items.ts";

const F: Tool = { name: "f" };
const ADAPTIVE: Partial<Dialect> = {
  effort_on: { thinking: { type: "adaptive", display: "summarized" }, output_config: { effort: "$effort" } },
  effort_off: { thinking: { type: "disabled" } },
};
const BUDGET: Partial<Dialect> = {
  effort_on: { thinking: { type: "enabled", budget_tokens: "$budget" } },
  effort_off: { thinking: { type: "disabled" } },
};
const BASE = { max_tokens: DEFAULT_MAX_TOKENS, cache_control: { type: "ephemeral" }, stream: true };

/** The fields but the prompt's. */
function fields(settings: Settings, dialect: Partial<Dialect> = {}, tools: Tool[] = []): Record<string, unknown> {
  const { model: _, messages: __, tools: ___, system: ____, ...rest } = lower({ settings, tools }, dialect);
  return rest;
}

describe("the request", () => {
  test("is the model, a limit, and the prompt; the prompt stands first", () => {
    const { body, prompt_end, headers, effort } = lowered({ items: [system("s"), user("u")], tools: [F] });
    expect(Object.keys(JSON.parse(body) as object)).toEqual([
      "model",
      "tools",
      "system",
      "messages",
      "max_tokens",
      "cache_control",
      "stream",
    ]);
    expect(body.slice(prompt_end)).toBe(`],${JSON.stringify(BASE).slice(1)}`);
    expect(headers).toEqual({ "anthropic-version": "2023-06-01" });
    expect(effort).toBeNull();
  });

  test("names the thread where the upstream wants it", () => {
    expect(lowered({}, { session_header: "x-session" }, [], "t1").headers).toMatchObject({ "x-session": "t1" });
    expect(lowered({}, {}, [], "t1").headers).not.toHaveProperty("x-session");
  });

  test("has what the user adds and lacks what the user drops", () => {
    const dialect = {
      ...ADAPTIVE,
      drop: ["cache_control", "output_config.effort", "nothing"],
      extra_body: { max_tokens: 5, thinking: { display: "omitted" }, metadata: { user_id: "u" } },
    };
    expect(fields({ effort: "low" }, dialect)).toEqual({
      max_tokens: 5,
      thinking: { type: "adaptive", display: "omitted" },
      output_config: {},
      stream: true,
      metadata: { user_id: "u" },
    });
    expect(ignored({ settings: { effort: "low" } }, dialect)).toEqual([
      "cache_control cache_control: this upstream must not be sent it",
      "output_config.effort output_config.effort: this upstream must not be sent it",
    ]);
  });
});

describe("tools", () => {
  const schema = { type: "object", properties: { a: {} }, required: ["a"] };

  test("have the schema of an object, always", () => {
    const tools: Tool[] = [
      F,
      { name: "g", description: "d", parameters: schema, strict: true },
      { name: "h", parameters: { required: [] } },
    ];
    expect(lower({ items: [system("s"), user("u")], tools })["tools"]).toEqual([
      { name: "f", input_schema: { type: "object", properties: {} } },
      { name: "g", description: "d", input_schema: schema },
      { name: "h", input_schema: { type: "object", properties: {}, required: [] } },
    ]);
    expect(ignored({ tools })).toEqual(["tools strict: this upstream cannot promise it; arguments are checked here"]);
    expect(lower({ items: [system("s"), user("u")], tools }, { strict_tools: true })["tools"]).toMatchObject([
      {},
      { strict: true },
      {},
    ]);
  });

  const CANNOT = "this upstream cannot force a call";
  test.each<[Settings, Partial<Dialect>, unknown, string[]]>([
    [{}, {}, undefined, []],
    [{ tool_choice: "auto" }, {}, { type: "auto" }, []],
    [{ tool_choice: "none" }, {}, { type: "none" }, []],
    [{ tool_choice: "required" }, {}, { type: "any" }, []],
    [{ tool_choice: { name: "f" } }, {}, { type: "tool", name: "f" }, []],
    [{ parallel_tool_calls: true }, {}, undefined, []],
    [{ parallel_tool_calls: false }, {}, { type: "auto", disable_parallel_tool_use: true }, []],
    [
      { parallel_tool_calls: false, tool_choice: { name: "f" } },
      {},
      { type: "tool", name: "f", disable_parallel_tool_use: true },
      [],
    ],
    [{ parallel_tool_calls: false, tool_choice: "none" }, {}, { type: "none" }, []],
    [
      { parallel_tool_calls: false },
      { parallel_tool_calls: "never" },
      undefined,
      ["parallel_tool_calls false: this upstream has no such setting"],
    ],
    [
      { parallel_tool_calls: false },
      { tool_choice: "none" },
      undefined,
      ["parallel_tool_calls false: this upstream has no such setting"],
    ],
    [{ tool_choice: "auto" }, { tool_choice: "none" }, undefined, []],
    [{ tool_choice: "required" }, { tool_choice: "none" }, undefined, [`tool_choice required: ${CANNOT}`]],
    [
      { tool_choice: "required" },
      { tool_choice: "no_required" },
      { type: "auto" },
      [`tool_choice required: ${CANNOT}`],
    ],
    [{ tool_choice: { name: "f" } }, { tool_choice: "no_required" }, { type: "auto" }, [`tool_choice f: ${CANNOT}`]],
    [{ tool_choice: { name: "f" } }, { tool_choice: "strings" }, { type: "any" }, []],
  ])("%j of %j", (settings, dialect, choice, told) => {
    expect(fields(settings, dialect, [F])["tool_choice"]).toEqual(choice);
    expect(ignored({ settings, tools: [F] }, dialect)).toEqual(told);
  });

  test("a choice that cannot be told is brought about by what is offered", () => {
    const names = (settings: Settings, dialect: Partial<Dialect>): unknown =>
      (lower({ settings, tools: [F, { name: "g" }] }, dialect)["tools"] as Tool[] | undefined)?.map(({ name }) => name);
    expect(names({ tool_choice: "none" }, { tool_choice: "none" })).toBeUndefined();
    expect(names({ tool_choice: { name: "g" } }, { tool_choice: "no_required" })).toEqual(["g"]);
    expect(names({ tool_choice: { name: "g" } }, {})).toEqual(["f", "g"]);
  });

  test("without tools nothing is said about them", () => {
    expect(fields({ tool_choice: "auto", parallel_tool_calls: false })).toEqual(BASE);
  });
});

describe("sampling", () => {
  test.each<[Settings, object, string[]]>([
    [{ temperature: 0 }, { temperature: 0 }, []],
    [{ temperature: 1.5 }, { temperature: 1 }, ["temperature 1.5: this upstream takes 0 to 1; 1 is sent"]],
    [{ top_p: 0.9 }, { top_p: 0.9 }, []],
    [{ temperature: 0.2, top_p: 1 }, { temperature: 0.2 }, []],
    [
      { temperature: 0.2, top_p: 0.9 },
      { temperature: 0.2 },
      ["top_p 0.9: this upstream takes either it or a temperature"],
    ],
    [
      { presence_penalty: 0.5, frequency_penalty: 0 },
      {},
      ["presence_penalty 0.5: the Messages API has no such setting"],
    ],
    [{ max_output_tokens: 77 }, { max_tokens: 77 }, []],
  ])("%j", (settings, sent, told) => {
    expect(fields(settings)).toEqual({ ...BASE, ...sent });
    expect(ignored({ settings })).toEqual(told);
  });

  test.each<[Settings, object, string[]]>([
    [{ temperature: 1, top_p: 0.97 }, { top_p: 0.97 }, []],
    [
      { temperature: 0.5, top_p: 0.5 },
      {},
      ["temperature 0.5: a model that thinks has its own", "top_p 0.5: a model that thinks has its own"],
    ],
  ])("of a model that thinks: %j", (settings, sent, told) => {
    const { thinking: _, output_config: __, ...rest } = fields({ ...settings, effort: "low" }, ADAPTIVE);
    expect(rest).toEqual({ ...BASE, ...sent });
    expect(ignored({ settings: { ...settings, effort: "low" } }, ADAPTIVE)).toEqual(told);
  });
});

describe("effort", () => {
  const told = (settings: Settings, dialect: Partial<Dialect>, tools: Tool[] = []): [string | null, string[]] => {
    const { effort, ignored: list } = lowered({ settings, tools }, dialect);
    return [effort, list.map(({ field, why }) => `${field}: ${why}`)];
  };

  test("is asked for as the dialect says", () => {
    expect(fields({ effort: "high" }, ADAPTIVE)).toEqual({
      ...BASE,
      thinking: { type: "adaptive", display: "summarized" },
      output_config: { effort: "high" },
    });
    expect(told({ effort: "high" }, ADAPTIVE)).toEqual(["high", []]);
    expect(fields({ effort: "none" }, ADAPTIVE)).toEqual({ ...BASE, thinking: { type: "disabled" } });
    expect(told({ effort: "none", temperature: 0.5 }, ADAPTIVE)).toEqual(["none", []]);
    expect(fields({}, ADAPTIVE)).toEqual(BASE);
  });

  test("Chat's field is never sent, and said to be missing", () => {
    expect(fields({ effort: "high" })).toEqual(BASE);
    expect(told({ effort: "high" }, {})).toEqual([null, [expect.stringContaining("set `effort_on`")]] as never);
    expect(told({ effort: "none" }, {})).toEqual([null, []]);
    expect(told({ effort: "high" }, { efforts: {} })).toEqual([null, ["reasoning.effort: this model does not reason"]]);
  });

  test.each<[Settings, number | undefined, number, number]>([
    [{ effort: "minimal" }, 1024, DEFAULT_MAX_TOKENS, 0],
    [{ effort: "medium" }, 4096, DEFAULT_MAX_TOKENS, 0],
    [{ effort: "xhigh" }, 32_768, 40_960, 0],
    [{ effort: "high", max_output_tokens: 100_000 }, 16_384, 100_000, 0],
    [{ effort: "high", max_output_tokens: 20_000 }, 10_000, 20_000, 1],
    [{ effort: "high", max_output_tokens: 1500 }, 1024, 1500, 1],
    [{ effort: "high", max_output_tokens: 1024 }, undefined, 1024, 1],
  ])("%j leaves the answer room", (settings, budget, max_tokens, notes) => {
    const sent = fields(settings, BUDGET);
    const thinking = budget === undefined ? {} : { thinking: { type: "enabled", budget_tokens: budget } };
    expect(sent).toEqual({ ...BASE, max_tokens, ...thinking });
    expect(told(settings, BUDGET)).toHaveProperty("1.length", notes);
    expect(told(settings, BUDGET)[0]).toBe(budget === undefined ? null : (settings.effort ?? null));
  });

  test("gives way to a forced call", () => {
    const settings: Settings = { effort: "high", tool_choice: "required", temperature: 0.5 };
    expect(fields(settings, BUDGET, [F])).toEqual({ ...BASE, temperature: 0.5, tool_choice: { type: "any" } });
    const why = "reasoning.effort: a forced tool call and thinking exclude each other";
    expect(told(settings, BUDGET, [F])).toEqual([null, [why]]);
    expect(told(settings, ADAPTIVE, [F])).toEqual(["high", [why]]);
    // Where the call cannot be forced, nothing stands against it.
    expect(fields(settings, { ...BUDGET, tool_choice: "no_required" }, [F])).toHaveProperty("thinking");
  });

  test("cannot begin with a budget in the middle of a turn", () => {
    const signed = think("t", {
      field: "thinking_blocks",
      details: [{ type: "thinking", thinking: "t", signature: "s" }],
    });
    const thinks = (items: Parameters<typeof lower>[0]["items"] & object, dialect = BUDGET): boolean =>
      "thinking" in lower({ items, settings: { effort: "high" } }, dialect);
    expect(thinks([user("a"), call("1"), result("1")])).toBe(false);
    expect(thinks([user("a"), call("1"), result("1")], ADAPTIVE)).toBe(true);
    expect(thinks([user("a"), signed, call("1"), result("1"), call("2"), result("2")])).toBe(true);
    expect(thinks([user("a"), call("1"), result("1"), signed, call("2"), result("2")])).toBe(true);
    expect(thinks([user("z"), call("1"), result("1"), call("2"), result("2")])).toBe(false);
    expect(ignored({ items: [user("a"), call("1"), result("1")], settings: { effort: "high" } }, BUDGET)).toEqual([
      "reasoning.effort high: thinking cannot begin in the middle of a turn that began without it",
    ]);
  });
});

describe("the form of the answer", () => {
  const STRICT = {
    type: "object",
    properties: { a: { type: "string" } },
    required: ["a"],
    additionalProperties: false,
  };
  const format = (schema: Record<string, unknown>): Settings => ({
    format: { type: "json_schema", name: "n", schema },
  });
  const instructions = (settings: Settings, dialect: Partial<Dialect> = {}, tools: Tool[] = []): string[] => {
    const blocks = lower({ items: [system("s"), user("u")], settings, tools }, dialect)["system"];
    return (blocks as { text: string }[]).map(({ text }) => text);
  };

  test("is a schema where the upstream takes it, beside the effort", () => {
    expect(fields({ ...format(STRICT), effort: "low" }, ADAPTIVE)["output_config"]).toEqual({
      effort: "low",
      format: { type: "json_schema", schema: STRICT },
    });
    expect(instructions(format(STRICT))).toEqual(["s"]);
    expect(fields({ format: { type: "text" } })).toEqual(BASE);
  });

  test("is told in words where it does not", () => {
    for (const dialect of [{ json_schema: "words" }, { json_schema: "json_object" }] as const) {
      expect(fields(format(STRICT), dialect)).toEqual(BASE);
      expect(instructions(format(STRICT), dialect)).toEqual([
        "s",
        `Answer with one JSON value and nothing else, without code fences. It must follow this JSON Schema:\n${JSON.stringify(STRICT)}`,
      ]);
    }
    expect(instructions({ format: { type: "json_object" } })[1]).toEndWith("It must be an object.");
    expect(instructions(format(STRICT), { schema_with_tools: "instruct" }, [F])[1]).toStartWith(
      "When you have finished",
    );
    expect(instructions(format(STRICT), { schema_with_tools: "instruct" })).toEqual(["s"]);
  });

  const of = (a: unknown): Record<string, unknown> => ({ ...STRICT, properties: { a } });
  test.each<[string, boolean, Record<string, unknown>]>([
    ["null beside a type", true, of({ type: ["string", "null"], description: "d", enum: ["x", null] })],
    ["a choice and a list", true, of({ anyOf: [{ type: "array", items: STRICT, minItems: 1 }, { const: 1 }] })],
    ["a definition", true, { ...of({ $ref: "#/$defs/d" }), $defs: { d: STRICT } }],
    ["a known form of text", true, of({ type: "string", format: "date" })],
    ["more properties", false, { ...STRICT, additionalProperties: true }],
    ["nothing said of more properties within", false, of({ type: "object", properties: {} })],
    ["properties without a type", false, of({ properties: {} })],
    ["a limit", false, of({ type: "string", maxLength: 3 })],
    ["a longer list", false, of({ type: "array", items: {}, minItems: 2 })],
    ["another form of text", false, of({ type: "string", format: "color" })],
    ["all of", false, of({ allOf: [STRICT] })],
    ["a circle", false, { ...of({ $ref: "#/$defs/d" }), $defs: { d: of({ $ref: "#/$defs/d" }) } }],
    ["itself", false, of({ $ref: "#" })],
    ["an object as a value", false, of({ enum: [{}] })],
    ["a list at the root", false, { type: "array", items: { type: "string" } }],
  ])("a schema with %s is sent: %p", (_, isSent, schema) => {
    expect("output_config" in fields(format(schema))).toBe(isSent);
    expect(ignored({ settings: format(schema) })).toHaveLength(isSent ? 0 : 1);
    expect(instructions(format(schema))).toHaveLength(isSent ? 1 : 2);
  });
});
