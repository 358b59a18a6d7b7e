/** Changes of texts by their lines: shown to people, and taken back even when other lines have changed meanwhile. */
import { applyPatch, createTwoFilesPatch, structuredPatch, type StructuredPatch } from "diff";

const SHOWN_LINES = 40; // More of a file that is all new, or all gone, is only counted.

/** As `diff -u` shows it. What may be a key is not shown. */
export function shownChange(path: string, before: string | undefined, after: string | undefined): string {
  const whole = before ?? after ?? "";
  const count = whole.split("\n").length - 1;
  const from = before === undefined ? "/dev/null" : path;
  const to = after === undefined ? "/dev/null" : path;
  if ((before === undefined || after === undefined) && count > SHOWN_LINES)
    return `--- ${from}\n+++ ${to}\n@@ ${count} lines @@\n`;
  const headerOptions = { includeIndex: false, includeUnderline: false, includeFileHeaders: true };
  const options = { context: 3, headerOptions };
  const patch = createTwoFilesPatch(from, to, before ?? "", after ?? "", undefined, undefined, options);
  const lines = patch
    .replaceAll(/\r$/gm, "")
    .replaceAll(/[ \t]+$/gm, "")
    .split("\n");
  return lines.map(withoutSecrets).join("\n");
}

/** Keys of settings whose value is a secret itself, and not a variable's or a file's name. */
const SECRET =
  /((?:[\w-]*(?:token|secret|password|authorization)|[\w-]*api[_-]?key|x-api-key)"?\s*[=:]\s*)("[^"\n]*"|'[^'\n]*'|[^\s"',}]+)/gi;

export function withoutSecrets(line: string): string {
  return line.replaceAll(SECRET, (_, key: string, value: string) =>
    /^["']?(?:true|false|\d{0,7})["']?$/.test(value) ? key + value : `${key}"…"`,
  );
}

/** What takes a change back; plain data that can be kept. */
export interface Undo {
  /** With a line around each place, by which it is found again. */
  near: StructuredPatch;
  /** Only the lines themselves, for where those around have changed. */
  bare: StructuredPatch;
}

export function undoOf(before: string, after: string): Undo {
  const patch = (context: number): StructuredPatch =>
    structuredPatch("", "", after, before, undefined, undefined, { context });
  return { near: patch(1), bare: patch(0) };
}

/** Undefined where the lines that were changed have been changed again since. */
export function undone(text: string, { near, bare }: Undo): string | undefined {
  const result = applyPatch(text, near, { fuzzFactor: 0, autoConvertLineEndings: false });
  return result === false ? undoneByLines(text, bare) : result;
}

/** Each place is found by its own lines, which must stand there once. */
function undoneByLines(text: string, { hunks }: StructuredPatch): string | undefined {
  let result: string | undefined = `\n${text}`;
  for (const { lines } of hunks) {
    const [ours, theirs] = ["-", "+"].map((sign) =>
      lines.filter((line) => line.startsWith(sign)).map((line) => `${line.slice(1)}\n`),
    );
    // A text without a break at its end is left to the patch with its surroundings.
    if (!ours?.length || lines.some((line) => line.startsWith("\\"))) return undefined;
    const block = `\n${ours.join("")}`;
    const at = result.indexOf(block);
    if (at === -1 || result.includes(block, at + 1)) return undefined;
    result = `${result.slice(0, at)}\n${theirs?.join("") ?? ""}${result.slice(at + block.length)}`;
  }
  return result.slice(1);
}
