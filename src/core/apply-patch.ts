/** Checks and repairs patches of Codex's apply_patch tool. Nothing is guessed: what is ambiguous stays as it is. */

const BEGIN = "*** Begin Patch";
const END = "*** End Patch";
const NOTHING = "/dev/null"; // A unified diff's name for no file.
const FILE_HEADER = /^\*\*\* (?:Add|Delete|Update) File: ./;

/** Whether a grammar that a client declared is the one that is known here. */
export function isPatchGrammar(definition: string | null | undefined): boolean {
  return definition?.includes(BEGIN) === true && definition.includes(END);
}

export function assurePatch(text: string): { text: string; outcome: "valid" | "repaired" | "invalid" } {
  if (isValidPatch(text)) return { text, outcome: "valid" };
  const repaired = repairPatch(text);
  if (repaired !== undefined && isValidPatch(repaired)) return { text: repaired, outcome: "repaired" };
  return { text, outcome: "invalid" };
}

/** Follows the lark grammar that Codex 0.169 declares, with the liberties of its parser (blank context lines). */
export function isValidPatch(text: string): boolean {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  if (lines[0] !== BEGIN || lines.at(-1) !== END || lines.length < 3) return false;
  const last = lines.length - 1;
  let at: number | undefined = 1;
  while (at !== undefined && at < last) at = hunkEnd(lines, at, last);
  return at !== undefined;
}

/** The line after the hunk that begins at `at`; undefined when there is none. */
function hunkEnd(lines: readonly string[], at: number, last: number): number | undefined {
  const header = lines[at] ?? "";
  if (!FILE_HEADER.test(header)) return undefined;
  let next = at + 1;
  if (header.startsWith("*** Delete")) return next;
  if (header.startsWith("*** Add")) {
    while (next < last && lines[next]?.startsWith("+")) next++;
    return next > at + 1 ? next : undefined;
  }
  if (lines[next]?.startsWith("*** Move to: ")) next++;
  const body = next;
  let changes = 0;
  for (; next < last && /^(?:$|@@$|@@ |[ +-])/.test(lines[next] ?? ""); next++)
    if (/^[+-]/.test(lines[next] ?? "")) changes++;
  if (next < last && next > body && lines[next] === "*** End of File") next++;
  return changes > 0 || body > at + 1 ? next : undefined;
}

function repairPatch(text: string): string | undefined {
  const inner = withoutWrapping(text.replaceAll("\r\n", "\n").trim());
  const lines = inner.split("\n").map(cleanMarker);
  const begin = lines.findIndex((line) => line === BEGIN || FILE_HEADER.test(line));
  if (begin === -1) return unifiedToPatch(lines);
  // Words before the patch are no part of it, but only a patch that is marked as such may have any, and a
  // command around it (`cd x && apply_patch <<EOF`) would change what its paths mean.
  const before = lines.slice(0, begin);
  if (begin > 0 && (lines[begin] !== BEGIN || before.some((line) => /<<|^\s*cd\s/.test(line)))) return undefined;
  const end = lines.lastIndexOf(END);
  // What follows the end, or is begun twice, would be lost.
  if (end !== -1 && lines.slice(end + 1).some((line) => FILE_HEADER.test(line))) return undefined;
  const body = lines.slice(lines[begin] === BEGIN ? begin + 1 : begin, end === -1 ? undefined : end);
  while (body.at(-1) === "") body.pop();
  if (body[0] !== undefined && !FILE_HEADER.test(body[0])) {
    const converted = unifiedToPatch(body);
    if (converted !== undefined) return converted;
  }
  return [BEGIN, ...completeAdds(body), END, ""].join("\n");
}

/** `*** Begin Patch ***` and the like: a marker is a marker, whatever a model decorates it with. */
function cleanMarker(line: string): string {
  if (!line.startsWith("***")) return line;
  // No marker is longer, and what is matched below stays short.
  if (line.length > 80) return line;
  if (/^\*{3,} *Begin Patch *:?[ *]*$/i.test(line)) return BEGIN;
  if (/^\*{3,} *End Patch *:?[ *]*$/i.test(line)) return END;
  return line.trimEnd() === "*** End of File" ? "*** End of File" : line;
}

/** Takes off a code fence, a heredoc of the apply_patch command, or both. */
function withoutWrapping(text: string, depth = 0): string {
  if (depth === 3) return text;
  const fence = /^(`{3,9}|~{3,9})[^\n]*\n([\s\S]*?)\n\1$/.exec(text);
  if (fence?.[2] !== undefined) return withoutWrapping(fence[2].trim(), depth + 1);
  const heredoc = /^(?:apply_patch|applypatch)\s*<<-?\s*(['"]?)(\w+)\1\n([\s\S]*?)\n\2\s*$/.exec(text);
  if (heredoc?.[3] !== undefined) return withoutWrapping(heredoc[3].trim(), depth + 1);
  return text;
}

/** In a new file an empty line can only be an empty line of that file. */
function completeAdds(body: readonly string[]): string[] {
  const out: string[] = [];
  let adding = false;
  let blanks = 0;
  for (const line of body) {
    if (adding && line === "") {
      blanks++;
      continue;
    }
    // Before the next header they only part the two.
    if (!line.startsWith("*** ")) for (; blanks > 0; blanks--) out.push("+");
    else adding = line.startsWith("*** Add");
    blanks = 0;
    out.push(line);
  }
  return out;
}

/** A unified diff says the same in other words: each file's hunks follow without their line numbers. */
function unifiedToPatch(lines: readonly string[]): string | undefined {
  const out: string[] = [BEGIN];
  const between = /^(?:$|diff --git |index |new file mode |deleted file mode |similarity index )/;
  let at: number | undefined = 0;
  while (at !== undefined && at < lines.length) {
    const line: string = lines[at] ?? "";
    if (line.startsWith("--- ")) at = unifiedFile(lines, at, out);
    else at = between.test(line) ? at + 1 : undefined;
  }
  return at === undefined || out.length === 1 ? undefined : [...out, END, ""].join("\n");
}

function unifiedFile(lines: readonly string[], at: number, out: string[]): number | undefined {
  const paths = unifiedPaths(lines[at] ?? "", lines[at + 1] ?? "");
  if (!paths) return undefined;
  const { from, to } = paths;
  let next = at + 2;
  if (from === NOTHING) out.push(`*** Add File: ${to}`);
  else if (to === NOTHING) out.push(`*** Delete File: ${from}`);
  else out.push(`*** Update File: ${from}`, ...(from === to ? [] : [`*** Move to: ${to}`]));
  for (let left = { old: 0, new: 0 }; next < lines.length; next++) {
    const line = lines[next] ?? "";
    const range = /^@@ -\d+(?:,(\d+))? \+\d+(?:,(\d+))? @@ ?(.*)$/.exec(line);
    if (range) {
      left = { old: Number(range[1] ?? 1), new: Number(range[2] ?? 1) };
      if (from !== NOTHING && to !== NOTHING) out.push(range[3] ? `@@ ${range[3]}` : "@@");
    } else if (line.startsWith("\\ No newline")) continue;
    else if (left.old <= 0 && left.new <= 0) break;
    else {
      if (!/^[ +-]/.test(line) && line !== "") return undefined;
      if (!line.startsWith("+")) left.old--;
      if (!line.startsWith("-")) left.new--;
      if (to !== NOTHING) out.push(line);
    }
  }
  return next;
}

/** The paths behind `--- ` and `+++ `, without time stamps; git's a/ and b/ go where both stand, else they are folders. */
function unifiedPaths(before: string, after: string): { from: string; to: string } | undefined {
  if (!after.startsWith("+++ ")) return undefined;
  const [from, to] = [before, after].map((line) => line.slice(4).split("\t")[0]?.trim() ?? "");
  if (!from || !to || (from === NOTHING && to === NOTHING)) return undefined;
  const git = (from === NOTHING || from.startsWith("a/")) && (to === NOTHING || to.startsWith("b/"));
  const bare = (path: string): string => (git && path !== NOTHING ? path.slice(2) : path);
  return { from: bare(from), to: bare(to) };
}
