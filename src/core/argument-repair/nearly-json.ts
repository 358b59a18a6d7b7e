/** Repairs what is nearly JSON, when nothing but its punctuation changes. */
import { jsonrepair } from "jsonrepair";
import { wellFormedJson } from "../json-string.ts";

/** Longer texts are not repaired: that would take seconds, in which nothing else is served. */
const MAX_REPAIR = 64 * 1024;
/** What has more of these outside of its texts is not repaired either: each makes the repair look at the whole again. */
const MAX_DEPTH = 100;
const MAX_SIGNS = 40;

/** JSON of what is nearly JSON; empty when anything but its punctuation would change, or when it was cut. */
export function repairNearlyJson(text: string): string {
  if (text.length > MAX_REPAIR || !isRepairable(text)) return "";
  try {
    // `\d` and the like are meant as they stand; what repairs would drop the backslash.
    const escapes = /\\(["\\/bfnrt]|u[\da-fA-F]{4})?/g;
    const given = text.replaceAll(escapes, (whole, known?: string) => (known ? whole : "\\\\"));
    const repaired = jsonrepair(given);
    const is_same = wordsOf(repaired) === wordsOf(text) && keepsEscapes(given, repaired);
    return is_same ? wellFormedJson(repaired.trim()) : "";
  } catch {
    return "";
  }
}

/** Everything but white space and the punctuation of JSON and of what is taken for it. */
function wordsOf(text: string): string {
  return text
    .replaceAll(/```(?:json)?/g, "")
    .replaceAll(/\\[bfnrt]/g, "")
    .replaceAll(/[\s"'`{}[\],:\\]/g, "")
    .replaceAll(/True|False|None/g, (word) => (word === "None" ? "null" : word.toLowerCase()));
}

/** Backslashes that are lost make other words of paths and patterns. */
function keepsEscapes(given: string, repaired: string): boolean {
  const before = escapesIn(given);
  const after = escapesIn(repaired);
  // Control characters get escapes of their own.
  return before.backslashes === after.backslashes && before.codes <= after.codes;
}

function escapesIn(text: string): { backslashes: number; codes: number } {
  const count = { backslashes: 0, codes: 0 };
  for (const [escape] of text.matchAll(/\\[^]/g)) {
    if (escape === "\\\\") count.backslashes++;
    else if (escape === "\\u") count.codes++;
  }
  return count;
}

/** A string without its end may be half of what was meant: it is never completed. Brackets are bounded for speed. */
function isRepairable(text: string): boolean {
  let quote = "";
  let depth = 0;
  let signs = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i] ?? "";
    if (char === "\\") i++;
    else if (quote !== "") quote = char === quote ? "" : quote;
    else if (char === '"' || char === "'") quote = char;
    else if (char === "{" || char === "[" || char === "(") depth++;
    else if (char === "}" || char === "]" || char === ")") depth--;
    else if (char === "`" || char === "+") signs++;
    if (depth > MAX_DEPTH || signs > MAX_SIGNS) return false;
  }
  return quote === "";
}
