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

/** Cuts the fields of this path out. Returns how many there were. */
export function cutPath(edit: JsonEdit, path: string, at: Span = valueSpan(edit.text)): number {
  return cutSteps(edit, parsePath(path), at).count;
}

/** `emptied`: the list that is left holds nothing, so that what holds the list says nothing any more. */
interface Cut {
  count: number;
  emptied: boolean;
}

function cutSteps(edit: JsonEdit, [step, ...deeper]: readonly Step[], span: Span): Cut {
  const { text } = edit;
  if (!step) return { count: 0, emptied: false };
  if ("key" in step) {
    const members = membersOf(text, span.start);
    const found = members.flatMap(({ key }, i) => (key === step.key ? [i] : []));
    if (deeper.length === 0) {
      edit.remove(
        members.map(({ start, value }) => ({ start, end: value.end })),
        new Set(found),
      );
      return { count: found.length, emptied: false };
    }
    const inner = found.map((i) => cutSteps(edit, deeper, members[i]?.value ?? span));
    return { count: sum(inner), emptied: inner.some(({ emptied }) => emptied) };
  }
  const elements = elementsOf(text, span.start);
  const cut = new Set<number>();
  let count = 0;
  for (const [i, element] of elements.entries()) {
    if ("type" in step && typeOf(text, element) !== step.type) continue;
    const inner = deeper.length === 0 ? { count: 1, emptied: true } : cutSteps(edit, deeper, element);
    count += inner.count;
    // A message without content is refused: it goes with its last block.
    if (inner.emptied) cut.add(i);
  }
  const all = cut.size > 0 && cut.size === elements.length;
  if (!all) edit.remove(elements, cut);
  return { count, emptied: all };
}

function sum(cuts: readonly Cut[]): number {
  return cuts.reduce((total, { count }) => total + count, 0);
}
