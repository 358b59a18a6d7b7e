/** The tables of [models]: names of models, and what the user says of them. */
import type { ModelFacts } from "../../core/provider.ts";
import type { ConfiguredModel, ConfiguredProvider } from "./config-file.ts";
import { defined, type Findings } from "./findings.ts";
import { nearest } from "./nearest.ts";
import { PRESETS } from "../presets/index.ts";
import { dialectPatch, effortTable } from "./resolve-provider.ts";
import type { ModelToml } from "./schema.ts";
import type { KeyPath } from "../../core/toml-positions.ts";

/** Which providers there are, or may turn up: a search on this machine names hosts by their presets. */
export interface KnownProviders {
  /** As the file names them, also those with problems of their own. */
  ids: readonly string[];
  discover: boolean;
}

function providerExists(id: string, { ids, discover }: KnownProviders): boolean {
  if (ids.includes(id)) return true;
  return discover && PRESETS.some((preset) => preset.ports.length > 0 && id.replace(/-\d+$/, "") === preset.id);
}

export function checkProvider(id: string, path: KeyPath, known: KnownProviders, found: Findings): void {
  if (providerExists(id, known)) return;
  const near = nearest(id, known.ids);
  const choice = known.ids.length === 0 ? `add [model_providers.${id}]` : `there are: ${known.ids.join(", ")}`;
  found.problem(path, `there is no provider \`${id}\``, near === undefined ? choice : `did you mean "${near}"?`);
}

export function resolveModel(name: string, toml: ModelToml, known: KnownProviders, found: Findings): ConfiguredModel {
  const path: KeyPath = ["models", name];
  if (toml.provider !== undefined) checkProvider(toml.provider, [...path, "provider"], known, found);
  const [before, after] = splitName(name, known);
  const provider = toml.provider ?? before ?? (known.ids.length === 1 && !known.discover ? known.ids[0] : undefined);
  if (toml.model !== undefined && provider === undefined) {
    found.problem(
      [...path, "model"],
      "does not say whose model this is",
      `add: provider = "…"${known.ids.length === 0 ? "" : `, one of ${known.ids.join(", ")}`}`,
    );
  }
  const model = toml.model ?? (toml.provider === undefined ? after : name);
  return {
    name,
    aliases: toml.aliases ?? [],
    ...(provider !== undefined && { provider }),
    model,
    facts: factsOf(toml, path, found),
  };
}

/** `provider/model` in its two parts, where there is such a provider. */
export function splitName(name: string, known: KnownProviders): [provider: string | undefined, model: string] {
  const slash = name.indexOf("/");
  const before = name.slice(0, slash);
  return slash > 0 && providerExists(before, known) ? [before, name.slice(slash + 1)] : [undefined, name];
}

function factsOf(toml: ModelToml, path: KeyPath, found: Findings): ModelFacts {
  const { context_window, max_output_tokens, tools, price, dialect, modalities } = toml;
  if (toml.images !== undefined && modalities)
    found.problem([...path, "modalities"], "says the same as `images`", "keep one of the two");
  return defined({
    context_window,
    max_output_tokens,
    images: toml.images ?? modalities?.includes("image"),
    tools,
    efforts: toml.efforts && effortTable(toml.efforts),
    price: price && (defined(price) as NonNullable<ModelFacts["price"]>),
    dialect: dialectPatch(dialect),
  }) as ModelFacts;
}

/** Hands each provider what is said of its models, by the host's names. */
export function giveFacts(
  providers: readonly ConfiguredProvider[],
  models: readonly ConfiguredModel[],
  found: Findings,
): ConfiguredProvider[] {
  const telling = models.filter(({ facts }) => Object.keys(facts).length > 0);
  const named = new Map<string, string>();
  for (const { name, provider, model } of telling) {
    const place = `${provider ?? ""}/${model}`;
    const other = named.get(place);
    if (other !== undefined) {
      found.problem(
        ["models", name],
        `says what ${model} is like, and so does ${JSON.stringify(other)}`,
        "say it in one of the two; a second name for it is one of its aliases",
      );
    }
    named.set(place, name);
  }
  // What is said of one provider's model counts for more than what is said of everybody's.
  const ordered = telling.toSorted((a, b) => Number(a.provider !== undefined) - Number(b.provider !== undefined));
  return providers.map((each) => {
    const mine = ordered.filter(({ provider }) => provider === undefined || provider === each.record.id);
    const facts = Object.fromEntries(mine.map(({ model, facts }) => [model, facts]));
    return { ...each, record: { ...each.record, models: facts } };
  });
}
