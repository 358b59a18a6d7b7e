import { describe, expect, test } from "bun:test";
import { mergeDialect, type DialectPatch } from "../../../../src/core/dialect.ts";
import type { Settings, TextFormat } from "../../../../src/core/turn.ts";
import { applyRemedies } from "../../../../src/core/refusals/remedies.ts";
import { REFUSAL_ROWS } from "../../../../src/core/refusals/rows.ts";
import { system, user } from "../../chat/upstream/items.ts";
import { lowered } from "./items.ts";

function sent(settings: Settings, patch: DialectPatch = {}, tools: { name: string }[] = []) {
  const { body, ignored, effort } = lowered({ items: [system("s"), user("a")], settings, tools }, mergeDialect(patch));
  return { ...(JSON.parse(body) as Record<string, unknown>), lost: ignored.map(({ field }) => field), told: effort };
}

const INCLUDE = ["reasoning.encrypted_content"];

describe("effort", () => {
  test.each<[string, string | undefined, DialectPatch, unknown, unknown, string | null]>([
    ["unasked: its thoughts are to be seen", undefined, {}, { summary: "auto" }, INCLUDE, null],
    ["asked in Chat's field", "high", {}, { effort: "high", summary: "auto" }, INCLUDE, "high"],
    ["none: no thoughts, no summary", "none", {}, { effort: "none" }, INCLUDE, "none"],
    [
      "by the model's table",
      "max",
      { efforts: { low: "low", high: "HIGH" } },
      { effort: "HIGH", summary: "auto" },
      INCLUDE,
      "high",
    ],
    ["of a model that does not reason", "high", { efforts: {} }, undefined, undefined, null],
    [
      "in this wire's own form",
      "low",
      { effort_on: { reasoning: { effort: "$effort", summary: "detailed" } } },
      { effort: "low", summary: "detailed" },
      INCLUDE,
      "low",
    ],
    ["left out", "low", { drop: ["reasoning.effort"] }, { summary: "auto" }, INCLUDE, null],
    ["left out whole", "low", { drop: ["reasoning"] }, undefined, INCLUDE, null],
    [
      "changed by the user's last word",
      "low",
      { extra_body: { reasoning: { effort: "high" } } },
      { effort: "high", summary: "auto" },
      INCLUDE,
      null,
    ],
  ])("%s", (_, effort, patch, reasoning, include, told) => {
    const body = sent(effort === undefined ? {} : { effort }, patch);
    expect(body).toMatchObject({ told });
    expect((body as Record<string, unknown>)["reasoning"]).toEqual(reasoning);
    expect((body as Record<string, unknown>)["include"]).toEqual(include);
  });

  test("leaves no empty object behind", () => {
    expect(sent({ effort: "none" }, { drop: ["reasoning.effort"] })).not.toHaveProperty("reasoning");
  });

  test("may stand beside fields of the host's own", () => {
    const effort_on = { reasoning_effort: "$effort", chat_template_kwargs: { enable_thinking: true } };
    expect(sent({ effort: "low" }, { effort_on })).toMatchObject({
      reasoning: { effort: "low" },
      chat_template_kwargs: { enable_thinking: true },
      told: "low",
    });
  });
});

describe("limits and sampling", () => {
  test("go through", () => {
    const settings = { max_output_tokens: 100, temperature: 0.5, top_p: 0.9 };
    expect(sent(settings)).toMatchObject({ ...settings, lost: [] });
  });

  test("a limit below the least is raised, and that is told", () => {
    expect(sent({ max_output_tokens: 1 })).toMatchObject({ max_output_tokens: 16, lost: ["max_output_tokens"] });
  });

  test("what the API does not know is listed", () => {
    const settings = { presence_penalty: 1, frequency_penalty: 0.5, stop: ["END"] } as Settings;
    const body = sent(settings);
    expect(body.lost.toSorted()).toEqual(["frequency_penalty", "presence_penalty", "stop"]);
    for (const field of body.lost) expect(body).not.toHaveProperty(field);
    expect(sent({ presence_penalty: 0, stop: [] } as Settings).lost).toEqual([]);
  });
});

describe("the form of the answer", () => {
  const FORMAT: TextFormat = {
    type: "json_schema",
    name: "n",
    description: "d",
    schema: { type: "object" },
    strict: true,
  };
  const JSON_OBJECT: TextFormat = { type: "json_object" };
  const schema = /JSON Schema:\n\{"type":"object"\}$/;

  test.each<[string, TextFormat, DialectPatch, boolean, unknown, RegExp]>([
    ["text", { type: "text" }, {}, false, undefined, /^s$/],
    ["a schema", FORMAT, {}, false, { format: FORMAT }, /^s$/],
    ["a schema beside tools", FORMAT, {}, true, { format: FORMAT }, /^s$/],
    ["a schema that would forbid calls", FORMAT, { schema_with_tools: "instruct" }, true, undefined, schema],
    ["a schema as an object", FORMAT, { json_schema: "json_object" }, false, { format: JSON_OBJECT }, schema],
    ["a schema in words", FORMAT, { json_schema: "words" }, false, undefined, schema],
    // OpenAI wants to read the word JSON.
    [
      "an object",
      JSON_OBJECT,
      {},
      false,
      { format: JSON_OBJECT },
      /^s\n\nAnswer with one JSON value.*must be an object/,
    ],
    [
      "an object as a schema",
      JSON_OBJECT,
      { json_object: "as_schema" },
      false,
      { format: { type: "json_schema", name: "object", schema: { type: "object" } } },
      /^s$/,
    ],
  ])("%s", (_, format, patch, tools, text, instructions) => {
    const body = sent({ format }, patch, tools ? [{ name: "f" }] : []) as Record<string, unknown>;
    expect(body["text"]).toEqual(text);
    expect(body["instructions"]).toMatch(instructions);
  });
});

describe("the frame", () => {
  test("keeps nothing there, streams, and begins as the prompt does", () => {
    const { body, prompt_end, headers } = lowered({
      items: [system("s"), user("a")],
      tools: [{ name: "f" }],
      settings: { temperature: 1 },
    });
    expect(Object.keys(JSON.parse(body) as object)).toEqual([
      "model",
      "instructions",
      "tools",
      "input",
      "temperature",
      "reasoning",
      "include",
      "store",
      "stream",
    ]);
    expect(JSON.parse(body)).toMatchObject({ store: false, stream: true });
    expect(body.slice(0, prompt_end)).toEndWith('"text":"a"}]}');
    expect(headers).toEqual({});
  });

  test("names the thread where the host wants it", () => {
    const { body, headers } = lowered({ items: [user("a")] }, { cache_key: true, session_header: "x-session-id" }, "t");
    expect(JSON.parse(body)).toMatchObject({ prompt_cache_key: "t" });
    expect(headers).toEqual({ "x-session-id": "t" });
    expect(lowered({ items: [user("a")] }, { cache_key: true }).body).not.toContain("prompt_cache_key");
  });

  test("the user's last word", () => {
    const body = sent(
      { temperature: 1 },
      { drop: ["temperature", "store", "nothing"], extra_body: { store: true, text: { verbosity: "low" } } },
    );
    expect(body).toMatchObject({ store: true, text: { verbosity: "low" }, lost: ["temperature", "store"] });
    expect(body).not.toHaveProperty("temperature");
  });
});

test.each(REFUSAL_ROWS.responses.map((row) => [row.field, row] as const))(
  "without %s the body is another",
  (_, row) => {
    const settings: Settings = {
      effort: "low",
      temperature: 1,
      top_p: 1,
      parallel_tool_calls: true,
      top_logprobs: 2,
      verbosity: "low",
      service_tier: "flex",
    };
    const origin = {
      field: "responses" as const,
      details: [{ type: "reasoning", summary: [], encrypted_content: "x" }],
    };
    const turn = {
      items: [
        user("a"),
        { type: "reasoning" as const, text: "", origin },
        { ...user("b"), role: "assistant" as const },
      ],
      tools: [{ name: "f", strict: true }],
      settings,
    };
    const patch = { strict_tools: true, cache_key: true, verbosity: true, service_tier: true };
    const { body } = lowered(turn, mergeDialect(patch), "t");
    expect(applyRemedies(body, [row]).body).not.toBe(body);
  },
);
