/** The tables of [routes]: virtual models, each with the models that it chooses from. */
import { presetById } from "../presets/index.ts";
import type { ConfiguredModel, ConfiguredProvider, ConfiguredRoute, RouteCandidate } from "./config-file.ts";
import { defined, type Setting } from "./findings.ts";
import { nearest } from "./nearest.ts";
import { checkProvider, splitName, type KnownProviders } from "./resolve-model.ts";
import type { CandidateToml, RouteToml } from "./schema.ts";

/** The route that always exists. */
export const AUTO_ROUTE = "jusCode-auto";

/** What the candidates of a route may refer to. */
interface RouteContext {
  providers: readonly ConfiguredProvider[];
  known: KnownProviders;
  models: readonly ConfiguredModel[];
  routes: readonly string[];
  local_only: boolean;
}

export const isAuto = (name: string): boolean => name.toLowerCase() === AUTO_ROUTE.toLowerCase();

export function resolveRoute(name: string, toml: RouteToml, table: Setting, context: RouteContext): ConfiguredRoute {
  const { problems } = table.found;
  const before = problems.length;
  const { description, providers, prefer = "cheapest", local_only = context.local_only } = toml;
  checkProviders(providers, table, context);
  const read = (list: "candidates" | "helpers"): RouteCandidate[] | undefined =>
    toml[list]?.flatMap((each, index) => candidateOf(each, table.at(list, index), context) ?? []);
  const candidates = read("candidates");
  const all = toml.candidates === undefined && isAuto(name);
  if (!all && (toml.candidates ?? []).length === 0)
    table.problem("has no candidates", 'name the models to choose from: candidates = ["…"]');
  const helpers = read("helpers");
  if (problems.length === before) {
    const bounds = { local_only, providers };
    checkReach(candidates ?? [], table.at("candidates"), bounds, context);
    checkReach(helpers ?? [], table.at("helpers"), bounds, context);
  }
  return {
    name,
    prefer,
    local_only,
    candidates: all ? "all" : (candidates ?? []),
    ...defined({ description, providers, helpers }),
  };
}

function checkProviders(providers: readonly string[] = [], table: Setting, { known }: RouteContext): void {
  for (const [index, id] of providers.entries()) checkProvider(id, table.at("providers", index), known);
}

function candidateOf(toml: CandidateToml, entry: Setting, context: RouteContext): RouteCandidate | undefined {
  const { model: name, efforts, providers } = typeof toml === "string" ? { model: toml } : toml;
  checkProviders(providers, entry, context);
  const target = targetOf(name, typeof toml === "string" ? entry : entry.at("model"), context);
  return target && { name, ...target, ...defined({ efforts, providers }) };
}

type Target = Omit<RouteCandidate, "name">;

function targetOf(name: string, setting: Setting, { models, known, routes }: RouteContext): Target | undefined {
  const wanted = name.toLowerCase();
  const namesOf = (each: ConfiguredModel): string[] => [each.name, ...each.aliases];
  const configured = models.find((each) => namesOf(each).some((other) => other.toLowerCase() === wanted));
  if (configured) return defined({ provider: configured.provider, model: configured.model });
  if (routes.some((other) => other.toLowerCase() === wanted))
    return setting.problem("is a route itself", "name models only; a route does not lead to another");
  const [provider, model] = splitName(name, known);
  if (provider !== undefined) return { provider, model };
  const near = nearest(name, models.flatMap(namesOf));
  const fix = near === undefined ? providerAdvice(name, known.ids) : `did you mean ${JSON.stringify(near)}?`;
  return setting.problem(`there is no model ${JSON.stringify(name)} in this file`, fix);
}

function providerAdvice(name: string, [id = "PROVIDER"]: readonly string[]): string {
  const before = name.slice(0, name.indexOf("/"));
  if (presetById(before)) return `add [model_providers.${before}]: its preset has the rest`;
  return `name its provider, as in "${id}/${name}", or add [models.${JSON.stringify(name)}]`;
}

/** A list whose candidates are all excluded by its own bounds could never serve a request. */
function checkReach(
  candidates: readonly RouteCandidate[],
  setting: Setting,
  bounds: { local_only: boolean; providers: readonly string[] | undefined },
  { providers, known }: RouteContext,
): void {
  const isAllowed = (id: string): boolean => {
    if (bounds.providers && !bounds.providers.includes(id)) return false;
    // What discovery finds is on this machine; a provider with a problem of its own is not judged.
    return !bounds.local_only || (providers.find(({ record }) => record.id === id)?.local ?? true);
  };
  const isReachable = ({ provider, providers: own }: RouteCandidate): boolean =>
    (provider === undefined && known.discover) ||
    (provider === undefined ? (own ?? bounds.providers ?? known.ids) : [provider]).some(
      (id) => isAllowed(id) && (own?.includes(id) ?? true),
    );
  if (candidates.length === 0 || candidates.some(isReachable)) return;
  const bound = bounds.local_only ? "local_only" : "providers";
  setting.problem(`none of these is allowed by ${bound} of this route`, `add one that is, or change ${bound}`);
}
