import { describe, expect, test } from "bun:test";
import { assurePatch, isPatchGrammar, isValidPatch } from "../../src/core/apply-patch.ts";
import { expectLinear } from "../support/growth.ts";

const ADD = "*** Begin Patch\n*** Add File: a.txt\n+one\n+\n+two\n*** End Patch\n";
const UPDATE = "*** Begin Patch\n*** Update File: a.txt\n@@ def f():\n one\n-two\n+three\n*** End Patch\n";

describe("isValidPatch", () => {
  const VALID: [string, string][] = [
    ["a new file", ADD],
    ["without the last line end", ADD.trimEnd()],
    ["an update", UPDATE],
    ["an update without @@", "*** Begin Patch\n*** Update File: a\n-x\n+y\n*** End Patch"],
    ["a move", "*** Begin Patch\n*** Update File: a\n*** Move to: b\n*** End Patch"],
    ["a deletion", "*** Begin Patch\n*** Delete File: a\n*** End Patch"],
    ["end of file", "*** Begin Patch\n*** Update File: a\n@@\n-x\n+y\n*** End of File\n*** End Patch"],
    [
      "several files",
      "*** Begin Patch\n*** Add File: a\n+x\n*** Delete File: b\n*** Update File: c\n@@\n-x\n+y\n*** End Patch",
    ],
    ["a blank context line", "*** Begin Patch\n*** Update File: a\n one\n\n-x\n+y\n*** End Patch"],
  ];
  const INVALID: [string, string][] = [
    ["empty", ""],
    ["no file", "*** Begin Patch\n*** End Patch"],
    ["no begin", "*** Add File: a\n+x\n*** End Patch"],
    ["no end", "*** Begin Patch\n*** Add File: a\n+x"],
    ["an added line without plus", "*** Begin Patch\n*** Add File: a\nx\n*** End Patch"],
    ["a new file without lines", "*** Begin Patch\n*** Add File: a\n*** End Patch"],
    ["an update that changes nothing", "*** Begin Patch\n*** Update File: a\n x\n*** End Patch"],
    ["words before", `Here it is:\n${ADD}`],
    ["no file name", "*** Begin Patch\n*** Add File: \n+x\n*** End Patch"],
  ];
  for (const [name, text] of VALID) test(name, () => expect(isValidPatch(text)).toBe(true));
  for (const [name, text] of INVALID) test(`not: ${name}`, () => expect(isValidPatch(text)).toBe(false));
});

describe("assurePatch", () => {
  const REPAIRED: [string, string, string][] = [
    ["decorated markers", ADD.replace("Begin Patch", "Begin Patch ***").replace("End Patch", "End Patch ***"), ADD],
    ["a code fence", `\`\`\`diff\n${ADD}\`\`\``, ADD],
    ["a heredoc", `apply_patch <<'EOF'\n${ADD}EOF`, ADD],
    ["a heredoc in a fence", `\`\`\`sh\napply_patch <<EOF\n${ADD}EOF\n\`\`\``, ADD],
    ["no end marker", ADD.replace("*** End Patch\n", ""), ADD],
    ["no begin marker", ADD.replace("*** Begin Patch\n", ""), ADD],
    ["blank line in a new file", ADD.replace("\n+\n", "\n\n"), ADD],
    ["words around", `Here it is:\n\n${ADD}\nDone.`, ADD],
    ["CRLF", ADD.replaceAll("\n", "\r\n"), ADD],
    [
      "a unified diff",
      "diff --git a/a.txt b/a.txt\nindex 1..2 100644\n--- a/a.txt\n+++ b/a.txt\n@@ -1,2 +1,2 @@ def f():\n one\n-two\n+three\n",
      UPDATE,
    ],
    [
      "a unified diff between markers",
      `*** Begin Patch\n--- a/a.txt\n+++ b/a.txt\n@@ -1,2 +1,2 @@ def f():\n one\n-two\n+three\n*** End Patch`,
      UPDATE,
    ],
    ["a unified diff of a new file", "--- /dev/null\n+++ b/a.txt\n@@ -0,0 +1,3 @@\n+one\n+\n+two\n", ADD],
    [
      "a unified diff of a deletion",
      "--- a/x\n+++ /dev/null\n@@ -1 +0,0 @@\n-one\n",
      "*** Begin Patch\n*** Delete File: x\n*** End Patch\n",
    ],
    [
      "a removed line that looks like a header",
      "--- a/x\n+++ b/x\n@@ -1,2 +1,1 @@\n --\n--- y\n",
      "*** Begin Patch\n*** Update File: x\n@@\n --\n--- y\n*** End Patch\n",
    ],
  ];
  for (const [name, text, expected] of REPAIRED) {
    test(name, () => expect(assurePatch(text)).toEqual({ text: expected, outcome: "repaired" }));
  }

  test("a hundred thousand empty lines take time that grows with their number only", () => {
    const patchOf = (lines: number): string =>
      `*** Begin Patch\n*** Add File: a\n+x${"\n".repeat(lines)}+y\n*** End Patch`;
    expectLinear(100_000, patchOf, (patch) => {
      const { text, outcome } = assurePatch(patch);
      expect(outcome).toBe("repaired");
      expect(text.split("\n+").length).toBe(patch.split("\n").length - 2);
    });
  });

  test("a valid patch is not touched", () => {
    for (const text of [ADD, UPDATE, ADD.trimEnd()]) expect(assurePatch(text)).toEqual({ text, outcome: "valid" });
  });

  const KEPT = [
    "",
    "hello",
    '{"a":1}',
    "*** Begin Patch\n*** Add File: a\nno plus\n*** End Patch",
    "cd x && apply_patch <<EOF\n" + ADD + "EOF",
    "+a\n-b",
  ];
  for (const text of KEPT) {
    test(`nothing is guessed: ${JSON.stringify(text.slice(0, 40))}`, () =>
      expect(assurePatch(text)).toEqual({ text, outcome: "invalid" }));
  }

  test("its grammar is known by its markers", () => {
    expect(isPatchGrammar('begin_patch: "*** Begin Patch" LF\nend_patch: "*** End Patch" LF?')).toBe(true);
    expect(isPatchGrammar("start: /.+/")).toBe(false);
    expect(isPatchGrammar(undefined)).toBe(false);
  });
});
