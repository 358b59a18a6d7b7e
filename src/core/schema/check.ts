/**
 * Whether a value fits a JSON schema (draft 2020-12, and the words of older drafts that tools are declared with), within
 * a budget of steps. Clients write the schemas, and models the values, so that neither may decide how long this takes.
 *
 * The result is `unproved` wherever the budget ends, something is nested too deep, or the schema cannot be read:
 * references that lead out of it, words that it has for what only other programs know, patterns that refer to groups.
 * Words that no draft knows say nothing, and `format` is a note for people, as the drafts have it.
 */
import type { JsonObject } from "../dialect.ts";
import { isJsonObject } from "../json-fields.ts";
import { readPattern, type Pattern } from "../pattern/match.ts";
import type { WorkBudget } from "../work-budget.ts";
import { Evaluated, isWithin, listAt, numberAt, objectAt, UNPROVED, type Checker } from "./checker.ts";
import { References, type Resource } from "./references.ts";
import { formOf, isNamed, isOfType, numberFits, stringFits } from "./scalars.ts";

export type SchemaFit = "fits" | "breaks" | "unproved";

const MAX_DEPTH = 400; // Schemas within schemas that are applied at once; what goes on in a circle ends here.

/** One schema that is applied to one value. */
interface Applied<Value> {
  value: Value;
  schema: JsonObject;
  from: Resource;
  /** Absent where no schema around it depends on which parts were looked at. */
  mine: Evaluated | undefined;
}

/** The checks of values against one schema and what stands in it. */
export class SchemaCheck implements Checker {
  readonly budget: WorkBudget;
  private readonly root: unknown;
  private readonly references: References;
  private readonly patterns = new Map<string, Pattern>();
  private depth = 0;

  constructor(root: unknown, budget: WorkBudget) {
    this.root = root;
    this.budget = budget;
    this.references = new References(isJsonObject(root) ? root : {}, (steps) => this.spend(steps));
  }

  /** `schema` may be one that stands in the whole one, whose references then lead where they do there. */
  fit(value: unknown, schema: unknown = this.root): SchemaFit {
    this.depth = 0;
    try {
      if (isForeign(this.root)) return "unproved";
      return this.check(value, schema, this.references.whole, undefined) ? "fits" : "breaks";
    } catch (thrown) {
      if (thrown === UNPROVED) return "unproved";
      throw thrown;
    }
  }

  check(value: unknown, schema: unknown, from: Resource, seen: Evaluated | undefined): boolean {
    if (typeof schema === "boolean") return schema;
    if (!isJsonObject(schema) || this.depth >= MAX_DEPTH) throw UNPROVED;
    this.spend(4);
    this.depth++;
    const fits = this.applies(value, schema, this.references.within(schema, from), seen);
    this.depth--;
    return fits;
  }

  spend(steps: number): void {
    if (!this.budget.spend(steps)) throw UNPROVED;
  }

  isIn(source: string, text: string): boolean {
    let pattern = this.patterns.get(source);
    if (!pattern) this.patterns.set(source, (pattern = readPattern(source, this.budget)));
    const is = pattern.isIn(text, this.budget);
    if (is === undefined) throw UNPROVED;
    return is;
  }

  private applies(value: unknown, schema: JsonObject, from: Resource, seen: Evaluated | undefined): boolean {
    const { type } = schema;
    if (type !== undefined && !isOfType(value, type, this)) return false;
    if (!isNamed(value, schema, this)) return false;
    const asks =
      seen !== undefined || schema["unevaluatedProperties"] !== undefined || schema["unevaluatedItems"] !== undefined;
    const mine = asks ? new Evaluated() : undefined;
    if (!this.kindFits(value, schema, from, mine) || !this.othersFit({ value, schema, from, mine })) return false;
    if (!mine) return true;
    if (!this.restFits(value, schema, from, mine)) return false;
    this.spend(mine.size);
    seen?.add(mine);
    return true;
  }

  /** By the words that are about one type of value, and say nothing of all others. */
  private kindFits(value: unknown, schema: JsonObject, from: Resource, mine: Evaluated | undefined): boolean {
    if (typeof value === "string") return stringFits(value, schema, this);
    if (typeof value === "number") return numberFits(value, schema, this);
    if (Array.isArray(value)) return this.listFits({ value, schema, from, mine });
    return !isJsonObject(value) || this.objectFits({ value, schema, from, mine });
  }

  /** By the words about what no other word of the schema has looked at. */
  private restFits(value: unknown, schema: JsonObject, from: Resource, mine: Evaluated): boolean {
    const rest = schema[Array.isArray(value) ? "unevaluatedItems" : "unevaluatedProperties"];
    if (rest === undefined || typeof value !== "object" || value === null) return true;
    const parts: [string | number, unknown][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
    this.spend(parts.length);
    for (const [part, each] of parts) if (!mine.has(part) && !this.check(each, rest, from, undefined)) return false;
    mine.all = true;
    return true;
  }

  /** By other schemas that are applied to the same value. */
  private othersFit(applied: Applied<unknown>): boolean {
    const { value, schema, from, mine } = applied;
    // Where they lead depends on the way on which they were come to.
    if (schema["$dynamicRef"] !== undefined || schema["$recursiveRef"] !== undefined) throw UNPROVED;
    const { $ref, not, if: condition } = schema;
    if ($ref !== undefined) {
      const target = typeof $ref === "string" ? this.references.find($ref, from) : undefined;
      if (!target) throw UNPROVED;
      if (!this.check(value, target.schema, target.resource, mine)) return false;
    }
    const all = listAt(schema, "allOf");
    if (all && !all.every((each) => this.check(value, each, from, mine))) return false;
    if (!this.anyFits(applied) || !this.oneFits(applied)) return false;
    if (not !== undefined && this.check(value, not, from, undefined)) return false;
    if (condition === undefined) return true;
    const branch = schema[this.check(value, condition, from, mine) ? "then" : "else"];
    return branch === undefined || this.check(value, branch, from, mine);
  }

  private anyFits({ value, schema, from, mine }: Applied<unknown>): boolean {
    const any = listAt(schema, "anyOf");
    if (!any) return true;
    // Each that fits has looked at other parts.
    if (mine) return any.filter((each) => this.check(value, each, from, mine)).length > 0;
    return any.some((each) => this.check(value, each, from, undefined));
  }

  private oneFits({ value, schema, from, mine }: Applied<unknown>): boolean {
    const one = listAt(schema, "oneOf");
    if (!one) return true;
    let fitting = 0;
    for (const each of one) if (this.check(value, each, from, mine) && ++fitting > 1) return false;
    return fitting === 1;
  }

  /** Words of older drafts count where they do not contradict today's. */
  private listFits(applied: Applied<readonly unknown[]>): boolean {
    if (!isWithin(applied.value.length, applied.schema, "minItems", "maxItems")) return false;
    return this.itemsFit(applied) && this.containsFit(applied) && this.isUnique(applied);
  }

  private itemsFit({ value, schema, from, mine }: Applied<readonly unknown[]>): boolean {
    const { prefix, rest } = this.itemSchemas(schema);
    const checked = rest === undefined ? Math.min(prefix.length, value.length) : value.length;
    for (let place = 0; place < checked; place++)
      if (!this.check(value[place], place < prefix.length ? prefix[place] : rest, from, undefined)) return false;
    if (mine && rest === undefined) mine.items = Math.max(mine.items, checked);
    else if (mine) mine.all = true;
    return true;
  }

  /** A list in `items`, and `additionalItems` for what follows, are what older drafts have for tuples. */
  private itemSchemas(schema: JsonObject): { prefix: readonly unknown[]; rest: unknown } {
    const prefix = listAt(schema, "prefixItems");
    const { items } = schema;
    if (!Array.isArray(items)) return { prefix: prefix ?? [], rest: items };
    if (prefix) throw UNPROVED;
    return { prefix: items, rest: schema["additionalItems"] };
  }

  private containsFit({ value, schema, from, mine }: Applied<readonly unknown[]>): boolean {
    const { contains } = schema;
    if (contains === undefined) return true;
    const least = numberAt(schema, "minContains") ?? 1;
    const most = numberAt(schema, "maxContains") ?? Infinity;
    let found = 0;
    for (const [place, each] of value.entries()) {
      if (!this.check(each, contains, from, undefined)) continue;
      found++;
      mine?.parts.add(place);
      if (found > most) return false;
    }
    return found >= least;
  }

  private isUnique({ value, schema }: Applied<readonly unknown[]>): boolean {
    const { uniqueItems } = schema;
    if (uniqueItems === undefined || uniqueItems === false) return true;
    if (uniqueItems !== true) throw UNPROVED;
    return new Set(value.map((each) => formOf(each, this))).size === value.length;
  }

  private objectFits(applied: Applied<JsonObject>): boolean {
    const { value, schema, from } = applied;
    if (!this.hasAll(value, listAt(schema, "required"))) return false;
    const keys = Object.keys(value);
    this.spend(keys.length);
    if (!isWithin(keys.length, schema, "minProperties", "maxProperties")) return false;
    const names = schema["propertyNames"];
    if (names !== undefined && !keys.every((key) => this.check(key, names, from, undefined))) return false;
    return this.propertiesFit(applied, keys) && this.dependentsFit(applied, keys);
  }

  private hasAll(value: JsonObject, names: readonly unknown[] | undefined): boolean {
    if (!names) return true;
    this.spend(names.length);
    return names.every((name) => {
      if (typeof name !== "string") throw UNPROVED;
      return Object.hasOwn(value, name);
    });
  }

  private propertiesFit({ value, schema, from, mine }: Applied<JsonObject>, keys: string[]): boolean {
    const properties = objectAt(schema, "properties");
    const byPattern = objectAt(schema, "patternProperties");
    const additional = schema["additionalProperties"];
    if (!properties && !byPattern && additional === undefined) return true;
    const patterns = byPattern ? Object.entries(byPattern) : [];
    this.spend(keys.length * 4);
    for (const key of keys) {
      const each = value[key];
      let known = false;
      if (properties && Object.hasOwn(properties, key)) {
        known = true;
        if (!this.check(each, properties[key], from, undefined)) return false;
      }
      for (const [pattern, inner] of patterns) {
        this.spend(1);
        if (!this.isIn(pattern, key)) continue;
        known = true;
        if (!this.check(each, inner, from, undefined)) return false;
      }
      if (!known && additional !== undefined) {
        known = true;
        if (!this.check(each, additional, from, undefined)) return false;
      }
      if (known) mine?.parts.add(key);
    }
    return true;
  }

  /** What must be there, or fit, because something else is there. */
  private dependentsFit({ value, schema, from, mine }: Applied<JsonObject>, keys: string[]): boolean {
    const lists = objectAt(schema, "dependentRequired");
    const schemas = objectAt(schema, "dependentSchemas");
    const either = objectAt(schema, "dependencies");
    if (!lists && !schemas && !either) return true;
    for (const key of keys) {
      if (lists && Object.hasOwn(lists, key) && !this.hasAll(value, listAt(lists, key))) return false;
      if (schemas && Object.hasOwn(schemas, key) && !this.check(value, schemas[key], from, mine)) return false;
      if (!either || !Object.hasOwn(either, key)) continue;
      const dependency = either[key];
      const fits = Array.isArray(dependency)
        ? this.hasAll(value, dependency)
        : this.check(value, dependency, from, mine);
      if (!fits) return false;
    }
    return true;
  }
}

/** Words of its own kind of schema may mean something else. */
function isForeign(root: unknown): boolean {
  const kind = isJsonObject(root) ? root["$schema"] : undefined;
  return typeof kind === "string" && !kind.includes("json-schema.org/");
}
