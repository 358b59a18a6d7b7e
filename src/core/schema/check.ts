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
import { Evaluated, listAt, UNPROVED, type Applied, type Checker } from "./checker.ts";
import { listFits, restOfListFits } from "./lists.ts";
import { objectFits, restOfObjectFits } from "./objects.ts";
import { References, type Resource } from "./references.ts";
import { isNamed, isOfType, numberFits, stringFits } from "./scalars.ts";

export type SchemaFit = "fits" | "breaks" | "unproved";

const MAX_DEPTH = 400; // Schemas within schemas that are applied at once; what goes on in a circle ends here.

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
    if (Array.isArray(value)) return listFits({ value, schema, from, mine }, this);
    return !isJsonObject(value) || objectFits({ value, schema, from, mine }, this);
  }

  private restFits(value: unknown, schema: JsonObject, from: Resource, mine: Evaluated): boolean {
    if (Array.isArray(value)) return restOfListFits({ value, schema, from, mine }, this);
    return !isJsonObject(value) || restOfObjectFits({ value, schema, from, mine }, this);
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
}

/** Words of its own kind of schema may mean something else. */
function isForeign(root: unknown): boolean {
  const kind = isJsonObject(root) ? root["$schema"] : undefined;
  return typeof kind === "string" && !kind.includes("json-schema.org/");
}
