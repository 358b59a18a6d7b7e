/** What a note says in the log: names of tools and kinds of things that a model or an upstream made up may be any text. */
import type { NoteKind } from "../../core/notes.ts";
import { UNKNOWN } from "./known-words.ts";

/** The detail of these notes holds the words of others. */
const FOREIGN: ReadonlySet<NoteKind> = new Set([
  "patch_repaired",
  "patch_invalid",
  "grammar_unchecked",
  "arguments_repaired",
  "arguments_coerced",
  "arguments_invalid",
  "call_healed",
  "call_left_as_text",
  "undeclared_tool",
  "foreign_reasoning",
  "citations_lost",
]);

/** Names of tools as the APIs want them, and of models; several of them with commas between them. */
const NAMES = /^[\w.:/@+-]{1,96}(?:, [\w.:/@+-]{1,96})*$/;

export function loggedNote(what: NoteKind, detail: string): string {
  return FOREIGN.has(what) && detail !== "of unknown origin" && !NAMES.test(detail) ? UNKNOWN : detail;
}
