/** Reads unknown JSON by a schema; what is wrong becomes an error that names the field. */
import type * as z from "zod";
import { ShimError } from "./errors.ts";

/** Throws a ShimError `invalid_request` whose `param` is the path below `at`. */
export function parseAt<T extends z.ZodType>(schema: T, value: unknown, at: string): z.infer<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = deepest(result.error.issues[0]);
  const param = joinPath(at, issue?.path ?? []);
  const found = issue && valueAt(value, issue.path);
  if (issue && found === undefined) throw missing(param || "body");
  // Where one of several words must stand, any other type is wrong before its value is.
  const code = issue?.code === "invalid_value" && typeof found !== "string" ? "invalid_type" : issue?.code;
  throw new ShimError("invalid_request", `\`${param || "body"}\` is wrong: ${issue?.message ?? "not as expected"}`, {
    param: param || "body",
    code: code ?? "invalid_value",
  });
}

/** A field that must be there. */
export function missing(param: string): ShimError {
  return new ShimError("invalid_request", `\`${param}\` is missing`, { param, code: "missing_required_parameter" });
}

interface Issue {
  path: PropertyKey[];
  message: string;
  code: string; // In OpenAI's words.
}

/** The issue that says most: within a union, that of the branch which came furthest. */
function deepest(issue: z.core.$ZodIssue | undefined): Issue | undefined {
  if (issue === undefined) return undefined;
  if (issue.code !== "invalid_union") return { path: issue.path, message: issue.message, code: codeOf(issue) };
  const inner = issue.errors
    .map((branch) => deepest(branch[0]))
    .filter((found) => found !== undefined)
    .sort((a, b) => b.path.length - a.path.length)[0];
  if (inner && inner.path.length > 0) return { ...inner, path: [...issue.path, ...inner.path] };
  const firsts = issue.errors.flatMap(([first]) => (first ? [first] : []));
  const messages = new Set(firsts.map(({ message }) => message).filter((text) => text !== ""));
  // A value of the wrong type is wrong for every branch.
  const code = firsts.map(codeOf).find((each) => each !== "invalid_type") ?? "invalid_type";
  return { path: issue.path, message: [...messages].join("; or "), code };
}

const DECIMALS = ["temperature", "top_p", "presence_penalty", "frequency_penalty"];

function codeOf(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_type") return "invalid_type";
  if (issue.code !== "too_big" && issue.code !== "too_small") return "invalid_value";
  const side = issue.code === "too_big" ? "above_max" : "below_min";
  switch (issue.origin) {
    case "number":
    case "int":
      return `${DECIMALS.includes(String(issue.path.at(-1))) ? "decimal" : "integer"}_${side}_value`;
    case "string":
    case "array":
      if (issue.code === "too_small" && issue.minimum === 1) return `empty_${issue.origin}`;
      return `${issue.origin}_${side}_length`;
    default:
      return "invalid_value";
  }
}

/** `input[3].role`, below `at`. */
export function joinPath(at: string, path: readonly PropertyKey[]): string {
  let joined = at;
  for (const key of path) joined += typeof key === "number" ? `[${key}]` : `${joined && "."}${String(key)}`;
  return joined;
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (typeof at === "object" && at !== null ? Reflect.get(at, key) : undefined),
    value,
  );
}

/** The value where it is a text; "" for any other: what a stranger sends may not even become one. */
export const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

/** What stands where the name of a type should, for people. */
export function nameOf(type: unknown): string {
  if (typeof type === "string") return type.slice(0, 64);
  return type === undefined || type === null ? "no type" : `${typeof type === "object" ? "an" : "a"} ${typeof type}`;
}
