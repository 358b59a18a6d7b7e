/** Finds the remedy for a refusal, and applies remedies to a body. */
import type { ShimError } from "../errors.ts";
import { JsonEdit } from "../json-edit.ts";
import { cutPath, findPath } from "../json-paths.ts";
import type { WireName } from "../provider.ts";
import type { Ignored } from "../turn.ts";
import { REFUSAL_ROWS, type RefusalRow } from "./rows.ts";
import { unknownFieldRow } from "./unknown-field.ts";

/** A body as it may go out. */
interface Remedied {
  body: string;
  /** Where the prompt ends in it. */
  prompt_end: number;
  /** Those of the remedies that changed anything. */
  applied: readonly RefusalRow[];
}

/** `prompt_end` is a place in the body that is moved along with what stands before it. */
export function applyRemedies(body: string, rows: readonly RefusalRow[], prompt_end = 0): Remedied {
  const applied: RefusalRow[] = [];
  let remedied = { body, prompt_end };
  for (const row of rows) {
    const changed = withRemedy(remedied.body, row, remedied.prompt_end);
    if (changed.body !== remedied.body) applied.push(row);
    remedied = changed;
  }
  return { ...remedied, applied };
}

function withRemedy(text: string, { cut = [], set = [] }: RefusalRow, place: number): Omit<Remedied, "applied"> {
  let changed = { body: text, prompt_end: place };
  const by = (change: (edit: JsonEdit) => void): void => {
    const edit = new JsonEdit(changed.body);
    change(edit);
    changed = { body: edit.result(), prompt_end: edit.moved(changed.prompt_end) };
  };
  // One after another: two cuts of neighbours would get into each other's commas.
  for (const path of cut) by((edit) => cutPath(edit, path, true));
  for (const [path, json] of set)
    by((edit) => {
      for (const span of findPath(edit.text, path)) edit.replace(span, json);
    });
  return changed;
}

/** How much of an error is looked at: some upstreams repeat the whole request behind their own words. */
const MAX_WORDS = 300;

/** Whether an error of this kind can be a refusal at all. */
export function mayHaveRemedy({ kind }: ShimError): boolean {
  return kind === "invalid_request" || kind === "unsupported";
}

/** The remedy for this error; undefined where none is known, or where it changes nothing in this body. */
export function remedyFor(
  error: ShimError,
  wire: WireName,
  body: string,
  tried: readonly RefusalRow[],
): RefusalRow | undefined {
  if (!mayHaveRemedy(error)) return undefined;
  const { message, upstream } = error;
  const words = message.slice(0, MAX_WORDS).split(/['"]?\b(?:input|received|got|body)\b['"]?\s*[:=]/i)[0] ?? "";
  const known = REFUSAL_ROWS[wire].find((row) => row.words.test(words) && !isTried(row, tried));
  if (known) return changes(body, known) ? known : undefined;
  const path = upstream?.kind === "refused" && upstream.refusal.what === "field" ? upstream.refusal.path : undefined;
  const row = path === undefined ? undefined : unknownFieldRow(wire, path);
  return row && !isTried(row, tried) && changes(body, row) ? row : undefined;
}

const isTried = ({ field }: RefusalRow, tried: readonly RefusalRow[]): boolean =>
  tried.some((row) => row.field === field);

const changes = (body: string, row: RefusalRow): boolean => withRemedy(body, row, 0).body !== body;

export function ignoredBy(rows: readonly RefusalRow[]): Ignored[] {
  return rows.map(({ field }) => ({ field, what: field, why: "the upstream refused it" }));
}
