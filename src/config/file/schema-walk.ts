/** Describes a schema: the keys of a table, and what a value must be. */
import * as z from "zod";
import type { KeyPath } from "../../core/toml-positions.ts";

/** The schema at a path; of several forms the one that has this path. */
export function schemaAt(schema: z.core.$ZodType, path: KeyPath): z.core.$ZodType | undefined {
  const [part, ...rest] = path;
  if (part === undefined) return schema;
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodUnion) {
    return inner.options.map((option) => schemaAt(option, path)).find((found) => found !== undefined);
  }
  if (inner instanceof z.ZodObject) {
    const member = (inner.shape as Record<string, z.core.$ZodType>)[String(part)];
    return member && schemaAt(member, rest);
  }
  if (inner instanceof z.ZodRecord) return schemaAt(inner.valueType, rest);
  if (inner instanceof z.ZodArray && typeof part === "number") return schemaAt(inner.element, rest);
  return undefined;
}

export function keysOf(schema: z.core.$ZodType | undefined): string[] {
  const inner = schema && unwrapped(schema);
  if (inner instanceof z.ZodObject) return Object.keys(inner.shape as object);
  if (inner instanceof z.ZodUnion) return inner.options.flatMap((option) => keysOf(option));
  return [];
}

/** `a whole number from 0 to 9`, `"auto" or "off"`, `a list of texts`. */
export function describeSchema(schema: z.core.$ZodType): string {
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodUnion) return describeUnion(inner.options);
  if (inner instanceof z.ZodEnum) return either(inner.options.map((option) => JSON.stringify(option)));
  if (inner instanceof z.ZodLiteral) return either([...inner.values].map((value) => JSON.stringify(value)));
  if (inner instanceof z.ZodBoolean) return "true or false";
  if (inner instanceof z.ZodString) return "text in quotes";
  if (inner instanceof z.ZodNumber) return describeNumber(inner);
  if (inner instanceof z.ZodArray) return `a list, each entry ${describeSchema(inner.element)}`;
  return "a table";
}

/** Several forms, of which one may be a list of another. */
function describeUnion(options: readonly z.core.$ZodType[]): string {
  const described = options.map((option) => describeSchema(option));
  const listed = described.find((each) => described.includes(`a list, each entry ${each}`));
  if (listed === undefined) return either(described);
  const others = described.filter((each) => each !== `a list, each entry ${listed}`);
  return `${either(others)}, or a list of such`;
}

function describeNumber({ format, minValue, maxValue }: z.ZodNumber): string {
  const kind = format === "safeint" ? "a whole number" : "a number";
  if (minValue === null || minValue === Number.MIN_SAFE_INTEGER) return kind;
  const bounded = maxValue !== null && maxValue !== Number.MAX_SAFE_INTEGER && maxValue !== Infinity;
  return bounded ? `${kind} from ${minValue} to ${maxValue}` : `${kind}, ${minValue} or more`;
}

/** A valid value; for a number the one that its description names. */
export function exampleOf(schema: z.core.$ZodType): string {
  const named = /(?:default|for example) (\d+)/.exec(z.globalRegistry.get(schema)?.description ?? "")?.[1];
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodUnion) return inner.options[0] ? exampleOf(inner.options[0]) : "…";
  if (inner instanceof z.ZodEnum) return JSON.stringify(inner.options[0]);
  if (inner instanceof z.ZodLiteral) return JSON.stringify([...inner.values][0]);
  if (inner instanceof z.ZodBoolean) return "true";
  if (inner instanceof z.ZodString) return '"…"';
  if (inner instanceof z.ZodNumber) return named ?? (inner.format === "safeint" ? "1" : "0.5");
  if (inner instanceof z.ZodArray) return `[${exampleOf(inner.element)}]`;
  return "{ … }";
}

function either(choices: string[]): string {
  const [last = ""] = choices.slice(-1);
  return choices.length < 2 ? last : `${choices.slice(0, -1).join(", ")} or ${last}`;
}

function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  return schema instanceof z.ZodOptional ? unwrapped(schema.unwrap()) : schema;
}
