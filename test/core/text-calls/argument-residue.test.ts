/** What a server left of its markup in the arguments of a structured call does not reach a tool. */
import { describe, expect, test } from "bun:test";
import { finishedArguments } from "../../../src/core/finished-call.ts";
import { replyBudget } from "../../../src/core/arguments.ts";
import { withoutResidue } from "../../../src/core/text-calls/argument-residue.ts";

const ARGS = '{"cmd": "ls -la"}';

describe("residue in arguments is cut", () => {
  test.each([
    ["an end token", `${ARGS}<|im_end|>`],
    ["several", `${ARGS}\n<|im_end|>\n<|endoftext|>`],
    ["an orphan tag", `${ARGS}\n</tool_call>`],
    ["a tail within the last string", '{"cmd": "ls -la</｜DSML｜parameter>\\n</｜DSML｜invoke>"}'],
    ["one that is cut", '{"cmd": "ls -la</｜DSML｜parameter"}'],
    ["one in a string that is not closed", '{"cmd": "ls -la</｜DSML｜parameter'],
    ["one with a blank", '{"cmd": "ls -la</｜DSML｜ parameter>\\n</｜DSML｜ invoke>\\n</｜DSML｜ calls>"}'],
    ["an end token within the last string", '{"cmd": "ls -la<|im_end|>"}'],
  ])("%s", (_, args) => {
    expect(withoutResidue(args)).toBe(ARGS);
    const notes: string[] = [];
    const text = finishedArguments("f", args, undefined, replyBudget(), (what, detail) =>
      notes.push(`${what} ${detail}`),
    );
    expect([text, notes]).toEqual([ARGS, ["residue_cut f"]]);
  });
});

describe("what a tool is to get stays", () => {
  test.each([
    ["whole arguments", ARGS],
    ["a token within a text", '{"cmd": "grep \'<|im_end|>\' a"}'],
    ["markup that is written to a file", '{"text": "<｜DSML｜invoke name=\\"f\\"></｜DSML｜invoke>"}'],
    ["a template that is written to a file", '{"text": "<|im_start|>user\\nhi<|im_end|>"}'],
    ["plain markup at the end of a text", '{"text": "<parameter=a>x</parameter>"}'],
    ["arguments that were cut", '{"cmd": "ls -la'],
    ["broken arguments", "{broken}<|im_end|>"],
  ])("%s", (_, args) => {
    expect(withoutResidue(args)).toBeUndefined();
  });
});
