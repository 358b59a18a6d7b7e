/** Reads unknown JSON by a schema; what is wrong becomes an error that names the field. */
import type * as z from "zod";
import { ShimError } from "./errors.ts";

/** Throws a ShimError `invalid_request` whose `param` is the path below `at`. */
export function parseAt<T extends z.ZodType>(schema: T, value: unknown, at: string): z.infer<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = deepest(result.error.issues[0]);
  const param = joinPath(at, issue?.path ?? []);
  const missing = issue !== undefined && valueAt(value, issue.path) === undefined;
  const what = missing ? "is missing" : `is wrong: ${issue?.message ?? "not as expected"}`;
  throw new ShimError("invalid_request", `\`${param || "body"}\` ${what}`, {
    param: param || "body",
  });
}

interface Issue {
  path: PropertyKey[];
  message: string;
}

/** The issue that says most: within a union, that of the branch which came furthest. */
function deepest(issue: z.core.$ZodIssue | undefined): Issue | undefined {
  if (issue?.code !== "invalid_union") return issue;
  const inner = issue.errors
    .map((branch) => deepest(branch[0]))
    .filter((found) => found !== undefined)
    .sort((a, b) => b.path.length - a.path.length)[0];
  if (!inner || inner.path.length === 0) return { path: issue.path, message: unionMessage(issue.errors) };
  return { path: [...issue.path, ...inner.path], message: inner.message };
}

function unionMessage(branches: z.core.$ZodIssue[][]): string {
  return [...new Set(branches.map((branch) => branch[0]?.message ?? ""))].filter((text) => text !== "").join("; or ");
}

function joinPath(at: string, path: readonly PropertyKey[]): string {
  let joined = at;
  for (const key of path) {
    if (typeof key === "number") joined += `[${key}]`;
    else joined += joined === "" ? String(key) : `.${String(key)}`;
  }
  return joined;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  let at: unknown = value;
  for (const key of path)
    at = typeof at === "object" && at !== null ? (at as Record<PropertyKey, unknown>)[key] : undefined;
  return at;
}

/** What stands where a name should, for people. */
export function nameOf(type: unknown): string {
  return typeof type === "string" ? type.slice(0, 64) : `a type that is ${typeof type}`;
}
