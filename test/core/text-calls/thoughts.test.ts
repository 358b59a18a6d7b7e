import { describe, expect, test } from "bun:test";
import { ThinkSplitter } from "../../../src/core/text-calls/thoughts.ts";

function split(pieces: readonly string[], before: (splitter: ThinkSplitter) => void = () => {}): [string, string] {
  const splitter = new ThinkSplitter();
  before(splitter);
  let thought = "";
  let text = "";
  const onThought = (piece: string): void => void (thought += piece);
  const onText = (piece: string): void => void (text += piece);
  for (const piece of pieces) {
    if (splitter.passing) text += piece;
    else splitter.feed(piece, onThought, onText);
  }
  splitter.end(onThought, onText);
  return [thought, text];
}

const ROWS: [content: string, thought: string, text: string][] = [
  ["<think>\nSo.\n</think>\n\nYes.", "\nSo.\n", "Yes."],
  ["<think>So.</think>Yes.", "So.", "Yes."],
  ["\n <think>So.</think>Yes.", "So.", "Yes."],
  ["<think></think>Yes.", "", "Yes."],
  ["<think>So.</think>\n\n    code", "So.", "    code"],
  ["<think>So.</think>\r\n\r\nYes.\n", "So.", "Yes.\n"],
  ["<think>a < b </thin </think>Yes.", "a < b </thin ", "Yes."],
  ["<think>So.</think>Use <think>x</think>.", "So.", "Use <think>x</think>."],
  ["<think>never closed", "never closed", ""],
  ["<think>never closed</thi", "never closed</thi", ""],
  ["<think>", "", ""],
  ["Use <think>x</think>.", "", "Use <think>x</think>."],
  ["<thinking>x</thinking>", "x", ""],
  ["<thi", "", "<thi"],
  ["  \n", "", "  \n"],
  ["</think>Yes.", "", "Yes."],
];

describe("the think block at the head of a content", () => {
  test.each(ROWS)("%j, cut anywhere", (content, thought, text) => {
    for (let from = 0; from <= content.length; from++) {
      for (let to = from; to <= content.length; to++)
        expect(split([content.slice(0, from), content.slice(from, to), content.slice(to)])).toEqual([thought, text]);
    }
    expect(split(content.split(""))).toEqual([thought, text]);
  });

  test("is text when the thinking came in a field of its own", () => {
    expect(split(["<think>x</think>y"], (splitter) => splitter.disable())).toEqual(["", "<think>x</think>y"]);
  });

  test("is text when the field comes after blanks, which are kept", () => {
    const blanks = (splitter: ThinkSplitter): void => {
      splitter.feed(
        "\n",
        () => {},
        () => {},
      );
      splitter.disable();
    };
    expect(split(["<think>x"], blanks)).toEqual(["", "\n<think>x"]);
  });
});
