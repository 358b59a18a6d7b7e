/** The words of JSON Schema about objects. Those of older drafts count where they do not contradict today's. */
import type { JsonObject } from "../dialect.ts";
import { isWithin, listAt, objectAt, UNPROVED, type Applied, type Checker } from "./checker.ts";

type AppliedObject = Applied<JsonObject>;

export function objectFits(applied: AppliedObject, checker: Checker): boolean {
  const { value, schema, from } = applied;
  if (!hasAll(value, listAt(schema, "required"), checker)) return false;
  const keys = Object.keys(value);
  checker.spend(keys.length);
  if (!isWithin(keys.length, schema, "minProperties", "maxProperties")) return false;
  const names = schema["propertyNames"];
  if (names !== undefined && !keys.every((key) => checker.check(key, names, from, undefined))) return false;
  return propertiesFit(applied, keys, checker) && dependentsFit(applied, keys, checker);
}

function hasAll(value: JsonObject, names: readonly unknown[] | undefined, checker: Checker): boolean {
  if (!names) return true;
  checker.spend(names.length);
  return names.every((name) => {
    if (typeof name !== "string") throw UNPROVED;
    return Object.hasOwn(value, name);
  });
}

function propertiesFit({ value, schema, from, mine }: AppliedObject, keys: string[], checker: Checker): boolean {
  const properties = objectAt(schema, "properties");
  const byPattern = objectAt(schema, "patternProperties");
  const additional = schema["additionalProperties"];
  if (!properties && !byPattern && additional === undefined) return true;
  const patterns = byPattern ? Object.entries(byPattern) : [];
  checker.spend(keys.length * 4);
  for (const key of keys) {
    const each = value[key];
    let known = false;
    if (properties && Object.hasOwn(properties, key)) {
      known = true;
      if (!checker.check(each, properties[key], from, undefined)) return false;
    }
    for (const [pattern, inner] of patterns) {
      checker.spend(1);
      if (!checker.isIn(pattern, key)) continue;
      known = true;
      if (!checker.check(each, inner, from, undefined)) return false;
    }
    if (!known && additional !== undefined) {
      known = true;
      if (!checker.check(each, additional, from, undefined)) return false;
    }
    if (known) mine?.keys.add(key);
  }
  return true;
}

/** What must be there, or fit, because something else is there. */
function dependentsFit({ value, schema, from, mine }: AppliedObject, keys: string[], checker: Checker): boolean {
  const lists = objectAt(schema, "dependentRequired");
  const schemas = objectAt(schema, "dependentSchemas");
  const either = objectAt(schema, "dependencies");
  if (!lists && !schemas && !either) return true;
  for (const key of keys) {
    if (lists && Object.hasOwn(lists, key) && !hasAll(value, listAt(lists, key), checker)) return false;
    if (schemas && Object.hasOwn(schemas, key) && !checker.check(value, schemas[key], from, mine)) return false;
    if (!either || !Object.hasOwn(either, key)) continue;
    const dependency = either[key];
    const fits = Array.isArray(dependency)
      ? hasAll(value, dependency, checker)
      : checker.check(value, dependency, from, mine);
    if (!fits) return false;
  }
  return true;
}

/** What no other word of the schema has looked at. */
export function restOfObjectFits({ value, schema, from, mine }: AppliedObject, checker: Checker): boolean {
  const rest = schema["unevaluatedProperties"];
  if (rest === undefined || !mine) return true;
  const keys = Object.keys(value);
  checker.spend(keys.length);
  for (const key of keys) if (!mine.hasKey(key) && !checker.check(value[key], rest, from, undefined)) return false;
  mine.all = true;
  return true;
}
