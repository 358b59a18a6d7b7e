import { describe, expect, test } from "bun:test";
import { Calibration, promptCharacters } from "../../src/core/estimate.ts";
import { expectLinear } from "../support/growth.ts";

describe("the guess", () => {
  test("is that of Codex's first prompt, until a host reports", () => {
    expect(new Calibration().estimate("a", 70_000)).toBe(17_500);
  });

  test("follows what is reported, each model for itself", () => {
    const calibration = new Calibration();
    for (let i = 0; i < 20; i++) calibration.learn("chinese", 30_000, 17_000);
    expect(calibration.ratio("chinese")).toBeCloseTo(30 / 17, 2);
    for (let i = 0; i < 20; i++) calibration.learn("prose", 48_000, 10_000);
    expect(calibration.ratio("prose")).toBeCloseTo(4.8, 5);
    expect(calibration.ratio("other")).toBe(4);
  });

  test("believes more tokens soon, and fewer slowly", () => {
    const calibration = new Calibration();
    calibration.learn("a", 40_000, 20_000);
    expect(calibration.ratio("a")).toBe(3);
    calibration.learn("b", 40_000, 7000);
    expect(calibration.ratio("b")).toBeCloseTo(4.2, 5);
  });

  const IMPLAUSIBLE: [string, number, number][] = [
    ["a cut prompt", 70_000, 2050],
    ["only what was not cached", 70_000, 12],
    ["no tokens", 70_000, 0],
    ["tokens of pictures", 3000, 9000],
    ["a short prompt, mostly template", 100, 60],
    ["nonsense", 70_000, Number.NaN],
  ];
  for (const [name, characters, tokens] of IMPLAUSIBLE) {
    test(`learns nothing from ${name}`, () => {
      const calibration = new Calibration();
      for (let i = 0; i < 100; i++) calibration.learn("a", characters, tokens);
      expect(calibration.ratio("a")).toBe(4);
    });
  }

  test("forgets the models that were not heard of for longest", () => {
    const calibration = new Calibration();
    for (let i = 0; i < 300; i++) calibration.learn(`model ${i}`, 30_000, 10_000);
    expect(calibration.ratio("model 0")).toBe(4);
    expect(calibration.ratio("model 299")).toBeLessThan(4);
  });
});

describe("the length of a prompt", () => {
  const DATA = "iVBORw0KGgo/+AAA".repeat(500);
  const of = (prompt: object, rest = ',"stream":true}'): number => {
    const text = JSON.stringify(prompt);
    return promptCharacters(text.slice(0, -1) + rest, text.length - 1);
  };
  const bare = { messages: [{ role: "user", content: "hello" }] };

  test("is that of its part of the body", () => {
    expect(of(bare)).toBe(JSON.stringify(bare).length - 1);
    expect(of(bare, `,"x":"data:image/png;base64,${DATA}"}`)).toBe(of(bare));
  });

  const PICTURES: [string, (data: string) => object][] = [
    ["Chat", (data) => ({ type: "image_url", image_url: { url: `data:image/png;base64,${data}` } })],
    ["Responses", (data) => ({ type: "input_image", image_url: `data:image/png;base64,${data}` })],
    ["Messages", (data) => ({ type: "image", source: { type: "base64", media_type: "image/png", data } })],
    ["a file", (data) => ({ type: "file", file: { file_data: `data:application/pdf;base64,${data}` } })],
  ];
  for (const [name, part] of PICTURES) {
    test(`leaves out the data of pictures: ${name}`, () => {
      const content = [part(DATA), { type: "text", text: "what is this?" }, part(DATA)];
      // What names the data stays: that is a few words.
      const without = of({ messages: [{ role: "user", content: [part(""), content[1], part("")] }] });
      expect(of({ messages: [{ role: "user", content }] }) - without).toBeLessThan(60);
    });
  }

  test("counts what only looks like data: the model reads it", () => {
    const quoted = { content: `{"url":"data:image/png;base64,${DATA}"} and more` };
    expect(of(quoted)).toBe(JSON.stringify(quoted).length - 1);
    const words = { properties: { data: { type: "string" } }, data: "some words ".repeat(100) };
    expect(of(words)).toBe(JSON.stringify(words).length - 1);
  });

  test("takes time that grows with the body only", () => {
    const bodyOf = (times: number): string =>
      JSON.stringify({ content: '"data:'.repeat(times), more: `data:image/png;base64,${DATA}` });
    expectLinear(400_000, bodyOf, (long) => promptCharacters(long, long.length));
  });
});
