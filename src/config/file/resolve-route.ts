/** The tables of [routes]: virtual models, each with the models that it chooses from. */
import type { ConfiguredModel, ConfiguredProvider, ConfiguredRoute, RouteCandidate } from "./config-file.ts";
import { defined, type Findings } from "./findings.ts";
import { nearest } from "./nearest.ts";
import { presetById } from "../presets/index.ts";
import { checkProvider, splitName, type KnownProviders } from "./resolve-model.ts";
import type { CandidateToml, RouteToml } from "./schema.ts";
import type { KeyPath } from "../../core/toml-positions.ts";

/** The route that is always there. */
export const AUTO_ROUTE = "jusCode-auto";

interface RouteSurroundings {
  providers: readonly ConfiguredProvider[];
  known: KnownProviders;
  models: readonly ConfiguredModel[];
  routes: readonly string[];
  local_only: boolean;
}

export const isAuto = (name: string): boolean => name.toLowerCase() === AUTO_ROUTE.toLowerCase();

export function resolveRoute(
  name: string,
  toml: RouteToml,
  around: RouteSurroundings,
  found: Findings,
): ConfiguredRoute {
  const path: KeyPath = ["routes", name];
  const before = found.problems.length;
  const { description, providers, prefer = "cheapest", local_only = around.local_only } = toml;
  for (const [index, id] of (providers ?? []).entries())
    checkProvider(id, [...path, "providers", index], around.known, found);
  const read = (list: "candidates" | "helpers"): RouteCandidate[] | undefined =>
    toml[list]?.flatMap((each, index) => candidateOf(each, [...path, list, index], around, found));
  const candidates = read("candidates");
  const all = toml.candidates === undefined && isAuto(name);
  if (!all && (toml.candidates ?? []).length === 0)
    found.problem(path, "has no candidates", 'name the models to choose from: candidates = ["…"]');
  const helpers = read("helpers");
  if (found.problems.length === before) {
    const bounds = { local_only, providers };
    checkReach(candidates ?? [], [...path, "candidates"], bounds, around, found);
    checkReach(helpers ?? [], [...path, "helpers"], bounds, around, found);
  }
  return {
    name,
    prefer,
    local_only,
    candidates: all ? "all" : (candidates ?? []),
    ...defined({ description, providers, helpers }),
  } as ConfiguredRoute;
}

function candidateOf(toml: CandidateToml, path: KeyPath, around: RouteSurroundings, found: Findings): RouteCandidate[] {
  const { model: name, efforts, providers } = typeof toml === "string" ? { model: toml } : toml;
  const place = typeof toml === "string" ? path : [...path, "model"];
  for (const [index, id] of (providers ?? []).entries())
    checkProvider(id, [...path, "providers", index], around.known, found);
  const target = targetOf(name, place, around, found);
  return target ? [{ name, ...target, ...defined({ efforts, providers }) } as RouteCandidate] : [];
}

function targetOf(
  name: string,
  path: KeyPath,
  { models, known, routes }: RouteSurroundings,
  found: Findings,
): Omit<RouteCandidate, "name"> | undefined {
  const wanted = name.toLowerCase();
  const configured = models.find((each) =>
    [each.name, ...each.aliases].some((other) => other.toLowerCase() === wanted),
  );
  if (configured)
    return defined({ provider: configured.provider, model: configured.model }) as Omit<RouteCandidate, "name">;
  if (routes.some((other) => other.toLowerCase() === wanted)) {
    found.problem(path, "is a route itself", "name models only; a route does not lead to another");
    return undefined;
  }
  const [provider, model] = splitName(name, known);
  if (provider !== undefined) return { provider, model };
  const names = models.flatMap((each) => [each.name, ...each.aliases]);
  const near = nearest(name, names);
  found.problem(
    path,
    `there is no model ${JSON.stringify(name)} in this file`,
    near === undefined ? whoseAdvice(name, known.ids) : `did you mean ${JSON.stringify(near)}?`,
  );
  return undefined;
}

function whoseAdvice(name: string, [id = "PROVIDER"]: readonly string[]): string {
  const before = name.slice(0, name.indexOf("/"));
  if (presetById(before)) return `add [model_providers.${before}]: its preset knows the rest`;
  return `write whose it is, as in "${id}/${name}", or add [models.${JSON.stringify(name)}]`;
}

/** A list that its own bounds leave nothing of could never answer. */
function checkReach(
  candidates: readonly RouteCandidate[],
  path: KeyPath,
  bounds: { local_only: boolean; providers: readonly string[] | undefined },
  { providers, known }: RouteSurroundings,
  found: Findings,
): void {
  const mayAsk = (id: string): boolean => {
    if (bounds.providers && !bounds.providers.includes(id)) return false;
    // What a search finds is on this machine; what has a problem of its own is not judged.
    return !bounds.local_only || (providers.find(({ record }) => record.id === id)?.local ?? true);
  };
  const reachable = ({ provider, providers: own }: RouteCandidate): boolean =>
    (provider === undefined && known.discover) ||
    (provider === undefined ? (own ?? bounds.providers ?? known.ids) : [provider]).some(
      (id) => mayAsk(id) && (own?.includes(id) ?? true),
    );
  if (candidates.length === 0 || candidates.some(reachable)) return;
  const bound = bounds.local_only ? "local_only" : "providers";
  found.problem(
    path,
    `none of these may be asked, by the ${bound} of this route`,
    `add one that may, or change ${bound}`,
  );
}
