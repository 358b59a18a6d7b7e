/** The words of JSON Schema about arrays. Those of older drafts count where they do not contradict today's. */
import { isWithin, listAt, numberAt, UNPROVED, type Applied, type Checker } from "./checker.ts";
import { formOf } from "./scalars.ts";

type AppliedList = Applied<readonly unknown[]>;

export function listFits(applied: AppliedList, checker: Checker): boolean {
  if (!isWithin(applied.value.length, applied.schema, "minItems", "maxItems")) return false;
  return itemsFit(applied, checker) && containsFit(applied, checker) && isUnique(applied, checker);
}

function itemsFit({ value, schema, from, mine }: AppliedList, checker: Checker): boolean {
  const { prefix, rest } = itemSchemas(schema);
  const checked = rest === undefined ? Math.min(prefix.length, value.length) : value.length;
  for (let place = 0; place < checked; place++)
    if (!checker.check(value[place], place < prefix.length ? prefix[place] : rest, from, undefined)) return false;
  if (mine && rest === undefined) mine.items = Math.max(mine.items, checked);
  else if (mine) mine.all = true;
  return true;
}

/** A list in `items`, and `additionalItems` for what follows, are what older drafts have for tuples. */
function itemSchemas(schema: AppliedList["schema"]): { prefix: readonly unknown[]; rest: unknown } {
  const prefix = listAt(schema, "prefixItems");
  const { items } = schema;
  if (!Array.isArray(items)) return { prefix: prefix ?? [], rest: items };
  if (prefix) throw UNPROVED;
  return { prefix: items, rest: schema["additionalItems"] };
}

function containsFit({ value, schema, from, mine }: AppliedList, checker: Checker): boolean {
  const { contains } = schema;
  if (contains === undefined) return true;
  const least = numberAt(schema, "minContains") ?? 1;
  const most = numberAt(schema, "maxContains") ?? Infinity;
  let found = 0;
  for (const [place, each] of value.entries()) {
    if (!checker.check(each, contains, from, undefined)) continue;
    found++;
    mine?.places.add(place);
    if (found > most) return false;
  }
  return found >= least;
}

function isUnique({ value, schema }: AppliedList, checker: Checker): boolean {
  const { uniqueItems } = schema;
  if (uniqueItems === undefined || uniqueItems === false) return true;
  if (uniqueItems !== true) throw UNPROVED;
  return new Set(value.map((each) => formOf(each, checker))).size === value.length;
}

/** What no other word of the schema has looked at. */
export function restOfListFits({ value, schema, from, mine }: AppliedList, checker: Checker): boolean {
  const rest = schema["unevaluatedItems"];
  if (rest === undefined || !mine) return true;
  checker.spend(value.length);
  for (const [place, each] of value.entries())
    if (!mine.hasItem(place) && !checker.check(each, rest, from, undefined)) return false;
  mine.all = true;
  return true;
}
