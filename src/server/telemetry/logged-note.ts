/** What a note says in the log: names of tools and kinds of things that a model or a host has made up may be any text. */
import type { NoteKind } from "../../core/notes.ts";
import { UNKNOWN } from "./known-words.ts";

/** Of these the detail is somebody else's word. */
const FOREIGN: ReadonlySet<NoteKind> = new Set([
  "patch_repaired",
  "patch_invalid",
  "grammar_unchecked",
  "arguments_repaired",
  "arguments_coerced",
  "arguments_invalid",
  "call_healed",
  "call_left_as_text",
  "residue_cut",
  "undeclared_tool",
  "foreign_reasoning",
  "citations_lost",
]);

/** As the APIs want names of tools, and as models are named; several of them apart by commas. */
const NAMES = /^[\w.:/@+-]{1,96}(?:, [\w.:/@+-]{1,96})*$/;

export function loggedNote(what: NoteKind, detail: string): string {
  return FOREIGN.has(what) && detail !== "of unknown origin" && !NAMES.test(detail) ? UNKNOWN : detail;
}
