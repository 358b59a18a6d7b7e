/**
 * Facts of providers' models: context windows, efforts, prices. The data is built by scripts/catalogue.ts; a row becomes
 * facts when it is needed, since most runs need few rows or none.
 */
import type { DialectPatch, EffortTable } from "../core/dialect.ts";
import type { ModelFacts, Price } from "../core/provider.ts";
// Measured in the executable: it delays the start by less than half a millisecond, as text that is parsed later does.
import data from "./catalogue.json" with { type: "json" };

interface Catalogue {
  dialects: Readonly<Record<string, DialectPatch>>;
  /** Rows by provider and model; `row` in the data describes them. */
  models: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

const { dialects, models } = data as unknown as Catalogue;

/** Facts by provider and model: at most those of the catalogue. */
const known = new Map<string, Readonly<ModelFacts>>();
/** By provider: the names of its models by their lower case. */
const names = new Map<string, ReadonlyMap<string, string>>();

/** Facts of a model by its exact name at a provider, or else in another case; frozen. */
export function catalogueFacts(provider: string, model: string): Readonly<ModelFacts> | undefined {
  const rows = Object.hasOwn(models, provider) ? models[provider] : undefined;
  if (!rows) return undefined;
  const id = Object.hasOwn(rows, model) ? model : namesOf(provider, rows).get(model.toLowerCase());
  if (id === undefined) return undefined;
  const key = `${provider}/${id}`;
  const facts = known.get(key) ?? frozen(factsOf(rows[id] ?? ""));
  known.set(key, facts);
  return facts;
}

function namesOf(provider: string, rows: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  const there = names.get(provider) ?? new Map(Object.keys(rows).map((id) => [id.toLowerCase(), id]));
  names.set(provider, there);
  return there;
}

function factsOf(row: string): ModelFacts {
  const [sizes = "", efforts = "", dialect = "", price = ""] = row.split("|").map((field) => field.trim());
  const [window, output, images] = sizes.split(" ");
  const patch = dialects[dialect];
  return {
    context_window: Number(window),
    ...(output !== "-" && { max_output_tokens: Number(output) }),
    images: images === "images",
    // The source lists only models that call functions.
    tools: true,
    ...(efforts !== "?" && { efforts: effortTable(efforts) }),
    ...(price !== "" && { price: priceTable(price) }),
    ...(patch && { dialect: patch }),
  };
}

/** Of `none high=default`: `{ none: "none", high: "default" }`. */
function effortTable(efforts: string): EffortTable {
  const words = efforts.split(" ").filter((effort) => effort !== "");
  return Object.fromEntries(
    words.map((effort) => {
      const [name = "", word = name] = effort.split("=");
      return [name, word];
    }),
  );
}

/** The two prices of the cache may be missing, or `-`. */
function priceTable(price: string): Price {
  const [input = 0, output = 0, cached_input = Number.NaN, cache_write = Number.NaN] = price.split(" ").map(Number);
  return {
    input,
    output,
    ...(cached_input >= 0 && { cached_input }),
    ...(cache_write >= 0 && { cache_write }),
  };
}

function frozen<T extends object>(value: T): T {
  for (const part of Object.values(value)) if (typeof part === "object" && part !== null) frozen(part);
  return Object.freeze(value);
}
