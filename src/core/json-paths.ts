/**
 * Finds and cuts fields of a JSON text by their paths, in place: every other byte stays.
 *
 *     reasoning.effort                     a field of an object
 *     tools[].strict                       a field of each element of a list
 *     input[type=reasoning]                each element whose `type` is this word
 */
import { elementsOf, type JsonEdit, membersOf, type Span, valueSpan } from "./json-edit.ts";

type Step = { key: string } | { each: true } | { type: string };

/** Throws an Error for what is no path: paths are written by us or by the user's config. */
function parsePath(path: string): readonly Step[] {
  const steps: Step[] = [];
  for (const [, key, type] of path.matchAll(/\.?([^.[\]]+)|\[(?:type=([^\]]+))?\]/g)) {
    if (key !== undefined) steps.push({ key });
    else steps.push(type === undefined ? { each: true } : { type });
  }
  if (steps.length === 0) throw new Error(`\`${path}\` is no path of a field`);
  return steps;
}

/** Where the fields of this path stand. */
export function findPath(text: string, path: string, at: Span = valueSpan(text)): Span[] {
  let spans = [at];
  for (const step of parsePath(path))
    spans = spans.flatMap((span) =>
      partsOf(text, step, span).flatMap(({ value, matches }) => (matches ? [value] : [])),
    );
  return spans;
}

function typeOf(text: string, element: Span): unknown {
  const type = membersOf(text, element.start).find(({ key }) => key === "type");
  if (!type || text[type.value.start] !== '"') return undefined;
  return JSON.parse(text.slice(type.value.start, type.value.end));
}

/** Cuts and counts these fields. `prune`: an object goes with its last field, a holder of a list with its last element. */
export function cutPath(edit: JsonEdit, path: string, prune = false): number {
  return cutSteps(edit, prune, parsePath(path), valueSpan(edit.text)).count;
}

interface Cut {
  count: number;
  /** What the list or the object holds is all cut, so that what holds it says nothing any more. */
  emptied?: "list" | "object" | undefined;
}

function cutSteps(edit: JsonEdit, prune: boolean, [step, ...deeper]: readonly Step[], span: Span): Cut {
  if (!step) return { count: 0 };
  const kind = "key" in step ? "object" : "list";
  const parts = partsOf(edit.text, step, span);
  const gone = new Set<number>();
  let count = 0;
  let emptied: Cut["emptied"];
  for (const [i, { value, matches }] of parts.entries()) {
    if (!matches) continue;
    const inner: Cut = deeper.length === 0 ? { count: 1, emptied: kind } : cutSteps(edit, prune, deeper, value);
    count += inner.count;
    // A message without content is refused: it goes with its last block.
    if (inner.emptied === kind) gone.add(i);
    else if (kind === "object") emptied ??= inner.emptied;
  }
  if (prune && gone.size > 0 && gone.size === parts.length) emptied ??= kind;
  if (emptied !== "list" || kind === "object") edit.remove(parts, gone);
  return { count, emptied };
}

/** Members or elements, and whether they are meant by this step. */
function partsOf(text: string, step: Step, span: Span): (Span & { value: Span; matches: boolean })[] {
  if ("key" in step)
    return membersOf(text, span.start).map((member) => ({ ...member, matches: member.key === step.key }));
  return elementsOf(text, span.start).map((element) => ({
    ...element,
    value: element,
    matches: "each" in step || typeOf(text, element) === step.type,
  }));
}
