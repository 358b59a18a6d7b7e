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
export function parsePath(path: string): readonly Step[] {
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
  for (const step of parsePath(path)) spans = spans.flatMap((span) => stepInto(text, span, step));
  return spans;
}

export function hasPath(text: string, path: string): boolean {
  return findPath(text, path).length > 0;
}

function stepInto(text: string, span: Span, step: Step): Span[] {
  if ("key" in step)
    return membersOf(text, span.start)
      .filter(({ key }) => key === step.key)
      .map(({ value }) => value);
  const elements = elementsOf(text, span.start);
  return "each" in step ? elements : elements.filter((element) => typeOf(text, element) === step.type);
}

function typeOf(text: string, element: Span): unknown {
  const type = membersOf(text, element.start).find(({ key }) => key === "type");
  if (!type || text[type.value.start] !== '"') return undefined;
  return JSON.parse(text.slice(type.value.start, type.value.end)) as unknown;
}

/**
 * Cuts the fields of this path out. Returns how many there were. `prune`: an object goes with its last field, and what
 * holds a list with its last element.
 */
export function cutPath(edit: JsonEdit, path: string, prune = false): number {
  return cutSteps({ edit, prune }, parsePath(path), valueSpan(edit.text)).count;
}

interface Cutting {
  edit: JsonEdit;
  prune: boolean;
}

interface Cut {
  count: number;
  /** What the list or the object holds is all cut, so that what holds it says nothing any more. */
  emptied?: "list" | "object";
}

function cutSteps(cutting: Cutting, [step, ...deeper]: readonly Step[], span: Span): Cut {
  if (!step) return { count: 0 };
  return "key" in step ? cutMembers(cutting, step.key, deeper, span) : cutElements(cutting, step, deeper, span);
}

function cutMembers(cutting: Cutting, name: string, deeper: readonly Step[], span: Span): Cut {
  const { edit, prune } = cutting;
  const members = membersOf(edit.text, span.start);
  const gone = new Set<number>();
  let count = 0;
  let emptied: Cut["emptied"];
  for (const [i, { key, value }] of members.entries()) {
    if (key !== name) continue;
    const inner: Cut = deeper.length === 0 ? { count: 1 } : cutSteps(cutting, deeper, value);
    count += inner.count;
    if (deeper.length === 0 || inner.emptied === "object") gone.add(i);
    else emptied ??= inner.emptied;
  }
  if (prune && gone.size > 0 && gone.size === members.length) emptied ??= "object";
  edit.remove(
    members.map(({ start, value }) => ({ start, end: value.end })),
    gone,
  );
  return { count, ...(emptied && { emptied }) };
}

function cutElements(cutting: Cutting, step: Exclude<Step, { key: string }>, deeper: readonly Step[], span: Span): Cut {
  const { edit, prune } = cutting;
  const elements = elementsOf(edit.text, span.start);
  const gone = new Set<number>();
  let count = 0;
  for (const [i, element] of elements.entries()) {
    if ("type" in step && typeOf(edit.text, element) !== step.type) continue;
    const inner: Cut = deeper.length === 0 ? { count: 1 } : cutSteps(cutting, deeper, element);
    count += inner.count;
    // A message without content is refused: it goes with its last block.
    if (deeper.length === 0 || inner.emptied === "list") gone.add(i);
  }
  if (prune && gone.size > 0 && gone.size === elements.length) return { count, emptied: "list" };
  edit.remove(elements, gone);
  return { count };
}
