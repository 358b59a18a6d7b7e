/** Reasoning effort: what a client requests, what a model takes, and the fields that carry it to the upstream. */
import { isJsonObject } from "./json-fields.ts";
import { EFFORTS, type Dialect, type EffortTable, type JsonObject } from "./dialect.ts";

export interface ChosenEffort {
  /** The effort that is sent, in the client's words; null for none. */
  used: string | null;
  /** Ready for the body. */
  fields: Record<string, unknown>;
  /** Why the client's effort is not sent. */
  ignored?: string;
}

type EffortDialect = Pick<Dialect, "efforts" | "effort_on" | "effort_off" | "effort_budgets">;

export function chooseEffort(requested: string | undefined, dialect: EffortDialect): ChosenEffort {
  if (requested === undefined) return { used: null, fields: {} };
  const { efforts } = dialect;
  if (efforts === "any") return chosen(requested, requested, dialect);
  const used = clampEffort(requested, efforts);
  if (used !== undefined) return chosen(used, efforts[used] ?? null, dialect);
  const nothing = { used: null, fields: {} };
  if (Object.keys(efforts).length > 0) return { ...nothing, ignored: "this model knows no such effort" };
  return requested === "none" ? nothing : { ...nothing, ignored: "this model does not reason" };
}

function chosen(used: string, word: string | null, dialect: EffortDialect): ChosenEffort {
  const budgets = dialect.effort_budgets;
  const budget = Object.hasOwn(budgets, used) ? budgets[used] : undefined;
  return { used, fields: filled(used === "none" ? dialect.effort_off : dialect.effort_on, word, budget) };
}

/** The nearest effort that the model takes: itself, or the next one up, or else the next one down. */
export function clampEffort(requested: string, efforts: EffortTable): string | undefined {
  if (Object.hasOwn(efforts, requested)) return requested;
  // `ultra` is Codex's and Ollama's word for more than `max`.
  const rank = requested === "ultra" ? EFFORTS.length : EFFORTS.findIndex((effort) => effort === requested);
  if (rank === -1) return undefined;
  const up = EFFORTS.slice(rank + 1).find((effort) => Object.hasOwn(efforts, effort));
  return up ?? EFFORTS.slice(0, rank).findLast((effort) => Object.hasOwn(efforts, effort));
}

function filled(template: JsonObject, word: string | null, budget: number | undefined): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(template)) {
    if (value === "$effort") fields[key] = word;
    else if (value !== "$budget") fields[key] = isJsonObject(value) ? filled(value, word, budget) : value;
    else if (budget !== undefined) fields[key] = budget;
  }
  return fields;
}
