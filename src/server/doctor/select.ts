/** Selects the models to examine: those that the user named, or a few of each provider. */
import type { ConfiguredModel, ConfiguredRoute } from "../../config/file/config-file.ts";
import { expectedCost } from "../../routing/cost.ts";
import { modelCandidate, type Catalog } from "../upstreams/catalog.ts";
import { isLocal } from "../windows/locality.ts";
import { grouped } from "../windows/warning.ts";
import type { FoundProvider } from "../upstreams/probe.ts";
import { effortOf, type ModelCase } from "./model.ts";

const MOST_MODELS = 3; // Models of one provider, where the user named none.

type Named = { models: readonly ConfiguredModel[]; routes: readonly ConfiguredRoute[] };

/** This provider's models that the config names, by the provider's own names. */
export function expectedOf(provider: string, { models, routes }: Named): string[] {
  const candidates = routes.flatMap(({ candidates, helpers = [] }) =>
    candidates === "all" ? helpers : [...candidates, ...helpers],
  );
  const own = [...models, ...candidates].filter((each) => each.provider === provider);
  return [...new Set(own.map(({ model }) => model))];
}

/** Of each provider the models that the config names, else the loaded ones, else the first; `left_out`: the others. */
export function selectModels(
  found: readonly FoundProvider[],
  named: Named,
  long: boolean,
): { cases: ModelCase[]; left_out: Map<string, number> } {
  const left_out = new Map<string, number>();
  const cases = found.flatMap((each) => {
    const { provider, models } = each;
    const expected = expectedOf(provider.id, named);
    const loaded = models.filter((model) => model.loaded).map(({ id }) => id);
    const first = models.slice(0, 1).map(({ id }) => id);
    const chosen = [expected, loaded, first].find((list) => list.length > 0) ?? [];
    const taken = chosen.slice(0, MOST_MODELS);
    const rest = new Set([...models.map(({ id }) => id), ...expected]).size - taken.length;
    if (rest > 0) left_out.set(provider.id, rest);
    return taken.map((model) => caseOf(each, model, long));
  });
  return { cases, left_out };
}

/** Throws a ShimError for a name that no model has. */
export async function namedModels(catalog: Catalog, names: readonly string[], long: boolean): Promise<ModelCase[]> {
  const found = await catalog.list();
  const chosen = await Promise.all(names.map((name) => catalog.choose(name)));
  return chosen.flatMap(({ provider, model }) => {
    const host = found.find((each) => each.provider.id === provider.id);
    return host ? [caseOf(host, model, long)] : [];
  });
}

/** On a local host a long prompt costs nothing but time. */
function caseOf(found: FoundProvider, model: string, long: boolean): ModelCase {
  return { found, model, long: long || isLocal(modelCandidate(found, model)) };
}

/** What examining these costs at most, for people; undefined where it costs nothing. */
export function priceText(cases: readonly ModelCase[]): string | undefined {
  const paid = cases.filter(({ found, model }) => !isLocal(modelCandidate(found, model)));
  if (paid.length === 0) return undefined;
  const lines = paid.map((each) => {
    const { requests, input_tokens, output_tokens } = effortOf(each);
    const { price } = modelCandidate(each.found, each.model).info;
    const usd = expectedCost({ prompt: input_tokens, cached: 0, output: output_tokens }, price, false);
    const cost = usd === undefined ? "its price is not known" : `$${usd.toFixed(2)} at most`;
    const tokens = `${grouped(input_tokens)} tokens in and at most ${grouped(output_tokens)} out`;
    return `  ${each.found.provider.id}/${each.model}: about ${requests} requests, ${tokens}; ${cost}`;
  });
  return `These providers may charge for the next requests:\n${lines.join("\n")}`;
}
