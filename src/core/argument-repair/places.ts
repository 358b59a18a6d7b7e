/**
 * What a schema says of each place of a value, as far as repairs need it: the kinds that it allows there, and where its
 * members and items are described. Only what is certain counts: a word that cannot be read, a circle of references, or
 * the end of the budget allow everything, and where everything is allowed nothing is repaired.
 */
import type { JsonObject } from "../dialect.ts";
import { isJsonObject } from "../json-fields.ts";
import { UNPROVED } from "../schema/checker.ts";
import { SchemaCheck } from "../schema/check.ts";
import { References } from "../schema/references.ts";
import type { WorkBudget } from "../work-budget.ts";
import { ANY_KIND, ARRAY, kindsOf, OBJECT } from "./kinds.ts";

export interface Place {
  /** Bits of `kinds.ts`. */
  kinds: number;
  /** The value has to fit all of them. */
  schemas: readonly unknown[];
  /** Schemas that describe the members of an object; all of them hold. */
  objects: readonly JsonObject[];
  /** Members that some branch asks for. */
  required: ReadonlySet<string>;
  /** Schemas that describe the items of an array; all of them hold. */
  arrays: readonly JsonObject[];
  /** Branches that differ in what they say of an object: only the whole value shows which is meant. */
  object_branches: readonly unknown[] | undefined;
  array_branches: readonly unknown[] | undefined;
}

interface Branch {
  schema: unknown;
  place: Place;
}

interface Member {
  place: Place;
  /** Whether it is described, and may be left out. */
  optional: boolean;
}

const NONE: ReadonlySet<string> = new Set();
export const ANYTHING: Place = {
  kinds: ANY_KIND,
  schemas: [],
  objects: [],
  required: NONE,
  arrays: [],
  object_branches: undefined,
  array_branches: undefined,
};
const UNKNOWN_MEMBER: Member = { place: ANYTHING, optional: false };

/** Schemas within one another that are applied to the same value. */
const MAX_DEPTH = 50;
const A_SCHEMA = 4;

export class Places {
  /** Of the whole value. */
  readonly root: Place;
  private readonly check: SchemaCheck;
  private readonly whole: JsonObject | undefined;
  private readonly references: References;
  private readonly budget: WorkBudget;
  private readonly known = new Map<JsonObject, Place>();

  constructor(schema: unknown, budget: WorkBudget) {
    this.budget = budget;
    const check = new SchemaCheck(schema, budget);
    // In a kind of schema of its own nothing is proved, not even this.
    this.whole = isJsonObject(schema) && check.fit(null, true) === "fits" ? schema : undefined;
    this.check = check;
    this.references = new References(this.whole ?? {}, (steps) => this.spend(steps));
    this.root = this.at([this.whole]);
  }

  member({ objects, required }: Place, key: string): Member {
    if (objects.length === 0 || !this.afford(objects.length)) return UNKNOWN_MEMBER;
    const described: unknown[] = [];
    const others: unknown[] = [];
    for (const schema of objects) {
      const properties = schema["properties"];
      const additional = schema["additionalProperties"];
      if (isJsonObject(properties) && Object.hasOwn(properties, key)) described.push(properties[key]);
      else if (additional !== undefined && schema["patternProperties"] === undefined) others.push(additional);
    }
    if (described.length === 0) return { place: this.at(others), optional: false };
    return { place: this.at(described), optional: !required.has(key) };
  }

  /** The same for all items behind the first of them for which this is true. */
  isUniform({ arrays }: Place, index: number): boolean {
    return arrays.every(({ prefixItems }) => !Array.isArray(prefixItems) || prefixItems.length <= index);
  }

  item({ arrays }: Place, index: number): Place {
    return this.afford(arrays.length) ? this.at(arrays.map((schema) => itemSchema(schema, index))) : ANYTHING;
  }

  /** The place as it is when this branch is meant. */
  branch(place: Place, schema: unknown): Place {
    const base = { ...place, object_branches: undefined, array_branches: undefined };
    return this.proved(() => this.merged([base, this.read(schema, new Set())]));
  }

  /** Whether it is proved that a value fits there. */
  fits(value: unknown, place: Place): boolean {
    return place.schemas.every((schema) => this.check.fit(value, schema) === "fits");
  }

  /** Whether that many steps were left. */
  afford(steps: number): boolean {
    return this.budget.spend(steps);
  }

  private at(schemas: readonly unknown[]): Place {
    if (schemas.length === 0) return ANYTHING;
    const [schema] = schemas;
    const known = schemas.length === 1 && isJsonObject(schema) ? this.known.get(schema) : undefined;
    if (known) return known;
    return this.proved(() => this.merged(schemas.map((schema) => this.read(schema, new Set()))));
  }

  private proved(place: () => Place): Place {
    try {
      return place();
    } catch (thrown) {
      if (thrown === UNPROVED) return ANYTHING;
      throw thrown;
    }
  }

  private spend(steps: number): void {
    if (!this.budget.spend(steps)) throw UNPROVED;
  }

  /** `open` are the schemas from which this one was come to for the same value. */
  private read(schema: unknown, open: Set<JsonObject>): Place {
    if (!isJsonObject(schema) || open.has(schema) || open.size >= MAX_DEPTH || this.leadsElsewhere(schema))
      return ANYTHING;
    const known = this.known.get(schema);
    if (known) return known;
    this.spend(A_SCHEMA);
    open.add(schema);
    const parts = [this.own(schema), ...this.applied(schema, open)];
    open.delete(schema);
    const place = { ...this.merged(parts), schemas: [schema] };
    this.known.set(schema, place);
    return place;
  }

  /** What is said within a schema with an id of its own, and by references that depend on the way, is not looked into. */
  private leadsElsewhere(schema: JsonObject): boolean {
    if (schema["$dynamicRef"] !== undefined || schema["$recursiveRef"] !== undefined) return true;
    return schema !== this.whole && typeof schema["$id"] === "string";
  }

  private own(schema: JsonObject): Place {
    const required = schema["required"];
    const { items, properties, prefixItems, additionalProperties } = schema;
    if (Array.isArray(required)) this.spend(required.length);
    return {
      ...ANYTHING,
      kinds: kindsOf(schema, (steps) => this.spend(steps)),
      objects: properties !== undefined || additionalProperties !== undefined ? [schema] : [],
      required: Array.isArray(required) ? new Set(required.filter((name) => typeof name === "string")) : NONE,
      arrays: items !== undefined || prefixItems !== undefined ? [schema] : [],
    };
  }

  private *applied(schema: JsonObject, open: Set<JsonObject>): Generator<Place> {
    const { $ref, allOf, anyOf, oneOf } = schema;
    if (typeof $ref === "string") {
      const target = this.references.find($ref, this.references.whole);
      yield this.read(target?.schema, open);
    }
    if (Array.isArray(allOf)) for (const each of allOf as unknown[]) yield this.read(each, open);
    for (const list of [anyOf, oneOf])
      if (Array.isArray(list))
        yield this.either((list as unknown[]).map((schema) => ({ schema, place: this.read(schema, open) })));
  }

  /** All of them hold. */
  private merged(parts: readonly Place[]): Place {
    const [only, ...others] = parts;
    if (only && others.length === 0) return only;
    for (const { required, schemas, objects, arrays } of parts)
      this.spend(1 + required.size + schemas.length + objects.length + arrays.length);
    const kinds = parts.reduce((all, each) => all & each.kinds, ANY_KIND);
    const asking = parts.filter(({ required }) => required.size > 0);
    return {
      // Contradictions say nothing.
      kinds: kinds === 0 ? ANY_KIND : kinds,
      schemas: united(parts.map(({ schemas }) => schemas)),
      objects: united(parts.map(({ objects }) => objects)),
      required:
        asking.length < 2 ? (asking[0]?.required ?? NONE) : new Set(asking.flatMap(({ required }) => [...required])),
      arrays: united(parts.map(({ arrays }) => arrays)),
      object_branches: onlyBranches(parts.map((each) => each.object_branches)),
      array_branches: onlyBranches(parts.map((each) => each.array_branches)),
    };
  }

  /** One of them holds. */
  private either(branches: readonly Branch[]): Place {
    const objects = branches.filter(({ place }) => (place.kinds & OBJECT) !== 0);
    const arrays = branches.filter(({ place }) => (place.kinds & ARRAY) !== 0);
    const object = objects.length === 1 ? objects[0]?.place : undefined;
    const array = arrays.length === 1 ? arrays[0]?.place : undefined;
    for (const { place } of objects) this.spend(1 + place.required.size);
    const differing = (list: readonly Branch[]): unknown[] => list.map(({ schema }) => schema);
    return {
      kinds: branches.reduce((all, { place }) => all | place.kinds, 0),
      schemas: [],
      objects: object?.objects ?? [],
      required: new Set(objects.flatMap(({ place }) => [...place.required])),
      arrays: array?.arrays ?? [],
      object_branches: !object && objects.some(describesObject) ? differing(objects) : object?.object_branches,
      array_branches: !array && arrays.some(describesArray) ? differing(arrays) : array?.array_branches,
    };
  }
}

/** What older drafts have in `items` for tuples is not looked into. */
function itemSchema({ prefixItems, items }: JsonObject, index: number): unknown {
  if (Array.isArray(prefixItems) && index < prefixItems.length) return prefixItems[index];
  return items;
}

function united<T>(lists: readonly (readonly T[])[]): readonly T[] {
  const filled = lists.filter((list) => list.length > 0);
  return filled.length < 2 ? (filled[0] ?? []) : [...new Set(filled.flat())];
}

/** Of two unions nobody can tell which pair of branches is meant: an empty list stands for that. */
function onlyBranches(all: readonly (readonly unknown[] | undefined)[]): readonly unknown[] | undefined {
  const given = all.filter((each) => each !== undefined);
  return given.length > 1 ? [] : given[0];
}

/** Branches that only ask for members describe nothing. */
function describesObject({ place }: Branch): boolean {
  return place.objects.length > 0 || place.object_branches !== undefined;
}

function describesArray({ place }: Branch): boolean {
  return place.arrays.length > 0 || place.array_branches !== undefined;
}
