/** What a question about stored things may say behind its path. Throws ShimErrors that name the parameter. */
import * as z from "zod";
import { parseAt } from "../../../core/parse.ts";
import { INCLUDABLE } from "../client/schema.ts";

export type PageRequest = { after?: string; limit: number; order: "asc" | "desc" };

const MOST = 100;

const Page = z.looseObject({
  limit: z.int().min(1).max(MOST).default(20),
  order: z.enum(["asc", "desc"]).default("desc"),
});
const Include = z.looseObject({ include: z.array(z.enum(INCLUDABLE)) });
const Resume = z.looseObject({ starting_after: z.int().default(-1) });

export function readPage(query: URLSearchParams): PageRequest {
  const { limit, order } = parseAt(
    Page,
    { limit: numberIn(query, "limit"), order: query.get("order") ?? undefined },
    "",
  );
  const after = query.get("after");
  return { limit, order, ...(after !== null && after !== "" && { after }) };
}

/** As lists come in addresses: repeated, with brackets, or with commas. */
export function readInclude(query: URLSearchParams): readonly string[] {
  const lists = [...query].filter(([key]) => /^include(?:\[\d*\])?$/.test(key)).map(([, value]) => value);
  const include = lists.flatMap((list) => (list === "" ? [] : list.split(",")));
  return parseAt(Include, { include }, "").include;
}

/** Number of the event after which a stream goes on; -1 from its beginning. */
export function readStartingAfter(query: URLSearchParams): number {
  return parseAt(Resume, { starting_after: numberIn(query, "starting_after") }, "").starting_after;
}

/** The text itself where it is none. */
function numberIn(query: URLSearchParams, name: string): unknown {
  const value = query.get(name);
  if (value === null) return undefined;
  return value.trim() !== "" && Number.isFinite(Number(value)) ? Number(value) : value;
}
