/** What a client's name for a model means: whose it is, and how its host calls it. */
import type { ConfiguredModel } from "../../config/file/config-file.ts";
import { ShimError } from "../../core/errors.ts";
import type { Found, May } from "./probe.ts";

export interface Addressed {
  found: Found;
  /** The host's own name for it. */
  model: string;
}

/**
 * All that a name can mean: first what the config says, then an id that hosts list or `provider/model`. None when
 * nobody is known by it.
 */
export function meaningsOf(name: string, found: readonly Found[], models: readonly ConfiguredModel[]): Addressed[] {
  const lower = name.toLowerCase();
  const named = models.find((each) => [each.name, ...each.aliases].some((own) => own.toLowerCase() === lower));
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
      // `openrouter/auto` is an id of that very host.
      if (!lists(each, name) && model !== "") meanings.push({ found: each, model });
    }
  }
  return meanings;
}

function ownersOf({ provider, model }: ConfiguredModel, found: readonly Found[]): readonly Found[] {
  if (provider !== undefined) return found.filter((each) => each.provider.id === provider);
  const listing = found.filter((each) => lists(each, model));
  return listing.length > 0 || found.length !== 1 ? listing : found;
}

function lists({ models }: Found, id: string): boolean {
  return models.some((model) => model.id === id);
}

/** Of several meanings the provider that began this very turn goes on with it. Throws where the choice is the user's. */
export function oneMeaning(
  name: string,
  meanings: readonly Addressed[],
  prefer: string | undefined,
  may: May,
): Addressed | undefined {
  const [first] = meanings;
  if (meanings.length <= 1) return first;
  const preferred = meanings.find(({ found }) => found.provider.id === prefer);
  if (preferred) return preferred;
  if (!meanings.every((each) => may(writingOf(each))))
    throw severalHave(
      name,
      meanings.map(writingOf).filter((each) => may(each)),
    );
  const choices = meanings.map(({ found, model }) => `${model} of ${found.provider.id}`).join(", or ");
  throw new ShimError("model_not_found", `the model \`${name}\` may be ${choices}; ${advice(name, meanings)}`, {
    param: "model",
  });
}

function writingOf({ found, model }: Addressed): string {
  return `${found.provider.id}/${model}`;
}

/** For a client that may not ask for all of them: `writings` are those that it may. */
function severalHave(name: string, writings: readonly string[]): ShimError {
  const write = writings.length > 0 ? `write ${writings.map((each) => `\`${each}\``).join(" or ")}, or ` : "";
  const words = `several upstreams have a model \`${name}\`; ${write}ask whoever runs juscode-shim to give one of them a name of its own under [models] in the config`;
  return new ShimError("model_not_found", words, { param: "model" });
}

/** Only what is not that very name again. */
function advice(name: string, meanings: readonly Addressed[]): string {
  const writings = meanings.map(writingOf).filter((each) => each !== name);
  const write = writings.map((each) => `\`${each}\``).join(" or ");
  const own = `give ${writings.length === meanings.length ? "one of them" : "the other"} a name of its own under [models] in the config`;
  return `write ${write}, or ${own}`;
}
