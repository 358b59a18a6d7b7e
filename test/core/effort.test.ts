/** Reasoning effort: every word that a client may send, on every kind of model. */
import { describe, expect, test } from "bun:test";
import { DEFAULT_DIALECT, EFFORTS, type EffortTable } from "../../src/core/dialect.ts";
import { chooseEffort, clampEffort } from "../../src/core/effort.ts";

const ASKED = [...EFFORTS, "ultra", "banana"];
const table = (words: string): EffortTable =>
  Object.fromEntries(
    words
      .split(" ")
      .filter((word) => word !== "")
      .map((word) => [word, word]),
  );

describe("the nearest effort, up first, then down", () => {
  // One column for each of: none minimal low medium high xhigh max ultra banana
  test.each([
    ["low medium high", "low low low medium high high high high -"],
    ["none high", "none high high high high high high high -"],
    ["none", "none none none none none none none none -"],
    ["low high max", "low low low high high max max max -"],
    ["none low medium high xhigh max", "none low low medium high xhigh max max -"],
    ["minimal low medium high", "minimal minimal low medium high high high high -"],
    ["ultra", "- - - - - - - ultra -"],
    ["", "- - - - - - - - -"],
  ])("%p", (words, expected) => {
    expect(ASKED.map((asked) => clampEffort(asked, table(words)) ?? "-").join(" ")).toBe(expected);
  });
});

describe("what is sent", () => {
  const dialect = { ...DEFAULT_DIALECT, efforts: table("none low high") };

  test("nothing, when nothing is asked for", () => {
    expect(chooseEffort(undefined, dialect)).toEqual({ used: null, fields: {} });
  });

  test("any word, to a host that takes all", () => {
    expect(chooseEffort("banana", DEFAULT_DIALECT)).toEqual({ used: "banana", fields: { reasoning_effort: "banana" } });
  });

  test("the upstream's own word", () => {
    expect(chooseEffort("high", { ...dialect, efforts: { high: "default" } })).toEqual({
      used: "high",
      fields: { reasoning_effort: "default" },
    });
  });

  test("null, where that is the word", () => {
    expect(chooseEffort("none", { ...dialect, efforts: { none: null } }).fields).toEqual({ reasoning_effort: null });
  });

  test("nothing to a model that does not reason, and it is told", () => {
    expect(chooseEffort("high", { ...dialect, efforts: {} })).toMatchObject({
      used: null,
      fields: {},
      ignored: expect.any(String),
    });
    expect(chooseEffort("none", { ...dialect, efforts: {} })).toEqual({ used: null, fields: {} });
  });

  test("nothing for a word that the model does not know, and it is told", () => {
    expect(chooseEffort("banana", dialect)).toMatchObject({ used: null, fields: {}, ignored: expect.any(String) });
  });

  test("whole objects, with words and budgets in them", () => {
    const switched = {
      ...dialect,
      effort_on: { thinking: { type: "enabled", budget: "$budget" }, reasoning_effort: "$effort", plain: [1] },
      effort_off: { thinking: { type: "disabled" } },
      effort_budgets: { high: 99 },
    };
    expect(chooseEffort("max", switched).fields).toEqual({
      thinking: { type: "enabled", budget: 99 },
      reasoning_effort: "high",
      plain: [1],
    });
    expect(chooseEffort("low", switched).fields).toEqual({
      thinking: { type: "enabled" },
      reasoning_effort: "low",
      plain: [1],
    });
    expect(chooseEffort("none", switched).fields).toEqual({ thinking: { type: "disabled" } });
  });
});
