/** What a client's name for a model means: its provider, and the provider's name for it. */
import type { ConfiguredModel } from "../../config/file/config-file.ts";
import { ShimError } from "../../core/errors.ts";
import type { FoundProvider, MayUse } from "./probe.ts";

interface Addressed {
  found: FoundProvider;
  /** The provider's own name for it. */
  model: string;
}

/**
 * All that a name can mean: first what the config says, then an id that upstreams list or `provider/model`. None when no
 * model is known by it.
 */
export function meaningsOf(
  name: string,
  found: readonly FoundProvider[],
  models: readonly ConfiguredModel[],
): Addressed[] {
  const named = configuredModel(name, models);
  if (named) {
    const own = ownersOf(named, found);
    if (own.length > 0) return own.map((each) => ({ found: each, model: named.model }));
  }
  const meanings: Addressed[] = [];
  for (const each of found) {
    const { id } = each.provider;
    if (lists(each, name)) meanings.push({ found: each, model: name });
    if (name.startsWith(`${id}/`)) {
      const model = name.slice(id.length + 1);
      // `openrouter/auto` is an id of that very upstream.
      if (!lists(each, name) && model !== "") meanings.push({ found: each, model });
    }
  }
  return meanings;
}

/** The model of the config that has this name or alias. */
export function configuredModel(name: string, models: readonly ConfiguredModel[]): ConfiguredModel | undefined {
  const lower = name.toLowerCase();
  return models.find((each) => [each.name, ...each.aliases].some((own) => own.toLowerCase() === lower));
}

function ownersOf({ provider, model }: ConfiguredModel, found: readonly FoundProvider[]): readonly FoundProvider[] {
  if (provider !== undefined) return found.filter((each) => each.provider.id === provider);
  const listing = found.filter((each) => lists(each, model));
  return listing.length > 0 || found.length !== 1 ? listing : found;
}

function lists({ models }: FoundProvider, id: string): boolean {
  return models.some((model) => model.id === id);
}

/** Of several meanings the provider that began this very turn goes on with it. Throws where the choice is the user's. */
export function oneMeaning(
  name: string,
  meanings: readonly Addressed[],
  prefer: string | undefined,
  may: MayUse,
): Addressed | undefined {
  const [first] = meanings;
  if (meanings.length <= 1) return first;
  const preferred = meanings.find(({ found }) => found.provider.id === prefer);
  if (preferred) return preferred;
  const full = meanings.map(({ found, model }) => `${found.provider.id}/${model}`);
  const quoted = (names: readonly string[]): string => names.map((each) => `\`${each}\``).join(" or ");
  const allowed = full.filter((each) => may(each));
  let words: string;
  if (allowed.length < full.length) {
    const write = allowed.length > 0 ? `write ${quoted(allowed)}, or ` : "";
    words = `several upstreams have a model \`${name}\`; ${write}ask whoever runs juscode-shim to give one of them a name of its own under [models] in the config`;
  } else {
    const choices = meanings.map(({ found, model }) => `${model} of ${found.provider.id}`).join(", or ");
    // Only what is not that very name again.
    const others = full.filter((each) => each !== name);
    const which = others.length === full.length ? "one of them" : "the other";
    words = `the model \`${name}\` may be ${choices}; write ${quoted(others)}, or give ${which} a name of its own under [models] in the config`;
  }
  throw new ShimError("model_not_found", words, { param: "model" });
}
