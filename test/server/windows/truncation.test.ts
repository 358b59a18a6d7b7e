import { describe, expect, test } from "bun:test";
import { Calibration } from "../../../src/core/estimate.ts";
import { TruncationWatch, type PromptReport } from "../../../src/server/windows/truncation.ts";

const OLLAMA = { provider: "ollama", model: "qwen3:8b", kind: "ollama" } as const;
const HOSTED = { provider: "host", model: "m", kind: "models" } as const;
const CODEX = { characters: 70_000 } as const;

const check = (report: PromptReport): string | undefined => new TruncationWatch(new Calibration()).check(report);

describe("a cut prompt is noticed", () => {
  const CASES: [string, PromptReport, string][] = [
    [
      "Codex on Ollama as measured, its window known since it is loaded",
      { ...OLLAMA, ...CODEX, input_tokens: 2050, context_window: 4096 },
      "ollama/qwen3:8b has read only 2,050 tokens of a prompt of about 17,500, and the rest was silently truncated (its window is 4,096): set OLLAMA_CONTEXT_LENGTH=65536 where Ollama is started",
    ],
    [
      "the same before anybody knows the window",
      { ...OLLAMA, ...CODEX, input_tokens: 2050 },
      "2,050 tokens of a prompt",
    ],
    [
      "the same where the user believes in another window",
      { ...OLLAMA, ...CODEX, input_tokens: 2050, context_window: 65_536 },
      "(its window is believed to be 65,536): set OLLAMA_CONTEXT_LENGTH",
    ],
    ["a window of 8,192", { ...OLLAMA, ...CODEX, input_tokens: 8190 }, "only 8,190 tokens"],
    ["cached tokens beside it", { ...OLLAMA, ...CODEX, input_tokens: 2050, cached_tokens: 2000 }, "only 2,050"],
    [
      "a third of a long thread is lost",
      { ...OLLAMA, characters: 400_000, input_tokens: 64_000, context_window: 65_536, trained_window: 131_072 },
      "OLLAMA_CONTEXT_LENGTH=65536",
    ],
    [
      "the model was made for no more",
      { ...OLLAMA, ...CODEX, input_tokens: 2050, context_window: 8192, trained_window: 8192 },
      "the model was made for no more, so choose another one",
    ],
    [
      "any host, where the prompt is longer than the window",
      { ...HOSTED, characters: 300_000, input_tokens: 20_000, context_window: 32_768 },
      "host/m has read only 20,000 tokens of a prompt of about 75,000",
    ],
    [
      "more tokens than the window has",
      { ...HOSTED, characters: 900_000, input_tokens: 210_000, context_window: 202_752 },
      "host/m reports 210,000 prompt tokens, more than the 202,752 that its window is known to have",
    ],
  ];
  for (const [name, report, expected] of CASES) test(name, () => expect(check(report)).toContain(expected));
});

describe("no alarm for", () => {
  const CASES: [string, PromptReport][] = [
    ["Codex's first prompt, read whole", { ...OLLAMA, ...CODEX, input_tokens: 18_000, context_window: 65_536 }],
    ["prose", { ...OLLAMA, characters: 240_000, input_tokens: 50_000, context_window: 65_536 }],
    ["prose that fills the window", { ...OLLAMA, characters: 310_000, input_tokens: 64_500, context_window: 65_536 }],
    ["Chinese", { ...OLLAMA, ...CODEX, input_tokens: 46_000 }],
    ["pictures", { ...OLLAMA, ...CODEX, input_tokens: 60_000 }],
    ["runs of spaces", { ...OLLAMA, characters: 100_000, input_tokens: 13_000 }],
    ["short prompts", { ...OLLAMA, characters: 9000, input_tokens: 100, context_window: 4096 }],
    ["no count", { ...OLLAMA, ...CODEX, input_tokens: 0, context_window: 4096 }],
    ["a host that counts only what is new", { ...HOSTED, ...CODEX, input_tokens: 300 }],
    ["the same, its window known", { ...HOSTED, ...CODEX, input_tokens: 300, context_window: 131_072 }],
    [
      "the same, near its window, and it says that it has cached",
      { ...HOSTED, characters: 600_000, input_tokens: 300, cached_tokens: 300, context_window: 131_072 },
    ],
    ["a token too many", { ...HOSTED, characters: 400_000, input_tokens: 131_100, context_window: 131_072 }],
  ];
  for (const [name, report] of CASES) test(name, () => expect(check(report)).toBeUndefined());
});

describe("a warning", () => {
  const cut = { ...OLLAMA, ...CODEX, input_tokens: 2050, context_window: 4096 };

  test("comes once for each model, and stands for its later answers", () => {
    const watch = new TruncationWatch(new Calibration());
    const warning = watch.check(cut);
    expect(watch.check({ ...cut, characters: 90_000 })).toBeUndefined();
    expect(watch.warningOf("ollama", "qwen3:8b")).toBe(warning as string);
    expect(watch.warningOf("ollama", "other")).toBeUndefined();
    expect(watch.check({ ...cut, model: "other" })).toContain("ollama/other has read only");
    expect(watch.list().map(({ model }) => model)).toEqual(["qwen3:8b", "other"]);
  });

  test("ends when a prompt as long is read whole, and not by a shorter one", () => {
    const watch = new TruncationWatch(new Calibration());
    watch.check(cut);
    watch.check({ ...OLLAMA, characters: 5000, input_tokens: 1250 });
    expect(watch.list()).toHaveLength(1);
    watch.check({ ...OLLAMA, characters: 71_000, input_tokens: 18_200, context_window: 65_536 });
    expect(watch.list()).toEqual([]);
    expect(watch.check(cut)).toBeDefined();
  });
});

test("a thread that outgrows its window is noticed, since what is cut teaches nothing", () => {
  const watch = new TruncationWatch(new Calibration());
  const window = 32_768;
  let noticed = 0;
  for (let characters = 70_000; noticed === 0 && characters < 400_000; characters += 4000) {
    const real = characters / 3.9;
    // It drops whole messages from the oldest on, so that it reads somewhat less than it could.
    const input_tokens = Math.round(real <= window ? real : window * 0.93);
    if (watch.check({ ...OLLAMA, characters, input_tokens, context_window: window })) noticed = real;
  }
  expect(noticed / window).toBeGreaterThan(1);
  expect(noticed / window).toBeLessThan(1.5);
});

test("one model's Chinese thread raises no alarm over its English one", () => {
  const watch = new TruncationWatch(new Calibration());
  for (let i = 0; i < 20; i++) watch.check({ ...OLLAMA, ...CODEX, input_tokens: 43_000, context_window: 65_536 });
  expect(watch.check({ ...OLLAMA, characters: 200_000, input_tokens: 42_000, context_window: 65_536 })).toBeUndefined();
});
