/** Each family's calls: whole, cut anywhere, two of them, behind a sentence; and the same texts quoted, which stay texts. */
import { describe, expect, test } from "bun:test";
import { FAMILIES } from "../../../src/core/text-calls/families.ts";
import type { Item } from "../../../src/core/turn.ts";
import { answer, answerInPieces } from "./answers.ts";
import { type Call, SAMPLES } from "./family-samples.ts";

const LS: Call = ["exec_command", { cmd: "ls -la | wc" }];
const READ: Call = ["read_file", { path: "docs/a b.txt", start_line: 3, all: true }];
const told = (calls: readonly Call[]): object => ({ text: "", calls, thought: "" });

test("each family has a source, its date, markers and a sample", () => {
  const ids = FAMILIES.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(Object.keys(SAMPLES).toSorted()).toEqual(ids.toSorted());
  for (const { id, models, markers, source, date, whole } of FAMILIES) {
    expect([id, models.length > 2, source.length > 10, /^20\d\d-\d\d-\d\d$/.test(date)]).toEqual([
      id,
      true,
      true,
      true,
    ]);
    expect([id, markers.length > 0 || whole === true, markers.every((marker) => marker.trim() !== "")]).toEqual([
      id,
      true,
      true,
    ]);
  }
});

test("no marker begins another one: which family it is does not depend on how the text was cut", () => {
  const markers = [...new Set(FAMILIES.filter(({ whole }) => !whole).flatMap((family) => family.markers))];
  const begun = markers.filter((marker) => markers.some((other) => other !== marker && marker.startsWith(other)));
  expect(begun).toEqual([]);
});

describe.each(FAMILIES.map((family) => [family.id, family] as const))("%s", (id, { whole = false, markers }) => {
  const write = SAMPLES[id] ?? (() => "");
  const one = write([LS]);
  const typed = write([READ]);
  /** Some write one call only. */
  const several = !["harmony-stripped", "gemma-4-stripped", "named-stripped"].includes(id);
  const glued = !whole && markers.every((marker) => /^[<[\]]/.test(marker)) && id !== "pangu-1";

  test("a call", () => {
    expect(answer(one)).toMatchObject(told([LS]));
    expect(answer(`\n${one}\n`)).toMatchObject(told([LS]));
  });
  test("values of the types that the schema wants", () => expect(answer(typed)).toMatchObject(told([READ])));
  test("cut anywhere", () => {
    for (let at = 1; at < typed.length; at++)
      expect(answerInPieces([typed.slice(0, at), typed.slice(at)])).toMatchObject(told([READ]));
    expect(answerInPieces([...typed])).toMatchObject(told([READ]));
    expect(answerInPieces([..."I look.\n", ...one]).calls).toEqual(whole ? [] : [LS]);
  });
  if (several)
    test("two calls", () => {
      expect(answer(write([LS, READ]))).toMatchObject(told([LS, READ]));
      expect(answerInPieces([...write([READ, LS])])).toMatchObject(told([READ, LS]));
    });
  if (!whole)
    test("behind a sentence", () => {
      expect(answer(`I look.\n${one}`)).toMatchObject({ text: "I look.\n", calls: [LS] });
      expect(answer(`I look.\n\n${typed}`)).toMatchObject({ text: "I look.\n\n", calls: [READ] });
    });
  if (glued)
    test("glued to a sentence", () => {
      expect(answer(`I look.${one}`)).toMatchObject({ text: "I look.", calls: [LS] });
      expect(answerInPieces([...`I look: ${one}`])).toMatchObject({ text: "I look: ", calls: [LS] });
    });
  test("with an end token behind it", () => {
    for (const token of ["<|im_end|>", "</s>", "\n<|endoftext|>"])
      expect(answer(one + token)).toMatchObject(told([LS]));
  });

  const stays = (text: string, items: Item[] = []): void =>
    expect(answer(text, items)).toMatchObject({ text, calls: [] });
  const result = (text: string): Item[] => [{ type: "tool_result", call_id: "c", parts: [{ type: "text", text }] }];
  test("quoted from what was read, it stays text", () => {
    stays(one, result(one));
    stays(one, result(`# Formats\n\n${one}\n\nand so on`));
    stays(`It holds:\n${one}`, result(one.replaceAll(/^/gm, "  12\t")));
  });
  test("in a fence, in inline code or indented, it stays text", () => {
    if (!one.startsWith("```")) stays(`So:\n\`\`\`\n${one}\n\`\`\``);
    stays(`So:\n~~~\n${one}\n~~~\n`);
    if (!one.includes("\n")) stays(`Write \`${one}\``);
    stays(`So:\n\n${one.replaceAll(/^/gm, "    ")}`);
  });
  test("with an explanation around it, it stays text", () => {
    stays(`A call looks like this:\n${one}\nNow you know.`);
    stays(`One may write ${one} for that.`);
    stays(`One may write ${one}`);
    stays(`For example: ${one}`);
    stays(`> ${one.replaceAll("\n", "\n> ")}`);
  });
  test("of a tool that is not declared, or with arguments that do not fit, it stays text", () => {
    stays(write([["remove_all", {}]]).replaceAll(/\n+$/g, ""));
    stays(write([["read_file", { start_line: 3 }]]).replaceAll(/\n+$/g, ""));
  });
});
